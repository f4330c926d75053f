-- A scripted name server on port 53 of an address, over UDP and TCP (RFC 1035), for tests in a network
-- namespace of their own:
--
--   lua name_server.lua ADDRESS FIFO
--
-- It writes a line into FIFO when it listens. The first label of a name says how it behaves:
--
--   silent      never answers
--   slow        leaves the first question for each name and type without an answer
--   big         is truncated over UDP and whole over TCP
--   wrongid     answers first with another id and a wrong address, then rightly
--   garbage     answers with bytes that are no message, then not at all
--   nxdomain, servfail, refused, nodata   what they say
--   chain       is a CNAME of a CNAME of a host
--   loop        is a CNAME of itself
--   v4, v6, both, many   have addresses of these families, or 30
--   brief       has a TTL of 0
--   asked       a TXT record under asked.NAME: how many questions for NAME came so far
--
-- Below records.test stand records of all types. Everything else does not exist.

local socket = require("socket")

local address, fifo = ...
local TYPES = { A = 1, NS = 2, CNAME = 5, SOA = 6, PTR = 12, MX = 15, TXT = 16, AAAA = 28, SRV = 33,
  CAA = 257 }
local RCODES = { nxdomain = 3, servfail = 2, refused = 5 }

local function u16(n)
  return string.char(math.floor(n / 256) % 256, n % 256)
end
local function u32(n)
  return u16(math.floor(n / 65536)) .. u16(n % 65536)
end
local function name_bytes(name)
  return (name:gsub("([^.]+)%.?", function(label) return string.char(#label) .. label end)) .. "\0"
end
local function text(s)
  return string.char(#s) .. s
end
local function v4(s)
  return (s:gsub("(%d+)%.?", function(n) return string.char(tonumber(n)) end))
end

-- Data by name and type: { { TYPE, data [, ttl] }, ... }
local RECORDS = {
  ["records.test"] = {
    { "A", v4("192.0.2.1"), 300 }, { "AAAA", ("\0"):rep(15) .. "\1", 301 },
    { "NS", name_bytes("ns.records.test"), 302 },
    { "MX", u16(10) .. name_bytes("mail.records.test"), 303 },
    { "MX", u16(20) .. name_bytes("spare.records.test"), 304 },
    { "TXT", text("one") .. text("two"), 305 }, { "TXT", text("") },
    { "SRV", u16(1) .. u16(2) .. u16(5060) .. name_bytes("sip.records.test"), 306 },
    { "SOA", name_bytes("ns.records.test") .. name_bytes("root.records.test") .. u32(2024010101)
      .. u32(7200) .. u32(3600) .. u32(1209600) .. u32(4294967295), 307 },
    { "CAA", "\128" .. text("issue") .. "ca.test; x=y", 308 },
  },
  ["alias.records.test"] = { { "CNAME", name_bytes("records.test"), 309 } },
  ["1.2.0.192.in-addr.arpa"] = { { "PTR", name_bytes("records.test"), 310 } },
}

local asked = {}

local function reply(id, question, rcode, answers, flags)
  local parts = { id, u16((flags or 0x8180) + rcode), u16(1), u16(#answers), u16(0), u16(0), question }
  for _, answer in ipairs(answers) do
    local owner = answer[4] and name_bytes(answer[4]) or "\192\12"
    parts[#parts + 1] = owner .. u16(TYPES[answer[1]]) .. u16(1) .. u32(answer[3] or 60)
      .. u16(#answer[2]) .. answer[2]
  end
  return table.concat(parts)
end

local function addresses(kinds, type, count)
  local list = {}
  for index = 1, count do
    if type == TYPES.A and kinds:find("4") then
      list[index] = { "A", v4("127.0.0." .. index) }
    elseif type == TYPES.AAAA and kinds:find("6") then
      list[index] = { "AAAA", ("\0"):rep(15) .. string.char(index) }
    end
  end
  return list
end

-- Each behaviour gives the list of messages to send back.
local behaviours = {}

function behaviours.silent()
  return {}
end
function behaviours.slow(q)
  if q.times == 1 then
    return {}
  end
  return { q.answer(addresses("46", q.type, 1)) }
end
function behaviours.big(q)
  if not q.tcp then
    return { reply(q.id, q.question, 0, {}, 0x8380) }
  end
  return { q.answer(addresses("4", q.type, 40)) }
end
function behaviours.wrongid(q)
  local wrong = u16((q.id:byte(1) * 256 + q.id:byte(2) + 1) % 65536)
  local bad = q.type == TYPES.A and { { "A", v4("6.6.6.6") } } or {}
  return { reply(wrong, q.question, 0, bad), q.answer(addresses("4", q.type, 1)) }
end
function behaviours.garbage()
  return { "\255\254\253", ("x"):rep(40) }
end
function behaviours.nodata(q)
  return { q.answer({}) }
end
function behaviours.chain(q)
  local hops = { { "CNAME", name_bytes("second.test"), 60 },
    { "CNAME", name_bytes("last.test"), 60, "second.test" } }
  if q.type == TYPES.A then
    hops[3] = { "A", v4("127.0.0.9"), 60, "last.test" }
  end
  return { q.answer(hops) }
end
function behaviours.loop(q)
  return { q.answer({ { "CNAME", name_bytes(q.name) } }) }
end
function behaviours.v4(q)
  return { q.answer(addresses("4", q.type, 1)) }
end
function behaviours.v6(q)
  return { q.answer(addresses("6", q.type, 1)) }
end
function behaviours.both(q)
  return { q.answer(addresses("46", q.type, 1)) }
end
function behaviours.many(q)
  return { q.answer(addresses("4", q.type, 30)) }
end
function behaviours.brief(q)
  local list = addresses("4", q.type, 1)
  for _, record in ipairs(list) do
    record[3] = 0
  end
  return { q.answer(list) }
end
function behaviours.asked(q)
  local count = 0
  for key, times in pairs(asked) do
    if key:match("^(%S+) ") == q.name:match("^asked%.(.*)") then
      count = count + times
    end
  end
  return { q.answer({ { "TXT", text(tostring(count)), 0 } }) }
end
for name, code in pairs(RCODES) do
  behaviours[name] = function(q)
    return { reply(q.id, q.question, code, {}) }
  end
end

local function parse(message)
  local labels, position = {}, 13
  while message:byte(position) ~= 0 do
    local size = message:byte(position)
    labels[#labels + 1] = message:sub(position + 1, position + size)
    position = position + 1 + size
  end
  local q = { id = message:sub(1, 2), question = message:sub(13, position + 4) }
  q.name = table.concat(labels, "."):lower()
  q.type = message:byte(position + 1) * 256 + message:byte(position + 2)
  return q
end

local function answers_to(message, tcp)
  local q = parse(message)
  q.tcp = tcp
  local key = q.name .. " " .. q.type
  asked[key] = (asked[key] or 0) + 1
  q.times = asked[key]
  function q.answer(list)
    return reply(q.id, q.question, 0, list)
  end
  local behaviour = behaviours[q.name:match("^[^.]+")]
  if behaviour then
    return behaviour(q)
  end
  local known = RECORDS[q.name]
  if not known then
    return { reply(q.id, q.question, RCODES.nxdomain, {}) }
  end
  local list = {}
  for _, record in ipairs(known) do
    if TYPES[record[1]] == q.type or record[1] == "CNAME" then
      list[#list + 1] = record
    end
  end
  return { q.answer(list) }
end

local function serve_tcp(client)
  client:settimeout(5)
  local size = client:receive(2)
  local message = size and client:receive(size:byte(1) * 256 + size:byte(2))
  for _, answer in ipairs(message and answers_to(message, true) or {}) do
    client:send(u16(#answer) .. answer)
  end
  client:close()
end

local udp, tcp = assert(socket.udp4()), assert(socket.tcp4())
assert(udp:setsockname(address, 53))
assert(tcp:setoption("reuseaddr", true))
assert(tcp:bind(address, 53))
assert(tcp:listen())
local ready = assert(io.open(fifo, "w"))
ready:write("ready\n")
ready:close()
while true do
  for _, one in ipairs(socket.select({ udp, tcp }, nil, 60)) do
    if one == tcp then
      serve_tcp(tcp:accept())
    else
      local message, host, port = udp:receivefrom()
      for _, answer in ipairs(message and answers_to(message, false) or {}) do
        udp:sendto(answer, host, port)
      end
    end
  end
end
