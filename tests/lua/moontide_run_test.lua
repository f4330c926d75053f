-- run, spawn, join: the life of a task.
local test = ...
local moontide = require("moontide")
local tasks = require("tasks")

local run = tasks.run

test("run gives the results of main, nils included", function(t)
  tasks.needs_outside(t)
  t.returns(t.pack(moontide.run(function(...)
    return select("#", ...), nil, ..., nil
  end, "a", nil)), 2, nil, "a", nil)
  t.returns(t.pack(moontide.run(function() end)))
end)

test("run raises the error of main, whatever value it is, after the others were cancelled", function(t)
  tasks.needs_outside(t)
  local failure = {}
  local ended
  local good, message = pcall(moontide.run, function()
    moontide.spawn(function()
      ended = { pcall(moontide.sleep, 60) }
    end)
    moontide.yield()
    error(failure)
  end)
  t.equal(good, false)
  t.equal(message, failure)
  t.equal(ended[2], moontide.cancelled)
end)

test("run returns when the last task has ended, not only main", function(t)
  tasks.needs_outside(t)
  local ended = false
  moontide.run(function()
    moontide.spawn(function()
      moontide.sleep(0.02)
      moontide.spawn(function()
        moontide.sleep(0.02)
        ended = true
      end)
    end)
  end)
  t.equal(ended, true)
  t.equal(moontide.stats().tasks, 0)
end)

test("run within run is an error that says what to do", function(t)
  run(function()
    t.raises("use moontide.spawn or moontide.group", moontide.run, function() end)
  end)
end)

test("run can be called again, also after an error", function(t)
  tasks.needs_outside(t)
  for index = 1, 3 do
    t.equal(moontide.run(function() moontide.sleep(0.001) return index end), index)
    pcall(moontide.run, error, "x")
  end
end)

test("run takes functions and callable objects only", function(t)
  tasks.needs_outside(t)
  t.bad_argument(1, "function expected, got no value", moontide.run)
  t.bad_argument(1, "function expected, got number", moontide.run, 5)
  local callable = setmetatable({}, { __call = function(_, value) return value end })
  t.equal(moontide.run(callable, 7), 7)
end)

test("coroutine.resume and its like are put back when run has ended", function(t)
  tasks.needs_outside(t)
  local before = { coroutine.resume, coroutine.wrap, pcall, xpcall }
  moontide.run(function()
    t.different(coroutine.resume, before[1])
  end)
  pcall(moontide.run, error)
  t.list({ coroutine.resume, coroutine.wrap, pcall, xpcall }, before)
end)

-- Tasks -----------------------------------------------------------------------------------------------

test("a spawned task runs later, with its arguments", function(t)
  run(function()
    local got
    local task = moontide.spawn(function(...) got = t.pack(...) end, 1, nil, 3)
    t.equal(got, nil)
    task:join()
    t.returns(got, 1, nil, 3)
  end)
end)

test("a task has the name it was given, or a number", function(t)
  run(function()
    local named, unnamed = moontide.spawn("reader", function() end), moontide.spawn(function() end)
    t.equal(named:getname(), "reader")
    t.matches(unnamed:getname(), "^task %d+$")
    t.equal(named:setname("writer"), named)
    t.equal(named:getname(), "writer")
    t.equal(tostring(named), "task 'writer' (ready)")
    named:join()
    t.equal(tostring(named), "task 'writer' (done)")
  end)
end)

test("spawn takes functions and callable objects only", function(t)
  t.bad_argument(1, "function expected, got no value", moontide.spawn)
  t.bad_argument(1, "function expected, got number", moontide.spawn, 5)
  t.bad_argument(2, "function expected, got no value", moontide.spawn, "name")
end)

test("spawn names the line of the script that called it wrongly", function(t)
  local _, message = pcall(function()
    local task = moontide.spawn(nil)
    return task
  end)
  t.matches(message, "moontide_run_test.lua:%d+: bad argument")
end)

test("current is the running task, nil outside", function(t)
  if not moontide.current() then
    t.equal(moontide.current(), nil)
  end
  run(function()
    local outer = moontide.current()
    local inner
    inner = moontide.spawn(function()
      t.equal(moontide.current(), inner)
    end)
    inner:join()
    t.equal(moontide.current(), outer)
  end)
end)

test("join gives all results, at once when the task has ended, as often as asked", function(t)
  run(function()
    local task = moontide.spawn(function()
      moontide.sleep(0.005)
      return 1, nil, 3, nil
    end)
    for _ = 1, 3 do
      t.returns(t.pack(task:join()), 1, nil, 3, nil)
    end
  end)
end)

test("join raises the error of the task, pjoin returns it", function(t)
  run(function()
    local failure = {}
    local task = moontide.spawn(function() moontide.yield() error(failure) end)
    local good, message = pcall(task.join, task)
    t.equal(good, false)
    t.equal(message, failure)
    t.returns(t.pack(task:pjoin()), false, failure)
    t.returns(t.pack(moontide.spawn(function() return 1, nil end):pjoin()), true, 1, nil)
  end)
end)

test("join ends after its timeout, and the task goes on", function(t)
  run(function()
    local event = moontide.event()
    local task = moontide.spawn(function() event:wait() return "done" end)
    t.returns(t.pack(task:join(0.01)), nil, "timeout")
    t.returns(t.pack(task:pjoin(0)), nil, "timeout")
    event:set()
    t.equal(task:join(5), "done")
    t.bad_argument(1, "number expected, got string", task.join, task, "soon")
  end)
end)

test("several tasks may join one", function(t)
  run(function()
    local task = moontide.spawn(function() moontide.sleep(0.01) return 7 end)
    local sum = 0
    local joiners = {}
    for index = 1, 20 do
      joiners[index] = moontide.spawn(function()
        local value = task:join()
        sum = sum + value
      end)
    end
    moontide.all(joiners)
    t.equal(sum, 140)
  end)
end)

test("a task cannot join itself", function(t)
  run(function()
    local task = moontide.spawn(function() moontide.current():join() end)
    t.raises("a task cannot join itself", task.join, task)
  end)
end)

test("outside of tasks join is an error that says so", function(t)
  tasks.needs_outside(t)
  local task = moontide.spawn(function() return 5 end)
  t.raises("has to be called in a task (see moontide.run)", task.join, task)
  moontide.run(function() end)
  t.equal(task:join(), 5)
end)

test("status tells ready, running, waiting, done, failed and cancelled", function(t)
  run(function()
    local inside
    local task
    task = moontide.spawn(function()
      inside = task:status()
      moontide.sleep(60)
    end)
    t.equal(task:status(), "ready")
    moontide.yield()
    t.equal(inside, "running")
    t.equal(task:status(), "waiting")
    task:cancel()
    task:pjoin()
    t.equal(task:status(), "cancelled")
    local parked = moontide.spawn(function() moontide.channel():receive() end)
    moontide.yield()
    t.equal(parked:status(), "waiting")
    parked:cancel()
    local done, failed = moontide.spawn(function() end), moontide.spawn(error, "x")
    done:join()
    failed:pjoin()
    t.equal(done:status(), "done")
    t.equal(failed:status(), "failed")
  end)
end)

-- Errors that nobody asked for ------------------------------------------------------------------------

test("an error that nobody joined is reported when run ends, with the task's name and traceback", function(t)
  tasks.needs_outside(t)
  local reports = tasks.reports(t)
  local kept
  moontide.run(function()
    kept = moontide.spawn("worker", function() error("broken") end)
  end)
  t.equal(#reports, 1)
  t.matches(reports[1], "^error in task 'worker' that nobody joined: .*moontide_run_test.lua:%d+: broken\n")
  t.matches(reports[1], "stack traceback:.*moontide_run_test.lua:%d+")
  t.equal(kept:status(), "failed")
end)

test("errors are reported in the order in which they happened, once each", function(t)
  tasks.needs_outside(t)
  local reports = tasks.reports(t)
  for _ = 1, 2 do
    moontide.run(function()
      for index = 1, 5 do
        moontide.spawn("task " .. index, error, "x")
      end
    end)
  end
  t.equal(#reports, 10)
  for index = 1, 5 do
    t.matches(reports[index], "^error in task 'task " .. index)
  end
end)

test("an error is reported as soon as the last reference to its task is gone", function(t)
  local reports = tasks.reports(t)
  run(function()
    moontide.spawn("forgotten", function() error("broken") end)
    tasks.settle()
    for _ = 1, 5 do
      collectgarbage()
    end
    t.equal(#reports, 1)
    t.matches(reports[1], "'forgotten'")
  end)
end)

test("the error of a detached task is reported at once", function(t)
  local reports = tasks.reports(t)
  run(function()
    local before, after = moontide.spawn(error, "one"), moontide.spawn(error, "two")
    t.equal(before:detach(), before)
    tasks.settle()
    t.equal(#reports, 1)
    t.matches(reports[1], "one")
    after:detach()
    t.equal(#reports, 2)
    t.matches(reports[2], "two")
  end)
  t.equal(#reports, 2)
end)

test("joined errors are not reported, neither is cancelling", function(t)
  local reports = tasks.reports(t)
  run(function()
    moontide.spawn(error, "x"):pjoin()
    local late = moontide.spawn(error, "x")
    tasks.settle()
    late:pjoin()
    local cancelled = moontide.spawn(moontide.sleep, 60)
    moontide.yield()
    cancelled:cancel()
    tasks.settle()
  end)
  collectgarbage()
  collectgarbage()
  t.equal(#reports, 0)
end)

test("error values of any kind are reported, and a listener that fails hides nothing", function(t)
  tasks.needs_outside(t)
  local script = [[
    local moontide = require("moontide")
    moontide.onerror(function() error("in the listener") end)
    moontide.run(function()
      moontide.spawn("one", error, setmetatable({}, { __tostring = function() error("no") end }))
      moontide.spawn("two", error, nil)
      moontide.spawn("three", error, { 1 })
    end)
  ]]
  local output = t.output_of(script)
  for _, name in ipairs({ "one", "two", "three" }) do
    t.matches(output, "error in task '" .. name .. "'")
  end
  t.matches(output, "in the listener")
end)

test("by default they go to standard error", function(t)
  local output = t.output_of([[
    require("moontide").run(function()
      require("moontide").spawn("lost", function() error("broken") end)
    end)
  ]])
  t.matches(output, "^moontide: error in task 'lost' that nobody joined: .*broken")
end)

-- Many --------------------------------------------------------------------------------------------------

test("ten thousand tasks run, are joined and leave nothing behind", function(t)
  run(function()
    local before = moontide.stats().tasks
    local list, sum = {}, 0
    for index = 1, 10000 do
      list[index] = moontide.spawn(function()
        if index % 3 == 0 then moontide.yield() end
        return index
      end)
    end
    for _, task in ipairs(list) do
      sum = sum + task:join()
    end
    t.equal(sum, 50005000)
    t.equal(moontide.stats().tasks, before)
  end)
end)

test("a chain of tasks, each of which spawns the next one, does not stay in memory", function(t)
  run(function()
    local alive = setmetatable({}, { __mode = "k" })
    local done = moontide.event()
    local function link(left)
      alive[moontide.current()] = true
      if left == 0 then
        return done:set()
      end
      moontide.spawn(link, left - 1)
    end
    moontide.spawn(link, 500)
    done:wait()
    collectgarbage()
    collectgarbage()
    local count = 0
    for _ in pairs(alive) do
      count = count + 1
    end
    t.between(count, 0, 20)
  end)
end)
