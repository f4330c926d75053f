-- Scopes: stretches of a task that end at a deadline, or with the tasks they spawned.

local coroutines = require("moontide.coroutines")
local native = require("moontide.native").loop()
local task = require("moontide.task")

local error = error
local ipairs = ipairs
local pairs = pairs
local setmetatable = setmetatable

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
  local object = check_task("deadline")
  local one = open(object, instant, "timeout")
  return settle_timeout(object, one, catch(f, ...))
end

function scope.timeout(seconds, f, ...)
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
  check_task("shield")
  native.shield(true)
  return settle_shield(catch(f, ...))
end

-- One of its scopes has ended: so does its wait.
local function interrupt(object)
  choose(object)
  native.expire(object.id)
end

-- Groups ----------------------------------------------------------------------------------------------

local Group = {}
Group.__index = Group
Group.__name = "moontide.group"

function Group:spawn(...)
  if self.closed then
    error("the group has ended", 2)
  end
  local child = task.spawn(self, ...)
  self.count = self.count + 1
  self.children[child] = true
  return child
end

function Group:cancel(reason)
  self.cancelling = true
  for child in pairs(self.children) do
    child:cancel(reason)
  end
end

-- The first error ends the scope of the owner and cancels the other children.
function Group:child_ended(child)
  self.children[child] = nil
  self.count = self.count - 1
  if child.failed and child.failure ~= task.cancelled and not self.failure then
    self.failure = { child.failure }
    self:cancel()
    if self.one and not self.waiting then
      self.one.at = 0
      interrupt(self.owner)
    end
  end
  if self.count == 0 and self.waiting then
    native.unpark(self.waiting.id, self.waiting.ticket, true)
  end
end

-- Whatever happens, until no child is left.
local function await_children(group)
  while group.count > 0 do
    local id, number = native.ticket()
    group.waiting = { id = id, ticket = number }
    local succeeded, failure = catch(native.park)
    if not succeeded and not group.interrupted then
      group.interrupted = { failure }
      group:cancel()
      native.shield(true)
    end
  end
  if group.interrupted then
    native.shield(false)
  end
end

-- Ends the group: its body is over, with an error or without.
local function finish(group, body_failed, body_failure)
  if body_failed then
    group:cancel()
  end
  if group.one then
    group.one.at = huge -- what it was to end has ended
    close(group.owner, group.one)
  end
  await_children(group)
  group.closed = true
  if group.failure then
    error(group.failure[1], 0)
  elseif body_failed then
    error(body_failure, 0)
  elseif group.interrupted then
    error(group.interrupted[1], 0)
  end
end

local function settle_group(group, succeeded, ...)
  finish(group, not succeeded, (...))
  return ...
end

local function new_group(owner)
  return setmetatable({ owner = owner, children = {}, count = 0 }, Group)
end

-- f(g): its results, once f and all that g spawned have ended. The first error of any of them cancels
-- the others and is raised. Without f: the group itself, for `local g <close>` of Lua 5.4.
function scope.group(f)
  local owner = check_task("group")
  local group = new_group(owner)
  if not f then
    return group
  end
  group.one = open(owner, huge, "a task of the group has failed")
  return settle_group(group, catch(f, group))
end

function Group:__close(failure)
  finish(self, failure ~= nil, failure)
end

-- Several at once -------------------------------------------------------------------------------------

local function spawn_all(group, list)
  local tasks = {}
  for index, one in ipairs(list) do
    tasks[index] = task.is_task(one) and one or group:spawn(one)
  end
  return tasks
end

-- Waits for all tasks, or calls all functions at once: a list of their first results. The first error
-- is raised.
function scope.all(list)
  return scope.group(function(group)
    local tasks, results = spawn_all(group, list), { n = #list }
    for index, one in ipairs(tasks) do
      results[index] = one:join()
    end
    return results
  end)
end

-- The first that ends: its place in the list and its results; its error is raised. The functions that
-- were called here are cancelled then.
function scope.any(list)
  local owner = check_task("any")
  local group = new_group(owner)
  local tasks = spawn_all(group, list)
  for _, one in ipairs(tasks) do
    one.owner = nil
  end
  local function wait()
    for index, one in ipairs(tasks) do
      if one.ended then
        return index
      end
    end
    local id, number = native.ticket()
    for index, one in ipairs(tasks) do
      task.add_waiter(one, { id = id, ticket = number, key = index })
    end
    return (native.park())
  end
  local succeeded, index = catch(wait)
  for place, one in ipairs(tasks) do
    if one ~= list[place] and place ~= index then
      one:cancel()
    end
  end
  if not succeeded then
    error(index, 0)
  end
  return index, tasks[index]:join()
end

return scope
