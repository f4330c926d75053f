-- socket.md, Exceptions: newtry, try, protect.

local R = ...
local socket = require("socket")
local try, newtry, protect = socket.try, socket.newtry, socket.protect

-- try on success: all arguments unchanged.
R.call("try(1)", try, 1)
R.call("try(1, 2, 3)", try, 1, 2, 3)
R.call("try with nils behind", try, 1, nil, nil)
R.call("try(true, nil, 2)", try, true, nil, 2)
R.call("try(0)", try, 0)
R.call("try of an empty string", try, "")

-- try on failure, seen through protect.
R.call("protect: try(nil)", protect(function() try(nil) end))
R.call("protect: try()", protect(function() try() end))
R.call("protect: try(nil, msg)", protect(function() try(nil, "message") end))
R.call("protect: try(false, msg)", protect(function() try(false, "message") end))
R.call("protect: try(nil, msg, more) loses more", protect(function() try(nil, "message", "more") end))
R.call("protect: message false", protect(function() try(nil, false) end))
R.call("protect: message number", protect(function() try(nil, 42) end))
R.call("protect: message table", protect(function() try(nil, { code = "x" }) end))
R.call("protect: message function", protect(function() try(nil, print) end))
R.call("protect: the same message object", function()
  local object = {}
  local _, message = protect(function() try(nil, object) end)()
  return message == object
end)

-- The exception itself.
local function caught(f, ...)
  local fine, exception = pcall(f, ...)
  return not fine and exception
end
local exception = caught(try, nil, "message")
R.values("exception: type", type(exception))
R.values("exception: contents", exception[1], exception[2], next(exception, 1))
R.values("exception: getmetatable", getmetatable(exception))
R.call("exception: setmetatable", setmetatable, exception, {})
R.values("exception: tostring", (tostring(exception):gsub("0x%x+", "ADDR")))
R.call("exception: nil message", function()
  local e = caught(try, nil)
  return type(e), e[1], next(e)
end)
R.values("exception: one metatable for all", debug.getmetatable(exception)
  == debug.getmetatable(caught(newtry(function() end), nil, "other")))
R.values("exception: __metatable", debug.getmetatable(exception).__metatable)
R.values("exception: a fresh table each time", caught(try, nil, "a") ~= caught(try, nil, "a"))

-- Finalizers.
R.call("finalizer: called once, without arguments", function()
  local calls = {}
  local results = R.pack(protect(function()
    newtry(function(...) calls[#calls + 1] = select("#", ...) end)(nil, "failed", "more")
  end)())
  return #calls, calls[1], results.n, results[1], results[2]
end)
R.call("finalizer: not called on success", function()
  local calls = 0
  local value = newtry(function() calls = calls + 1 end)("fine")
  return calls, value
end)
R.call("finalizer: an error replaces the exception", protect(function()
  newtry(function() error("from the finalizer", 0) end)(nil, "failed")
end))
R.call("finalizer: an error value is kept", function()
  local value = {}
  local _, raised = pcall(protect(function()
    newtry(function() error(value) end)(nil, "failed")
  end))
  return raised == value
end)
R.call("finalizer: a failing try replaces the exception", protect(function()
  newtry(function() try(nil, "from the finalizer") end)(nil, "failed")
end))
R.call("finalizer: results are ignored", protect(function()
  newtry(function() return 1, 2, 3 end)(nil, "failed")
end))
R.call("finalizer nil", protect(function() newtry(nil)(nil, "failed") end))
R.call("finalizer absent", protect(function() newtry()(nil, "failed") end))
R.call("finalizer false", protect(function() newtry(false)(nil, "failed") end))
R.call("finalizer a number: accepted", function() return type(newtry(5)) end)
R.call("finalizer a number: fine on success", function() return newtry(5)("ok") end)
R.call("finalizer a number: called on failure", newtry(5), nil, "failed")
R.call("finalizer a string: called on failure", newtry("word"), nil, "failed")
R.call("finalizer a table: called on failure", newtry({}), nil, "failed")
R.call("finalizer a callable table", protect(function()
  newtry(setmetatable({}, { __call = function() end }))(nil, "failed")
end))
R.call("newtry returns one function", function() return select("#", newtry()), type(newtry()) end)
R.call("newtry ignores further arguments", function() return type(newtry(nil, 2, 3)) end)

-- protect passes results on.
R.call("protect: no results", protect(function() end))
R.call("protect: nils and their count", protect(function() return nil, nil, nil end))
R.call("protect: mixed results", protect(function() return 1, nil, "x", false, nil end))
R.call("protect: arguments", protect(function(...) return select("#", ...), ... end), 1, nil, "x", nil)
R.call("protect: many results", function()
  local list = {}
  for index = 1, 200 do
    list[index] = index
  end
  local unpack = R.unpack
  return select("#", protect(function() return unpack(list) end)())
end)
R.call("protect: type", function() return type(protect(print)), select("#", protect(print)) end)
R.call("protect: f is not checked at creation", function() return type(protect(nil)), type(protect(5)) end)
R.call("protect(nil) called", protect(nil))
R.call("protect() called", function() return protect()() end)
R.call("protect(5) called", protect(5))
R.call("protect(string) called", protect("word"))
R.call("protect of a callable table", protect(setmetatable({}, { __call = function(_, a) return a end })), 7)

-- Other errors pass unchanged.
R.call("foreign error: string", protect(function() error("foreign", 0) end))
R.call("foreign error: with position", protect(function() error("foreign") end))
R.call("foreign error: nil", protect(function() error(nil) end))
R.call("foreign error: none", protect(function() error() end))
R.call("foreign error: number", protect(function() error(42, 0) end))
R.call("foreign error: boolean", protect(function() error(false) end))
R.call("foreign error: table with the same shape", protect(function() error({ "message" }) end))
R.call("foreign error: table keeps its identity", function()
  local value = setmetatable({ "message" }, { __metatable = false })
  local _, raised = pcall(protect(function() error(value) end))
  return raised == value
end)
R.call("foreign error: of the interpreter", protect(function() return nil + 1 end))

-- Nesting.
R.call("nesting: the innermost protect takes it", protect(function()
  return "outer goes on", protect(function() try(nil, "inner") end)()
end))
R.call("nesting: caught by pcall and thrown again", protect(function()
  local fine, value = pcall(try, nil, "message")
  assert(not fine)
  error(value, 0)
end))
R.call("nesting: try in a protected call within", protect(function()
  try(protect(function() try(nil, "first") end)())
end))
R.call("nesting: newtry of another level", protect(function()
  local first = newtry(function() end)
  return protect(function() first(nil, "x") end)()
end))
R.call("exception through a plain pcall", function()
  local fine, value = pcall(try, nil, "message")
  return fine, type(value), value[1]
end)
R.call("exception thrown without protect", try, nil, "message")
R.call("exception with a table message unprotected", try, false, { 1 })

-- Coroutines.
local function resume_all(f)
  -- Wrapped: 5.1 makes coroutines of Lua functions only.
  local thread = coroutine.create(function(...) return f(...) end)
  local log = {}
  for round = 1, 4 do
    local results = R.pack(coroutine.resume(thread, "in" .. round))
    local second = R.error_text(tostring(results[2]))
    log[#log + 1] = tostring(results[1]) .. ":" .. second .. ":" .. tostring(results[3])
    if coroutine.status(thread) == "dead" then
      break
    end
  end
  return table.concat(log, " | ")
end
R.call("yield inside protect", resume_all, protect(function(a)
  local b = coroutine.yield("out1")
  return a, b
end))
R.call("yield inside protect, then a failing try", resume_all, protect(function()
  coroutine.yield("out1")
  try(nil, "after the yield")
end))
R.call("yield inside protect, then an error", resume_all, protect(function()
  coroutine.yield("out1")
  error("after the yield", 0)
end))
R.call("yield in a finalizer", resume_all, protect(function()
  newtry(function() coroutine.yield("from the finalizer") end)(nil, "failed")
end))
R.call("protect around a whole coroutine", protect(function()
  return coroutine.wrap(function()
    local value = coroutine.yield()
    return value
  end)()
end))
R.call("try fails inside a coroutine", protect(function()
  local wrapped = coroutine.wrap(function() try(nil, "inside") end)
  wrapped()
end))
R.call("namespace: replaced try is not used inside", function()
  local saved = socket.try
  socket.try = function() return "replaced" end
  local result = socket.try()
  socket.try = saved
  return result
end)
