-- udp.md: names, sending and receiving, peers, objects without a descriptor.

local R = ...
local socket = require("socket")
local net = R.net

local receiver = assert(socket.udp4())
assert(receiver:setsockname("127.0.0.1", 0))
receiver:settimeout(5)
local _, port = receiver:getsockname()
port = tonumber(port)
R.name_port(port, "receiver port")
local sender = assert(socket.udp4())
assert(sender:setsockname("127.0.0.1", 0))
local _, sender_port = sender:getsockname()
sender_port = tonumber(sender_port)
R.name_port(sender_port, "sender port")

local function numeric(ip, number, ...)
  if ip then
    return ip, tonumber(number), ...
  end
  return ip, number, ...
end

-- Names.
R.call("getsockname: raw results", function()
  return receiver:getsockname()
end)
R.call("getsockname: unbound udp4", function() return numeric(socket.udp4():getsockname()) end)
R.call("getsockname: unopened udp", function() return socket.udp():getsockname() end)
R.values("getfamily: unopened and v4", socket.udp():getfamily(), socket.udp4():getfamily())
R.values("getfd: unopened", socket.udp():getfd())
R.values("gettimeout: fresh", socket.udp():gettimeout())
R.values("dirty", receiver:dirty(), socket.udp():dirty())
R.call("getsockname: after the first send", function()
  local sock = socket.udp4()
  sock:sendto("x", "127.0.0.1", port)
  receiver:receive()
  local ip, number = numeric(sock:getsockname())
  sock:close()
  return ip, number > 0
end)

local function set_name(make, method, ...)
  local sock = assert(make())
  local results = R.pack(sock[method](sock, ...))
  local ip, number, family = sock:getsockname()
  local class, open = sock.class, sock:getfd() >= 0
  sock:close()
  return results[1], results[2], results.n, class, open, ip or "nil", number and tonumber(number) ~= 0, family
end
local makers = { { "udp", socket.udp }, { "udp4", socket.udp4 } }
for _, item in ipairs(makers) do
  local name, make = item[1], item[2]
  for _, host in ipairs({ "127.0.0.1", "*", "0.0.0.0", "localhost", "127.1", "", "not a host", "203.0.113.1",
    "[::1]" }) do
    R.call(name .. " setsockname: '" .. host .. "'", set_name, make, "setsockname", host, 0)
  end
  for _, text in ipairs({ "0", "", " 0", "+0", "0x0", "nosuch", "-1", "80x", 0.5, 65536, 2 ^ 0 - 1 }) do
    R.call(name .. " setsockname: port " .. type(text) .. " '" .. (text == 0 and "integral 0"
      or tostring(text)) .. "'",
      set_name, make, "setsockname", "127.0.0.1", text)
  end
  for _, host in ipairs({ "127.0.0.1", "localhost", "127.1", "*", "", "not a host", "127.255.255.255" }) do
    R.call(name .. " setpeername: '" .. host .. "'", set_name, make, "setpeername", host, port)
  end
  R.call(name .. " setpeername: * without a port", set_name, make, "setpeername", "*")
  R.call(name .. " setpeername: integral float port", set_name, make, "setpeername", "127.0.0.1",
    port + 2 ^ 0 - 1)
  R.call(name .. " setpeername: port beyond 65535", set_name, make, "setpeername", "127.0.0.1", port + 65536)
  R.call(name .. " setpeername: port 0", set_name, make, "setpeername", "127.0.0.1", 0)
end
R.call("udp4 setsockname: v6 literal", set_name, socket.udp4, "setsockname", "::1", 0)
R.call("udp4 setpeername: v6 literal", set_name, socket.udp4, "setpeername", "::1", port)
R.call("setsockname: port in use", set_name, socket.udp4, "setsockname", "127.0.0.1", port)
R.call("setsockname: twice", function()
  local sock = socket.udp4()
  local first = sock:setsockname("127.0.0.1", 0)
  local second, message = sock:setsockname("127.0.0.1", 0)
  sock:close()
  return first, second, message
end)
R.call("setsockname: after sending", function()
  local sock = socket.udp4()
  sock:sendto("x", "127.0.0.1", port)
  receiver:receive()
  local result, message = sock:setsockname("127.0.0.1", 0)
  sock:close()
  return result, message
end)

-- Peers.
R.call("getpeername", function()
  local sock = socket.udp4()
  sock:setpeername("127.0.0.1", port)
  local ip, number, family = sock:getpeername()
  local count = select("#", sock:getpeername())
  sock:close()
  return ip, number, family, count
end)
R.call("getpeername: closed", function()
  local sock = socket.udp4()
  sock:setpeername("127.0.0.1", port)
  sock:close()
  return sock:getpeername()
end)
R.call("setpeername *: automatic address and port", function()
  local sock = socket.udp4()
  sock:setpeername("127.0.0.1", port)
  local before = sock:getsockname()
  sock:setpeername("*")
  local after, number = numeric(sock:getsockname())
  sock:close()
  return before, after, number, sock.class
end)
R.call("setpeername *: explicit address, port 0", function()
  local sock = socket.udp4()
  sock:setsockname("127.0.0.1", 0)
  sock:setpeername("127.0.0.1", port)
  sock:setpeername("*")
  local ip, number = numeric(sock:getsockname())
  sock:close()
  return ip, number
end)
R.call("a connected object hears its peer only", function()
  local sock = socket.udp4()
  sock:setpeername("127.0.0.1", port)
  local _, own = sock:getsockname()
  sender:sendto("from another", "127.0.0.1", tonumber(own))
  receiver:sendto("from the peer", "127.0.0.1", tonumber(own))
  sock:settimeout(5)
  local first = sock:receive()
  sock:settimeout(0)
  local second, failure = sock:receive()
  sock:close()
  return first, second, failure
end)
R.call("queued datagrams of others are delivered after connecting", function()
  local sock = socket.udp4()
  sock:setsockname("127.0.0.1", 0)
  local _, own = sock:getsockname()
  sender:sendto("early", "127.0.0.1", tonumber(own))
  net.readable(sock)
  sock:setpeername("127.0.0.1", port)
  sock:settimeout(0)
  local data = sock:receive()
  sock:close()
  return data
end)

-- Sending and receiving.
R.call("sendto and receivefrom", function()
  local sent = sender:sendto("hello", "127.0.0.1", port)
  return sent, receiver:receivefrom()
end)
R.call("sendto and receive", function()
  local sent = sender:sendto("hello", "127.0.0.1", port)
  return sent, receiver:receive()
end)
R.call("empty datagram", function()
  local sent = sender:sendto("", "127.0.0.1", port)
  return sent, receiver:receivefrom()
end)
R.call("empty datagram of a connected object", function()
  local sock = socket.udp4()
  sock:setpeername("127.0.0.1", port)
  local sent = R.pack(sock:send(""))
  local data = receiver:receive()
  sock:close()
  return sent[1], sent.n, data
end)
R.call("send counts bytes", function()
  local sock = socket.udp4()
  sock:setpeername("127.0.0.1", port)
  local sent = R.pack(sock:send("12345"))
  receiver:receive()
  sock:close()
  return sent[1], sent.n
end)
for _, size in ipairs({ 0, 1, 3, 5, 6, 100, 8192, 8193, 65507, "4", 2.9, 1e6 }) do
  R.call("receive(" .. tostring(size) .. ") of 5 bytes", function()
    sender:sendto("hello", "127.0.0.1", port)
    local results = R.pack(receiver:receive(size))
    receiver:settimeout(0)
    local rest = R.pack(receiver:receive())
    receiver:settimeout(5)
    return results[1], results[2], results.n, rest[2]
  end)
  R.call("receivefrom(" .. tostring(size) .. ") of 5 bytes", function()
    sender:sendto("hello", "127.0.0.1", port)
    local data, ip, number = receiver:receivefrom(size)
    return data, ip, number
  end)
end
R.call("receive: size nil", function()
  sender:sendto("hello", "127.0.0.1", port)
  return receiver:receive(nil)
end)
for _, size in ipairs({ 8191, 8192, 8193, 20000, 65507 }) do
  R.call("datagram of " .. size .. " bytes, default size", function()
    local sent = sender:sendto(("x"):rep(size), "127.0.0.1", port)
    return sent, #receiver:receive()
  end)
  R.call("datagram of " .. size .. " bytes, size 65536", function()
    sender:sendto(("x"):rep(size), "127.0.0.1", port)
    return #receiver:receive(65536)
  end)
end
for _, size in ipairs({ -1, -1e6 }) do
  R.call("receive(" .. size .. ")", function()
    sender:sendto("kept", "127.0.0.1", port)
    local results = R.pack(receiver:receive(size))
    return results[1], results[2], results.n, (receiver:receive())
  end)
  R.call("receivefrom(" .. size .. ")", receiver.receivefrom, receiver, size)
end
receiver:settimeout(0)
R.method("receive: nothing there", receiver, "receive")
R.method("receivefrom: nothing there", receiver, "receivefrom")
receiver:settimeout(0.02)
R.method("receive: nothing there, waiting", receiver, "receive")
receiver:settimeout(nil)
receiver:settimeout(0.02, "t")
R.method("receivefrom: nothing there, total timeout", receiver, "receivefrom")
receiver:settimeout(5)
receiver:settimeout(nil, "t")

for _, host in ipairs({ "127.0.0.1", "127.1", "0x7f000001", "*", "localhost", "", "not a host", "::1",
  "[::1]",
  "255.255.255.255" }) do
  R.call("sendto '" .. host .. "'", function()
    local sent, failure = sender:sendto("x", host, port)
    if sent then
      receiver:receive()
    end
    return sent, failure
  end)
end
for _, text in ipairs({ 0, "0", "", "nosuch", "domain", "-1", "80x", "0x50", 0.5, "*", 65536 + 9 }) do
  R.call("sendto port " .. type(text) .. " '" .. tostring(text) .. "'", function()
    return sender:sendto("x", "127.0.0.1", text)
  end)
end
R.call("sendto: port beyond 65535 does not wrap", function()
  local sent, failure = sender:sendto("x", "127.0.0.1", port + 65536)
  if sent then
    receiver:receive()
  end
  return sent, failure
end)
R.call("sendto: integral float port", function()
  local sent, failure = sender:sendto("x", "127.0.0.1", port + 2 ^ 0 - 1)
  if sent then
    receiver:receive()
  end
  return sent, failure
end)
R.call("sendto: too long", sender.sendto, sender, ("x"):rep(65508), "127.0.0.1", port)
R.call("send: too long", function()
  local sock = socket.udp4()
  sock:setpeername("127.0.0.1", port)
  local sent, failure = sock:send(("x"):rep(70000))
  sock:close()
  return sent, failure
end)
R.call("sendto on a fresh udp()", function()
  local sock = socket.udp()
  local sent, failure = sock:sendto("x", "127.0.0.1", port)
  receiver:receive()
  local open, family = sock:getfd() >= 0, sock:getfamily()
  sock:close()
  return sent, failure, open, family
end)
R.call("connection refused is reported once", function()
  local sock = socket.udp4()
  sock:setpeername("127.0.0.1", net.closed_udp_port())
  local sent = sock:send("x")
  net.readable(sock)
  sock:settimeout(0)
  local first = R.pack(sock:receive())
  local second = R.pack(sock:receive())
  sock:close()
  return sent, first[1], first[2], first.n, second[2]
end)
R.call("connection refused is reported by send", function()
  local sock = socket.udp4()
  sock:setpeername("127.0.0.1", net.closed_udp_port())
  sock:send("x")
  net.readable(sock)
  local results = R.pack(sock:send("y"))
  sock:close()
  return results[1], results[2], results.n
end)

-- Without a descriptor.
local function closed(connect)
  local sock = socket.udp4()
  if connect then
    sock:setpeername("127.0.0.1", port)
  end
  sock:close()
  return sock
end
-- Receiving, where the original answers by chance: it looks at memory that nobody has written to.
local function received(data, failure)
  if failure == "closed" then
    return data, failure
  end
  return data or nil, "by chance"
end
for _, item in ipairs({ { "new udp", socket.udp }, { "closed", closed } }) do
  local name, make = item[1], item[2]
  for _, method in ipairs({ "receive", "receivefrom" }) do
    R.call(name .. ": " .. method, function()
      local sock = make()
      sock:settimeout(0)
      return received(sock[method](sock))
    end)
  end
  R.call(name .. ": close", function() return make():close() end)
  R.call(name .. ": getsockname", function() return make():getsockname() end)
  R.call(name .. ": getfd and family", function() return make():getfd(), make():getfamily() end)
  R.call(name .. ": setsockname opens one", function()
    local sock = make()
    local result = sock:setsockname("127.0.0.1", 0)
    local open = sock:getfd() >= 0
    sock:close()
    return result, open
  end)
  R.call(name .. ": setpeername opens one", function()
    local sock = make()
    local result = sock:setpeername("127.0.0.1", port)
    local open = sock:getfd() >= 0
    sock:close()
    return result, open, sock.class
  end)
end
R.call("closed: sendto", function() return closed():sendto("x", "127.0.0.1", port) end)
R.call("closed: connected send", function() return closed(true):send("x") end)
R.call("closed: connected receive", function() return received(closed(true):receive()) end)
R.call("closed: twice", function()
  local sock = closed()
  return sock:close(), sock:close()
end)
R.call("setfd(-1): receive", function()
  local sock = socket.udp4()
  local fd = sock:getfd()
  sock:setfd(-1)
  sock:settimeout(0)
  local answers = { received(sock:receive()) }
  local more = { received(sock:receivefrom()) }
  sock:setfd(fd)
  sock:close()
  return answers, more
end)
R.call("setfd: no results", function() return select("#", socket.udp():setfd(-1)) end)

if net.has_ipv6() then
  R.call("v6: sendto and receivefrom", function()
    local a, b = socket.udp6(), socket.udp6()
    a:setsockname("::1", 0)
    b:setsockname("::1", 0)
    local _, a_port = numeric(a:getsockname())
    local _, b_port = numeric(b:getsockname())
    b:settimeout(5)
    local sent = a:sendto("hello", "::1", b_port)
    local data, ip, number = b:receivefrom()
    a:close()
    b:close()
    return sent, data, ip, number == a_port
  end)
  R.call("v6: unbound name", function() return numeric(socket.udp6():getsockname()) end)
  R.call("v6: family", function() return socket.udp6():getfamily() end)
  R.call("v6: *", set_name, socket.udp6, "setsockname", "*", 0)
  R.call("v6: v4 literal", set_name, socket.udp6, "setsockname", "127.0.0.1", 0)
  R.call("v6: sendto a v4 literal", function() return socket.udp6():sendto("x", "127.0.0.1", port) end)
  R.call("v6: udp() to ::1", set_name, socket.udp, "setsockname", "::1", 0)
  R.call("v6: udp() sends to ::1", function()
    local sock = socket.udp()
    local sent, failure = sock:sendto("x", "::1", net.closed_udp_port())
    local family = sock:getfamily()
    sock:close()
    return sent, failure, family
  end)
else
  R.skip("v6: ", "no IPv6 loopback")
end
sender:close()
receiver:close()
