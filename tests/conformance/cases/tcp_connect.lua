-- tcp.md: connect, the table of its cases.

local R = ...
local socket = require("socket")
local net = R.net

local server, port = net.listener("127.0.0.1", 100)
R.name_port(port, "server port")
local closed_port = net.closed_port()

local function state(sock)
  local open = sock:getfd() >= 0
  local ip, _, family = sock:getsockname()
  return sock.class, open, ip and true, family
end

-- One connect on a fresh object, and what the object is afterwards.
local function connect(make, timeout, ...)
  local sock = assert(make())
  if timeout then
    sock:settimeout(timeout)
  end
  local results = R.pack(sock:connect(...))
  local class, open, named, family = state(sock)
  sock:close()
  return results[1], results[2], results.n, class, open, named, family
end

for _, item in ipairs({ { "tcp", socket.tcp }, { "tcp4", socket.tcp4 } }) do
  local name, make = item[1], item[2]
  R.call(name .. ": success", connect, make, nil, "127.0.0.1", port)
  R.call(name .. ": success with a timeout", connect, make, 5, "127.0.0.1", port)
  R.call(name .. ": by name", connect, make, nil, "localhost", port)
  R.call(name .. ": port as text", connect, make, nil, "127.0.0.1", tostring(port))
  R.call(name .. ": short form of the host", connect, make, nil, "127.1", port)
  R.call(name .. ": 0.0.0.0 is the local host", connect, make, nil, "0.0.0.0", port)
  R.call(name .. ": host *", connect, make, nil, "*", port)
  R.call(name .. ": refused", connect, make, nil, "127.0.0.1", closed_port)
  R.call(name .. ": refused with a timeout", connect, make, 5, "127.0.0.1", closed_port)
  R.call(name .. ": empty host", connect, make, nil, "", port)
  R.call(name .. ": bracketed host", connect, make, nil, "[127.0.0.1]", port)
  R.call(name .. ": unknown service", connect, make, nil, "127.0.0.1", "nosuch")
  R.call(name .. ": negative port", connect, make, nil, "127.0.0.1", -1)
  R.call(name .. ": fractional port", connect, make, nil, "127.0.0.1", 0.5)
  R.call(name .. ": port 0", connect, make, nil, "127.0.0.1", 0)
  R.call(name .. ": integral float port", connect, make, nil, "127.0.0.1", port + 2 ^ 0 - 1)
  R.call(name .. ": port beyond 65535", connect, make, nil, "127.0.0.1", port + 65536)
  R.call(name .. ": no route (TCP to broadcast)", connect, make, nil, "255.255.255.255", 9)
end
R.call("tcp4: v6 literal", connect, socket.tcp4, nil, "::1", port)
R.call("tcp: setpeername is the same", function()
  local sock = socket.tcp()
  local result = sock:setpeername("127.0.0.1", port)
  local ip, number, family = sock:getpeername()
  sock:close()
  return result, ip, number, family
end)
R.call("names after the success of tcp()", function()
  local sock = socket.tcp()
  sock:connect("127.0.0.1", port)
  local _, _, family = sock:getsockname()
  local _, _, peer_family = sock:getpeername()
  sock:close()
  return family, peer_family, sock:getfamily()
end)
R.call("getpeername after a refused connect", function()
  local sock = socket.tcp4()
  sock:connect("127.0.0.1", closed_port)
  local ip, message = sock:getpeername()
  sock:close()
  return ip, message
end)

-- A sequence of connects on one object: all results in one line. A number sets the timeout.
local function steps(make, ...)
  local sock = assert(make())
  local log = {}
  for index = 1, select("#", ...) do
    local step = (select(index, ...))
    if type(step) == "number" then
      sock:settimeout(step)
    elseif type(step) == "function" then
      log[#log + 1] = tostring(step(sock))
    else
      local done, failure = sock:connect(step[1], step[2])
      log[#log + 1] = done and "done" or tostring(failure)
    end
  end
  log[#log + 1] = sock.class
  sock:close()
  return table.concat(log, "; ")
end
local ours = { "127.0.0.1", port }
local refusing = { "127.0.0.1", closed_port }
local function writable(sock)
  return net.writable(sock) and "writable"
end
local function error_option(sock)
  return sock:getoption("error") or "no error"
end
local function peer_known(sock)
  return sock:getpeername() and "peer known" or "peer unknown"
end

for _, item in ipairs({ { "tcp", socket.tcp }, { "tcp4", socket.tcp4 } }) do
  local name, make = item[1], item[2]
  R.call(name .. ": twice, waiting", steps, make, ours, ours, ours)
  R.call(name .. ": timeout 0, then again until connected", steps, make, 0, ours, writable, ours, ours, ours)
  R.call(name .. ": timeout 0, finished by the option", steps, make, 0, ours, writable, error_option,
    peer_known)
  R.call(name .. ": timeout 0, waiting connect afterwards", steps, make, 0, ours, writable, 5, ours, ours)
  R.call(name .. ": timeout 0, refused in the background", steps, make, 0, refusing, writable, refusing,
    refusing)
  R.call(name .. ": timeout 0, refused, taken by the option", steps, make, 0, refusing, writable,
    error_option, error_option, refusing)
  R.call(name .. ": refused, then accepted", steps, make, 5, refusing, ours, ours)
  R.call(name .. ": refused twice", steps, make, 5, refusing, refusing, refusing)
  R.call(name .. ": refused without a timeout, then accepted", steps, make, refusing, ours, ours)
  R.call(name .. ": timeout 0, refused, then the good one", steps, make, 0, refusing, writable, refusing,
    ours,
    writable, ours)
  R.call(name .. ": resolver failure, then accepted", steps, make, { "", 80 }, ours, ours)
  R.call(name .. ": closed, then connected again", steps, make, ours,
    function(sock) return sock:close() and "closed" end, ours)
  R.call(name .. ": connected, then refused", steps, make, ours, refusing)
end
R.call("bound, then connected", function()
  local sock = socket.tcp4()
  sock:bind("127.0.0.1", 0)
  local _, before = sock:getsockname()
  local result = sock:connect("127.0.0.1", port)
  local ip, after, family = sock:getsockname()
  sock:close()
  return result, ip, tonumber(before) == tonumber(after), family
end)
R.call("accepted object: connect", function()
  local client, peer = net.pair()
  local result, message = peer:connect("127.0.0.1", port)
  client:close()
  peer:close()
  return result, message
end)
R.call("listening server: connect", function()
  local other = net.listener()
  local result, message = other:connect("127.0.0.1", port)
  other:close()
  return result, message, other.class
end)

-- A queue that is full answers nothing: the connect stays pending.
local full = assert(socket.bind("127.0.0.1", 0, 0))
local _, full_port = full:getsockname()
local fillers = {}
local pending = false
for index = 1, 16 do
  local sock = socket.tcp4()
  sock:settimeout(0.15)
  fillers[index] = sock
  if not sock:connect("127.0.0.1", full_port) then
    pending = true
    break
  end
end
if pending then
  local silent = { "127.0.0.1", full_port }
  R.call("silent: timeout", steps, socket.tcp4, 0.05, silent, error_option, peer_known)
  R.call("silent: again while pending, pinned", steps, socket.tcp4, 0, silent, silent, 0.05, silent)
  R.call("silent: again while pending, unpinned", steps, socket.tcp, 0.05, silent, silent)
  R.call("silent: timeout 0 pins", steps, socket.tcp, 0, silent, silent, 0.05, silent)
  R.call("silent: send and receive while pending", function()
    local sock = socket.tcp4()
    sock:settimeout(0)
    sock:connect("127.0.0.1", full_port)
    local a, b, c = sock:send("x")
    local d, e, f = sock:receive()
    sock:close()
    return a, b, c, d, e, f
  end)
  R.call("silent: names of a tcp() object that timed out", function()
    local sock = socket.tcp()
    sock:settimeout(0.05)
    local result, message = sock:connect("127.0.0.1", full_port)
    local ip, _, family = sock:getsockname()
    local peer, why = sock:getpeername()
    sock:close()
    return result, message, ip, family, peer, why
  end)
  R.call("silent: names of a pending tcp() object", function()
    local sock = socket.tcp()
    sock:settimeout(0)
    sock:connect("127.0.0.1", full_port)
    local ip, _, family = sock:getsockname()
    sock:close()
    return ip, family
  end)
  R.call("silent: descriptor after a timeout", function()
    local sock = socket.tcp4()
    sock:settimeout(0.05)
    sock:connect("127.0.0.1", full_port)
    local open = sock:getfd() >= 0
    sock:close()
    return open
  end)
else
  R.skip("silent: ", "the system answers connections beyond the queue of a listener")
end
for _, sock in ipairs(fillers) do
  sock:close()
end
full:close()

if net.has_ipv6() then
  local server6, port6 = net.listener("::1")
  R.name_port(port6, "server6 port")
  local closed_port6 = net.closed_port("::1")
  R.call("ipv6: tcp", connect, socket.tcp, nil, "::1", port6)
  R.call("ipv6: tcp6", connect, socket.tcp6, nil, "::1", port6)
  R.call("ipv6: tcp6, timeout 0", steps, socket.tcp6, 0, { "::1", port6 }, writable, { "::1", port6 },
    { "::1", port6 })
  R.call("ipv6: tcp6 to a v4 literal", connect, socket.tcp6, nil, "127.0.0.1", port)
  R.call("ipv6: tcp6 refused", connect, socket.tcp6, nil, "::1", closed_port6)
  R.call("ipv6: tcp6 refused, then accepted", steps, socket.tcp6, 5, { "::1", closed_port6 },
    { "::1", port6 })
  R.call("ipv6: family after success", function()
    local sock = socket.tcp()
    sock:connect("::1", port6)
    local ip, _, family = sock:getpeername()
    local name = sock:getfamily()
    sock:close()
    return ip, family, name
  end)
  R.call("ipv6: a refused tcp() object tries the other family", function()
    local sock = socket.tcp()
    local first, message = sock:connect("127.0.0.1", closed_port)
    local second = sock:connect("::1", port6)
    sock:close()
    return first, message, second
  end)
  server6:close()
else
  R.skip("ipv6: ", "no IPv6 loopback")
end
server:close()
