-- Coroutines of a script inside a task: when such a coroutine has to wait, it is the whole task that is
-- to be suspended, and whoever resumed the coroutine must not notice. While a scheduler runs, resume and
-- wrap pass suspensions on to the task's own coroutine. Where pcall stops yields (plain Lua 5.1), pcall
-- and xpcall run the function in a coroutine, for the same reason.

local arguments = require("moontide.arguments")
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

-- Where a function that was suspended cannot raise what interrupts its task, a hook does, with the next
-- instruction. When that call was the last of its coroutine, none comes: whoever resumed it takes the error.
-- LuaJIT has one hook for all coroutines, which then raises in the resumer by itself.
local TAKES_INTERRUPTS = _VERSION == "Lua 5.1" and not rawget(_G, "jit")
local take_interrupt = native.take_interrupt

local function take(succeeded, ...)
  local interrupted, failure = take_interrupt()
  if interrupted then
    return false, failure
  end
  return succeeded, ...
end

-- Takes what resume gave. `leave` says whether the coroutine yielded for the scheduler's sake.
local resume_passing

local function pass(thread, succeeded, ...)
  if succeeded then
    if leave(thread) then
      return resume_passing(thread, yield())
    elseif TAKES_INTERRUPTS then
      return take(true, ...)
    end
  end
  return succeeded, ...
end

function resume_passing(thread, ...)
  if enter(thread) == false then
    return false, "cannot resume the coroutine of a task"
  end
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
    return settle(thread, resume_passing(thread, ...))
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
  if not succeeded or status(thread) ~= "suspended" then
    leave(thread)
    return take(succeeded, ...)
  elseif leave(thread) then
    return continue(thread, yield())
  end
  return continue(thread, yield(...))
end

local function pcall_in_coroutine(f, ...)
  if not current() or not arguments.is_callable(f) then
    return pcall(f, ...)
  end
  local created, thread = pcall(create, f)
  if not created then -- a C function, or an object
    thread = create(function(...)
      return f(...)
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

-- LuaJIT: what ends the wait of a C function that pcall itself called can be raised only when the next
-- instruction is executed, which is one of ours then. -------------------------------------------------

local function pcall_taking(f, ...)
  return take(pcall(f, ...))
end

local function take_handled(handler, succeeded, ...)
  local interrupted, failure = take_interrupt()
  if interrupted then
    return false, handler(failure)
  end
  return succeeded, ...
end

local function xpcall_taking(f, handler, ...)
  return take_handled(handler, xpcall(f, handler, ...))
end

-- The ends of these calls are catchers, too: compiled code may see the hook only there.
for _, catcher in ipairs({ pcall_taking, xpcall_taking, take, take_handled }) do
  native.catcher(catcher)
end

-- A pcall that a task can be suspended in; and an xpcall.
local caught_by, xcaught_by = pcall, xpcall
if not coroutines.pcall_yields then
  caught_by, xcaught_by = pcall_in_coroutine, xpcall_in_coroutine
elseif rawget(_G, "jit") then
  caught_by, xcaught_by = pcall_taking, xpcall_taking
end
coroutines.pcall = caught_by

if caught_by ~= pcall then
  native.catch = caught_by
end

-- Installing ------------------------------------------------------------------------------------------

local replacements = {
  { coroutine, "resume", resume_passing },
  { coroutine, "wrap", wrap_passing },
}
if caught_by ~= pcall then
  replacements[3] = { _G, "pcall", caught_by }
  replacements[4] = { _G, "xpcall", xcaught_by }
end

local installed = 0
local originals = { false, false, false, false } -- so that installing needs no memory

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
