-- Tasks that are given more than there is room for, and lists that scripts forge.
local test = ...
local moontide = require("moontide")
local tasks = require("tasks")

-- As they are outside of tasks.
local raw_pcall = pcall

local run = tasks.run

-- Calls f where nothing can be suspended.
local function within_call(f)
  local results
  ;("x"):gsub("x", function() results = { f() } end)
  return results
end

test("what a script puts into the list of a task that waits is taken within its bounds", function(t)
  run(function()
    local channel, me = moontide.channel(), moontide.current()
    for _, n in ipairs({ -100000, -1, "many", 1.5 }) do
      me.passed = { n = n }
      t.equal(within_call(function() return channel:receive(0.001) end)[1], nil)
    end
    me.passed = setmetatable({}, { __index = function() error("asked") end })
    t.equal(within_call(function() return channel:receive(0.001) end)[1], nil)
  end)
end)

test("a task with more results than there is room for has an error", function(t)
  local unpack = table.unpack or unpack -- luacheck: ignore 143
  local many = {}
  for i = 1, 900000 do
    many[i] = i
  end
  run(function()
    for _, count in ipairs({ 1000, 600000, 900000 }) do
      local task = moontide.spawn(function() return unpack(many, 1, count) end)
      local succeeded, result = task:pjoin()
      if succeeded then
        t.equal(select("#", task:join()), count)
      else
        t.ok(count > 1000)
        -- Where the stack is smaller the function itself cannot return them.
        local text = tostring(result)
        t.ok(text:find("not enough memory") or text:find("too many results to unpack"), text)
      end
    end
  end)
end)

test("a wait whose arguments have no room in the scheduler ends with the run, or before", function(t)
  if moontide.current() then
    return t.skip("a run of its own is needed")
  end
  local unpack = table.unpack or unpack -- luacheck: ignore 143
  local many = {}
  for i = 1, 700000 do
    many[i] = i
  end
  local udp = t.udp()
  udp:setsockname("127.0.0.1", 0)
  udp:settimeout(0.01)
  local function beside(f, ...)
    return (f()), select("#", ...)
  end
  for _, cancels in ipairs({ false, true }) do
    -- The scheduler runs above a frame that has most of the stack.
    raw_pcall(function()
      beside(function()
        return moontide.run(function()
          local task = moontide.spawn(function()
            raw_pcall(udp.receive, udp, 10, unpack(many, 1, 400000))
          end)
          moontide.yield()
          if cancels then
            task:cancel()
          end
          task:pjoin()
        end)
      end, unpack(many))
    end)
    t.equal(moontide.stats().tasks, 0)
    t.equal(moontide.stats().waiting, 0)
    t.equal(moontide.run(function() return "fresh" end), "fresh")
  end
end)
