-- unix.md: datagram objects.

local R = ...
local unix = require("socket.unix")
local socket = require("socket")
local net = R.net

local function dgram()
  return assert(unix.dgram())
end
local receiver = dgram()
assert(receiver:bind("receiver"))
receiver:settimeout(5)
local sender = dgram()
assert(sender:bind("sender"))
sender:settimeout(5)
local stream = assert(unix.stream())
assert(stream:bind("stream"))
assert(stream:listen())

-- bind and connect.
local function try(method, path)
  local sock = dgram()
  local results = R.pack(sock[method](sock, path))
  local class, open = sock.class, sock:getfd() >= 0
  local name, failure = sock:getsockname()
  sock:close()
  return results[1], results[2], results.n, class, open, name, failure
end
R.call("bind", try, "bind", "bound one")
R.call("setsockname", try, "setsockname", "bound two")
R.call("bind: exists", try, "bind", "bound one")
R.call("bind: no such directory", try, "bind", "nowhere/name")
R.call("bind: 108 bytes", try, "bind", ("q"):rep(108))
R.call("connect", try, "connect", "receiver")
R.call("setpeername", try, "setpeername", "receiver")
R.call("connect: nothing there", try, "connect", "no such file")
R.call("connect: a stream path", try, "connect", "stream")
R.call("connect: nobody bound", try, "connect", "bound one")
R.call("connect: empty path", try, "connect", "")
R.call("connect: 108 bytes", try, "connect", ("q"):rep(108))
R.call("connect: * is a path", try, "connect", "*")
for _, wrong in ipairs({ { "nil", nil }, { "true", true }, { "a table", {} } }) do
  for _, method in ipairs({ "bind", "setsockname", "connect", "setpeername", "send", "sendto" }) do
    local sock = dgram()
    if method == "send" then
      sock:connect("receiver")
    end
    R.call(method .. ": " .. wrong[1], sock[method], sock, wrong[2], "receiver")
    R.method(method .. ": " .. wrong[1] .. " (method)", sock, method, wrong[2], "receiver")
    sock:close()
  end
  R.call("sendto: path " .. wrong[1], sender.sendto, sender, "x", wrong[2])
end
for _, method in ipairs({ "bind", "connect", "sendto" }) do
  R.call(method .. ": no arguments", sender[method], sender)
end
R.call("sendto: no path", sender.sendto, sender, "x")
R.call("bind: twice", function()
  local sock = dgram()
  local first = sock:bind("bound three")
  local second, failure = sock:bind("bound four")
  local open = sock:getfd() >= 0
  sock:close()
  return first, second, failure, open
end)
R.call("bind: again after a failure", function()
  local sock = dgram()
  sock:bind("nowhere/name")
  local fd = sock:getfd()
  local result, failure = sock:bind("bound five")
  sock:close()
  return fd, result, failure
end)
R.call("connect: again after a failure", function()
  local sock = dgram()
  sock:connect("no such file")
  local fd = sock:getfd()
  local result, failure = sock:connect("receiver")
  sock:close()
  return fd, result, failure, sock.class
end)
R.call("connect: may be repeated", function()
  local sock = dgram()
  local first = sock:connect("receiver")
  local second = sock:connect("sender")
  local sent = sock:send("to the second")
  local data = sender:receive()
  local third, failure = sock:connect("no such file")
  local class, open = sock.class, sock:getfd() >= 0
  sock:close()
  return first, second, sent, data, third, failure, class, open
end)
R.call("bind on a connected object", function()
  local sock = dgram()
  sock:connect("receiver")
  local fine, failure = pcall(sock.bind, sock, "bound six")
  sock:close()
  return fine, failure
end)

-- Sending and receiving.
R.call("send", function()
  local sock = dgram()
  sock:connect("receiver")
  local sent = R.pack(sock:send("hello"))
  local empty = R.pack(sock:send(""))
  local number = R.pack(sock:send(12.5))
  local results = { receiver:receive(), receiver:receive(), receiver:receive() }
  sock:close()
  return sent[1], sent.n, empty[1], number[1], results
end)
R.call("sendto and receivefrom", function()
  local sent = R.pack(sender:sendto("hello", "receiver"))
  local got = R.pack(receiver:receivefrom())
  return sent[1], sent.n, got[1], got[2], got.n
end)
R.call("receivefrom: the sender is not bound", function()
  local sock = dgram()
  sock:sendto("hello", "receiver")
  local got = R.pack(receiver:receivefrom())
  sock:close()
  return got[1], got[2], got.n
end)
R.call("receivefrom: empty datagram", function()
  sender:sendto("", "receiver")
  return receiver:receivefrom()
end)
R.call("a reply to the sender's path", function()
  sender:sendto("question", "receiver")
  local _, path = receiver:receivefrom()
  local sent = receiver:sendto("answer", path)
  return path, sent, (sender:receive())
end)
for _, size in ipairs({ 0, 2, 5, 10, "3", 9000, 2.9 }) do
  R.call("receive(" .. size .. ")", function()
    sender:sendto("hello", "receiver")
    local got = R.pack(receiver:receive(size))
    return got[1], got[2], got.n
  end)
  R.call("receivefrom(" .. size .. ")", function()
    sender:sendto("hello", "receiver")
    return receiver:receivefrom(size)
  end)
end
R.call("receive: negative size", function()
  sender:sendto("kept", "receiver")
  local data, failure = receiver:receive(-1)
  return data, failure, (receiver:receive())
end)
for _, wrong in ipairs({ { "a word", "*a" }, { "true", true }, { "a table", {} } }) do
  R.call("receive: " .. wrong[1], receiver.receive, receiver, wrong[2])
  R.call("receivefrom: " .. wrong[1], receiver.receivefrom, receiver, wrong[2])
end
R.call("big datagrams", function()
  local sent = sender:sendto(("x"):rep(50000), "receiver")
  local small = #receiver:receive()
  sender:sendto(("x"):rep(50000), "receiver")
  return sent, small, #receiver:receive(60000)
end)
R.call("too long", function()
  local sent, failure = sender:sendto(("x"):rep(1e7), "receiver")
  return sent, failure
end)
R.call("sendto: nothing there", sender.sendto, sender, "x", "no such file")
R.call("sendto: nobody bound", sender.sendto, sender, "x", "bound one")
R.call("sendto: empty path", sender.sendto, sender, "x", "")
R.call("sendto: 108 bytes", sender.sendto, sender, "x", ("q"):rep(108))
-- The original only returns when it is connected: the system calls any other socket writable.
local function full_queue(connected)
  local sock, idle = dgram(), dgram()
  idle:bind("idle " .. tostring(connected))
  sock:settimeout(0)
  if connected then
    sock:connect("idle true")
  end
  local function give()
    if connected then
      return sock:send("x")
    end
    return sock:sendto("x", "idle false")
  end
  local failure, sent
  repeat
    sent, failure = give()
  until not sent
  sock:settimeout(0.02)
  local again, why = give()
  sock:close()
  idle:close()
  return failure, again, why
end
R.call("the peer's queue is full: connected", full_queue, true)
R.call("the peer is gone", function()
  local sock, other = dgram(), dgram()
  other:bind("leaving")
  sock:connect("leaving")
  other:close()
  local first = R.pack(sock:send("x"))
  local second = R.pack(sock:send("x"))
  sock:close()
  return first[1], first[2], first.n, second[1], second[2]
end)
receiver:settimeout(0)
R.method("receive: nothing there", receiver, "receive")
R.method("receivefrom: nothing there", receiver, "receivefrom")
receiver:settimeout(0.02)
R.method("receive: nothing there, waiting", receiver, "receive")

-- The rest.
R.values("dirty", receiver:dirty())
R.values("gettimeout: fresh", dgram():gettimeout())
R.call("settimeout and gettimeout", function()
  local sock = dgram()
  local a, b = sock:settimeout(2), sock:settimeout(3, "t")
  local c, d = sock:gettimeout()
  sock:close()
  return a, b, c, d
end)
R.call("settimeout: wrong mode", function() return dgram():settimeout(1, "x") end)
R.call("getsockname: unbound", function() return dgram():getsockname() end)
R.method("getsockname: bound", receiver, "getsockname")
R.call("setoption", function() return dgram():setoption("reuseaddr", true) end)
R.call("select", function()
  local sock = dgram()
  sock:sendto("x", "receiver")
  local r, w = socket.select({ receiver, sender }, { sock }, 5)
  receiver:receive()
  sock:close()
  return #r, r[1] == receiver, #w, w[1] == sock
end)

-- Without a descriptor.
local function closed(connected)
  local sock = dgram()
  if connected then
    sock:connect("receiver")
  end
  sock:close()
  sock:settimeout(0)
  return sock
end
R.call("closed: receive", function() return closed():receive() end)
R.call("closed: receivefrom", function()
  local data, from = closed():receivefrom()
  return data, type(from) == "string" and (data == nil and from or "some path")
end)
R.call("closed: connected receive", function() return closed(true):receive() end)
R.call("closed: send", function() return closed(true):send("x") end)
R.call("closed: sendto", function() return closed():sendto("x", "receiver") end)
R.call("closed: getsockname", function() return closed():getsockname() end)
R.call("closed: close again", function()
  local sock = closed()
  return sock:close(), sock:getfd(), sock:dirty()
end)
R.call("closed: setoption", function() return closed():setoption("reuseaddr", true) end)
R.call("setfd: no results", function() return select("#", closed():setfd(-1)) end)
R.call("setfd: handover", function()
  local sock, other = dgram(), dgram()
  other:close()
  other:setfd(sock:getfd())
  sock:setfd(-1)
  local sent = other:sendto("handed over", "receiver")
  receiver:settimeout(5)
  local data = receiver:receive()
  other:close()
  return sent, data
end)

-- Abstract names.
local name = "\0conformance dgram " .. net.process_id()
R.call("abstract: bind, send, reply", function()
  local a, b = dgram(), dgram()
  a:settimeout(1)
  b:settimeout(1)
  local bound, failure = a:bind(name)
  b:bind(name .. " b")
  local sent, why = b:sendto("hello", name)
  local data, from
  if sent then
    data, from = a:receivefrom()
  end
  a:close()
  b:close()
  return bound, failure, sent, why, data, from == name .. " b"
end)
R.call("abstract: connect, as to a service manager", function()
  local a, b = dgram(), dgram()
  a:settimeout(1)
  a:bind(name)
  local connected, failure = b:connect(name)
  local sent, why
  if connected then
    sent, why = b:send("READY=1")
  end
  local data = connected and a:receive()
  a:close()
  b:close()
  return connected, failure, sent, why, data
end)
R.call("abstract: getsockname", function()
  local sock = dgram()
  sock:bind(name)
  local full = sock:getsockname()
  sock:close()
  return full == name
end)
-- What the original never returns from stands at the end.
R.moontide_only("sendto: a stream path", 'nil, "Protocol wrong type for socket"', sender.sendto, sender, "x",
  "stream")
R.moontide_only("the peer's queue is full: unconnected", '"timeout", nil, "timeout"', full_queue, false)
stream:close()
sender:close()
receiver:close()
