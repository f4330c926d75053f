-- tcp.md: receive, spellings of patterns and prefixes, buffering, big amounts, closed objects.

local R = ...
local socket = require("socket")
local net = R.net

local TEXT = "one two\r\nthree"

-- receive(...) on a fresh pair that has TEXT and the end of stream.
local function on_text(...)
  local client, peer = net.fed_pair(TEXT, true)
  local results = R.pack(pcall(client.receive, client, ...))
  client:close()
  peer:close()
  if not results[1] then
    error(results[2], 0)
  end
  return R.unpack(results, 2, results.n)
end

for _, pattern in ipairs({ "*l", "*line", "*lx y", "*l\0", "*a", "*all", "*a*l", "5", " 3 ", "0x5", "1e1",
  "3.9",
  "0", "2.0", "1e300", "\t4\n" }) do
  R.call(("pattern %q"):format(pattern):gsub("%c", "?"), on_text, pattern)
end
for _, pattern in ipairs({ 5, 3.9, 0.5, 0, 2.0, 1e3, 65536, 1e9, 2 ^ 40 }) do
  R.call(("pattern %.17g"):format(pattern), on_text, pattern)
end
R.call("pattern -0.0", on_text, -0.0)
R.call("pattern nil, prefix nil", on_text, nil, nil)
R.call("no arguments", on_text)
R.call("extra arguments", on_text, "*l", "", {}, print)
R.call("pattern inf", on_text, math.huge)
R.call("pattern 2^64", on_text, 2 ^ 64)
R.call("pattern 1e30", on_text, 1e30)
for _, prefix in ipairs({ "", "x", "one", "\r\n", "a\r", "\0" }) do
  local name = (", prefix %q"):format(prefix):gsub("%c", "?") .. #prefix
  for _, pattern in ipairs({ "*l", "*a", 0, 1, 2, 3, 4, 10, 30 }) do
    R.call("pattern " .. pattern .. name, on_text, pattern, prefix)
  end
end
R.call("prefix a number", on_text, 10, 42)
R.call("prefix a float", on_text, 10, 0.5)
R.call("prefix longer than wanted", on_text, 2, "longer")
R.call("prefix exactly as wanted", on_text, 6, "longer")

-- Lines one after the other, from one packet.
local function lines_of(data)
  local client, peer = net.fed_pair(data, true)
  local log = {}
  for _ = 1, 12 do
    local line, failure, partial = client:receive()
    log[#log + 1] = tostring(line) .. "|" .. tostring(failure) .. "|" .. tostring(partial)
    if not line then
      break
    end
  end
  client:close()
  peer:close()
  return R.unpack(log)
end
for index, data in ipairs({ "a\nb\nc\n", "a\r\nb\r\n", "\n\n\n", "\r\n\r\n", "a\n\rb\n", "\r\r\n\r", "no end",
  "a\n\nb", "\0\n\0\0\n", ("x"):rep(100) .. "\n", "tail\r", "\rhead\n" }) do
  R.call("lines of text " .. index, lines_of, data)
end

-- Mixtures on one object; dirty in between.
R.call("mixture of patterns", function()
  local client, peer = net.fed_pair("line one\nline two\n12345rest of it", true)
  local results = {
    client:receive("*l"), client:dirty(), client:receive(4), client:receive("*l"), client:receive(5),
    client:receive("*a"), client:dirty(),
  }
  local last = R.pack(client:receive("*a"))
  client:close()
  peer:close()
  return results, last[1], last[2], last[3], last.n
end)
R.call("receive(0) fills the buffer", function()
  local client, peer = net.fed_pair("data", false)
  local before = client:dirty()
  local data, failure, partial = client:receive(0)
  local after = client:dirty()
  local rest = client:receive(4)
  client:settimeout(0)
  local r = R.pack(client:receive(0))
  client:close()
  peer:close()
  return before, data, failure, partial, after, rest, r[1], r[2], r[3]
end)
R.call("a timeout keeps the partial as the result and consumes it", function()
  local client, peer = net.fed_pair("half a ", false)
  client:settimeout(0)
  local data, failure, partial = client:receive("*l")
  local again = R.pack(client:receive("*l"))
  peer:send("line\n")
  net.readable(client)
  local whole = client:receive("*l", partial)
  client:close()
  peer:close()
  return data, failure, partial, again[1], again[2], again[3], whole
end)
R.call("CRs in a partial line split over two calls", function()
  local client, peer = net.fed_pair("a\r", false)
  client:settimeout(0)
  local _, _, partial = client:receive("*l")
  peer:send("\nb\n")
  net.readable(client)
  local first, second = client:receive("*l", partial), client:receive("*l")
  client:close()
  peer:close()
  return partial, first, second
end)

-- Big amounts, read in different ways from one stream.
local function big(reader)
  return function()
    local client, peer = net.pair()
    local sent, data = 0, ("0123456789abcde\n"):rep(65536)
    peer:settimeout(0)
    client:settimeout(0)
    local parts, rounds = {}, 0
    while true do
      if sent < #data then
        local last, _, partial = peer:send(data, sent + 1)
        sent = last or partial
        if sent == #data then
          peer:close()
        end
      end
      local chunk, failure, partial = reader(client)
      parts[#parts + 1] = chunk or partial
      if failure == "closed" then
        break
      elseif failure then
        socket.select({ client }, sent < #data and { peer } or nil, 5)
      end
      rounds = rounds + 1
      assert(rounds < 1e6)
    end
    local whole = table.concat(parts)
    client:close()
    return #whole, whole
  end
end
R.call("1 MB by count 1000", big(function(sock) return sock:receive(1000) end))
R.call("1 MB by count 65536", big(function(sock) return sock:receive(65536) end))
R.call("1 MB by count 8193", big(function(sock) return sock:receive(8193) end))
R.call("1 MB by *a", big(function(sock)
  local chunk, failure, partial = sock:receive("*a")
  return chunk, failure, partial
end))
R.call("1 MB by line, without line ends", big(function(sock) return sock:receive("*l") end))

-- Objects that are not connected, or not any more.
local function state_of(name, make)
  for _, pattern in ipairs({ "*l", "*a", 0, 5 }) do
    for _, prefix in ipairs({ "", "pre" }) do
      local sock = make()
      R.call(name .. ": receive(" .. pattern .. ", '" .. prefix .. "')", sock.receive, sock, pattern, prefix)
      sock:close()
    end
  end
end
state_of("never connected, no descriptor", function()
  local sock = socket.tcp()
  sock:connect("", 1)
  return sock
end)
state_of("never connected, with a descriptor", function()
  local sock = socket.tcp4()
  sock:connect("", 1)
  return sock
end)
state_of("refused", function()
  local sock = socket.tcp4()
  sock:connect("127.0.0.1", net.closed_port())
  return sock
end)
state_of("closed", function()
  local sock, peer = net.fed_pair("unread", false)
  sock:close()
  peer:close()
  return sock
end)
state_of("closed with data in the buffer", function()
  local sock, peer = net.fed_pair("line\nin the buffer", false)
  sock:receive("*l")
  sock:close()
  peer:close()
  return sock
end)
state_of("shut down for receiving", function()
  local sock, peer = net.fed_pair("arrived", false)
  sock:shutdown("receive")
  peer:close()
  sock:settimeout(5)
  return sock
end)
R.call("all of a closed object's buffer, then nothing", function()
  local sock, peer = net.fed_pair("line\nrest", false)
  sock:receive("*l")
  sock:close()
  peer:close()
  local first = R.pack(sock:receive("*a"))
  local dirty = sock:dirty()
  local second = R.pack(sock:receive("*a"))
  return first[1], first[2], first[3], dirty, second[1], second[2], second[3]
end)
