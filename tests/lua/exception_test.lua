-- newtry, try and protect.
local test = ...
local socket = require("socket")

local is_5_1 = _VERSION == "Lua 5.1" and not rawget(_G, "jit") -- luacheck: ignore 113

-- The exception itself, as pcall gives it.
local function exception(...)
  local _, thrown = pcall(socket.try, ...)
  return thrown
end

test("try: gives all its arguments when the first is neither nil nor false", function(t)
  t.returns(t.pack(socket.try(1, nil, "x", nil)), 1, nil, "x", nil)
  t.returns(t.pack(socket.try("")), "")
  t.returns(t.pack(socket.try(0, "m")), 0, "m")
end)

test("try: throws for nil, false and no argument, with the second argument as message", function(t)
  t.equal(exception(nil, "m")[1], "m")
  t.equal(exception(false, "m", "lost")[1], "m")
  t.equal(exception(nil)[1], nil)
  t.equal(exception()[1], nil)
end)

test("an exception is a table with a hidden, locked metatable", function(t)
  local thrown = exception(nil, "m")
  t.is("table", thrown)
  t.equal(getmetatable(thrown), false)
  t.raises("protected metatable", setmetatable, thrown, nil)
  t.matches(tostring(thrown), "^table: 0x")
  local keys = 0
  for key, value in pairs(thrown) do
    keys = keys + 1
    t.equal(key, 1)
    t.equal(value, "m")
  end
  t.equal(keys, 1)
end)

test("newtry: the finalizer runs once on failure, with no arguments, and not on success", function(t)
  local calls, arguments = 0, nil
  local try = socket.newtry(function(...)
    calls = calls + 1
    arguments = select("#", ...)
  end)
  t.returns(t.pack(try(1, 2)), 1, 2)
  t.equal(calls, 0)
  t.returns(t.pack(socket.protect(try)(nil, "failed")), nil, "failed")
  t.equal(calls, 1)
  t.equal(arguments, 0)
end)

test("newtry: no finalizer and nil mean none", function(t)
  t.returns(t.pack(socket.protect(socket.newtry())(nil, "m")), nil, "m")
  t.returns(t.pack(socket.protect(socket.newtry(nil))(nil, "m")), nil, "m")
end)

test("newtry: a finalizer that cannot be called raises when a try fails, not before", function(t)
  for _, value in ipairs({ false, 12, "text", {} }) do
    local try = socket.newtry(value)
    t.equal(try(5), 5)
    t.matches(t.raises("attempt to call", try, nil, "m"), "a " .. type(value) .. " value")
  end
end)

test("newtry: a callable table does as finalizer", function(t)
  local calls = 0
  local try = socket.newtry(setmetatable({}, { __call = function() calls = calls + 1 end }))
  pcall(try, nil)
  t.equal(calls, 1)
end)

test("newtry: an error in the finalizer replaces the exception", function(t)
  local try = socket.newtry(function() error("finalizer", 0) end)
  t.equal(t.raises("finalizer", socket.protect(try), nil, "m"), "finalizer")
end)

test("newtry: a try that fails in the finalizer replaces the exception", function(t)
  local try = socket.newtry(function() socket.try(nil, "inner") end)
  t.returns(t.pack(socket.protect(try)(nil, "outer")), nil, "inner")
end)

test("protect: passes arguments and results with nils and their count", function(t)
  local echo = socket.protect(function(...) return ... end)
  t.returns(t.pack(echo()))
  t.returns(t.pack(echo(nil)), nil)
  t.returns(t.pack(echo(1, nil, 3, nil)), 1, nil, 3, nil)
  t.returns(t.pack(echo(nil, nil)), nil, nil)
end)

test("protect: an exception becomes exactly two results", function(t)
  local message = {}
  t.returns(t.pack(socket.protect(function() socket.try(nil, "m") end)()), nil, "m")
  t.returns(t.pack(socket.protect(function() socket.try(nil, message, 1) end)()), nil, message)
  t.returns(t.pack(socket.protect(function() socket.try(nil) end)()), nil, nil)
  t.returns(t.pack(socket.protect(function() socket.try(nil, false) end)()), nil, false)
end)

test("protect: any other error is raised again as it was", function(t)
  for _, value in ipairs({ "text", 12, true, {}, print, setmetatable({ "m" }, {}) }) do
    local good, failure = pcall(socket.protect(function() error(value, 0) end))
    t.equal(good, false)
    t.equal(failure, value)
  end
  t.returns(t.pack(pcall(socket.protect(function() error(nil) end))), false, nil)
end)

test("protect: a string error gets no second position", function(t)
  local _, failure = pcall(socket.protect(function() error("where") end))
  local _, count = failure:gsub("exception_test", "")
  t.equal(count, 1)
end)

test("protect: a foreign table with a hidden metatable is not taken for an exception", function(t)
  local foreign = {
    setmetatable({ "m" }, { __metatable = false }),
    setmetatable({ "m" }, { __metatable = false, __index = exception(nil, "m") }),
    setmetatable({ "m" }, { __index = function() error("asked") end }),
    setmetatable({ "m" }, { __index = function() return true end }),
    setmetatable({ "m" }, { __eq = function() return true end }),
  }
  for index = 1, #foreign do
    local good, failure = pcall(socket.protect(error), foreign[index])
    t.equal(good, false)
    t.equal(rawequal(failure, foreign[index]), true)
  end
end)

test("protect: the function is looked at only when it is called", function(t)
  t.raises("attempt to call a nil value", socket.protect())
  t.raises("attempt to call a nil value", socket.protect(nil))
  t.raises("attempt to call a number value", socket.protect(5), 1)
end)

test("protect: nested, the innermost takes the exception", function(t)
  local outer = socket.protect(function()
    local inner = socket.protect(function() socket.try(nil, "m") end)
    local value, message = inner()
    return "survived", value, message
  end)
  t.returns(t.pack(outer()), "survived", nil, "m")
end)

test("protect: an exception caught by pcall and raised again is still one", function(t)
  local f = socket.protect(function()
    local _, failure = pcall(socket.try, nil, "m")
    collectgarbage()
    error(failure)
  end)
  t.returns(t.pack(f()), nil, "m")
end)

test("protect: an exception crosses coroutines", function(t)
  local f = socket.protect(function()
    local co = coroutine.create(function() socket.try(nil, "inside") end)
    local _, failure = coroutine.resume(co)
    error(failure)
  end)
  t.returns(t.pack(f()), nil, "inside")
end)

test("protect: a program that replaces globals changes nothing", function(t)
  t.equal(t.output_of([[
    local socket = require("socket")
    local print, bad = print, function() error("replaced") end
    pcall, error, select, setmetatable, getmetatable = bad, bad, bad, bad, bad
    rawget, type, unpack = bad, bad, bad
    print(socket.protect(function(...) return ... end)(1, nil))
    print(socket.protect(function() socket.try(nil, "m") end)())]]),
    "1\tnil\nnil\tm")
end)

-- Mended on LuaJIT, where the original cannot yield. Plain 5.1 has no pcall that one can yield through.
-- In tasks it has one.
test("protect: the function may yield, and try may fail after it, but not on plain 5.1", function(t)
  local in_task = package.loaded["moontide"] and require("moontide").current()
  local f = socket.protect(function(first)
    local second = coroutine.yield(first .. "1")
    local third = coroutine.yield(second .. "2")
    socket.try(nil, third)
  end)
  local co = coroutine.create(f)
  if is_5_1 and not in_task then
    local good, message = coroutine.resume(co, "a")
    t.equal(good, false)
    t.matches(message, "attempt to yield across")
    return
  end
  t.returns(t.pack(coroutine.resume(co, "a")), true, "a1")
  t.returns(t.pack(coroutine.resume(co, "b")), true, "b2")
  t.returns(t.pack(coroutine.resume(co, "c")), true, nil, "c")
  t.equal(coroutine.status(co), "dead")
end)

test("newtry: a finalizer cannot yield", function(t)
  local try = socket.newtry(function() coroutine.yield("from the finalizer") end)
  local co = coroutine.create(function() try(nil, "m") end)
  local good, message = coroutine.resume(co)
  t.equal(good, false)
  t.matches(message, "attempt to yield across")
end)

test("protect: thousands of exceptions leave nothing behind", function(t)
  local f = socket.protect(function() socket.try(nil, {}) end)
  collectgarbage()
  collectgarbage()
  local before = collectgarbage("count")
  for _ = 1, 20000 do
    f()
  end
  collectgarbage()
  collectgarbage()
  t.between(collectgarbage("count") - before, -1e6, 1000, "kilobytes")
end)
