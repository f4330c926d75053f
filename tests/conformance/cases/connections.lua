-- socket.md, Creating connections: socket.connect, connect4, connect6 and bind.

local R = ...
local socket = require("socket")
local net = R.net

local server, port = net.listener("127.0.0.1", 100)
R.name_port(port, "server port")
local closed_port = net.closed_port()

-- Argument errors, checked in order and before anything happens.
local good = { "127.0.0.1", port, "127.0.0.1", 0, "inet" }
local wrong = { { "true", true }, { "false", false }, { "a table", {} }, { "a function", print } }
for position = 1, 5 do
  for _, item in ipairs(wrong) do
    local arguments = { good[1], good[2], good[3], good[4], good[5] }
    arguments[position] = item[2]
    R.call("connect: argument " .. position .. " " .. item[1], socket.connect, R.unpack(arguments))
  end
end
R.call("connect: no arguments", socket.connect)
R.call("connect: only a host", socket.connect, "127.0.0.1")
R.call("connect: host nil", socket.connect, nil, port)
R.call("connect: port nil", socket.connect, "127.0.0.1", nil)
R.call("connect: by its name", function() return socket.connect() end)
R.call("connect: all wrong", socket.connect, {}, {}, {}, {}, {})
for _, word in ipairs({ "", "inet4", "INET", "ipv4", "unix", "unspecified" }) do
  R.call("connect: family '" .. word .. "'", socket.connect, "127.0.0.1", port, nil, nil, word)
end
R.call("connect: family a number", socket.connect, "127.0.0.1", port, nil, nil, 5)
for _, name in ipairs({ "connect4", "connect6" }) do
  R.call(name .. ": no arguments", socket[name])
  R.call(name .. ": host a table", socket[name], {}, port)
end

-- What a connection is like.
local function result_of(f, ...)
  local results = R.pack(f(...))
  local sock = results[1]
  if not sock then
    return sock, results[2], results.n
  end
  local block, total = sock:gettimeout()
  local ip, number, family = sock:getpeername()
  local own = sock:getsockname()
  local answer = { results.n, block, total, number, own, sock:getfamily(), sock:getoption("reuseaddr") }
  sock:close()
  return sock.class, ip, family, answer
end
-- The same in short.
local function outcome_of(f, ...)
  local class, ip_or_failure = result_of(f, ...)
  return class, ip_or_failure
end
R.call("connect", result_of, socket.connect, "127.0.0.1", port)
R.call("connect: port as text", result_of, socket.connect, "127.0.0.1", tostring(port))
R.call("connect: by name", result_of, socket.connect, "localhost", port)
for _, host in ipairs({ "127.1", "0x7f000001", "0.0.0.0", "*", "", "[127.0.0.1]", " 127.0.0.1", "not a host",
  "unknown.invalid" }) do
  R.call("connect: host '" .. host .. "'", result_of, socket.connect, host, port)
end
R.call("connect: host a number", result_of, socket.connect, 2130706433, port)
for _, text in ipairs({ "nosuch", "-1", "0x50", "80x", "80 ", 0.5, -1, "HTTP" }) do
  R.call("connect: port " .. type(text) .. " '" .. tostring(text) .. "'", result_of, socket.connect,
    "127.0.0.1", text)
end
R.call("connect: port with blanks", result_of, socket.connect, "127.0.0.1", "  " .. port)
R.call("connect: port with zeros", result_of, socket.connect, "127.0.0.1", "000" .. port)
R.call("connect: port with a plus", result_of, socket.connect, "127.0.0.1", "+" .. port)
R.call("connect: port beyond 65535", outcome_of, socket.connect, "127.0.0.1", port + 65536)
R.call("connect: integral float port", outcome_of, socket.connect, "127.0.0.1", port + 2 ^ 0 - 1)
R.call("connect: refused", result_of, socket.connect, "127.0.0.1", closed_port)
R.call("connect: port 0", result_of, socket.connect, "127.0.0.1", 0)
R.call("connect: port empty", result_of, socket.connect, "127.0.0.1", "")
R.call("connect: no route", result_of, socket.connect, "255.255.255.255", 9)

-- The local address.
R.call("connect: locaddr", result_of, socket.connect, "127.0.0.1", port, "127.0.0.2")
R.call("connect: locaddr and locport 0", result_of, socket.connect, "127.0.0.1", port, "127.0.0.2", "0")
R.call("connect: locaddr *", result_of, socket.connect, "127.0.0.1", port, "*")
R.call("connect: locaddr foreign", result_of, socket.connect, "127.0.0.1", port, "203.0.113.1")
R.call("connect: locaddr unknown", result_of, socket.connect, "127.0.0.1", port, "not a host")
R.call("connect: locaddr empty", result_of, socket.connect, "127.0.0.1", port, "")
R.call("connect: locport wrong", result_of, socket.connect, "127.0.0.1", port, "127.0.0.1", "nosuch")
R.call("connect: locport without locaddr", result_of, socket.connect, "127.0.0.1", port, nil, "nosuch")
R.call("connect: locport in use", result_of, socket.connect, "127.0.0.1", port, "127.0.0.1", closed_port)
R.call("connect: locport as asked", function()
  local holder = socket.tcp4()
  holder:setoption("reuseaddr", true)
  holder:bind("127.0.0.3", 0)
  local _, wanted = holder:getsockname()
  local sock = assert(socket.connect("127.0.0.1", port, "127.0.0.4", wanted))
  local ip, number = sock:getsockname()
  sock:close()
  holder:close()
  return ip, tonumber(number) == tonumber(wanted)
end)
R.call("connect: a failure with locaddr leaks nothing", function()
  local before = net.socket_count()
  for _ = 1, 3 do
    socket.connect("127.0.0.1", port, "203.0.113.1")
  end
  return net.socket_count() - before
end)
R.call("connect: a refusal leaks nothing", function()
  local before = net.socket_count()
  for _ = 1, 3 do
    socket.connect("127.0.0.1", closed_port)
  end
  return net.socket_count() - before
end)
R.call("connect: an unknown host leaks nothing", function()
  local before = net.socket_count()
  socket.connect("not a host", port, "127.0.0.1")
  return net.socket_count() - before
end)

-- The family.
for _, family in ipairs({ "unspec", "inet" }) do
  R.call("connect: family " .. family, result_of, socket.connect, "127.0.0.1", port, nil, nil, family)
  R.call("connect: locaddr, family " .. family, result_of, socket.connect, "127.0.0.1", port, "127.0.0.1",
    nil, family)
end
R.call("connect: family inet6, v4 literal", outcome_of, socket.connect, "127.0.0.1", port, nil, nil, "inet6")
R.call("connect: locaddr v4, family inet6", result_of, socket.connect, "127.0.0.1", port, "127.0.0.1", nil,
  "inet6")
R.call("connect4", result_of, socket.connect4, "127.0.0.1", port)
R.call("connect4: by name", result_of, socket.connect4, "localhost", port)
R.call("connect4: locaddr", result_of, socket.connect4, "127.0.0.1", port, "127.0.0.2", 0)
R.call("connect6: v4 literal", outcome_of, socket.connect6, "127.0.0.1", port)
if net.has_ipv6() then
  local server6, port6 = net.listener("::1")
  R.name_port(port6, "server6 port")
  R.call("ipv6: connect", result_of, socket.connect, "::1", port6)
  R.call("ipv6: connect6", result_of, socket.connect6, "::1", port6)
  R.call("ipv6: connect4, v6 literal", outcome_of, socket.connect4, "::1", port6)
  R.call("ipv6: connect, family inet, v6 literal", outcome_of, socket.connect, "::1", port6, nil, nil, "inet")
  R.call("ipv6: connect, locaddr of the other family", result_of, socket.connect, "::1", port6, "127.0.0.1")
  R.call("ipv6: connect, locaddr ::1", result_of, socket.connect, "::1", port6, "::1")
  R.call("ipv6: connect, zone", result_of, socket.connect, "::1%lo", port6)
  R.call("ipv6: brackets", result_of, socket.connect, "[::1]", port6)
  server6:close()
else
  R.skip("ipv6: ", "no IPv6 loopback")
end

-- bind
local function bound(...)
  local results = R.pack(socket.bind(...))
  local sock = results[1]
  if not sock then
    return sock, results[2], results.n
  end
  local ip, number, family = sock:getsockname()
  local block, total = sock:gettimeout()
  local answer = { results.n, tonumber(number) > 0, family, block, total, sock:getoption("reuseaddr") }
  sock:close()
  return sock.class, ip, answer
end
R.call("bind", bound, "127.0.0.1", 0)
for _, host in ipairs({ "*", "0.0.0.0", "localhost", "127.1", "", "not a host", "[::1]", "203.0.113.1",
  "unknown.invalid" }) do
  R.call("bind: host '" .. host .. "'", bound, host, 0)
end
for _, text in ipairs({ "0", "", "nosuch", "-1", 0.5, 65536, 2 ^ 0 - 1 }) do
  R.call("bind: port " .. type(text) .. " '" .. (text == 0 and "integral 0" or tostring(text)) .. "'", bound,
    "127.0.0.1", text)
end
for _, backlog in ipairs({ 1, "5", 0, -1, 2.5 }) do
  R.call("bind: backlog " .. tostring(backlog), bound, "127.0.0.1", 0, backlog)
end
R.call("bind: port in use", bound, "127.0.0.1", port)
R.call("bind: a failure leaks nothing", function()
  local before = net.socket_count()
  for _ = 1, 3 do
    socket.bind("127.0.0.1", port)
  end
  return net.socket_count() - before
end)
local function raised(...)
  local fine, failure = pcall(socket.bind, ...)
  -- Where in the script half it was raised is nobody's business.
  return fine, (tostring(failure):gsub("^.*:%d+: ", ""))
end
R.call("bind: no arguments", raised)
R.call("bind: host nil", raised, nil, 0)
R.call("bind: host a table", raised, {}, 0)
R.call("bind: port nil", raised, "127.0.0.1")
R.call("bind: port a table", raised, "127.0.0.1", {})
R.call("bind: backlog a word", raised, "127.0.0.1", 0, "word")
R.call("bind: backlog a table", raised, "127.0.0.1", 0, {})
if net.has_ipv6() then
  R.call("ipv6: bind", bound, "::1", 0)
  R.call("ipv6: bind ::", bound, "::", 0)
end

-- Full conversations over what they made.
R.call("bind, connect, accept, talk", function()
  local listening = assert(socket.bind("127.0.0.1", 0))
  local _, number = listening:getsockname()
  local client = assert(socket.connect("127.0.0.1", number))
  local peer = assert(listening:accept())
  client:send("GET /\r\n")
  local request = peer:receive()
  peer:send("200 fine\r\nbody")
  peer:close()
  local status, body = client:receive(), client:receive("*a")
  local after = R.pack(client:receive("*a"))
  client:close()
  listening:close()
  return request, status, body, after[1], after[2], after[3]
end)
server:close()
