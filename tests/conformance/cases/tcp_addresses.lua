-- tcp.md: bind, listen, accept, names, families.

local R = ...
local socket = require("socket")
local net = R.net

-- The port as a number: that the original's is text is recorded once, below.
local function numeric(ip, port, ...)
  if ip then
    return ip, tonumber(port), ...
  end
  return ip, port, ...
end
local function sockname(sock)
  return numeric(sock:getsockname())
end
local function peername(sock)
  return numeric(sock:getpeername())
end
local function address_of(make, ...)
  local sock = assert(make())
  local results = R.pack(sock:bind(...))
  if not results[1] then
    sock:close()
    return R.unpack(results, 1, results.n)
  end
  local ip, port, family = sockname(sock)
  local class = sock.class
  sock:close()
  return results[1], ip, port > 0, family, class
end

-- Names, before and after.
local server, port = net.listener()
R.name_port(port, "server port")
R.call("getsockname: raw results of a server", function()
  return server:getsockname()
end)
R.call("getsockname: server", sockname, server)
R.call("getsockname: number of results", function() return select("#", server:getsockname()) end)
R.method("getpeername: server", server, "getpeername")
local client = assert(socket.connect("127.0.0.1", port))
local peer = assert(server:accept())
local _, client_port = client:getsockname()
R.name_port(client_port, "client port")
R.call("getpeername: client", client.getpeername, client)
R.call("getsockname: client", sockname, client)
R.call("getpeername: accepted", peername, peer)
R.call("getsockname: accepted", sockname, peer)
R.values("getfamily: all three", server:getfamily(), client:getfamily(), peer:getfamily())
R.values("timeouts of an accepted object", peer:gettimeout())
server:settimeout(3)
server:settimeout(4, "t")
do
  local other = assert(socket.connect("127.0.0.1", port))
  local accepted = assert(server:accept())
  R.values("accept does not hand on the timeouts", accepted:gettimeout())
  R.values("accept gives one value", accepted.class)
  other:close()
  accepted:close()
end
client:close()
net.readable(peer)
R.call("getpeername after the peer closed", peername, peer)
peer:close()
for _, method in ipairs({ "getsockname", "getpeername" }) do
  R.method(method .. ": closed client", client, method)
  local master = socket.tcp()
  R.method(method .. ": without a descriptor", master, method)
  master = socket.tcp4()
  R.call(method .. ": unbound v4", function() return numeric(master[method](master)) end)
  master:close()
end

-- bind
R.call("bind: tcp to 127.0.0.1", address_of, socket.tcp, "127.0.0.1", 0)
R.call("bind: tcp4 to 127.0.0.1", address_of, socket.tcp4, "127.0.0.1", 0)
R.call("bind: tcp to *", address_of, socket.tcp, "*", 0)
R.call("bind: tcp4 to *", address_of, socket.tcp4, "*", 0)
R.call("bind: tcp to 0.0.0.0", address_of, socket.tcp, "0.0.0.0", 0)
R.call("bind: tcp4 to localhost", address_of, socket.tcp4, "localhost", 0)
R.call("bind: short form 127.1", address_of, socket.tcp4, "127.1", 0)
R.call("bind: hexadecimal host", address_of, socket.tcp4, "0x7f000001", 0)
R.call("bind: host a number", address_of, socket.tcp4, 2130706433, 0)
R.call("bind: empty host", address_of, socket.tcp, "", 0)
R.call("bind: host with blanks", address_of, socket.tcp, "not a host", 0)
R.call("bind: bracketed host", address_of, socket.tcp, "[::1]", 0)
R.call("bind: foreign address", address_of, socket.tcp4, "203.0.113.1", 0)
R.call("bind: foreign address, tcp", address_of, socket.tcp, "203.0.113.1", 0)
R.call("bind: v6 address on tcp4", address_of, socket.tcp4, "::1", 0)
for _, text in ipairs({ "0", "", "*", " 0", "+0", "00", "0x0", "nosuch", "-1", "80x", "0 ", "0.0", "0.5" }) do
  R.call("bind: port '" .. text .. "'", address_of, socket.tcp4, "127.0.0.1", text)
end
R.call("bind: port 0.5", address_of, socket.tcp4, "127.0.0.1", 0.5)
R.call("bind: port -1", address_of, socket.tcp4, "127.0.0.1", -1)
R.call("bind: integral float port", address_of, socket.tcp4, "127.0.0.1", 2 ^ 0 - 1)
R.call("bind: port 65536 does not wrap", address_of, socket.tcp4, "127.0.0.1", 65536)
R.call("bind: port 65536 as text", address_of, socket.tcp4, "127.0.0.1", "65536")
R.call("bind: port in use", address_of, socket.tcp4, "127.0.0.1", port)
R.call("bind: twice", function()
  local sock = socket.tcp4()
  local first = sock:bind("127.0.0.1", 0)
  local second, message = sock:bind("127.0.0.1", 0)
  sock:close()
  return first, second, message, sock.class
end)
R.call("bind: descriptor after a failure of tcp()", function()
  local sock = socket.tcp()
  local result, message = sock:bind("203.0.113.1", 0)
  local open = sock:getfd() >= 0
  local again = sock:bind("127.0.0.1", 0)
  sock:close()
  return result, message, open, again
end)
R.call("bind: family after the success of tcp()", function()
  local sock = socket.tcp()
  local before = sock:getfamily()
  sock:bind("127.0.0.1", 0)
  local after = sock:getfamily()
  local refused, message = sock:connect("::1", 1)
  sock:close()
  return before, after, refused, message
end)
R.call("bind: setsockname does the same", function()
  local sock = socket.tcp4()
  local result = sock:setsockname("127.0.0.1", 0)
  local ip = sock:getsockname()
  sock:close()
  return result, ip
end)
R.call("bind: on a closed master", function()
  local sock = socket.tcp4()
  sock:close()
  local result, message = sock:bind("127.0.0.1", 0)
  local open = sock:getfd() >= 0
  sock:close()
  return result, message, open
end)
R.call("bind: does not set reuseaddr", function()
  local sock = socket.tcp4()
  sock:bind("127.0.0.1", 0)
  local value = sock:getoption("reuseaddr")
  sock:close()
  return value
end)

-- listen
local function listen(make, ...)
  local sock = make()
  local results = R.pack(sock:listen(...))
  local class = sock.class
  sock:close()
  return results[1], results[2], results.n, class
end
local function bound()
  local sock = socket.tcp4()
  sock:bind("127.0.0.1", 0)
  return sock
end
R.call("listen: bound", listen, bound)
for _, backlog in ipairs({ 1, 0, -1, 5.7, "7", 1000000 }) do
  R.call("listen: backlog " .. tostring(backlog), listen, bound, backlog)
end
R.call("listen: backlog nil", listen, bound, nil)
R.call("listen: no descriptor", listen, socket.tcp)
R.call("listen: unbound tcp4", listen, socket.tcp4)
R.call("listen: an ephemeral port is chosen", function()
  local sock = socket.tcp4()
  sock:listen()
  local ip, chosen = sockname(sock)
  sock:close()
  return ip, chosen > 0
end)
R.call("listen: closed", listen, function()
  local sock = bound()
  sock:close()
  return sock
end)
R.call("listen: second server on one port", function()
  local first, second = socket.tcp4(), socket.tcp4()
  first:setoption("reuseaddr", true)
  second:setoption("reuseaddr", true)
  first:bind("127.0.0.1", 0)
  local _, chosen = sockname(first)
  local also = second:bind("127.0.0.1", chosen)
  local a, b, message = first:listen(), second:listen()
  first:close()
  second:close()
  return also, a, b, message
end)

-- accept
server:settimeout(0)
R.method("accept: nothing there", server, "accept")
server:settimeout(0.01)
R.method("accept: nothing there, waiting", server, "accept")
server:settimeout(-1)
server:settimeout(0.01, "t")
R.method("accept: nothing there, total timeout", server, "accept")
R.call("accept: a connection that was reset meanwhile", function()
  local sock = assert(socket.connect("127.0.0.1", port))
  sock:setoption("linger", { on = true, timeout = 0 })
  sock:close()
  server:settimeout(1)
  local accepted, message = server:accept()
  if accepted then
    accepted:settimeout(5)
    local data, failure = accepted:receive()
    accepted:close()
    return accepted.class, data, failure
  end
  return accepted, message
end)
server:close()
R.method("accept: closed server", server, "accept")
R.method("getsockname: closed server", server, "getsockname")
R.values("getfamily: closed server", server:getfamily())

-- IPv6
if net.has_ipv6() then
  local server6, port6 = net.listener("::1")
  R.name_port(port6, "server6 port")
  local client6 = assert(socket.connect("::1", port6))
  local peer6 = assert(server6:accept())
  R.call("ipv6: getsockname: server", sockname, server6)
  R.call("ipv6: getpeername: client", peername, client6)
  R.call("ipv6: number of results", function() return select("#", client6:getpeername()) end)
  R.values("ipv6: getfamily", server6:getfamily(), client6:getfamily(), peer6:getfamily())
  R.call("ipv6: accepted family is the server's", function() return select(3, peer6:getsockname()) end)
  R.call("ipv6: send and receive", function()
    client6:send("hello\n")
    return peer6:receive()
  end)
  client6:close()
  peer6:close()
  server6:close()
  R.call("ipv6: bind tcp to ::1", address_of, socket.tcp, "::1", 0)
  R.call("ipv6: bind tcp6 to ::1", address_of, socket.tcp6, "::1", 0)
  R.call("ipv6: bind tcp6 to *", address_of, socket.tcp6, "*", 0)
  R.call("ipv6: bind tcp6 to ::", address_of, socket.tcp6, "::", 0)
  R.call("ipv6: bind tcp6 to a v4 address", address_of, socket.tcp6, "127.0.0.1", 0)
  R.call("ipv6: bind long form", address_of, socket.tcp6, "0:0:0:0:0:0:0:1", 0)
  R.call("ipv6: foreign address", address_of, socket.tcp6, "2001:db8::1", 0)
  R.call("ipv6: unbound names", function()
    local sock = socket.tcp6()
    local ip, number, family = sockname(sock)
    sock:close()
    return ip, number, family, sock:getfamily()
  end)
  R.call("ipv6: v4 and v6 on one port (v6 only)", function()
    local a, b = socket.tcp4(), socket.tcp6()
    a:bind("0.0.0.0", 0)
    local _, number = sockname(a)
    local result, message = b:bind("::", number)
    a:close()
    b:close()
    return result, message
  end)
else
  R.skip("ipv6: ", "no IPv6 loopback")
end
