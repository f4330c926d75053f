-- udp.md: argument errors of every method, by position and text.

local R = ...
local socket = require("socket")

local plain = assert(socket.udp4())
assert(plain:setsockname("127.0.0.1", 0))
local _, port = plain:getsockname()
port = tonumber(port)
plain:settimeout(0)
local connected = assert(socket.udp4())
assert(connected:setpeername("127.0.0.1", port))
connected:settimeout(0)

local function both(name, object, method, ...)
  R.call(name, object[method], object, ...)
  R.method(name .. " (method)", object, method, ...)
end

local not_strings = {
  { "nil", nil }, { "true", true }, { "false", false }, { "a table", {} }, { "a function", print },
  { "a socket", plain },
}
local not_numbers = {
  { "a word", "*a" }, { "an empty string", "" }, { "true", true }, { "false", false }, { "a table", {} },
  { "a function", print },
}

for _, method in ipairs({ "setsockname", "setpeername" }) do
  both(method .. ": no arguments", plain, method)
  both(method .. ": only a host", plain, method, "127.0.0.1")
  for _, wrong in ipairs(not_strings) do
    both(method .. ": host " .. wrong[1], plain, method, wrong[2], port)
    both(method .. ": port " .. wrong[1], plain, method, "127.0.0.1", wrong[2])
  end
end
-- Giving up the peer gives up the port that the system chose, and `plain` needs its own below.
local loose = assert(socket.udp4())
for _, wrong in ipairs(not_strings) do
  both("setpeername: * and port " .. wrong[1], loose, "setpeername", "*", wrong[2])
  both("send: data " .. wrong[1], connected, "send", wrong[2])
  both("sendto: data " .. wrong[1], plain, "sendto", wrong[2], "127.0.0.1", port)
  both("sendto: ip " .. wrong[1], plain, "sendto", "x", wrong[2], port)
  both("sendto: port " .. wrong[1], plain, "sendto", "x", "127.0.0.1", wrong[2])
end
both("send: no data", connected, "send")
both("sendto: no arguments", plain, "sendto")
both("sendto: only data", plain, "sendto", "x")
both("sendto: no port", plain, "sendto", "x", "127.0.0.1")
both("sendto: all wrong", plain, "sendto", {}, {}, {})
for _, wrong in ipairs(not_numbers) do
  both("receive: size " .. wrong[1], plain, "receive", wrong[2])
  both("receivefrom: size " .. wrong[1], plain, "receivefrom", wrong[2])
  both("settimeout: value " .. wrong[1], plain, "settimeout", wrong[2])
  both("setfd: " .. wrong[1], plain, "setfd", wrong[2])
end
both("setfd: no argument", plain, "setfd")
both("settimeout: mode", plain, "settimeout", 1, "x")
both("settimeout: mode a table", plain, "settimeout", 1, {})
for _, value in ipairs({ 0, 0.5, -1, "3" }) do
  R.call("settimeout: " .. tostring(value), function()
    local result = plain:settimeout(value)
    local total = plain:settimeout(value, "t")
    return result, total, plain:gettimeout()
  end)
end
plain:settimeout(0)
plain:settimeout(nil, "t")
for _, method in ipairs({ "getfd", "dirty", "getfamily", "gettimeout", "getsockname" }) do
  local results = R.pack(pcall(plain[method], plain, "extra", {}))
  R.values(method .. ": extra arguments", results.n)
end
R.call("numbers as strings: sendto", function()
  local sent, failure = plain:sendto(12.5, "127.0.0.1", tostring(port))
  plain:settimeout(5)
  local data = plain:receive("100")
  plain:settimeout(0)
  return sent, failure, data
end)
R.call("send: extra arguments are ignored", function()
  local sent = connected:send("hello", 2, 3, {})
  plain:settimeout(5)
  local data = plain:receive()
  plain:settimeout(0)
  return sent, data
end)
R.call("receive: extra arguments are ignored", plain.receive, plain, 5, "prefix", {})
loose:close()
plain:close()
connected:close()
