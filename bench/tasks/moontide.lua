-- moontide.lua WORKLOAD: prints the number of operations and the CPU seconds they took, or for heap_* bytes.

local moontide = require("moontide")
local probe = require("moontide_bench_probe")
local socket = require("socket")

local clock = probe.cpu
local works = {}

local function nothing() end

local function timed(count, f)
  f(count // 10)
  local start = clock()
  f(count)
  return count, clock() - start
end

function works.spawn_join()
  return timed(100000, function(count)
    for _ = 1, count do
      moontide.spawn(nothing):join()
    end
  end)
end

function works.spawn_join_1000()
  return timed(200000, function(count)
    for _ = 1, count // 1000 do
      local tasks = {}
      for index = 1, 1000 do
        tasks[index] = moontide.spawn(nothing)
      end
      for index = 1, 1000 do
        tasks[index]:join()
      end
    end
  end)
end

-- A hand-over: one send and its receive.
local function hand_over(capacity)
  return timed(500000, function(count)
    local channel = moontide.channel(capacity)
    local receiver = moontide.spawn(function()
      for _ = 1, count do
        channel:receive()
      end
    end)
    for index = 1, count do
      channel:send(index)
    end
    receiver:join()
  end)
end

function works.channel_0()
  return hand_over(0)
end

function works.channel_64()
  return hand_over(64)
end

-- A switch of tasks.
function works.yield()
  return timed(500000, function(count)
    local half = count // 2
    local other = moontide.spawn(function()
      for _ = 1, half do
        moontide.yield()
      end
    end)
    for _ = 1, half do
      moontide.yield()
    end
    other:join()
  end)
end

-- Arming a timer and giving it up again, while so many others are armed, all of them for other instants.
local function timers(armed)
  local tasks = {}
  for index = 1, armed do
    tasks[index] = moontide.spawn(moontide.sleep, 1000 + (index * 7919) % 100003 / 1000)
  end
  moontide.yield()
  local operations, seconds = timed(200000, function(count)
    local channel = moontide.channel()
    local receiver = moontide.spawn(function()
      for index = 1, count do
        channel:receive(500 + index % 1000)
      end
    end)
    for index = 1, count do
      channel:send(index, 500 + index % 1000)
    end
    receiver:join()
  end)
  for _, task in ipairs(tasks) do
    task:cancel()
  end
  return operations, seconds
end

for _, armed in ipairs({ 0, 1000, 10000, 100000 }) do
  works["timers_" .. armed] = function()
    return timers(armed)
  end
end

local function heap()
  collectgarbage()
  collectgarbage()
  return probe.heap()
end

local CONNECTIONS = 4000

-- What an idle connection costs whose task waits for a line, without the coroutine itself.
function works.heap_task()
  local server = assert(socket.bind("127.0.0.1", 0, 4096))
  local host, port = server:getsockname()
  local clients, kept = {}, {} -- luacheck: ignore 241
  for index = 1, CONNECTIONS do
    clients[index] = assert(socket.connect(host, port))
    kept[index] = false
  end
  local function body(connection)
    return connection:receive("*l")
  end
  local function wait()
    coroutine.yield()
  end
  local first = heap()
  for index = 1, CONNECTIONS do
    local thread = coroutine.create(wait)
    coroutine.resume(thread)
    kept[index] = thread
  end
  local coroutines = heap() - first
  for index = 1, CONNECTIONS do
    kept[index] = false
  end
  first = heap()
  for index = 1, CONNECTIONS do
    kept[index] = moontide.spawn(body, assert(server:accept()))
  end
  moontide.sleep(0.01)
  local all = heap() - first
  for _, client in ipairs(clients) do
    client:close()
  end
  return CONNECTIONS, all - coroutines
end

local work = assert(works[arg[1]], "no such workload")
print(("%.0f %.9f"):format(moontide.run(work)))
