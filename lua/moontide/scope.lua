-- Scopes: stretches of a task that end at a deadline, or with the tasks they spawned.

local arguments = require("moontide.arguments")
local coroutines = require("moontide.coroutines")
local frames = require("moontide.frames")
local native = require("moontide.native").loop()
local task = require("moontide.task")

local error = error
local ipairs = ipairs
local pairs = pairs
local pcall = pcall
local rawset = rawset
local setmetatable = setmetatable
local type = type

local catch = coroutines.pcall
local current = native.current
local huge = math.huge

local scope = {}

local function check_task(name)
  local object = current()
  if not object then
    error(name .. " has to be called in a task (see moontide.run)", 3)
  end
  return object
end

-- Deadlines -------------------------------------------------------------------------------------------

-- A scope is also the error that ends it.
local Scope = {
  __tostring = function(self)
    return self.text
  end,
}

-- Whether an error is what interrupts tasks: for socket.protect.
function frames.interrupts(failure)
  return failure == task.cancelled or getmetatable(failure) == Scope
end
native.set_frames(frames, coroutines.pcall)

-- The scope of the task that ends first becomes what interrupts it.
local function choose(object)
  local first
  local one = object.scope
  while one do
    if not first or one.at <= first.at then
      first = one
    end
    one = one.outer
  end
  object.interrupt = first
  return first
end

local function apply(object)
  local first = choose(object)
  native.set_scope(first and first.at < huge and first.at or nil)
end

local function open(object, at, text)
  local one = setmetatable({ at = at, text = text, outer = object.scope }, Scope)
  object.scope = one
  apply(object)
  return one
end

local function close(object, one)
  object.scope = one.outer
  apply(object)
end

local function settle_timeout(object, one, succeeded, ...)
  close(object, one)
  if succeeded then
    return ...
  elseif (...) == one then
    return nil, "timeout"
  end
  error((...), 0)
end

-- f(...), whose waits end at `instant` (moontide.now): its results, or nil, "timeout".
function scope.deadline(instant, f, ...)
  arguments.number(instant, 1, "deadline")
  arguments.callable(f, 2, "deadline")
  local object = check_task("deadline")
  local one = open(object, instant, "timeout")
  return settle_timeout(object, one, catch(f, ...))
end

function scope.timeout(seconds, f, ...)
  arguments.number(seconds, 1, "timeout")
  arguments.callable(f, 2, "timeout")
  local object = check_task("timeout")
  local one = open(object, native.now() + seconds, "timeout")
  return settle_timeout(object, one, catch(f, ...))
end

local function settle_shield(succeeded, ...)
  native.shield(false)
  if succeeded then
    return ...
  end
  error((...), 0)
end

-- f(...), in which neither cancelling nor a deadline interrupts a wait.
function scope.shield(f, ...)
  arguments.callable(f, 1, "shield")
  check_task("shield")
  native.shield(true)
  return settle_shield(catch(f, ...))
end

-- One of its scopes has ended: so does its wait.
local function interrupt(object)
  choose(object)
  native.expire(object)
end

-- Groups ----------------------------------------------------------------------------------------------
-- How a group ends needs no memory, so that none of its tasks outlives it.

local Group = {}
Group.__index = Group
Group.__name = "moontide.group"

function Group:spawn(...)
  if self.closed then
    error("the group has ended", 2)
  end
  local child = task.spawn_owned(self, ...)
  self.count = self.count + 1
  local kept, failure = pcall(rawset, self.children, child, true)
  if not kept then -- out of memory: nobody else could cancel it
    child:cancel()
    error(failure, 0)
  end
  return child
end

function Group:cancel(reason)
  self.cancelling = true
  for child in pairs(self.children) do
    child:cancel(reason)
  end
end

-- The first error ends the scope of the owner and cancels the other children.
local function fail(group, failure)
  group.failed, group.failure = true, failure
  group:cancel()
  if not group.waits then
    group.one.at = 0
    interrupt(group.owner)
  end
end

-- Says whether the group takes the error, which it will raise; others are reported.
function Group:_child_ended(child)
  self.children[child] = nil
  self.count = self.count - 1
  if self.count == 0 and self.waits then
    native.unpark(self.owner, self.waiter.ticket, true)
  end
  local failed, failure = task.failure_of(child)
  local takes = failed and failure ~= task.cancelled and not self.failed
  if takes then
    fail(self, failure)
  end
  return takes
end

-- How many have not ended. Only a lack of memory makes it another number than the count.
local function recount(group)
  group.count = 0
  for child in pairs(group.children) do
    if not task.has_ended(child) then
      group.count = group.count + 1
    end
  end
end

-- Whatever happens, until no child is left.
local function await_children(group)
  group.waits = true
  while group.count > 0 do
    task.renew(group.waiter)
    local succeeded, failure = catch(native.park)
    if not succeeded and not group.interrupted then
      group.interrupted, group.interrupt = true, failure
      group:cancel()
      native.shield(true)
      recount(group)
    end
  end
  if group.interrupted then
    native.shield(false)
  end
end

-- Ends the group: its body is over, with an error or without.
local function finish(group, body_failed, body_failure)
  if body_failed then
    if not group.failed then -- the first one counts
      group.failed, group.failure = true, body_failure
    end
    group:cancel()
  end
  group.one.at = huge -- what it was to end has ended
  close(group.owner, group.one)
  await_children(group)
  group.closed = true
  if group.failed then
    error(group.failure, 0)
  elseif group.interrupted then
    error(group.interrupt, 0)
  end
end

local function settle_group(group, succeeded, ...)
  finish(group, not succeeded, (...))
  return ...
end

local function new_group(owner)
  return setmetatable({
    owner = owner, children = {}, count = 0, one = open(owner, huge, "a task of the group has failed"),
    waiter = { ticket = 0, object = owner, what = "for the tasks of its group" }, waits = false,
    failed = false, failure = false, interrupted = false, interrupt = false, cancelling = false,
    closed = false,
  }, Group)
end

-- f(g): its results, once f and all that g spawned have ended. The first error of any of them cancels
-- the others and is raised. Without f: the group itself, for `local g <close>` of Lua 5.4.
function scope.group(f)
  local owner = check_task("group")
  if f == nil then
    return new_group(owner)
  end
  arguments.callable(f, 1, "group")
  local group = new_group(owner)
  return settle_group(group, catch(f, group))
end

function Group:__close(failure)
  finish(self, failure ~= nil, failure)
end

-- Several at once -------------------------------------------------------------------------------------

-- Calls the functions, and waits for the tasks, each in a task of the group.
local function spawn_all(group, list)
  local tasks = {}
  for index, one in ipairs(list) do
    if task.is_task(one) then
      tasks[index] = group:spawn("join", one.join, one)
    else
      tasks[index] = group:spawn(one)
    end
  end
  return tasks
end

local function check_list(list, name)
  arguments.table(list, 1, name, 2)
  for index, one in ipairs(list) do
    if not task.is_task(one) and not arguments.is_callable(one) then
      error(("bad item %d of the list for '%s' (task or function expected, got %s)"):format(index, name,
        type(one)), 3)
    end
  end
end

-- Waits for all tasks, or calls all functions at once: a list of their first results, `n` its length. The
-- first error cancels the functions that still run, and is raised.
function scope.all(list)
  check_task("all")
  check_list(list, "all")
  return scope.group(function(group)
    local tasks, results = spawn_all(group, list), { n = #list }
    for index, one in ipairs(tasks) do
      results[index] = (one:join())
    end
    return results
  end)
end

local function index_of_first(tasks)
  local waiter = task.new_waiter("for the first of several tasks")
  for index, one in ipairs(tasks) do
    if task.has_ended(one) then
      return index
    end
    task.add_waiter(one, { ticket = waiter.ticket, object = waiter.object, key = index })
  end
  return (native.park())
end

-- The first that ends: its place in the list and its results; its error is raised. The functions that
-- were called here are cancelled then, and have ended when it returns.
function scope.any(list)
  check_task("any")
  check_list(list, "any")
  if #list == 0 then
    error("bad argument #1 to 'any' (the list is empty)", 2)
  end
  return scope.group(function(group)
    local tasks = spawn_all(group, list)
    local index = index_of_first(tasks)
    group:cancel()
    return index, tasks[index]:join()
  end)
end

return scope
