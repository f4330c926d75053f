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
local select = select
local setmetatable = setmetatable

-- The `false` hides the metatable from scripts and locks it, so it cannot serve as the mark by which
-- protect knows its own exceptions. The set of live ones does: no foreign value can get into it, and
-- looking a value up runs no foreign metamethod. Its keys are weak and keep nothing alive.
local exception_metatable = { __metatable = false }
local live = setmetatable({}, { __mode = "k" })

-- moontide.frames, once there are tasks.
local frames

local function newtry(finalizer)
  local function try(...)
    if ... then
      return ...
    end
    if finalizer ~= nil then
      call_without_yield(finalizer)
    end
    local exception = setmetatable({ (select(2, ...)) }, exception_metatable)
    live[exception] = true
    error(exception, 0)
  end
  if frames and finalizer ~= nil then
    frames.own(finalizer, try)
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

local function protect(f)
  return function(...)
    local frame = frames and frames.open()
    if frame then
      return settle(frames.close(frame, catch(f, ...)))
    end
    return settle(catch(f, ...))
  end
end

local function set_frames(new_frames, new_catch)
  frames, catch = new_frames, new_catch
end

return newtry, protect, set_frames
