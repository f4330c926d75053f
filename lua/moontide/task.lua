-- Tasks: what scripts see of the coroutines that the scheduler runs.

local arguments = require("moontide.arguments")
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
local xpcall = xpcall

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

-- In place of results, until they are there: without memory for them they never are.
local LOST = { n = 0 }

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

local count = 0

-- A chain of tasks, each of which spawns the next one and ends, must not stay in memory.
local function living(parent)
  while parent and parent.ended do
    parent = parent.parent
  end
  return parent
end

-- Bodies of tasks, where the function itself will not do.
local call

if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then
  -- A C function at the bottom of a coroutine cannot go on after a yield.
  function call(f, ...)
    return f(...)
  end
elseif coroutine.close then
  -- What <close> variables own is closed while the task lives, and may wait. That leaves no stack behind
  -- for a traceback.
  local function remember(failure)
    local object = native.current()
    if object and failure ~= task.cancelled then
      object.traceback = failure_text(failure)
    end
    return failure
  end

  local function settle(succeeded, ...)
    if succeeded then
      return ...
    end
    error((...), 0)
  end

  function call(f, ...)
    return settle(xpcall(f, remember, ...))
  end
end

local spawn = native.spawn
if call then
  function spawn(object, ...)
    return native.spawn(object, call, ...)
  end
end

-- Most tasks get no more fields than these: a table that grows takes as long to make as all the rest. Once
-- it is spawned nothing here may fail.
local function create(owner, name, ...)
  count = count + 1
  local object = setmetatable({
    number = count, id = 0, parent = false, ended = false, results = false, seen = false, wait = false,
  }, Task)
  if owner then
    object.owner = owner
  end
  if name then
    object.name = name
  end
  local parent = native.current()
  if parent then
    object.parent = parent
    parent.parent = living(parent.parent)
    local locals = parent.locals
    if locals then
      object.locals = locals
      parent.own_locals = nil -- shared from now on
    end
  end
  object.id = spawn(object, ...)
  return object
end

-- spawn([name,] f, ...): `owner` is told of the end and says whether it takes the error; or nil.
function task.spawn(owner, first, ...)
  if type(first) == "function" then
    return create(owner, nil, first, ...)
  elseif type(first) == "string" then
    arguments.callable((...), 2, "spawn", 2)
    return create(owner, first, ...)
  end
  arguments.callable(first, 1, "spawn", 2)
  return create(owner, nil, first, ...)
end

local function keep_failure(object, failure, thread)
  object.failed, object.failure = true, failure
  if failure == task.cancelled then
    object.traceback = nil
  else
    object.traceback = object.traceback or failure_text(failure, thread)
  end
  object.results = false
  native.close_thread(thread)
end

local function keep_outcome(object, results_count, ...)
  if results_count then
    object.results = { n = results_count, ... }
  else
    keep_failure(object, ...)
  end
end

-- The error of a task that failed, or that ended without memory for what came of it; else nil.
function task.failure_of(object)
  if object.results == LOST then
    return true, "not enough memory"
  end
  return object.failed, object.failure
end

local function remember_unseen(object)
  local record = { number = object.number, name = object:getname(), traceback = object.traceback }
  unseen[record] = true
  object.record = record
  if object.detached then
    report(record)
  else
    object.collected = on_collection(record)
  end
end

-- What the native half calls when a task has ended: with the number of its results, and these; or with nil,
-- the error and the thread. Those who wait go on whatever memory there is.
local function ended(object, results_count, ...)
  object.ended, object.wait = true, false
  local waiters = object.waiters
  if waiters then
    object.waiters = nil
    for index = 1, #waiters do
      local waiter = waiters[index]
      if unpark(waiter.id, waiter.ticket, waiter.key or true) then
        object.seen = true
      end
    end
  end
  local kept, failure = true, nil
  if results_count ~= 0 then
    object.results = LOST
    kept, failure = pcall(keep_outcome, object, results_count, ...)
  end
  local owner = object.owner
  if owner and owner:child_ended(object) then
    object.seen = true
  end
  if task.on_end then
    task.on_end()
  end
  if not kept then
    error(failure, 0)
  elseif not results_count and object.traceback and not object.seen then
    remember_unseen(object)
  end
end

native.handlers(ended, task.cancelled)

-- Waiting for the end ---------------------------------------------------------------------------------

-- What native.unpark needs for the next park of the running task. `what`: for dump(), in words, or a
-- task whose end is waited for. The task remembers it, so that others can tell a wait that was given up.
function task.new_waiter(what, key)
  local id, number, object = ticket()
  local waiter = { id = id, ticket = number, object = object, what = what, key = key }
  object.wait = waiter
  return waiter
end

-- A waiter made before, for the next park; that needs no memory.
function task.renew(waiter)
  waiter.id, waiter.ticket, waiter.object = ticket()
  waiter.object.wait = waiter
end

-- Whether its task has gone on.
function task.is_stale(waiter)
  local latest = waiter.object.wait
  return not latest or latest.ticket ~= waiter.ticket
end

-- Adds a waiter to a list; when that has grown, those that gave up are dropped.
local function add_waiter(object, waiter)
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
task.add_waiter = add_waiter

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
local function await_end(object, seconds, name)
  if seconds ~= nil then
    arguments.number(seconds, 1, name, 2)
  end
  if not object.ended then
    local running = native.current()
    if object == running then
      error("a task cannot join itself", 3)
    elseif not running then
      error(name .. " has to be called in a task (see moontide.run)", 3)
    end
    add_waiter(object, task.new_waiter(object))
    local woken, message = park(task.instant(seconds))
    if not woken then
      return nil, message
    end
  end
  see(object)
  return true
end

-- Waits until it has ended: its results; its error is raised. nil, "timeout" after `seconds`.
function Task:join(seconds)
  local done, message = await_end(self, seconds, "join")
  if not done then
    return nil, message
  end
  local failed, failure = task.failure_of(self)
  if failed then
    error(failure, 0)
  end
  local results = self.results
  if results then
    return unpack(results)
  end
end

-- The same, as pcall gives it: true and the results; false and the error; or nil, "timeout".
function Task:pjoin(seconds)
  local done, message = await_end(self, seconds, "pjoin")
  if not done then
    return nil, message
  end
  local failed, failure = task.failure_of(self)
  if failed then
    return false, failure
  end
  return true, unpack(self.results or NOTHING)
end

-- Its wait, or the next one, raises moontide.cancelled. `reason` is kept in the field of this name. False
-- when it has ended.
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
  end
  local failed, failure = task.failure_of(self)
  if not failed then
    return "done"
  end
  return failure == task.cancelled and "cancelled" or "failed"
end

function Task:getname()
  return self.name or ("task %d"):format(self.number)
end

function Task:setname(name)
  self.name = name
  return self
end

return task
