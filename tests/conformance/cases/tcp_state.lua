-- tcp.md: close and shutdown, descriptors, dirty, statistics.

local R = ...
local socket = require("socket")
local net = R.net

-- Everything a closed object answers.
local client, peer = net.pair()
R.method("close: client", client, "close")
R.method("close: again", client, "close")
R.method("closed: getfd", client, "getfd")
R.method("closed: dirty", client, "dirty")
R.method("closed: getfamily", client, "getfamily")
R.method("closed: gettimeout", client, "gettimeout")
R.method("closed: settimeout", client, "settimeout", 1)
R.method("closed: shutdown", client, "shutdown")
R.method("closed: setstats", client, "setstats", 1, 2, 3)
R.call("closed: getstats", function()
  local received, sent, age = client:getstats()
  return received, sent, age >= 3 and age < 60
end)
R.method("closed: setoption", client, "setoption", "keepalive", true)
R.method("closed: getoption", client, "getoption", "keepalive")
R.method("closed: getsockname", client, "getsockname")
R.method("closed: getpeername", client, "getpeername")
R.values("closed: class", client.class)
R.values("closed: tostring", client)
R.call("closed: the peer sees the end", function() return peer:receive("*a") end)
R.call("closed: connect opens a new descriptor", function()
  local server, port = net.listener()
  local result = client:connect("127.0.0.1", port)
  local open = client:getfd() >= 0
  client:close()
  server:close()
  return result, open
end)
peer:close()
for _, item in ipairs({ { "tcp", socket.tcp }, { "tcp4", socket.tcp4 } }) do
  local sock = item[2]()
  R.method("close: fresh " .. item[1], sock, "close")
  R.method("close: fresh " .. item[1] .. " again", sock, "close")
  R.values("close: fresh " .. item[1] .. " descriptor", sock:getfd(), sock:getfamily(), sock.class)
  R.method("close: " .. item[1] .. " listen", sock, "listen")
end

-- shutdown
local function after_shutdown(how)
  local a, b = net.pair()
  b:send("before\n")
  net.readable(a)
  local result = R.pack(a:shutdown(how))
  local sent = R.pack(a:send("x"))
  local line = R.pack(a:receive("*l"))
  a:settimeout(0)
  local more = R.pack(a:receive("*l"))
  b:settimeout(how == "receive" and 0 or 5)
  local seen = R.pack(b:receive("*a"))
  local open = a:getfd() >= 0
  a:close()
  b:close()
  return result.n, result[1], { sent[1] or "nil", sent[2] or "nil", sent[3] or "nil" }, line[1], more[2],
    seen[2],
    seen[3], open
end
R.call("shutdown: default", after_shutdown)
for _, how in ipairs({ "both", "send", "receive" }) do
  R.call("shutdown: " .. how, after_shutdown, how)
end
R.call("shutdown: nil", function()
  local a, b = net.pair()
  local result = a:shutdown(nil)
  local first, failure = a:send("x")
  a:close()
  b:close()
  return result, first, failure
end)
R.call("shutdown: twice, then close", function()
  local a, b = net.pair()
  local first, second, third = a:shutdown("send"), a:shutdown("send"), a:shutdown()
  local closed = a:close()
  b:close()
  return first, second, third, closed
end)
R.call("shutdown: never connected", function()
  local sock = socket.tcp4()
  sock:connect("", 1)
  local result = sock:shutdown()
  sock:close()
  return result
end)
R.call("shutdown: peer reads the rest, then closed", function()
  local a, b = net.pair()
  a:send("rest")
  a:shutdown("send")
  local data = R.pack(b:receive("*a"))
  local again = R.pack(b:receive("*a"))
  local back = b:send("answer\n")
  local line = a:receive()
  a:close()
  b:close()
  return data[1], again[2], back, line
end)

-- Descriptors.
R.call("getfd: is a float of integral value", function()
  local sock = socket.tcp4()
  local fd = sock:getfd()
  sock:close()
  return (rawget(math, "type") or type)(fd), fd % 1, fd > 2
end)
R.values("getfd: without a descriptor", socket.tcp():getfd(), socket.tcp():getfd() == socket._SOCKETINVALID)
R.call("setfd: gives no results", function() return select("#", socket.tcp():setfd(-1)) end)
R.call("setfd: handover and back", function()
  local a, b = net.pair()
  local other = socket.tcp()
  local fd = a:getfd()
  other:setfd(fd)
  a:setfd(-1)
  local class = other.class
  debug.setmetatable(other, debug.getregistry()["tcp{client}"])
  other:settimeout(5)
  local sent = other:send("hello\n")
  local line = b:receive()
  local answered = b:send("answer\n")
  local answer = other:receive()
  local results = { class, sent, line, answered, answer, a:getfd(), (a:send("x") or "nil"),
    other:getfd() == fd }
  other:close()
  b:close()
  return results
end)
R.call("setfd: the old object closes nothing", function()
  local a, b = net.pair()
  local fd = a:getfd()
  a:setfd(-1)
  local result = a:close()
  a:setfd(fd)
  local sent = a:send("still open\n")
  local line = b:receive()
  a:close()
  b:close()
  return result, sent, line
end)
R.call("setfd: fraction", function()
  local sock = socket.tcp()
  sock:setfd(-1.5)
  return sock:getfd()
end)
R.call("setfd: family of the name", function()
  local server = net.listener()
  local other = socket.tcp()
  other:setfd(server:getfd())
  local ip, _, family = other:getsockname()
  local name = other:getfamily()
  other:setfd(-1)
  server:close()
  return ip, family, name
end)
R.call("setfd: keeps class, timeouts, counters, buffer", function()
  local a, b = net.fed_pair("line\nrest", false)
  a:receive()
  a:settimeout(7)
  local fd = a:getfd()
  a:setfd(-1)
  local received, sent = a:getstats()
  local block, total = a:gettimeout()
  local dirty = a:dirty()
  local rest = R.pack(a:receive("*a"))
  a:setfd(fd)
  a:close()
  b:close()
  return a.class, received, sent, block, total, dirty, rest[1], rest[2]
end)
R.call("setfd: an accepting server by its number (socket activation)", function()
  local server, port = net.listener()
  local adopted = socket.tcp()
  local before = adopted:getfd() == socket._SOCKETINVALID
  adopted:setfd(server:getfd())
  server:setfd(-1)
  debug.setmetatable(adopted, debug.getregistry()["tcp{server}"])
  local ip, number = adopted:getsockname()
  adopted:settimeout(0)
  local none, failure = adopted:accept()
  local sock = socket.connect("127.0.0.1", port)
  adopted:settimeout(5)
  local accepted = adopted:accept()
  local class = accepted.class
  sock:close()
  accepted:close()
  adopted:close()
  return before, ip, tonumber(number) == port, none, failure, class
end)

-- Objects that hold a descriptor of something else. 5, 6, ... may be anything, so we bring our own.
local serial = require("socket.serial")
local function holding(class, make)
  local held = assert(make())
  local sock = socket.tcp()
  sock:setfd(held:getfd())
  debug.setmetatable(sock, debug.getregistry()[class])
  sock:settimeout(0)
  return sock, held
end
local function on_foreign(class, make, method, ...)
  local sock, held = holding(class, make)
  local results = R.pack(sock[method](sock, ...))
  sock:setfd(-1)
  held:close()
  return R.unpack(results, 1, results.n)
end
local function null()
  return serial("/dev/null")
end
for _, item in ipairs({
  { "/dev/null", null }, { "a datagram socket", socket.udp4 }, { "a fresh stream socket", socket.tcp4 },
}) do
  local name, make = item[1], item[2]
  R.call("accept on " .. name, on_foreign, "tcp{server}", make, "accept")
  R.call("listen on " .. name, on_foreign, "tcp{master}", make, "listen")
  R.call("receive on " .. name, on_foreign, "tcp{client}", make, "receive")
  R.call("send on " .. name, on_foreign, "tcp{client}", make, "send", "x")
  R.call("shutdown on " .. name, on_foreign, "tcp{client}", make, "shutdown")
  R.call("getpeername on " .. name, on_foreign, "tcp{client}", make, "getpeername")
  R.call("getoption on " .. name, on_foreign, "tcp{client}", make, "getoption", "keepalive")
end
R.call("getsockname on /dev/null", on_foreign, "tcp{client}", null, "getsockname")
for _, item in ipairs({ { "accept", "tcp{server}" }, { "listen", "tcp{master}" },
  { "receive", "tcp{client}" },
  { "send", "tcp{client}", "x" }, { "getsockname", "tcp{client}" }, { "getpeername", "tcp{client}" },
  { "shutdown", "tcp{client}" }, { "getoption", "tcp{client}", "keepalive" } }) do
  R.call("a number that is not open: " .. item[1], function()
    local sock = socket.tcp()
    sock:setfd(250)
    debug.setmetatable(sock, debug.getregistry()[item[2]])
    local results = R.pack(sock[item[1]](sock, item[3]))
    sock:setfd(-1)
    return R.unpack(results, 1, results.n)
  end)
end

-- Statistics.
client, peer = net.pair()
local function stats(sock)
  local received, sent, age = sock:getstats()
  return received, sent, age >= 0 and age < 60
end
R.call("stats: fresh", stats, client)
R.call("stats: number of results", function() return select("#", client:getstats()) end)
client:send("hello\r\nworld")
R.call("stats: after a send", stats, client)
net.readable(peer)
peer:receive("*l")
R.call("stats: a line with its CR and LF, not what was read ahead", stats, peer)
peer:receive(2)
R.call("stats: by count", stats, peer)
peer:receive(3, "xx")
R.call("stats: a prefix does not count", stats, peer)
peer:settimeout(0)
peer:receive(100)
R.call("stats: partial data counts", stats, peer)
client:send("hello", 2, 3)
R.call("stats: part of a string", stats, client)
client:send("")
client:send("hello", 4, 2)
R.call("stats: nothing sent", stats, client)
R.method("setstats: no arguments", client, "setstats")
R.call("setstats: kept", stats, client)
R.method("setstats: all", client, "setstats", 100, 200, 30)
R.call("setstats: shown", function()
  local received, sent, age = client:getstats()
  return received, sent, age >= 30 and age < 90
end)
for _, item in ipairs({ { "nil keeps", nil, 5 }, { "fractions", 1.9, 2.9 }, { "numeric strings", "7", "8" },
  { "zero", 0, 0 }, { "2^40", 2 ^ 40, 2 ^ 40 }, { "negative", -5, -1 } }) do
  R.call("setstats: " .. item[1], function()
    local result = client:setstats(item[2], item[3])
    return result, stats(client)
  end)
end
for _, item in ipairs({ { "numeric string", "40" }, { "negative", -10 }, { "fraction", 0.5 },
  { "zero", 0 } }) do
  R.call("setstats: age " .. item[1], function()
    local result = client:setstats(nil, nil, item[2])
    local _, _, age = client:getstats()
    local wanted = tonumber(item[2])
    return result, age >= wanted - 0.001 and age < wanted + 30
  end)
end
R.call("setstats: counting goes on from there", function()
  client:setstats(10, 20)
  client:send("abc")
  return stats(client)
end)
R.call("stats: received keeps counting after setstats", function()
  net.readable(peer)
  peer:setstats(1000, 0)
  peer:receive(1)
  return stats(peer)
end)
client:close()
peer:close()

-- The descriptor table is full.
R.call("too many open files", function()
  local server, port = net.listener()
  server:settimeout(0.5)
  local caller = assert(socket.connect("127.0.0.1", port))
  local kept, failure = {}, nil
  while not failure do
    kept[#kept + 1], failure = socket.tcp4()
  end
  local udp, udp_failure = socket.udp4()
  local unopened = socket.tcp()
  local bound, bound_failure = unopened:bind("127.0.0.1", 0)
  local connected, connect_failure = socket.tcp():connect("127.0.0.1", port)
  local made, make_failure = socket.connect("127.0.0.1", port)
  local listening, listen_failure = socket.bind("127.0.0.1", 0)
  local accepted, accept_failure = server:accept()
  for _, item in ipairs(kept) do
    item:close()
  end
  local later = server:accept()
  local works = later and later.class
  later:close()
  caller:close()
  server:close()
  return failure, udp, udp_failure, bound, bound_failure, connected, connect_failure, made, make_failure,
    listening,
    listen_failure, accepted, accept_failure, works
end)
