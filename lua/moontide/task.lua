-- Tasks: what scripts see of the coroutines that the scheduler runs.

local native = require("moontide.native").loop()

local debug = debug
local error = error
local ipairs = ipairs
local pairs = pairs
local pcall = pcall
local setmetatable = setmetatable
local tostring = tostring
local type = type

local has_ended = native.has_ended
local is_stale = native.is_stale
local ticket = native.ticket
local unpark = native.unpark

local task = {}

-- What cancelled tasks raise.
task.cancelled = setmetatable({}, {
  __tostring = function()
    return "cancelled"
  end,
})

-- The places of an object that the native half fills (task_object.hpp).
local NUMBER, OUTCOME, WAIT = 1, 3, 3

-- Called whenever a task ends, if not nil.
local on_end

-- Errors that nobody has asked for yet: record -> true.
local unseen = {}

local function failure_text(failure, thread)
  local good, text = pcall(tostring, failure)
  if not good or type(text) ~= "string" then
    text = ("(a %s that has no text)"):format(type(failure))
  end
  return thread and debug.traceback(thread, text) or debug.traceback(text, 3) -- without our own frames
end

-- `text`: the task's name, the error and its traceback.
local function report_to_stderr(text)
  io.stderr:write("moontide: ", text, "\n")
end

local listener = report_to_stderr

-- What takes the reports: f(text); nil: standard error does.
function task.set_listener(f)
  listener = f or report_to_stderr
end

-- Nothing of a program's may end the turn of the others, or hide what it was told of.
function task.report(text)
  local good, failure = pcall(listener, text)
  if not good then
    report_to_stderr(text)
    report_to_stderr("error in the function given to onerror: " .. failure_text(failure))
  end
end

local function report(record)
  if unseen[record] then
    unseen[record] = nil
    task.report(("error in task '%s' that nobody joined: %s"):format(record.name, record.traceback))
  end
end

-- Calls report(record) when the object that holds the result is collected.
local on_collection
if _VERSION == "Lua 5.1" then -- tables have no finalisers there, but these have
  function on_collection(record)
    local proxy = newproxy(true)
    getmetatable(proxy).__gc = function()
      report(record)
    end
    return proxy
  end
else
  local sentinel = {
    __gc = function(self)
      report(self.record)
    end,
  }
  function on_collection(record)
    return setmetatable({ record = record }, sentinel)
  end
end

-- In the order in which they happened.
function task.report_unseen()
  local list = {}
  for record in pairs(unseen) do
    list[#list + 1] = record
  end
  table.sort(list, function(a, b)
    return a.number < b.number
  end)
  for _, record in ipairs(list) do
    report(record)
  end
end

-- Objects ---------------------------------------------------------------------------------------------

local Task = {}
Task.__index = Task
Task.__name = "moontide.task"

function Task:__tostring()
  return ("task '%s' (%s)"):format(self:getname(), self:status())
end

function task.is_task(value)
  return getmetatable(value) == Task
end

-- Error handling of a task, where coroutines have <close> variables: what these own is closed while the task
-- lives, and may wait. That leaves no stack behind for a traceback.
local function remember(failure)
  local object = native.current()
  if object and failure ~= task.cancelled then
    object.traceback = failure_text(failure)
  end
  return failure
end

-- spawn([name,] f, ...) for functions that scripts call: `owner` is told of the end and says whether it takes
-- the error.
task.spawn_owned = native.spawn_owned
task.spawn = native.spawn

local function keep_failure(object, failure, thread)
  object.failed, object.failure = true, failure
  if failure == task.cancelled then
    object.traceback = nil
  else
    object.traceback = object.traceback or failure_text(failure, thread)
  end
  native.close_thread(thread)
end

local function keep_outcome(object, results_count, ...)
  if results_count then
    object[OUTCOME] = { n = results_count, ... }
  else
    keep_failure(object, ...)
  end
end

-- Its results as a list, `n` its length; nil when there are none.
function task.results_of(object)
  local outcome = object[OUTCOME]
  return type(outcome) == "table" and outcome or nil
end

-- True and the error of a task that failed, or that ended without memory for what came of it.
function task.failure_of(object)
  if object.failed then
    return true, object.failure
  elseif object[OUTCOME] == true then
    return true, "not enough memory"
  end
  return false
end

local function remember_unseen(object)
  local record = { number = object[NUMBER], name = object:getname(), traceback = object.traceback }
  unseen[record] = true
  object.record = record
  if object.detached then
    report(record)
  else
    object.collected = on_collection(record)
  end
end

local function see(object)
  object.seen = true
  if object.record then
    unseen[object.record] = nil
  end
end

-- What the native half calls when a task has ended that failed, or of whose end somebody here wants to know:
-- `seen` says whether others joined it. Then the number of its results, and these; or nil, the error and the
-- thread. Those who wait go on whatever memory there is.
local function ended(object, seen, results_count, ...)
  local waiters = object.waiters
  if waiters then
    object.waiters = nil
    for index = 1, #waiters do
      local waiter = waiters[index]
      seen = unpark(waiter.object, waiter.ticket, waiter.key or true) or seen
    end
  end
  local kept, failure = true, nil
  if results_count ~= 0 then
    kept, failure = pcall(keep_outcome, object, results_count, ...)
  end
  local owner = object.owner
  if owner then
    seen = owner:_child_ended(object) or seen
  end
  if on_end then
    on_end()
  end
  if not kept then
    error(failure, 0)
  elseif not results_count and object.traceback and not seen then
    remember_unseen(object)
  end
end

-- f() is called whenever a task ends; nil: nothing is.
function task.on_end(f)
  on_end = f
  native.tell_all(f ~= nil)
end

-- The error of a task that is joined.
local function failure_for_joiner(object)
  see(object)
  local _, failure = task.failure_of(object)
  return failure
end

native.handlers(Task, ended, failure_for_joiner, task.cancelled, remember)

-- Waiting for the end ---------------------------------------------------------------------------------

-- Whether it has ended.
task.has_ended = native.has_ended

-- What native.unpark needs for the next park of the running task. `what`: for dump(), in words. The task
-- remembers it.
function task.new_waiter(what, key)
  local number, object = ticket()
  local waiter = { ticket = number, object = object, what = what, key = key }
  object[WAIT] = waiter
  return waiter
end

-- A waiter made before, for the next park; that needs no memory.
function task.renew(waiter)
  waiter.ticket, waiter.object = ticket()
  waiter.object[WAIT] = waiter
end

-- Whether its task has gone on.
function task.is_stale(waiter)
  return is_stale(waiter.object, waiter.ticket)
end

-- Adds a waiter to those that are told of the end of a task; when they have grown, those that gave up are
-- dropped.
function task.add_waiter(object, waiter)
  native.watch(object)
  local list = object.waiters or {}
  if #list >= 8 and #list >= (list.sweep or 8) then
    local kept = {}
    for _, one in ipairs(list) do
      if not task.is_stale(one) then
        kept[#kept + 1] = one
      end
    end
    kept.sweep = 2 * #kept
    list = kept
  end
  list[#list + 1] = waiter
  object.waiters = list
end

function task.instant(seconds)
  return seconds and native.now() + seconds or nil
end

-- Waits until it has ended: its results; its error is raised. nil, "timeout" after `seconds`.
Task.join = native.join

-- The same, as pcall gives it: true and the results; false and the error; or nil, "timeout".
Task.pjoin = native.pjoin

-- Its wait, or the next one, raises moontide.cancelled. `reason` is kept in the field of this name. False
-- when it has ended.
function Task:cancel(reason)
  if has_ended(self) then
    return false
  end
  self.reason = reason
  return native.cancel(self)
end

-- Nobody will join it: an error is reported at once.
function Task:detach()
  self.detached = true
  if self.record then
    report(self.record)
  end
  return self
end

-- "ready", "running", "waiting"; "done", "failed", "cancelled".
function Task:status()
  local state = native.state(self)
  if state then
    return state == "parked" and "waiting" or state
  end
  local failed, failure = task.failure_of(self)
  if not failed then
    return "done"
  end
  return failure == task.cancelled and "cancelled" or "failed"
end

function Task:getname()
  return self.name or ("task %d"):format(self[NUMBER])
end

function Task:setname(name)
  self.name = name
  return self
end

return task
