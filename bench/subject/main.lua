-- main.lua KIND tcp|unix SIZE WARM COUNT, started by moontide_bench_peer.
-- Prints one line of figures.
--
-- The same script for every library: what `require "socket"` finds is the driver's choice.

local probe = require("moontide_bench_probe")
local directory = arg[0]:match("^(.*/)") or "./"

local bench = { probe = probe }

--- Lua heap and C heap in bytes. PUC Lua takes its heap from malloc, so that is subtracted;
--- LuaJIT has an allocator of its own.
function bench.heap()
  collectgarbage()
  collectgarbage()
  local lua = collectgarbage("count") * 1024
  local c = probe.heap()
  if not rawget(_G, "jit") then
    c = c - lua
  end
  return lua, c, probe.resident()
end

-- The time of day when the last measurement began and ended, and its allocations.
local span = { from = 0, to = 0, allocations = 0 }

--- Runs f(...) and returns its first result with the wall and the CPU seconds that it took.
function bench.timed(f, ...)
  local cpu = probe.cpu()
  local allocations = probe.allocations()
  span.from = probe.day()
  local wall = probe.wall()
  local result = f(...)
  wall = probe.wall() - wall
  span.to = probe.day()
  span.allocations = probe.allocations() - allocations
  return result, wall, probe.cpu() - cpu
end

--- What `f` leaves on the heaps, with its first result and the times.
function bench.weighed(f, ...)
  bench.heap() -- what the first call of all this needs is no part of the difference
  local lua, c, resident = bench.heap()
  local bytes, wall, cpu = bench.timed(f, ...)
  local lua_after, c_after, resident_after = bench.heap()
  return {
    bytes = bytes, wall = wall, cpu = cpu,
    lua_heap = lua_after - lua, c_heap = c_after - c, resident = resident_after - resident,
  }
end

function bench.port(name)
  return (assert(tonumber(os.getenv("MOONTIDE_BENCH_" .. name)), name))
end

--- A connection to the peer, which has been sent `command`.
function bench.open(transport, command)
  local connection
  if transport == "unix" then
    connection = assert(require("socket.unix").stream())
    assert(connection:connect(os.getenv("MOONTIDE_BENCH_UNIX")))
  else
    connection = assert(require("socket").connect("127.0.0.1", bench.port("TCP")))
    assert(connection:setoption("tcp-nodelay", true))
  end
  assert(connection:send(command .. "\n"))
  return connection
end

function bench.require(work)
  assert(work.count == 1)
  return bench.weighed(function()
    return #require("socket")._VERSION > 0 and 1
  end)
end

local PARTS = {
  "stream.lua", "send.lua", "connections.lua", "datagrams.lua", "url.lua", "mime.lua", "http.lua", "tls.lua",
  "cqueues.lua", "tasks.lua",
}

local function find(kind)
  if kind == "require" then
    return bench.require
  end
  for _, name in ipairs(PARTS) do
    local kinds = assert(loadfile(directory .. name))(bench)
    if kinds[kind] then
      return kinds[kind]
    end
  end
  error("no such workload: " .. kind)
end

local function main(kind, transport, size, warm, count)
  local work = {
    transport = transport, size = tonumber(size), warm = tonumber(warm), count = tonumber(count),
  }
  local result = find(kind)(work)
  io.write(string.format("wall=%.9f cpu=%.9f bytes=%.0f lua_heap=%.0f c_heap=%.0f resident=%.0f",
    result.wall, result.cpu, result.bytes, result.lua_heap or 0, result.c_heap or 0, result.resident or 0))
  io.write(string.format(" from=%.6f to=%.6f allocations=%.0f\n", span.from, span.to, span.allocations))
end

main((unpack or table.unpack)(arg))
