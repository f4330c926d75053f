-- Sockets for the cases: pairs on loopback, waits for a condition instead of sleeping.

local R = ...

local net = {}

local WAIT_SECONDS = 5

local function socket()
  return require("socket")
end

-- Is there an IPv6 loopback to bind to? Asked of the system, not of the library under test.
function net.has_ipv6()
  local file = io.open("/proc/net/if_inet6")
  if not file then
    return false
  end
  local text = file:read("*a")
  file:close()
  return text:find("00000000000000000000000000000001", 1, true) ~= nil
end

function net.listener(host, backlog)
  local server = assert(socket().bind(host or "127.0.0.1", 0, backlog))
  local _, port = server:getsockname()
  port = assert(tonumber(port))
  server:settimeout(WAIT_SECONDS)
  return server, port
end

-- A connected pair: the client's object and the accepted one, both with a limit on waiting.
function net.pair(host)
  host = host or "127.0.0.1"
  local server, port = net.listener(host)
  local client = assert(socket().connect(host, port))
  local peer = assert(server:accept())
  server:close()
  client:settimeout(WAIT_SECONDS)
  peer:settimeout(WAIT_SECONDS)
  return client, peer, port
end

-- Ports where nobody answers are held by sockets of ours that do not answer either, so that no process
-- beside us is given such a port meanwhile.
local holders = {}

local function port_of(holder)
  holders[#holders + 1] = holder
  local _, port = holder:getsockname()
  return assert(tonumber(port))
end

-- A TCP port that refuses: bound, but not listening.
function net.closed_port(host)
  host = host or "127.0.0.1"
  local holder = assert(host:find(":", 1, true) and socket().tcp6() or socket().tcp4())
  assert(holder:bind(host, 0))
  return port_of(holder)
end

-- A UDP port that refuses: its socket takes datagrams from one peer only, itself.
function net.closed_udp_port()
  local holder = assert(socket().udp4())
  assert(holder:setsockname("127.0.0.1", 0))
  local port = port_of(holder)
  assert(holder:setpeername("127.0.0.1", port))
  return port
end

-- Waits until the socket is readable (writable); the answer is whether it is.
function net.readable(sock)
  local list = socket().select({ sock }, nil, WAIT_SECONDS)
  return list[1] ~= nil
end

function net.writable(sock)
  local _, list = socket().select(nil, { sock }, WAIT_SECONDS)
  return list[1] ~= nil
end

-- A pair whose client has `data` in the kernel's buffer and, if `ended`, the end of stream behind it.
function net.fed_pair(data, ended)
  local client, peer = net.pair()
  if data ~= "" then
    assert(peer:send(data))
  end
  if ended then
    peer:close()
  end
  if data ~= "" or ended then
    assert(net.readable(client))
  end
  return client, peer
end

-- Sends to `peer`, which does not read, until nothing more fits. The kernel goes on moving bytes for a
-- while after a send found no room, so it is full once nothing has fitted for longer than TCP waits
-- before it asks a closed window (200 ms). Buffers of a given size do not grow meanwhile.
function net.fill(client, peer)
  assert(peer:setoption("recv-buffer-size", 65536))
  assert(client:setoption("send-buffer-size", 65536))
  client:settimeout(0)
  local chunk = ("x"):rep(65536)
  local moved
  repeat
    moved = false
    local sent, failure, last
    repeat
      sent, failure, last = client:send(chunk)
      moved = moved or sent or last > 0
    until not sent
    assert(failure == "timeout")
    if moved then
      socket().select(nil, nil, 0.3)
    end
  until not moved
end

-- A pair whose client finds a reset after `data`.
function net.reset_pair(data)
  local client, peer = net.fed_pair(data or "", false)
  peer:setoption("linger", { on = true, timeout = 0 })
  peer:close()
  assert(net.readable(client))
  return client
end

-- Different in all processes that run beside this one.
function net.process_id()
  local file = assert(io.open("/proc/self/stat"))
  local id = file:read("*l"):match("^%d+")
  file:close()
  return id
end

-- How many sockets this process has open. (Other descriptors come and go with io.popen itself.)
function net.open_sockets()
  local count = 0
  local list = assert(io.popen("ls -l /proc/$PPID/fd"))
  for line in list:lines() do
    if line:find("socket:", 1, true) then
      count = count + 1
    end
  end
  list:close()
  return count
end

-- The same without those that were garbage already: a collection between two counts would hide a leak.
function net.socket_count()
  collectgarbage()
  collectgarbage()
  return net.open_sockets()
end

-- Reads everything up to the end of stream.
function net.drain(sock)
  return sock:receive("*a")
end

net.record = R

return net
