-- Workloads of socket.url. Nothing of it waits for the peer.

local bench = ...
local url = require("socket.url")

local floor = math.floor

local URL = "https://www.example.com:8080/library/books/moby-dick.html?page=12&sort=asc#ch-42"

local kinds = {}

--- `size` bytes of which each fifth, but not in regular places, has to be escaped.
local function make_text(size)
  local plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
  local odd = " /?&=+,.:;-\n\195\169%"
  local state = 1
  local function pick(set)
    state = state * 16807 % 2147483647
    local place = state % #set + 1
    return set:sub(place, place)
  end
  local bytes, left = {}, floor(size / 5)
  for i = 1, size do
    state = state * 16807 % 2147483647
    local is_odd = state % (size - i + 1) < left
    left = is_odd and left - 1 or left
    bytes[i] = pick(is_odd and odd or plain)
  end
  return table.concat(bytes)
end

local function escaped(text)
  return (text:gsub("[^%w_]", function(byte)
    return string.format("%%%02x", byte:byte())
  end))
end

local function parse_many(text, count)
  local parse = url.parse
  local bytes = 0
  for _ = 1, count do
    bytes = bytes + #parse(text).fragment
  end
  return bytes * #text / #"ch-42"
end

local function convert_many(convert, text, count)
  local bytes = 0
  for _ = 1, count do
    bytes = bytes + #convert(text)
  end
  return bytes
end

local function measured(work, f, ...)
  local arguments = { ... }
  local unpack = table.unpack or unpack
  arguments[#arguments + 1] = work.warm
  f(unpack(arguments))
  arguments[#arguments] = work.count
  local bytes, wall, cpu = bench.timed(f, unpack(arguments))
  return { bytes = bytes, wall = wall, cpu = cpu }
end

function kinds.url_parse(work)
  assert(#URL == work.size)
  return measured(work, parse_many, URL)
end

function kinds.url_escape(work)
  local text = make_text(work.size)
  assert(url.escape(text) == escaped(text))
  return measured(work, convert_many, url.escape, text)
end

function kinds.url_unescape(work)
  local text = make_text(work.size)
  assert(url.unescape(escaped(text)) == text)
  return measured(work, convert_many, url.unescape, escaped(text))
end

return kinds
