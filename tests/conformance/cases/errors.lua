-- errors.md: texts of the system and the resolver that the other cases do not come across.

local R = ...
local socket = require("socket")
local serial = require("socket.serial")
local net = R.net

R.call("EIO: reading and writing", function()
  local memory, failure = serial("/proc/self/mem")
  if not memory then
    return nil, failure
  end
  local a, b, c = memory:receive(1)
  local d, e, f = memory:send("x")
  memory:close()
  return a, b, c, d, e, f
end)
R.call("ELOOP: a link to itself", function()
  os.execute("ln -s loop loop")
  return serial("loop")
end)
R.call("ENAMETOOLONG", serial, ("x"):rep(300))
R.call("ENXIO: a terminal where there is none", function()
  local result, failure = serial("/dev/tty")
  return result and "opened" or failure
end)
R.call("EPIPE as a pending error", function()
  local client, peer = net.pair()
  peer:close()
  net.readable(client)
  client:send("x")
  local deadline = socket.gettime() + 5
  local text
  repeat
    text = client:getoption("error")
  until text or socket.gettime() > deadline
  client:close()
  return text
end)
R.call("EISCONN: an accepted object, by setpeername", function()
  local client, peer = net.pair()
  local result, failure = peer:setpeername("127.0.0.1", 1)
  client:close()
  peer:close()
  return result, failure
end)
R.call("EINVAL: another kind of socket under a tcp object", function()
  local unix = require("socket.unix")
  local held = assert(unix.stream())
  local sock = assert(socket.tcp4())
  sock:close()
  sock:setfd(held:getfd())
  sock:settimeout(1)
  local a, b = sock:bind("127.0.0.1", 0)
  local c, d = sock:connect("127.0.0.1", 1)
  sock:setfd(-1)
  held:close()
  return a, b, c, d
end)
R.call("EACCES: a broadcast address without the option", function()
  local sock = assert(socket.udp4())
  local a, b = sock:setpeername("255.255.255.255", 9)
  local c, d = sock:sendto("x", "255.255.255.255", 9)
  sock:close()
  return a, b, c, d
end)
-- What there is to say depends on the machine's routes.
for _, address in ipairs({ "0.0.0.1", "240.0.0.1", "198.51.100.1" }) do
  R.call("routes: setpeername " .. address, function()
    local sock = assert(socket.udp4())
    local result, failure = sock:setpeername(address, 9)
    sock:close()
    return result, failure
  end)
end

-- Names and services as the machine knows them: the texts are of interest, not the answers.
local function in_short(result, failure)
  return result and "found" or failure
end
for _, name in ipairs({ "ip6-localhost", "ip6-allnodes" }) do
  R.call("names: bind of tcp4 to " .. name, function()
    local sock = assert(socket.tcp4())
    local answer = in_short(sock:bind(name, 0))
    sock:close()
    return answer
  end)
  R.call("names: toip " .. name, function() return in_short(socket.dns.toip(name)) end)
  R.call("names: tohostname " .. name, function() return in_short(socket.dns.tohostname(name)) end)
end
for _, service in ipairs({ "tftp", "domain", "echo", "nosuch" }) do
  R.call("services: bind of tcp4 to " .. service, function()
    local sock = assert(socket.tcp4())
    local answer = in_short(sock:bind("203.0.113.1", service))
    sock:close()
    return answer
  end)
  R.call("services: setsockname of udp4 to " .. service, function()
    local sock = assert(socket.udp4())
    local answer = in_short(sock:setsockname("203.0.113.1", service))
    sock:close()
    return answer
  end)
  R.call("services: getnameinfo of " .. service, function()
    return in_short(socket.dns.getnameinfo("127.0.0.1", service))
  end)
end

if not net.has_ipv6() then
  R.skip("ipv6: ", "no IPv6 loopback")
  return
end
R.call("ipv6: EAFNOSUPPORT: a v4 descriptor under a v6 object", function()
  local held = assert(socket.tcp4())
  local sock = assert(socket.tcp6())
  sock:close()
  sock:setfd(held:getfd())
  sock:settimeout(1)
  local a, b = sock:bind("::1", 0)
  local c, d = sock:connect("::1", 1)
  sock:setfd(-1)
  held:close()
  return a, b, c, d
end)
