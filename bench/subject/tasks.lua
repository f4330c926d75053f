-- Workloads of moontide's tasks: no connections but for the last, and nothing that waits for the peer.

local bench = ...
local moontide = require("moontide")

local KEEP_BATCH = 64 -- as in loopback/peer.h

local kinds = {}

local function nothing() end

--- Runs `run` for the warm-up and the measured units, in a task.
local function measured(work, run)
  local bytes, wall, cpu = moontide.run(function()
    run(work.warm)
    return bench.timed(run, work.count)
  end)
  return { bytes = bytes, wall = wall, cpu = cpu }
end

function kinds.spawn_join(work)
  return measured(work, function(count)
    for _ = 1, count do
      moontide.spawn(nothing):join()
    end
    return count
  end)
end

-- A unit is `size` tasks at once.
function kinds.spawn_join_many(work)
  return measured(work, function(count)
    for _ = 1, count do
      local tasks = {}
      for index = 1, work.size do
        tasks[index] = moontide.spawn(nothing)
      end
      for index = 1, work.size do
        tasks[index]:join()
      end
    end
    return count
  end)
end

-- A unit is one send and its receive; `size` is the capacity.
function kinds.channel(work)
  return measured(work, function(count)
    local channel = moontide.channel(work.size)
    local received = 0
    local receiver = moontide.spawn(function()
      for index = 1, count do
        received = received + (channel:receive() == index and 1 or 0)
      end
    end)
    for index = 1, count do
      channel:send(index)
    end
    receiver:join()
    return received
  end)
end

-- A unit is a switch of two tasks each.
function kinds.switch(work)
  return measured(work, function(count)
    local function body()
      for _ = 1, count do
        moontide.yield()
      end
    end
    local other = moontide.spawn(body)
    body()
    other:join()
    return count
  end)
end

-- A unit is arming a timer twice and giving it up again, while `size` others are armed, all of them for other
-- instants.
function kinds.timers(work)
  local bytes, wall, cpu = moontide.run(function()
    local tasks = {}
    for index = 1, work.size do
      tasks[index] = moontide.spawn(moontide.sleep, 1000 + (index * 7919) % 100003 / 1000)
    end
    moontide.yield()
    local function arm(count)
      local channel = moontide.channel()
      local received = 0
      local receiver = moontide.spawn(function()
        for index = 1, count do
          received = received + (channel:receive(500 + index % 1000) == index and 1 or 0)
        end
      end)
      for index = 1, count do
        channel:send(index, 500 + index % 1000)
      end
      receiver:join()
      return received
    end
    arm(work.warm)
    local bytes, wall, cpu = bench.timed(arm, work.count)
    for _, task in ipairs(tasks) do
      task:cancel()
    end
    return bytes, wall, cpu
  end)
  return { bytes = bytes, wall = wall, cpu = cpu }
end

-- What an accepted connection costs whose task waits for a line, the coroutine included; the table that holds
-- the tasks is made before and not counted.
function kinds.task_idle(work)
  local socket = require("socket")
  local kept = {}
  for index = 1, work.count do
    kept[index] = false
  end
  local function body(connection)
    return connection:receive("*l")
  end
  local result
  moontide.run(function()
    local server = assert(socket.bind("127.0.0.1", 0, 2 * KEEP_BATCH))
    local _, port = server:getsockname()
    local control = bench.open("tcp", string.format("keep %s %.0f 0", port, work.count))
    result = bench.weighed(function()
      for index = 1, work.count do
        kept[index] = moontide.spawn(body, assert(server:accept()))
        moontide.yield() -- it begins to wait
        if index % KEEP_BATCH == 0 then
          assert(control:send("n"))
        end
      end
      return #kept
    end)
    for _, task in ipairs(kept) do
      task:cancel()
    end
    control:close()
  end)
  return result
end

return kinds
