-- Tasks: coroutines in which every call that would block suspends only its own.

local arguments = require("moontide.arguments")
local coroutines = require("moontide.coroutines")
local inspect = require("moontide.inspect")
local native = require("moontide.native").loop()
local scope = require("moontide.scope")
local select = require("moontide.select")
local serve = require("moontide.serve")
local sync = require("moontide.sync")
local task = require("moontide.task")
local workers = require("moontide.workers")

local error = error
local ipairs = ipairs
local pcall = pcall

local moontide = {
  cancelled = task.cancelled,
  now = native.now,
  -- Scopes
  timeout = scope.timeout, deadline = scope.deadline, shield = scope.shield, group = scope.group,
  all = scope.all, any = scope.any,
  -- Between tasks
  channel = sync.channel, mutex = sync.mutex, semaphore = sync.semaphore, condition = sync.condition,
  event = sync.event, select = select,
  -- Seeing inside
  tasks = inspect.tasks, dump = inspect.dump, stats = inspect.stats,
}

-- spawn([name,] f, ...) -> task
moontide.spawn = task.spawn

-- The running task, or nil.
moontide.current = native.current

-- f(text) gets the errors that nobody joined; nil: they go to standard error.
function moontide.onerror(f)
  if f ~= nil then
    arguments.callable(f, 1, "onerror")
  end
  task.set_listener(f)
end

-- Waiting ---------------------------------------------------------------------------------------------

moontide.sleep = require("socket").sleep

moontide.yield = native.yield

-- "r", "w" or "rw", whichever the descriptor is ready for; or nil, "timeout" after `seconds`.
function moontide.waitfd(fd, events, seconds)
  arguments.optional_number(seconds, 3, "waitfd")
  return native.waitfd(fd, events or "r", task.instant(seconds))
end

-- A task that calls f(...) after `seconds`.
function moontide.after(seconds, f, ...)
  arguments.number(seconds, 1, "after")
  arguments.callable(f, 2, "after")
  return task.spawn("after", function(...)
    moontide.sleep(seconds)
    return f(...)
  end, ...)
end

-- A task that calls f() every `seconds`, the first time after as many, until it is cancelled or f returns
-- false. A call that takes longer delays the next one; none are made up for.
function moontide.every(seconds, f, ...)
  arguments.number(seconds, 1, "every")
  arguments.callable(f, 2, "every")
  return task.spawn("every", function(...)
    local due = native.now() + seconds
    while true do
      moontide.sleep(due - native.now())
      if f(...) == false then
        return
      end
      local now = native.now()
      due = due + seconds
      if due < now then
        due = now
      end
    end
  end, ...)
end

-- Values of a task: those of the task that spawned it, until it sets its own ---------------------------

moontide.locals = setmetatable({}, {
  __index = function(_, key)
    local object = native.current()
    local locals = object and object.locals
    return locals and locals[key]
  end,
  __newindex = function(_, key, value)
    local object = native.current() or error("only tasks have values of their own", 2)
    if object.own_locals ~= object.locals or not object.locals then
      local copy = {}
      for name, inherited in pairs(object.locals or {}) do
        copy[name] = inherited
      end
      object.locals, object.own_locals = copy, copy
      native.bequeath()
    end
    object.locals[key] = value
  end,
})

-- Running ---------------------------------------------------------------------------------------------

local function cancel_all(except)
  for _, object in ipairs(inspect.tasks()) do
    if object ~= except then
      object:cancel()
    end
  end
end

-- Until no task is left. Those that wait for each other are ended, and that is an error.
local function drive()
  local deadlock
  repeat
    local done, stuck = native.run()
    if stuck and not done then
      if deadlock then
        break -- cancelling did not help
      end
      deadlock = "deadlock: no task can go on, and nothing they wait for can come\n" .. inspect.dump()
      cancel_all()
    end
  until done
  if deadlock then
    error(deadlock, 0)
  end
end

-- Owns main tasks: the failure of one ends everything.
local runner = {}

function runner._child_ended(_, ended)
  local failed = task.failure_of(ended)
  if failed then
    cancel_all()
  end
  return failed
end

-- Runs main(...) as a task and everything that it spawns. Returns when all of them have ended: the results
-- of main. Its error is raised, after the others were cancelled.
function moontide.run(main, ...)
  if native.current() then
    error("moontide.run is running already: use moontide.spawn or moontide.group", 2)
  end
  arguments.callable(main, 1, "run")
  if native.stats() == 0 then
    moontide.stopping:clear() -- a stop is over once nothing is left
  end
  local object = task.spawn_owned(runner, "main", main, ...)
  coroutines.install()
  local succeeded, failure = pcall(drive)
  coroutines.uninstall()
  task.report_unseen()
  if not succeeded then
    error(failure, 0)
  end
  local failed
  failed, failure = task.failure_of(object)
  if failed then
    error(failure, 0)
  end
  return coroutines.unpack(task.results_of(object) or { n = 0 })
end

-- Set by stop().
moontide.stopping = sync.event()

local stop_timer

-- Asks everything to end: sets the event moontide.stopping, and cancels what is left after `grace` seconds
-- (default 0), except the task that calls it.
function moontide.stop(grace)
  grace = arguments.optional_number(grace, 1, "stop") or 0
  local caller = native.current()
  moontide.stopping:set()
  if grace <= 0 then
    return cancel_all(caller)
  end
  if stop_timer then
    stop_timer:cancel()
  end
  local timer = task.spawn("stop", function()
    moontide.sleep(grace)
    task.on_end(nil)
    cancel_all(native.current())
  end):detach()
  stop_timer = timer
  -- Nobody has to wait for the end of the grace when nothing is left.
  task.on_end(function()
    if native.stats() == 1 and not task.has_ended(timer) then
      task.on_end(nil)
      timer:cancel()
    end
  end)
end

moontide.serve = serve.bind(moontide)
moontide.workers = workers.bind(moontide)

-- Inside a host's own loop ----------------------------------------------------------------------------

local loop = {}

-- One turn: runs what is ready, then waits at most `seconds` (default: not at all). Gives the number of
-- tasks that have not ended.
function loop.step(_, seconds)
  arguments.optional_number(seconds, 1, "step")
  if native.current() then
    error("loop:step cannot be called in a task", 2)
  end
  coroutines.install()
  local succeeded, result = pcall(native.step, native.now() + (seconds or 0))
  coroutines.uninstall()
  if not succeeded then
    error(result, 0)
  end
  return result
end

-- A descriptor that is readable when step() has something to do; nil where there is none.
function loop.getfd()
  return native.getfd()
end

-- Seconds after which step() is to be called at the latest; nil: not before the descriptor is readable.
function loop.timeout()
  local instant = native.next()
  return instant and math.max(0, instant - native.now())
end

moontide.loop = loop

return moontide
