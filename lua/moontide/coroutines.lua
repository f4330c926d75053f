-- Coroutines of a script inside a task: when such a coroutine has to wait, it is the whole task that is
-- to be suspended, and whoever resumed the coroutine must not notice. While a scheduler runs, resume and
-- wrap pass suspensions on to the task's own coroutine. Where pcall stops yields (plain Lua 5.1), pcall
-- and xpcall run the function in a coroutine, for the same reason.

local native = require("moontide.native").loop()

local coroutine = coroutine
local create = coroutine.create
local current = native.current
local enter = native.enter
local error = error
local leave = native.leave
local pcall = pcall
local resume = coroutine.resume
local select = select
local status = coroutine.status
local type = type
local unpack = table.unpack or unpack
local xpcall = xpcall
local yield = coroutine.yield

local coroutines = {}

coroutines.pcall_yields = (function()
  local thread = create(function()
    pcall(yield)
  end)
  return resume(thread) and status(thread) == "suspended"
end)()

-- Takes what resume gave. `leave` says whether the coroutine yielded for the scheduler's sake, or has to
-- fail.
local function pass(thread, succeeded, ...)
  if succeeded then
    local suspended, failure = leave(thread)
    if suspended then
      return pass(thread, resume(thread, yield(...)))
    elseif suspended == nil then
      return false, failure
    end
  end
  return succeeded, ...
end

local function resume_passing(thread, ...)
  enter(thread)
  return pass(thread, resume(thread, ...))
end

-- Levels of the stack from a function that wrap's result calls in tail position to its caller.
local CALLER = _VERSION == "Lua 5.1" and not rawget(_G, "jit") and 3 or 2

local function settle(thread, succeeded, ...)
  if succeeded then
    return ...
  end
  local failure = ...
  if coroutine.close then
    coroutine.close(thread)
  end
  error(failure, type(failure) == "string" and CALLER or 0)
end

local function wrap_passing(f)
  local thread = create(f)
  return function(...)
    enter(thread)
    return settle(thread, pass(thread, resume(thread, ...)))
  end
end

-- pcall in a coroutine of its own ---------------------------------------------------------------------

-- A yield of the script goes on to whoever resumed the caller of pcall.
local hand_on

local function continue(thread, ...)
  enter(thread)
  return hand_on(thread, resume(thread, ...))
end

function hand_on(thread, succeeded, ...)
  local suspended, failure = leave(thread)
  if not succeeded then
    return false, ...
  elseif suspended then
    return hand_on(thread, resume(thread, yield(...)))
  elseif suspended == nil then
    return false, failure
  elseif status(thread) ~= "suspended" then
    return true, ...
  end
  return continue(thread, yield(...))
end

local function is_callable(f)
  if type(f) == "function" then
    return true
  end
  local metatable = getmetatable(f)
  return type(metatable) == "table" and metatable.__call ~= nil
end

local function give(...)
  return ...
end

local function pcall_in_coroutine(f, ...)
  if not current() or not is_callable(f) then
    return pcall(f, ...)
  end
  local created, thread = pcall(create, f)
  if not created then -- a C function, or an object
    thread = create(function(...)
      return give(f(...)) -- no tail call: an interrupt is raised by the instruction behind the call
    end)
  end
  return continue(thread, ...)
end

-- The handler runs when the stack of the error is gone, in a call of its own, as it may wait, too.
local function handle(handler, succeeded, ...)
  if succeeded then
    return true, ...
  end
  return false, select(2, pcall_in_coroutine(handler, (...)))
end

-- That of plain 5.1 passes no arguments.
local function xpcall_in_coroutine(f, handler)
  if not current() then
    return xpcall(f, handler)
  end
  return handle(handler, pcall_in_coroutine(f))
end

-- A pcall that a task can be suspended in.
coroutines.pcall = coroutines.pcall_yields and pcall or pcall_in_coroutine

if not coroutines.pcall_yields then
  native.catch = pcall_in_coroutine
end

-- Installing ------------------------------------------------------------------------------------------

local replacements = {
  { coroutine, "resume", resume_passing },
  { coroutine, "wrap", wrap_passing },
}
if not coroutines.pcall_yields then
  replacements[3] = { _G, "pcall", pcall_in_coroutine }
  replacements[4] = { _G, "xpcall", xpcall_in_coroutine }
end

local installed = 0
local originals = {}

-- Calls nest: several runs one within the other's host need one set.
function coroutines.install()
  installed = installed + 1
  if installed == 1 then
    for index, one in ipairs(replacements) do
      originals[index] = one[1][one[2]]
      one[1][one[2]] = one[3]
    end
  end
end

-- What a script has put in their place meanwhile stays.
function coroutines.uninstall()
  installed = installed - 1
  if installed == 0 then
    for index, one in ipairs(replacements) do
      if one[1][one[2]] == one[3] then
        one[1][one[2]] = originals[index]
      end
    end
  end
end

-- pack and unpack with nils.
function coroutines.pack(...)
  return { n = select("#", ...), ... }
end

function coroutines.unpack(packed, first)
  return unpack(packed, first or 1, packed.n)
end

return coroutines
