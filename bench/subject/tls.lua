-- Workloads of TLS: what loopback/subject_tls.c does, with the module `ssl` of the library.

local bench = ...
local socket = require("socket")

local IDLE_BEFORE = 100 -- connections before those that are weighed; as in loopback/subject_tls.c

local kinds = {}

local function client_context()
  return assert(require("ssl").newcontext({ mode = "client", protocol = "any" }))
end

local function connect(context)
  local plain = assert(socket.connect("127.0.0.1", bench.port("TLS")))
  assert(plain:setoption("tcp-nodelay", true))
  local connection = assert(require("ssl").wrap(plain, context))
  assert(connection:dohandshake())
  return connection
end

local function begin(context, what, count, port)
  local connection = connect(context)
  assert(connection:send(string.format("%s%012.0f%06.0f", what, count, port or 0)))
  return connection
end

local function send_blocks(connection, block, count)
  for _ = 1, count do
    local sent, message = connection:send(block)
    if not sent then
      error(message)
    end
  end
end

function kinds.tls_send(work)
  local total = work.size * (work.warm + work.count)
  local connection, block = begin(client_context(), "s", total), string.rep("x", work.size)
  send_blocks(connection, block, work.warm)
  local bytes, wall, cpu = bench.timed(function()
    send_blocks(connection, block, work.count)
    return connection:receive(1) == "!" and work.size * work.count
  end)
  connection:close()
  return { bytes = bytes, wall = wall, cpu = cpu }
end

local function receive_blocks(connection, size, count)
  local bytes = 0
  for _ = 1, count do
    local data, message = connection:receive(size)
    if not data then
      error(message)
    end
    bytes = bytes + #data
  end
  return bytes
end

function kinds.tls_receive(work)
  local connection = begin(client_context(), "r", work.size * (work.warm + work.count))
  receive_blocks(connection, work.size, work.warm)
  local bytes, wall, cpu = bench.timed(receive_blocks, connection, work.size, work.count)
  connection:close()
  return { bytes = bytes, wall = wall, cpu = cpu }
end

function kinds.tls_client(work)
  local context = client_context()
  local function connect_each(count)
    for _ = 1, count do
      connect(context):close()
    end
    return count
  end
  connect_each(work.warm)
  local bytes, wall, cpu = bench.timed(connect_each, work.count)
  return { bytes = bytes, wall = wall, cpu = cpu }
end

local function serve_as(what, work)
  local ssl = require("ssl")
  local context = assert(ssl.newcontext({
    mode = "server", protocol = "any",
    key = os.getenv("MOONTIDE_BENCH_KEY"), certificate = os.getenv("MOONTIDE_BENCH_CERT"),
  }))
  local server = assert(socket.bind("127.0.0.1", 0, 128))
  local _, port = server:getsockname()
  local control = begin(client_context(), what, work.warm + work.count, tonumber(port))
  local function accept_each(count)
    for _ = 1, count do
      local connection = assert(ssl.wrap(assert(server:accept()), context))
      assert(connection:dohandshake())
      connection:close()
    end
    return count
  end
  accept_each(work.warm)
  local bytes, wall, cpu = bench.timed(accept_each, work.count)
  control:close()
  return { bytes = bytes, wall = wall, cpu = cpu }
end

function kinds.tls_server(work)
  return serve_as("c", work)
end

function kinds.tls_server_resumed(work)
  return serve_as("t", work)
end

-- The table that holds them is made before and not counted.
function kinds.tls_idle(work)
  local context, idle = client_context(), {} -- luacheck: ignore 241
  for index = 1, IDLE_BEFORE + work.count do
    idle[index] = false
  end
  local function connect_idle(first, last)
    for index = first, last do
      idle[index] = begin(context, "i", 0)
    end
    return last - first + 1
  end
  connect_idle(1, IDLE_BEFORE)
  return bench.weighed(connect_idle, IDLE_BEFORE + 1, IDLE_BEFORE + work.count)
end

return kinds
