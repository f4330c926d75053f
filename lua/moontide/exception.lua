-- Exceptions: what stands behind socket.newtry and socket.protect.
--
-- The native module runs this chunk once per Lua state, with a function that calls another one which
-- must not yield, and puts the first two results into the namespace. It is Lua, not C, because a yield
-- passes through the VM's own pcall on LuaJIT and since Lua 5.2, but never through a C function that
-- calls pcall for us.
--
-- Everything needed later is taken into locals here: a program that replaces a global must not be
-- able to change what an exception is.

local call_without_yield = ...

local error = error
local catch = pcall -- on plain 5.1 replaced by one that lets tasks be suspended
local ipairs = ipairs
local pairs = pairs
local pcall = pcall
local select = select
local setmetatable = setmetatable
local table = table

-- The `false` hides the metatable from scripts and locks it, so it cannot serve as the mark by which
-- protect knows its own exceptions. The set of live ones does: no foreign value can get into it, and
-- looking a value up runs no foreign metamethod. Its keys are weak and keep nothing alive.
local exception_metatable = { __metatable = false }
local live = setmetatable({}, { __mode = "k" })

local function throw(message)
  local exception = setmetatable({ message }, exception_metatable)
  live[exception] = true
  error(exception, 0)
end

-- Tasks -----------------------------------------------------------------------------------------------

-- What moontide puts in their place: the object of the running task, and whether a value is what
-- interrupts tasks.
local current = function() end
local interrupts = function() end
local frames_count = 0

-- A protected function that is interrupted never gets to its `try`, so the finalizers that were made
-- while it ran are called as it unwinds. A frame holds those of one call: try -> { number, finalizer }.
-- Their keys are weak, since what nobody can call any more owns nothing.
local weak_keys = { __mode = "k" }

local function innermost_frame(task)
  local frame = task.frame
  while frame and frame.done do -- coroutines within the task may end in any order
    frame = frame.outer
  end
  task.frame = frame
  return frame
end

local function open_frame(task)
  local frame = { outer = innermost_frame(task), finalizers = nil, done = false }
  task.frame = frame
  return frame
end

local function own(finalizer, try)
  local task = current()
  local frame = task and innermost_frame(task)
  if frame then
    frames_count = frames_count + 1
    frame.finalizers = frame.finalizers or setmetatable({}, weak_keys)
    frame.finalizers[try] = { frames_count, finalizer }
  end
end

-- The last one first.
local function run_finalizers(frame)
  local list = {}
  for _, entry in pairs(frame.finalizers or {}) do
    list[#list + 1] = entry
  end
  table.sort(list, function(a, b)
    return a[1] > b[1]
  end)
  for _, entry in ipairs(list) do
    pcall(call_without_yield, entry[2]) -- none keeps the others from running
  end
end

-- newtry and protect ----------------------------------------------------------------------------------

local function newtry(finalizer)
  local function try(...)
    if ... then
      return ...
    end
    if finalizer ~= nil then
      call_without_yield(finalizer)
    end
    throw((select(2, ...)))
  end
  if finalizer ~= nil then
    own(finalizer, try)
  end
  return try
end

-- Takes what pcall gave. Passing it on as varargs keeps nils and their count.
local function settle(succeeded, ...)
  if succeeded then
    return ...
  end
  local failure = ...
  if live[failure] then
    return nil, failure[1]
  end
  -- Level 0: the error goes on as it came, no position is put in front of a message.
  error(failure, 0)
end

local function settle_frame(frame, succeeded, ...)
  frame.done = true
  if not succeeded and interrupts((...)) then
    run_finalizers(frame)
  end
  return settle(succeeded, ...)
end

local function protect(f)
  return function(...)
    local task = current()
    if task then
      return settle_frame(open_frame(task), catch(f, ...))
    end
    return settle(catch(f, ...))
  end
end

local function set_tasks(new_catch, new_current, new_interrupts)
  catch = new_catch or catch
  current, interrupts = new_current, new_interrupts
end

return newtry, protect, set_tasks
