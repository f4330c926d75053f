-- Workloads of many connections.

local bench = ...
local socket = require("socket")

local DIAL_BATCH = 100 -- as in loopback/peer.h
local KEEP_BATCH = 64

local kinds = {}

local function select_many(sockets, count, expected)
  local select = socket.select
  local ready = 0
  for _ = 1, count do
    local readable = select(sockets, nil, 5)
    if readable[1] ~= expected then
      error("the wrong socket is ready")
    end
    ready = ready + #readable
  end
  return ready
end

function kinds.select(work)
  local control = bench.open("tcp", string.format("hold %.0f", work.size + 1))
  local port = bench.port("TCP")
  local sockets = {}
  for i = 1, work.size + 1 do
    sockets[i] = assert(socket.connect("127.0.0.1", port))
  end
  assert(control:receive("*l") == "ok")
  local expected = sockets[#sockets]
  select_many(sockets, work.warm, expected)
  local bytes, wall, cpu = bench.timed(select_many, sockets, work.count, expected)
  assert(expected:receive(1) == "x")
  return { bytes = bytes, wall = wall, cpu = cpu }
end

local function connect_many(count, port)
  for _ = 1, count do
    local connection = assert(socket.tcp())
    assert(connection:connect("127.0.0.1", port))
    connection:close()
  end
  return count
end

function kinds.connect(work)
  local control = bench.open("tcp", string.format("swallow %.0f", work.warm + work.count))
  local port = bench.port("TCP")
  connect_many(work.warm, port)
  local bytes, wall, cpu = bench.timed(connect_many, work.count, port)
  control:close()
  return { bytes = bytes, wall = wall, cpu = cpu }
end

local function listen()
  local server = assert(socket.tcp())
  assert(server:bind("127.0.0.1", 0))
  assert(server:listen(2 * DIAL_BATCH))
  local _, port = server:getsockname()
  return server, port
end

local function accept_batch(server)
  for _ = 1, DIAL_BATCH do
    assert(server:accept()):close()
  end
end

-- A unit is a batch; the peer says when it stands in the backlog.
function kinds.accept(work)
  local server, port = listen()
  local sum = { bytes = 0, wall = 0, cpu = 0 }
  local total = DIAL_BATCH * (work.warm + work.count)
  local control = bench.open("tcp", string.format("dial %s %.0f %d", port, total, DIAL_BATCH))
  for i = 1 - work.warm, work.count do
    assert(control:receive(1))
    local _, wall, cpu = bench.timed(accept_batch, server)
    if i > 0 then
      sum.bytes, sum.wall, sum.cpu = sum.bytes + DIAL_BATCH, sum.wall + wall, sum.cpu + cpu
    end
  end
  control:close()
  return sum
end

local function accept_and_keep(server, control, kept, greeted)
  for i = 1, #kept do
    local connection = assert(server:accept())
    kept[i] = connection
    if greeted then
      assert(connection:receive("*l") == "hello")
    end
    if i % KEEP_BATCH == 0 then
      assert(control:send("n"))
    end
  end
  return #kept
end

-- What accepted connections cost; the table that holds them is made before and not counted.
local function keep(work, greeted)
  local server, port = listen()
  local kept = {}
  for i = 1, work.count do
    kept[i] = false
  end
  local greet = greeted and 1 or 0
  local control = bench.open("tcp", string.format("keep %s %.0f %d", port, work.count, greet))
  local result = bench.weighed(accept_and_keep, server, control, kept, greeted)
  control:close()
  return result
end

function kinds.idle(work)
  return keep(work, false)
end

function kinds.drained(work)
  return keep(work, true)
end

return kinds
