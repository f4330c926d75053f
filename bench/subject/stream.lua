-- Workloads of one connection: a table of functions that take the workload and return the figures.

local bench = ...

local BLOCK = 65536

local kinds = {}

local function take_lines(connection, count)
  local bytes = 0
  for _ = 1, count do
    local line, message = connection:receive("*l")
    if not line then
      error(message)
    end
    bytes = bytes + #line + 1
  end
  return bytes
end

local function take_bytes(connection, count, size)
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

local function from_source(work, line, take)
  local total = work.size * (work.warm + work.count)
  local command = string.format("source %.0f %.0f", total, line)
  local connection = bench.open(work.transport, command)
  take(connection, work.warm, work.size)
  local bytes, wall, cpu = bench.timed(take, connection, work.count, work.size)
  connection:close()
  return { bytes = bytes, wall = wall, cpu = cpu }
end

function kinds.lines(work)
  return from_source(work, work.size, take_lines)
end

function kinds.receive(work)
  return from_source(work, 0, take_bytes)
end

-- The collector runs between the measurements: each begins with the same heap.
function kinds.receive_all(work)
  local sum = { bytes = 0, wall = 0, cpu = 0 }
  for i = 1 - work.warm, work.count do
    local connection = bench.open(work.transport, string.format("source %.0f 0", work.size))
    local data, wall, cpu = bench.timed(connection.receive, connection, "*a")
    connection:close()
    if i > 0 then
      sum.bytes, sum.wall, sum.cpu = sum.bytes + #data, sum.wall + wall, sum.cpu + cpu
    end
    data = nil -- luacheck: ignore 311
    collectgarbage()
  end
  return sum
end

-- What is there, as it comes, until the whole is `total` bytes. A library without "*b" asks without waiting,
-- and waits by select.
local function take_any(connection, have, total)
  while have < total do
    local data, message = connection:receive("*b", BLOCK)
    if not data then
      error(message)
    end
    have = have + #data
  end
  return have
end

local function take_any_by_select(connection, have, total)
  local select = require("socket").select
  local list = { connection }
  connection:settimeout(0)
  while have < total do
    select(list)
    local data, message, partial = connection:receive(BLOCK)
    if not data and message ~= "timeout" and message ~= "closed" then
      error(message)
    end
    have = have + #(data or partial)
  end
  return have
end

-- What the warm-up reads too much counts for what is measured.
function kinds.receive_any(work)
  local warm = work.size * work.warm
  local total = warm + work.size * work.count
  local connection = bench.open(work.transport, string.format("source %.0f 0", total))
  local take = connection.sendfile and take_any or take_any_by_select
  local before = take(connection, 0, warm)
  local all, wall, cpu = bench.timed(take, connection, before, total)
  connection:close()
  return { bytes = all - warm, wall = wall, cpu = cpu }
end

local function exchange(connection, count, data)
  local size = #data
  local bytes = 0
  for _ = 1, count do
    connection:send(data)
    local answer, message = connection:receive(size)
    if not answer then
      error(message)
    end
    bytes = bytes + #answer
  end
  return bytes
end

function kinds.pingpong(work)
  local data = string.rep("x", work.size)
  local connection = bench.open(work.transport, "echo")
  exchange(connection, work.warm, data)
  local bytes, wall, cpu = bench.timed(exchange, connection, work.count, data)
  connection:close()
  return { bytes = bytes, wall = wall, cpu = cpu }
end

return kinds
