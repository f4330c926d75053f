-- What tests stand on: the functions of a test's `t` that open sockets, files and child processes.
-- The first parameter here is the test; t.name(...) passes it by itself.

local harness = require("harness")
local over_tls = require("over_tls")
local socket = require("socket")

local fixture = {}

function fixture.cleanup(t, undo)
  t.cleanups[#t.cleanups + 1] = undo
end

-- For fresh sockets: fails on nil, message; closes the socket after the test.
function fixture.keep(t, object, message)
  if not object then
    error("no object: " .. tostring(message), 2)
  end
  t.cleanup(function() object:close() end)
  return object
end

-- A listening TCP server on a free port of `address` (default 127.0.0.1), and the port.
function fixture.server(t, address)
  local server = t.keep(socket.bind(address or "127.0.0.1", 0))
  local _, port = server:getsockname()
  return server, port
end

-- Two ends of one TCP connection: the connecting one and the accepted one.
function fixture.tcp_pair(t, address)
  local server, port = t.server(address)
  local client = t.keep(socket.connect(address or "127.0.0.1", port))
  local accepted = t.keep(server:accept())
  server:close()
  return client, accepted
end

-- Two ends of one connection: TCP, or with MOONTIDE_TEST_OVER_TLS=1 TLS over it.
function fixture.pair(t, address)
  if over_tls.is_on then
    return require("tls_tools").pair_over(t, t.tcp_pair(address))
  end
  return t.tcp_pair(address)
end

-- The name of a file that does not exist; whatever is made there is removed.
function fixture.tmpname(t)
  local name = os.tmpname()
  os.remove(name)
  t.cleanup(function() os.remove(name) end)
  return name
end

-- A listening unix stream server, and its path.
function fixture.unix_server(t)
  local path = t.tmpname()
  local server = t.keep(require("socket.unix").stream())
  assert(server:bind(path))
  assert(server:listen())
  return server, path
end

function fixture.unix_pair(t)
  local server, path = t.unix_server()
  local client = t.keep(require("socket.unix").stream())
  assert(client:connect(path))
  local accepted = t.keep(server:accept())
  server:close()
  return client, accepted
end

-- A UDP object bound to a free port of 127.0.0.1, and the port.
function fixture.udp(t)
  local udp = t.keep(socket.udp4())
  assert(udp:setsockname("127.0.0.1", 0))
  local _, port = udp:getsockname()
  return udp, port
end

-- Two UDP objects, connected to each other.
function fixture.udp_pair(t)
  local left, left_port = t.udp()
  local right, right_port = t.udp()
  assert(left:setpeername("127.0.0.1", right_port))
  assert(right:setpeername("127.0.0.1", left_port))
  return left, right
end

-- A TCP port of 127.0.0.1 that refuses connections, and stays reserved for the test.
function fixture.refusing_port(t)
  local holder = t.keep(socket.tcp4())
  assert(holder:bind("127.0.0.1", 0))
  local _, port = holder:getsockname()
  return port
end

-- A UDP port of 127.0.0.1 that refuses datagrams: its socket takes those of one peer only, itself.
function fixture.refusing_udp_port(t)
  local holder, port = t.udp()
  assert(holder:setpeername("127.0.0.1", port))
  return port
end

-- A TCP port for a server in another process. The holder keeps the kernel from giving it to anyone who
-- asks for a free port meanwhile, and lets whoever sets SO_REUSEADDR listen there.
function fixture.reserved_port(t)
  local holder = t.keep(socket.tcp4())
  assert(holder:setoption("reuseaddr", true))
  assert(holder:bind("127.0.0.1", 0))
  local _, port = holder:getsockname()
  return port
end

-- A TCP server that answers no further connection, because its queue is full, and its port.
function fixture.silent_server(t)
  local server = t.keep(socket.tcp4())
  assert(server:bind("127.0.0.1", 0))
  assert(server:listen(0))
  local _, port = server:getsockname()
  for _ = 1, 8 do
    local filler = t.keep(socket.tcp4())
    filler:settimeout(0)
    filler:connect("127.0.0.1", port)
    local _, writable = socket.select(nil, { filler }, 0.2)
    if #writable == 0 then
      filler:close()
      return server, port
    end
  end
  error("the queue of a listening socket never fills")
end

-- Sends until the system takes no more, and would not after a while either: it moves bytes to the other end
-- meanwhile, which makes room. Gives the count of bytes; the block timeout is 0 afterwards.
function fixture.fill(_, sock)
  local block = ("x"):rep(65536)
  local total = 0
  sock:settimeout(0)
  while true do
    local before = total
    local last, message, partial
    repeat
      last, message, partial = sock:send(block)
      total = total + (last or partial)
    until message
    assert(over_tls.is_timeout(message), message)
    if total == before then
      return total
    end
    socket.sleep(0.3)
  end
end

-- A scripted HTTP server (tests/support/http_peer.lua) with these answers; ended after the test.
function fixture.http_peer(t, answers)
  local file = harness.support .. "http_peer.lua"
  local peer = assert(loadfile(file))().start(harness.interpreter_command(), file, answers)
  t.cleanup(function() peer:stop() end)
  return peer
end

function fixture.has_ipv6(_)
  local probe = socket.tcp6()
  if not probe then
    return false
  end
  local bound = probe:bind("::1", 0)
  probe:close()
  return bound ~= nil
end

function fixture.needs_ipv6(t)
  if not t.has_ipv6() then
    t.skip("this machine has no IPv6 loopback")
  end
end

-- The first object that `try` gives, in twenty tries: another process may have the port that was free a
-- moment ago.
function fixture.first_success(t, try)
  local object, message
  for _ = 1, 20 do
    object, message = try()
    if object then
      break
    end
  end
  return t.keep(object, message)
end

-- Waits for a condition without a bare sleep: `probe` is tried until it gives a true value. `what` is the
-- name of the condition, or a function that gives it when all was in vain.
function fixture.wait_until(_, probe, what)
  for _ = 1, 2000 do
    local value = probe()
    if value then
      return value
    end
    socket.sleep(0.005)
  end
  error("waited in vain for " .. (type(what) == "function" and what() or what), 2)
end

-- Runs f and gives the seconds it took, followed by its results.
function fixture.timed(t, f, ...)
  local start = socket.gettime()
  local results = t.pack(f(...))
  return socket.gettime() - start, t.unpack(results)
end

-- Child processes -----------------------------------------------------------------------------------

-- Starts a Lua script in a process of its own and gives the pipe from its output. `settings` goes in
-- front of the command: environment variables or a ulimit. The script finds `arguments` in `...`.
function fixture.child(t, script, arguments, settings)
  local command = (settings or "") .. " timeout -k 5 60 " .. harness.interpreter_command() .. " -e "
    .. harness.quote("(function(...) " .. script .. "\nend)(" .. (arguments or "") .. ")") .. " 2>&1"
  local pipe = assert(io.popen(command))
  t.cleanup(function() pipe:close() end)
  return pipe
end

-- Runs a script to its end and gives all it printed, without the last line feed.
function fixture.output_of(t, script, arguments, settings)
  return (t.child(script, arguments, settings):read("*a"):gsub("\n$", ""))
end

return fixture
