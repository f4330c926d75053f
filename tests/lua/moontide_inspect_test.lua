-- tasks, dump, stats, deadlock; stop; the loop inside a host.
local test = ...
local moontide = require("moontide")
local tasks = require("tasks")

local run = tasks.run

test("tasks() lists those that have not ended, in the order in which they were spawned", function(t)
  run(function()
    local before = #moontide.tasks()
    local first, second = moontide.spawn(moontide.sleep, 60), moontide.spawn(moontide.sleep, 60)
    local list = moontide.tasks()
    t.equal(#list, before + 2)
    t.equal(list[before + 1], first)
    t.equal(list[before + 2], second)
    first:cancel()
    second:cancel()
    tasks.settle()
    t.equal(#moontide.tasks(), before)
  end)
end)

test("dump() shows who spawned whom, where each waits and for what", function(t)
  run(function()
    local client = t.pair()
    local channel, mutex = moontide.channel(), moontide.mutex()
    local before = {}
    for _, task in ipairs(moontide.tasks()) do before[task] = true end
    moontide.spawn("parent", function()
      moontide.spawn("sleeper", function() moontide.sleep(60) end)
      moontide.spawn("reader", function() client:receive() end)
      moontide.spawn("receiver", function() channel:receive() end)
      moontide.spawn("timed receiver", function() channel:receive(60) end)
      mutex:lock()
      moontide.spawn("locker", function() mutex:lock() end)
      local current = moontide.current()
      moontide.spawn("joiner", function() current:join() end)
      moontide.sleep(60)
    end)
    tasks.settle()
    local text = moontide.dump()
    local place = "\n *at [^\n]*moontide_inspect_test.lua:%d+"
    t.matches(text, "parent: waiting %d+%.%d s for time to pass" .. place)
    t.matches(text, "\n *  sleeper: waiting %d+%.%d s for time to pass" .. place)
    t.matches(text, "\n *  reader: waiting %d+%.%d s to read from descriptor "
      .. ("%d"):format(client:getfd()) .. place)
    t.matches(text, "\n *  receiver: waiting %d+%.%d s to receive from a channel" .. place)
    t.matches(text, "\n *  timed receiver: waiting %d+%.%d s to receive from a channel" .. place)
    t.matches(text, "\n *  locker: waiting %d+%.%d s for a mutex" .. place)
    t.matches(text, "\n *  joiner: waiting %d+%.%d s for task 'parent' to end" .. place)
    local indent = text:match("\n?( *)parent:")
    t.equal(text:match("\n( *)sleeper:"), indent .. "  ")
    for _, task in ipairs(moontide.tasks()) do
      if not before[task] then task:cancel() end
    end
    tasks.settle()
  end)
end)

test("dump() says how long a task has been waiting, whatever for", function(t)
  run(function()
    local channel = moontide.channel()
    local receiver = moontide.spawn("receiver", channel.receive, channel)
    moontide.sleep(0.25)
    t.between(tonumber(moontide.dump():match("receiver: waiting (%d+%.%d) s")), 0.2, 30)
    channel:close()
    receiver:join()
  end)
end)

test("stats() counts", function(t)
  run(function()
    local before = moontide.stats()
    local task = moontide.spawn(moontide.sleep, 60)
    t.equal(moontide.stats().tasks, before.tasks + 1)
    tasks.settle()
    t.between(moontide.stats().waiting, 1, math.huge)
    t.between(moontide.stats().switches, before.switches + 1, math.huge)
    task:cancel()
    tasks.settle()
    t.equal(moontide.stats().tasks, before.tasks)
  end)
end)

-- Deadlock ----------------------------------------------------------------------------------------------

test("tasks that wait for each other are an error of run, which names the waits", function(t)
  tasks.needs_outside(t)
  local log = {}
  local good, message = pcall(moontide.run, function()
    local a, b = moontide.mutex(), moontide.mutex()
    local function lock(first, second)
      first:lock()
      moontide.yield()
      local _, failure = pcall(second.lock, second)
      log[#log + 1] = failure
    end
    local task = moontide.spawn("left", lock, a, b)
    moontide.spawn("right", lock, b, a)
    task:join()
  end)
  t.equal(good, false)
  t.matches(message, "^deadlock: no task can go on, and nothing they wait for can come\n")
  t.matches(message, "main: waiting %d+%.%d s for task 'left' to end\n")
  t.matches(message, "\n  left: waiting %d+%.%d s for a mutex\n")
  t.matches(message, "\n  right: waiting %d+%.%d s for a mutex\n")
  t.list(log, { moontide.cancelled, moontide.cancelled })
  t.equal(moontide.stats().tasks, 0)
end)

test("who waits for a timer or a socket is not in a deadlock", function(t)
  tasks.needs_outside(t)
  moontide.run(function()
    local channel = moontide.channel()
    moontide.after(0.01, channel.send, channel, 1)
    t.equal(channel:receive(), 1)
    t.returns(t.pack(channel:receive(0.01)), nil, "timeout")
    t.returns(t.pack(moontide.timeout(0.01, channel.receive, channel)), nil, "timeout")
  end)
end)

test("tasks that do not end when a deadlock cancels them do not keep run from returning", function(t)
  tasks.needs_outside(t)
  local output = t.output_of([[
    local moontide = require("moontide")
    print(pcall(moontide.run, function()
      moontide.shield(function() moontide.channel():receive() end)
    end))
  ]])
  t.matches(output, "^false%s+deadlock: ")
end)

-- Stop ----------------------------------------------------------------------------------------------------

test("stop cancels all tasks but its caller, and sets moontide.stopping", function(t)
  tasks.needs_outside(t)
  local log = {}
  moontide.run(function()
    t.returns(t.pack(moontide.stopping:wait(0)), nil, "timeout")
    moontide.spawn(function()
      log[#log + 1] = select(2, pcall(moontide.sleep, 60))
    end)
    moontide.spawn(function()
      moontide.stopping:wait()
      log[#log + 1] = "stopping"
    end)
    moontide.yield()
    moontide.stop()
    moontide.sleep(0.001)
    log[#log + 1] = "caller goes on"
  end)
  t.equal(#log, 2)
  t.equal(log[1], moontide.cancelled)
  t.equal(log[2], "caller goes on")
  moontide.run(function()
    t.returns(t.pack(moontide.stopping:wait(0)), nil, "timeout") -- a new start
  end)
end)

test("stop with grace lets tasks end by themselves, and cancels those that do not", function(t)
  tasks.needs_outside(t)
  local log = {}
  local elapsed = t.timed(moontide.run, function()
    moontide.spawn(function()
      moontide.stopping:wait()
      moontide.yield()
      log[#log + 1] = "ended"
    end)
    moontide.spawn(function()
      log[2] = select(2, pcall(moontide.sleep, 60))
    end)
    moontide.stop(0.05)
  end)
  t.list(log, { "ended", moontide.cancelled })
  t.between(elapsed, 0.049, 30)
end)

test("run does not wait for the end of the grace when all have ended", function(t)
  tasks.needs_outside(t)
  local elapsed = t.timed(moontide.run, function()
    moontide.spawn(function() moontide.stopping:wait() end)
    moontide.yield()
    moontide.stop(50)
    moontide.stop(60)
  end)
  t.between(elapsed, 0, 30)
  t.bad_argument(1, "number expected, got string", moontide.stop, "now")
end)

-- A host's own loop -----------------------------------------------------------------------------------------

test("step runs what is ready and comes back; it gives the number of tasks left", function(t)
  tasks.needs_outside(t)
  local log = {}
  moontide.spawn(function()
    log[#log + 1] = "one"
    moontide.sleep(0.01)
    log[#log + 1] = "two"
  end)
  t.equal(moontide.loop:step(), 1)
  t.list(log, { "one" })
  t.equal(moontide.loop:step(0), 1)
  while moontide.loop:step(1) > 0 do end
  t.list(log, { "one", "two" })
  t.equal(moontide.loop:step(60), 0)
  t.bad_argument(1, "number expected, got string", moontide.loop.step, moontide.loop, "x")
end)

test("timeout says when to call step at the latest", function(t)
  tasks.needs_outside(t)
  t.equal(moontide.loop:timeout(), nil)
  local task = moontide.spawn(moontide.sleep, 50)
  t.equal(moontide.loop:timeout(), 0)
  moontide.loop:step()
  t.between(moontide.loop:timeout(), 1, 50)
  task:cancel()
  t.equal(moontide.loop:timeout(), 0)
  t.equal(moontide.loop:step(), 0)
  t.equal(moontide.loop:timeout(), nil)
end)

test("getfd is readable when step has something to do", function(t)
  tasks.needs_outside(t)
  local socket = require("socket")
  local client, server = t.pair()
  local fd = moontide.loop:getfd()
  if not fd then
    t.skip("no descriptor of the loop on this system")
  end
  local host = { getfd = function() return fd end }
  local task = moontide.spawn(client.receive, client)
  moontide.loop:step()
  t.equal(#socket.select({ host }, nil, 0), 0)
  server:send("line\n")
  t.equal(#socket.select({ host }, nil, 30), 1)
  t.wait_until(function() return moontide.loop:step() == 0 end, "the task")
  t.equal(task:join(), "line")
end)

-- MOONTIDE_TEST_POLLING=1: these tests shall poll, and do.
test("getfd is nil where the loop polls, and a descriptor elsewhere", function(t)
  local polls = (os.getenv("MOONTIDE_TEST_POLLING") or "") ~= ""
  t.equal(type(moontide.loop:getfd()), polls and "nil" or "number")
end)

test("a step within a task is an error", function(t)
  run(function()
    t.raises("loop:step cannot be called in a task", moontide.loop.step, moontide.loop)
  end)
end)
