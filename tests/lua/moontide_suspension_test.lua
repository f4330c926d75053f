-- Where a coroutine cannot be suspended: the table of docs/reference/moontide.md, case by case.
--
-- Each case calls wait() in some place; wait() sleeps or receives, and the case hands on what it gave.
local test = ...
local harness = require("harness")
local moontide = require("moontide")
local socket = require("socket")
local tasks = require("tasks")

local load_text = loadstring or load -- luacheck: ignore 113

-- Taken and made before run.
local plain_resume, plain_wrap, plain_pcall = coroutine.resume, coroutine.wrap, pcall

-- A table with one metamethod that waits.
local function with(name, wait)
  local result
  local object = setmetatable({}, { [name] = function()
    result = wait()
    return result
  end })
  return object, function() return result end
end

local cases = {}

cases["the task itself"] = function(wait) return wait() end
cases["coroutine.wrap"] = function(wait) return (coroutine.wrap(function() return (wait()) end)()) end
cases["coroutine.resume"] = function(wait)
  local thread = coroutine.create(function(value)
    local result = wait()
    coroutine.yield(value)
    return result
  end)
  assert(select(2, coroutine.resume(thread, "value")) == "value") -- its own yields go where they went
  return select(2, coroutine.resume(thread))
end
cases["a coroutine within a coroutine"] = function(wait)
  return coroutine.wrap(function()
    local inner = coroutine.wrap(function() coroutine.yield((wait())) end)
    return (inner())
  end)()
end
cases["pcall"] = function(wait) return select(2, pcall(function() return (wait()) end)) end
cases["pcall taken before run"] = function(wait)
  return select(2, plain_pcall(function() return (wait()) end))
end
cases["xpcall"] = function(wait)
  return select(2, xpcall(function() return (wait()) end, function(message) return message end))
end
cases["an error handler of xpcall"] = function(wait)
  return select(2, xpcall(function() error("x") end, function() return (wait()) end))
end
cases["socket.protect"] = function(wait) return socket.protect(function() return (wait()) end)() end
cases["a finalizer of socket.newtry"] = function(wait)
  local result
  socket.protect(function()
    socket.newtry(function() result = wait() end)(nil, "x")
  end)()
  return result
end
cases["__index"] = function(wait) return (with("__index", wait)).field end
cases["__newindex"] = function(wait)
  local object, result = with("__newindex", wait)
  object.field = 1
  return result()
end
cases["__call"] = function(wait) return (with("__call", wait)()) end
cases["__add"] = function(wait) return with("__add", wait) + 1 end
cases["__concat"] = function(wait) return with("__concat", wait) .. "x" end
cases["__eq"] = function(wait)
  local result
  local metatable = { __eq = function() result = wait() return true end }
  assert(setmetatable({}, metatable) == setmetatable({}, metatable))
  return result
end
cases["__lt"] = function(wait)
  local result
  local metatable = { __lt = function() result = wait() return true end }
  assert(setmetatable({}, metatable) < setmetatable({}, metatable))
  return result
end
cases["__close"] = function(wait)
  local result
  local chunk = load_text("local object = ... do local closed <close> = object end")
  chunk(setmetatable({}, { __close = function() result = wait() end }))
  return result
end
cases["__gc"] = function(wait)
  local result
  local function finalize() result = wait() end
  if newproxy then -- luacheck: ignore 113
    getmetatable(newproxy(true)).__gc = finalize -- luacheck: ignore 113
  else
    setmetatable({}, { __gc = finalize })
  end
  collectgarbage()
  collectgarbage()
  return result
end
cases["an iterator of for"] = function(wait)
  local result
  for value in function() return not result and wait() or nil end do
    result = value
  end
  return result
end
cases["a comparator of table.sort"] = function(wait)
  local result
  table.sort({ 2, 1 }, function(a, b)
    result = result or wait()
    return a < b
  end)
  return result
end
cases["a function given to string.gsub"] = function(wait)
  local result
  assert(("x"):gsub("x", function() result = wait() return "y" end) == "y")
  return result
end
cases["require"] = function(wait)
  package.preload["moontide_suspension_probe"] = function() return { (wait()) } end
  local module = require("moontide_suspension_probe")
  package.loaded["moontide_suspension_probe"] = nil
  return module[1]
end
cases["dofile"] = function(wait)
  local name = os.tmpname()
  local file = assert(io.open(name, "w"))
  file:write("return (moontide_suspension_wait())")
  file:close()
  rawset(_G, "moontide_suspension_wait", wait)
  local result = dofile(name)
  rawset(_G, "moontide_suspension_wait", nil)
  os.remove(name)
  return result
end
cases["a reader of load"] = function(wait)
  local result
  assert(load(function()
    if not result then
      result = wait()
      return "return 1"
    end
  end))
  return result
end
cases["a coroutine created before run"] = function(wait, made)
  return select(2, coroutine.resume(made.thread, wait))
end
cases["coroutine.resume taken before run"] = function(wait)
  return select(2, plain_resume(coroutine.create(function() return (wait()) end)))
end
cases["coroutine.wrap called before run"] = function(wait, made) return made.wrapped(wait) end
cases["a debug hook"] = function(wait)
  local result
  debug.sethook(function()
    debug.sethook()
    result = wait()
  end, "", 1)
  for _ = 1, 100 do end
  return result
end

-- The manual ------------------------------------------------------------------------------------------

local column = ({ ["Lua 5.1"] = 1, ["Lua 5.2"] = 3, ["Lua 5.3"] = 4, ["Lua 5.4"] = 5 })[_VERSION]
if rawget(_G, "jit") then
  column = 2
end

-- case -> what the manual says of it on this Lua, and the cases in order
local function read_manual()
  local expected, order = {}, {}
  local file = assert(io.open(harness.support .. "../../docs/reference/moontide.md"))
  local inside = false
  for line in file:lines() do
    if line:find("^| a wait in |") then
      inside = true
    elseif inside and not line:find("^|") then
      break
    elseif inside and not line:find("^| %-") then
      local cells = {}
      for cell in line:gmatch("|%s*([^|]-)%s*%f[|]") do
        cells[#cells + 1] = cell
      end
      order[#order + 1] = cells[1]
      expected[cells[1]] = cells[column + 1]
    end
  end
  file:close()
  return expected, order
end

local expected, order = read_manual()

-- Running a case ----------------------------------------------------------------------------------------

-- What a wait there does: "suspends", "in place" or "blocks"; and what the case gave.
local function observe(case, wait, wake)
  local made = {
    thread = coroutine.create(function(f) return (f()) end),
    wrapped = plain_wrap(function(f) return (f()) end),
  }
  local seen = "blocks"
  local result
  tasks.run(function()
    local thread, waiting
    local watcher = moontide.spawn("watcher", function()
      while not waiting do
        moontide.yield()
      end
      -- Others run while it waits, or only when it is over.
      if waiting == true then
        seen = coroutine.status(thread) == "suspended" and "suspends" or "in place"
      end
      wake()
    end)
    local task = moontide.spawn("case", function()
      thread = coroutine.running()
      return case(function()
        waiting = true
        local value = wait()
        waiting = "over"
        return value
      end, made)
    end)
    result = task:join(20)
    watcher:join()
  end)
  return seen, result
end

test("the manual's table has a row for each case", function(t)
  for name in pairs(cases) do
    t.ok(expected[name], name)
  end
  for _, name in ipairs(order) do
    t.is("function", cases[name], name)
  end
end)

for _, name in ipairs(order) do
  local says = expected[name]
  test("a sleep in " .. name .. ": " .. says, function(t)
    if says == "–" then
      t.skip("not in " .. harness.lua_name())
    end
    local seen, result = observe(cases[name], function()
      moontide.sleep(0.02)
      return "slept"
    end, function() end)
    t.equal(result, "slept")
    t.equal(seen, says)
  end)

  test("a receive in " .. name .. ": " .. says, function(t)
    if says == "–" then
      t.skip("not in " .. harness.lua_name())
    end
    local client, server = t.pair()
    if says == "blocks" then
      server:send("line\n")
    end
    local seen, result = observe(cases[name], function()
      return (client:receive())
    end, function() server:send("line\n") end)
    t.equal(result, "line")
    if says ~= "blocks" then
      t.equal(seen, says)
    end
  end)
end
