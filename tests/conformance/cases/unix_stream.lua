-- unix.md: stream objects.

local R = ...
local unix = require("socket.unix")
local socket = require("socket")
local net = R.net

local unpack = R.unpack

local function master()
  return assert(unix.stream())
end
local function listening(path)
  local sock = master()
  assert(sock:bind(path))
  assert(sock:listen())
  sock:settimeout(5)
  return sock
end
local server = listening("server")
local function pair()
  local client = master()
  assert(client:connect("server"))
  local peer = assert(server:accept())
  client:settimeout(5)
  peer:settimeout(5)
  return client, peer
end

-- bind, listen and names.
local function bind(method, path)
  local sock = master()
  local results = R.pack(sock[method](sock, path))
  local class, open = sock.class, sock:getfd() >= 0
  local name, failure = sock:getsockname()
  sock:close()
  return results[1], results[2], results.n, class, open, name, failure
end
R.call("bind", bind, "bind", "bound one")
R.call("setsockname", bind, "setsockname", "bound two")
R.call("bind: a number", bind, "bind", 12)
R.call("bind: exists", bind, "bind", "server")
R.call("bind: the file stays after close", bind, "bind", "bound one")
R.call("bind: no such directory", bind, "bind", "nowhere/name")
R.call("bind: file in the way of a directory", bind, "bind", "bound one/name")
R.call("bind: 107 bytes", bind, "bind", ("p"):rep(107))
R.call("bind: 108 bytes", bind, "bind", ("q"):rep(108))
R.call("bind: 500 bytes", bind, "bind", ("q"):rep(500))
R.call("bind: empty path", function()
  local sock = master()
  local result, failure = sock:bind("")
  local listens = sock:listen()
  sock:close()
  return result, failure, listens
end)
for _, wrong in ipairs({ { "nothing" }, { "nil", nil }, { "true", true }, { "a table", {} } }) do
  for _, method in ipairs({ "bind", "setsockname", "connect", "setpeername" }) do
    local sock = master()
    if wrong[1] == "nothing" then
      R.call(method .. ": " .. wrong[1], sock[method], sock)
      R.method(method .. ": " .. wrong[1] .. " (method)", sock, method)
    else
      R.call(method .. ": " .. wrong[1], sock[method], sock, wrong[2])
    end
    R.values(method .. ": " .. wrong[1] .. ": class and descriptor", sock.class, sock:getfd() >= 0)
    sock:close()
  end
end
R.call("bind: extra arguments", function()
  local sock = master()
  local result = sock:bind("bound three", 80, {})
  sock:close()
  return result
end)
R.call("bind: twice", function()
  local sock = master()
  local first = sock:bind("bound four")
  local second, failure = sock:bind("bound five")
  local open = sock:getfd() >= 0
  sock:close()
  return first, second, failure, open
end)
R.call("bind: again after a failure", function()
  local sock = master()
  sock:bind("nowhere/name")
  local fd = sock:getfd()
  local result, failure = sock:bind("bound six")
  local name = sock:getsockname()
  sock:close()
  return fd, result, failure, name
end)
R.call("getsockname: unbound", function() return master():getsockname() end)
R.call("getsockname: closed", function()
  local sock = master()
  sock:close()
  return sock:getsockname()
end)
R.call("getsockname: number of results", function() return select("#", server:getsockname()) end)
R.method("getsockname: server", server, "getsockname")
R.call("listen: unbound", function() return master():listen() end)
R.call("listen: closed", function()
  local sock = master()
  sock:close()
  return sock:listen()
end)
for _, backlog in ipairs({ 0, 5, -1, "7", 2.5 }) do
  R.call("listen: backlog " .. tostring(backlog), function()
    local sock = master()
    sock:bind("listen " .. tostring(backlog))
    local result, failure = sock:listen(backlog)
    sock:close()
    return result, failure, sock.class
  end)
end
R.call("listen: a word", function() return master():listen("word") end)
R.call("listen: a word, plain call", unix.stream().listen, unix.stream(), "word")

-- connect and accept.
local function connect(path, timeout)
  local sock = master()
  if timeout then
    sock:settimeout(timeout)
  end
  local results = R.pack(sock:connect(path))
  local class, open = sock.class, sock:getfd() >= 0
  if results[1] then
    server:accept():close()
  end
  sock:close()
  return results[1], results[2], results.n, class, open
end
for _, timeout in ipairs({ -1, 0, 5 }) do
  R.call("connect: timeout " .. timeout, connect, "server", timeout)
  R.call("connect: nothing there, timeout " .. timeout, connect, "no such file", timeout)
end
local file = assert(io.open("plain file", "w"))
file:close()
R.call("connect: not a socket", connect, "plain file")
R.call("connect: bound, not listening", connect, "bound one")
R.call("connect: empty path", connect, "")
R.call("connect: 108 bytes", connect, ("q"):rep(108))
R.call("connect: directory missing", connect, "nowhere/name")
R.call("connect: file as a directory", connect, "plain file/name")
local dgram = assert(unix.dgram())
assert(dgram:bind("datagrams"))
R.call("connect: a datagram path", connect, "datagrams")
os.execute("ln -s loop-b loop-a; ln -s loop-a loop-b")
R.call("connect: too many links", connect, "loop-a")
R.call("connect: again after a failure", function()
  local sock = master()
  sock:connect("no such file")
  local fd = sock:getfd()
  local result, failure = sock:connect("server")
  if result then
    server:accept():close()
  end
  sock:close()
  return fd, result, failure, sock.class
end)
R.call("connect: bind after a failed connect", function()
  local sock = master()
  sock:connect("no such file")
  local result, failure = sock:bind("bound seven")
  sock:close()
  return result, failure
end)
R.call("connect: 'path too long' leaves the object usable", function()
  local sock = master()
  sock:connect(("q"):rep(108))
  local open = sock:getfd() >= 0
  local result = sock:connect("server")
  server:accept():close()
  sock:close()
  return open, result
end)
R.call("connect: on a client", function()
  local client, peer = pair()
  local fine, failure = pcall(client.connect, client, "server")
  client:close()
  peer:close()
  return fine, failure
end)
R.call("connect: closed master", function()
  local sock = master()
  sock:close()
  local result, failure = sock:connect("server")
  if result then
    server:accept():close()
  end
  return result, failure
end)
server:settimeout(0)
R.method("accept: nothing there", server, "accept")
server:settimeout(0.02)
R.method("accept: nothing there, waiting", server, "accept")
server:settimeout(5)
R.call("accept: names", function()
  local client, peer = pair()
  local a, b, class = client:getsockname(), peer:getsockname(), peer.class
  client:close()
  peer:close()
  return a, b, class
end)
R.call("accept: closed", function()
  local sock = listening("closing")
  sock:close()
  return sock:accept()
end)

-- The stream itself: the same code as TCP, so a shorter list.
for _, item in ipairs({ { "line", "*l" }, { "all", "*a" }, { "5", 5 }, { "100", 100 }, { "0", 0 } }) do
  for _, prefix in ipairs({ "", "pre" }) do
    R.call("receive " .. item[1] .. ", prefix '" .. prefix .. "'", function()
      local client, peer = pair()
      peer:send("a li\rne\r\nrest")
      peer:close()
      local results = R.pack(client:receive(item[2], prefix))
      local dirty = client:dirty()
      local rest = R.pack(client:receive("*a"))
      client:close()
      return results[1], results[2], results[3], results.n, dirty, rest[1], rest[2], rest[3]
    end)
  end
end
for _, i in ipairs({ -3, 0, 2, 6 }) do
  for _, j in ipairs({ -2, 0, 3, 9 }) do
    R.call(("send(hello, %d, %d)"):format(i, j), function()
      local client, peer = pair()
      local results = R.pack(client:send("hello", i, j))
      client:close()
      local data = peer:receive("*a")
      peer:close()
      return results[1], results[2], results[3], results.n, data
    end)
  end
end
R.call("receive: bad pattern", function()
  local client = master()
  client:connect("server")
  server:accept():close()
  client:receive("bad")
end)
R.call("timeout 0", function()
  local client, peer = pair()
  client:settimeout(0)
  peer:send("half")
  net.readable(client)
  local results = R.pack(client:receive("*l"))
  client:close()
  peer:close()
  return results[1], results[2], results[3], results.n
end)
R.call("send after the peer closed", function()
  local client, peer = pair()
  peer:close()
  local results = R.pack(client:send("x"))
  local data = R.pack(client:receive())
  client:close()
  return results[1], results[2], results[3], data[2]
end)
R.call("unread data makes the peer's close a reset", function()
  local client, peer = pair()
  client:send("unread")
  net.readable(peer)
  peer:close()
  local data = R.pack(client:receive())
  client:close()
  return data[1], data[2], data[3]
end)
for _, how in ipairs({ "both", "send", "receive" }) do
  R.call("shutdown " .. how, function()
    local client, peer = pair()
    local result = client:shutdown(how)
    local sent = R.pack(client:send("x"))
    client:settimeout(0)
    local data = R.pack(client:receive())
    client:close()
    peer:close()
    return result, sent[1], sent[2], data[2]
  end)
end
R.call("shutdown: wrong word", function()
  local client = master()
  client:connect("server")
  server:accept():close()
  client:shutdown("word")
end)
R.call("stats", function()
  local client, peer = pair()
  client:send("line\r\nmore")
  peer:receive()
  local a, b, c = client:getstats()
  local d, e = peer:getstats()
  local set = client:setstats(1, 2, 3)
  local f, g = client:getstats()
  client:close()
  peer:close()
  return a, b, c >= 0, d, e, set, f, g
end)
R.call("setstats: negative", function()
  local client, peer = pair()
  client:setstats(-5, -5)
  local a, b = client:getstats()
  client:close()
  peer:close()
  return a, b
end)
R.call("settimeout: results", function() return master():settimeout(1), master():settimeout(nil, "t") end)
R.call("settimeout: wrong mode", function() return master():settimeout(1, "x") end)
R.call("select", function()
  local client, peer = pair()
  peer:send("x")
  local r, w = socket.select({ client, peer }, { client }, 5)
  local results = { #r, r[1] == client, #w, w[1] == client }
  client:close()
  peer:close()
  return unpack(results)
end)
R.call("closed: everything", function()
  local client, peer = pair()
  peer:send("line\nrest")
  client:receive()
  local results = { client:close(), client:close(), client:getfd(), client:dirty() }
  local sent = R.pack(client:send("x"))
  local rest = R.pack(client:receive("*a"))
  local none = R.pack(client:receive("*a"))
  local option = R.pack(client:setoption("keepalive", true))
  peer:close()
  return results, sent[2], rest[1], none[2], none[3], option[2], client:shutdown(), client:settimeout(1)
end)
R.call("setfd: handover", function()
  local client, peer = pair()
  local other = unix.stream()
  other:close()
  local fd = client:getfd()
  client:setfd(-1)
  other:setfd(fd)
  local name = other:getsockname()
  other:close()
  local data, failure = peer:receive()
  peer:close()
  return name, data, failure
end)

-- Abstract names.
local name = "\0conformance " .. net.process_id()
R.call("abstract: bind and connect", function()
  local sock = master()
  local bound, failure = sock:bind(name)
  local listens, why = sock:listen()
  local client = master()
  local connected, reason = client:connect(name)
  client:close()
  sock:close()
  return bound, failure, listens, why, connected, reason
end)
R.call("abstract: getsockname", function()
  local sock = master()
  sock:bind(name)
  local full = sock:getsockname()
  sock:close()
  return full == name, type(full) == "string" and full:byte(1)
end)
R.call("abstract: trailing NUL is significant", function()
  local sock = master()
  sock:bind(name)
  sock:listen()
  local client = master()
  local connected, failure = client:connect(name .. "\0")
  client:close()
  sock:close()
  return connected, failure
end)
R.call("abstract: 108 bytes", bind, "bind", "\0" .. ("x"):rep(107))

-- A server whose queue is full; the original reports success or breaks the object.
local function full_queue(timeout)
  local path = "full " .. tostring(timeout)
  local sock = master()
  sock:bind(path)
  sock:listen(0)
  local kept = {}
  for index = 1, 3 do
    kept[index] = master()
    kept[index]:settimeout(0)
    kept[index]:connect(path)
  end
  local client = master()
  client:settimeout(timeout)
  local result, failure = client:connect(path)
  local class, open = client.class, client:getfd() >= 0
  sock:settimeout(5)
  for _ = 1, 2 do
    local accepted = sock:accept()
    if accepted then
      accepted:close()
    end
    sock:settimeout(0)
  end
  local again, why
  if not result then
    again, why = client:connect(path)
  end
  client:close()
  sock:close()
  for _, item in ipairs(kept) do
    item:close()
  end
  return result, failure, class, open, again, why
end
R.call("full queue: timeout 0", full_queue, 0)
R.call("full queue: timeout 0.05", full_queue, 0.05)
server:close()
dgram:close()
