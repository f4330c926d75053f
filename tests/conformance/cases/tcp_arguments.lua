-- tcp.md: argument errors of every method, by position and text, in both call forms.

local R = ...
local socket = require("socket")
local net = R.net

local client, peer = net.pair()
local server = net.listener()
local master = socket.tcp()

-- Both forms of one call; the arguments come as a packed list.
local function both(name, object, method, ...)
  R.call(name, object[method], object, ...)
  R.method(name .. " (method)", object, method, ...)
end

local not_strings = {
  { "nil", nil }, { "true", true }, { "false", false }, { "a table", {} }, { "a function", print },
  { "a socket", client },
}
local not_numbers = {
  { "a word", "word" }, { "an empty string", "" }, { "true", true }, { "false", false },
  { "a table", {} }, { "a function", print },
}

-- Addresses: connect and bind with their aliases. None of these calls gets as far as the system.
for _, item in ipairs({ { "bind", master }, { "setsockname", master }, { "connect", client },
  { "setpeername", client }, { "connect", server, " on a server" } }) do
  local method, object = item[1], item[2]
  local name = method .. (item[3] or "")
  both(name .. ": no arguments", object, method)
  both(name .. ": only a host", object, method, "127.0.0.1")
  for _, wrong in ipairs(not_strings) do
    both(name .. ": host " .. wrong[1], object, method, wrong[2], 80)
    both(name .. ": port " .. wrong[1], object, method, "127.0.0.1", wrong[2])
  end
  both(name .. ": both wrong", object, method, {}, {})
end

-- listen
for _, wrong in ipairs(not_numbers) do
  both("listen: backlog " .. wrong[1], master, "listen", wrong[2])
end

-- send
both("send: no data", client, "send")
for _, wrong in ipairs(not_strings) do
  both("send: data " .. wrong[1], client, "send", wrong[2])
end
for _, wrong in ipairs(not_numbers) do
  both("send: i " .. wrong[1], client, "send", "data", wrong[2])
  both("send: j " .. wrong[1], client, "send", "data", 1, wrong[2])
end
both("send: i and j wrong", client, "send", "data", {}, {})
both("send: data and i wrong", client, "send", {}, {})

-- receive: the prefix is checked before the pattern.
for _, wrong in ipairs(not_strings) do
  if wrong[2] ~= nil then
    both("receive: pattern " .. wrong[1], client, "receive", wrong[2])
    both("receive: prefix " .. wrong[1], client, "receive", "*l", wrong[2])
  end
end
both("receive: both wrong", client, "receive", {}, {})
for _, pattern in ipairs({ "", "*", "l", "a", "L", "*L", "*n", "*x", " *l", "line", "*A", "5x", "0x", "--5",
  "**l", "\0", "*\0l", "-1", "-0.5", "nan()" }) do
  local name = ("receive: pattern %q"):format(pattern):gsub("[%c]", "?") .. #pattern
  both(name, client, "receive", pattern)
end
both("receive: pattern -1", client, "receive", -1)
both("receive: pattern -0.5", client, "receive", -0.5)
both("receive: pattern -inf", client, "receive", -math.huge)
both("receive: pattern nan", client, "receive", 0 / 0)
both("receive: pattern bad and prefix given", client, "receive", "bad", "prefix")

-- shutdown
for _, word in ipairs({ "", "b", "Both", "sends", "recv", "receive ", "BOTH" }) do
  both(("shutdown: %q"):format(word), client, "shutdown", word)
end
both("shutdown: a number", client, "shutdown", 1)

-- setfd
both("setfd: no argument", server, "setfd")
both("setfd: nil", server, "setfd", nil)
for _, wrong in ipairs(not_numbers) do
  both("setfd: " .. wrong[1], server, "setfd", wrong[2])
end

-- settimeout
for _, wrong in ipairs(not_numbers) do
  both("settimeout: value " .. wrong[1], client, "settimeout", wrong[2])
end
for _, mode in ipairs({ "", "x", "B", "T", "R", " b", "5", "\0" }) do
  both(("settimeout: mode %q"):format(mode):gsub("%c", "?"), client, "settimeout", 1, mode)
end
for _, wrong in ipairs(not_strings) do
  if wrong[2] ~= nil then
    both("settimeout: mode " .. wrong[1], client, "settimeout", 1, wrong[2])
  end
end
both("settimeout: a number as mode", client, "settimeout", 1, 1)
both("settimeout: both wrong", client, "settimeout", {}, {})
R.values("settimeout: nothing was set", client:gettimeout())

-- setstats
for _, wrong in ipairs(not_numbers) do
  both("setstats: received " .. wrong[1], client, "setstats", wrong[2])
  both("setstats: sent " .. wrong[1], client, "setstats", 1, wrong[2])
  both("setstats: age " .. wrong[1], client, "setstats", nil, nil, wrong[2])
end
R.values("setstats: both wrong", pcall(client.setstats, client, {}, {}))

-- Methods without arguments ignore what they are given.
for _, method in ipairs({ "getfd", "dirty", "getfamily", "gettimeout" }) do
  local results = R.pack(pcall(client[method], client, "extra", {}))
  R.values(method .. ": extra arguments", results.n, results[1])
end
R.call("accept: extra arguments", function()
  server:settimeout(0)
  return server:accept({}, "x")
end)
R.call("close: extra arguments", function() return socket.tcp():close({}, 1) end)

-- Numbers where strings are wanted, strings where numbers are.
R.call("bind: a number as host", master.bind, master, 127, "x")
R.call("bind: a number as port", function()
  local sock = socket.tcp4()
  local result, message = sock:bind("127.0.0.1", 0)
  sock:close()
  return result, message
end)
R.call("bind: a string as port", function()
  local sock = socket.tcp4()
  local result, message = sock:bind("127.0.0.1", "0")
  sock:close()
  return result, message
end)
R.call("listen: numeric string", function()
  local sock = socket.tcp4()
  sock:bind("127.0.0.1", 0)
  local result, message = sock:listen("5")
  sock:close()
  return result, message
end)
R.call("settimeout: numeric string", function()
  return client:settimeout("0.5"), client:gettimeout()
end)
R.call("setfd: numeric string", function()
  local sock = socket.tcp()
  sock:setfd("-1")
  return sock:getfd()
end)
R.call("send: a number", client.send, client, 12345)
R.call("send: a fraction", client.send, client, 0.5)
R.call("receive at the peer: both numbers", peer.receive, peer, 8)
R.call("send: numeric strings as indexes", client.send, client, "hello", "2", "3")
R.call("receive at the peer: the range", peer.receive, peer, "2")

client:close()
peer:close()
server:close()
