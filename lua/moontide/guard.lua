-- Calling what a program gave us, so that nothing is left behind when it raises, and so that it may
-- yield wherever the Lua version can do both.

local coroutine = coroutine
local error = error
local pcall = pcall

local socket = require("socket")
local loop = require("moontide.native").loop()

local guard = {}

-- Whether a yield passes through `call`, a function that calls its argument: it does through pcall on
-- LuaJIT and since 5.2, and on 5.1 through what schedulers put in place of socket.protect.
local function lets_yields_through(call)
  local thread = coroutine.create(function()
    call(coroutine.yield)
  end)
  return coroutine.resume(thread) and coroutine.status(thread) == "suspended"
end

local pcall_yields = lets_yields_through(pcall)

-- With a scheduler on 5.1 one has to choose: there the yields count, and the collector closes.
local catches = pcall_yields or not lets_yields_through(function(f)
  return socket.protect(f)()
end)

-- pcall, through which tasks of moontide can be suspended: plain 5.1 and LuaJIT have none of their own.
guard.pcall = _VERSION ~= "Lua 5.1" and pcall or function(f, ...)
  return (loop.catch or pcall)(f, ...)
end

local function settle(undo, succeeded, ...)
  if succeeded then
    return ...
  end
  undo()
  error((...), 0)
end

-- f(...); if it raises, calls undo() and lets the error go on as it was.
function guard.call(undo, f, ...)
  if not catches then
    return f(...)
  end
  return settle(undo, guard.pcall(f, ...))
end

-- Lua 5.1: a coroutine catches errors as well as pcall, and yields can be handed on. -----------------

local function hand_on(thread, succeeded, ...)
  if succeeded and coroutine.status(thread) == "suspended" then
    return hand_on(thread, coroutine.resume(thread, coroutine.yield(...)))
  end
  return succeeded, ...
end

local function pcall_in_coroutine(f)
  if loop.current() then
    return guard.pcall(f)
  elseif not coroutine.running() then
    return pcall(f)
  end
  local thread = coroutine.create(function()
    return f()
  end)
  return hand_on(thread, coroutine.resume(thread))
end

-- pcall(f) that f may yield through.
guard.catch = pcall_yields and guard.pcall or pcall_in_coroutine

return guard
