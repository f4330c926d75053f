-- Tasks: what scripts see of the coroutines that the scheduler runs.

local coroutines = require("moontide.coroutines")
local native = require("moontide.native").loop()

local debug = debug
local error = error
local ipairs = ipairs
local pairs = pairs
local pcall = pcall
local setmetatable = setmetatable
local tostring = tostring
local type = type

local is_parked = native.is_parked
local park = native.park
local ticket = native.ticket
local unpark = native.unpark
local unpack = coroutines.unpack

local task = {}

-- What cancelled tasks raise.
task.cancelled = setmetatable({}, {
  __tostring = function()
    return "cancelled"
  end,
})

local NOTHING = { n = 0 }

-- Errors that nobody has asked for yet: record -> true.
local unseen = {}

-- Programs may replace it. `text`: the task's name, the error and its traceback.
local function report_to_stderr(text)
  io.stderr:write("moontide: ", text, "\n")
end
task.report = report_to_stderr

local function failure_text(failure, thread)
  local good, text = pcall(tostring, failure)
  if not good or type(text) ~= "string" then
    text = ("(a %s that has no text)"):format(type(failure))
  end
  return thread and debug.traceback(thread, text) or debug.traceback(text)
end

local function report(record)
  if unseen[record] then
    unseen[record] = nil
    local text = ("error in task '%s' that nobody joined: %s"):format(record.name, record.traceback)
    local good, failure = pcall(task.report, text)
    if not good then -- nothing of a program's may end the turn of the others
      report_to_stderr(text)
      report_to_stderr(failure_text(failure, coroutine.running()))
    end
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

function task.report_unseen()
  for record in pairs(unseen) do
    report(record)
  end
end

-- Objects ---------------------------------------------------------------------------------------------

local Task = {}
Task.__index = Task
Task.__name = "moontide.task"

function Task:__tostring()
  return ("task '%s' (%s)"):format(self.name, self:status())
end

function task.is_task(value)
  return getmetatable(value) == Task
end

local count = 0

local function create(owner, name, f, ...)
  if type(f) ~= "function" then
    local callable = getmetatable(f)
    if type(callable) ~= "table" or not callable.__call then
      error(("bad argument #1 to 'spawn' (function expected, got %s)"):format(type(f)), 3)
    end
  end
  count = count + 1
  local object = setmetatable({
    number = count, name = name or "task " .. count, parent = native.current(), owner = owner, ended = false,
    scope = nil, interrupt = nil, locals = nil, waiters = nil,
  }, Task)
  if object.parent then
    object.locals = object.parent.locals
  end
  object.id = native.spawn(object, f, ...)
  return object
end

-- spawn([name,] f, ...): `owner` is told of the end, or nil.
function task.spawn(owner, first, ...)
  if type(first) == "string" then
    return create(owner, first, ...)
  end
  return create(owner, nil, first, ...)
end

-- What the native half calls when a task has ended.
local function ended(object, succeeded, ...)
  object.ended = true
  if succeeded then
    object.results = select("#", ...) > 0 and coroutines.pack(...) or NOTHING
  else
    local failure, thread = ...
    object.failed, object.failure = true, failure
    if failure ~= task.cancelled then
      object.traceback = failure_text(failure, thread)
    end
    native.close_thread(thread)
  end
  local waiters = object.waiters
  if waiters then
    object.waiters = nil
    for _, waiter in ipairs(waiters) do
      if unpark(waiter.id, waiter.ticket, waiter.key or true) then
        object.seen = true
      end
    end
  end
  local owner = object.owner
  if owner then
    object.seen = true
    owner:child_ended(object)
  end
  if object.traceback and not object.seen then
    local record = { name = object.name, traceback = object.traceback }
    unseen[record] = true
    object.record = record
    if object.detached then
      report(record)
    else
      object.collected = on_collection(record)
    end
  end
end

native.handlers(ended, task.cancelled)

-- Waiting for the end ---------------------------------------------------------------------------------

-- Adds a waiter, { id =, ticket =, ... } with what native.ticket gave, to the list of a task. Those that
-- gave up are thrown out before it doubles.
function task.add_waiter(object, waiter)
  local list = object.waiters or { limit = 8 }
  if #list >= list.limit then
    local kept = {}
    for _, one in ipairs(list) do
      if is_parked(one.id, one.ticket) then
        kept[#kept + 1] = one
      end
    end
    kept.limit = 2 * #kept + 8
    list = kept
  end
  list[#list + 1] = waiter
  object.waiters = list
end

function task.instant(seconds)
  return seconds and native.now() + seconds or nil
end

local function see(object)
  object.seen = true
  if object.record then
    unseen[object.record] = nil
  end
end

-- True once it has ended; nil, "timeout".
local function await_end(object, seconds)
  if object == native.current() then
    error("a task cannot join itself", 3)
  end
  if not object.ended then
    local instant = task.instant(seconds)
    local id, number = ticket()
    task.add_waiter(object, { id = id, ticket = number })
    local woken, message = park(instant)
    if not woken then
      return nil, message
    end
  end
  see(object)
  return true
end

-- Waits until it has ended: its results; its error is raised. nil, "timeout" after `seconds`.
function Task:join(seconds)
  local done, message = await_end(self, seconds)
  if not done then
    return nil, message
  end
  if self.failed then
    error(self.failure, 0)
  end
  return unpack(self.results)
end

-- The same, as pcall gives it: true and the results; false and the error; or nil, "timeout".
function Task:pjoin(seconds)
  local done, message = await_end(self, seconds)
  if not done then
    return nil, message
  elseif self.failed then
    return false, self.failure
  end
  return true, unpack(self.results)
end

-- Its wait, or the next one, raises moontide.cancelled. False when it has ended.
function Task:cancel(reason)
  if self.ended then
    return false
  end
  self.reason = reason
  return native.cancel(self.id)
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
  if not self.ended then
    local state = native.state(self.id)
    return state == "parked" and "waiting" or state or "ready"
  elseif not self.failed then
    return "done"
  end
  return self.failure == task.cancelled and "cancelled" or "failed"
end

function Task:getname()
  return self.name
end

function Task:setname(name)
  self.name = name
  return self
end

return task
