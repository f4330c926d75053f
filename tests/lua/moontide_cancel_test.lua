-- cancel: how a task is ended from outside.
local test = ...
local moontide = require("moontide")
local tasks = require("tasks")

local run = tasks.run

test("cancel raises moontide.cancelled where the task waits", function(t)
  run(function()
    local caught
    local task = moontide.spawn(function()
      local _
      _, caught = pcall(moontide.sleep, 60)
      error(caught, 0)
    end)
    moontide.yield()
    t.equal(task:cancel("no more time"), true)
    t.returns(t.pack(task:pjoin()), false, moontide.cancelled)
    t.equal(caught, moontide.cancelled)
    t.equal(tostring(caught), "cancelled")
    t.equal(task.reason, "no more time")
    t.equal(task:cancel(), false)
  end)
end)

test("a task that catches its cancelling gets it again at the next wait, of any kind", function(t)
  run(function()
    local channel, mutex, other = moontide.channel(), moontide.mutex(), moontide.spawn(moontide.sleep, 60)
    local count = 0
    local waits = {
      function() moontide.sleep(60) end, function() moontide.yield() end,
      function() channel:receive() end, function() channel:send(1) end, function() other:join() end,
      function() moontide.event():wait() end, function() moontide.semaphore(0):acquire() end,
      function() moontide.condition():wait() end, function() moontide.select({ channel }) end,
      function() moontide.timeout(60, moontide.sleep, 60) end,
      function() moontide.group(function() moontide.sleep(60) end) end,
    }
    mutex:lock()
    local task = moontide.spawn(function()
      for index, wait in ipairs(waits) do
        local good, failure = pcall(wait)
        t.equal(good, false, "wait " .. index)
        t.equal(failure, moontide.cancelled, "wait " .. index)
        count = count + 1
      end
    end)
    moontide.yield()
    task:cancel()
    task:join()
    t.equal(count, #waits)
    other:cancel()
  end)
end)

test("a task that is cancelled before it ran never runs", function(t)
  run(function()
    local ran = false
    local task = moontide.spawn(function() ran = true end)
    task:cancel()
    t.returns(t.pack(task:pjoin()), false, moontide.cancelled)
    t.equal(ran, false)
  end)
end)

test("a task can cancel itself: its next wait raises", function(t)
  run(function()
    local reached = 0
    local task = moontide.spawn(function()
      moontide.current():cancel()
      reached = 1
      moontide.sleep(0.001)
      reached = 2
    end)
    task:pjoin()
    t.equal(reached, 1)
  end)
end)

test("a task that ends without waiting again is not cancelled", function(t)
  run(function()
    local task = moontide.spawn(function()
      moontide.current():cancel()
      return "finished"
    end)
    t.equal(task:join(), "finished")
    t.equal(task:status(), "done")
  end)
end)

test("cancelling runs the finalizers of protected functions that it leaves, the last one first", function(t)
  local socket = require("socket")
  run(function()
    local log = {}
    local f = socket.protect(function()
      local outer = socket.newtry(function() log[#log + 1] = "outer" end)
      local inner = socket.protect(function()
        local first = socket.newtry(function() log[#log + 1] = "first" end)
        local second = socket.newtry(function() log[#log + 1] = "second" error("ignored") end)
        first(moontide.sleep(60))
        second()
      end)
      outer(inner())
    end)
    local task = moontide.spawn(f)
    moontide.yield()
    task:cancel()
    t.returns(t.pack(task:pjoin()), false, moontide.cancelled)
    t.list(log, { "second", "first", "outer" })
    log = {}
    t.returns(t.pack(moontide.timeout(0.005, f)), nil, "timeout")
    t.list(log, { "second", "first", "outer" })
  end)
end)

test("protected functions that end otherwise call finalizers as they do outside of tasks", function(t)
  local socket = require("socket")
  run(function()
    local count = 0
    local function make(body)
      return socket.protect(function()
        local try = socket.newtry(function() count = count + 1 end)
        moontide.sleep(0.001)
        return body(try)
      end)
    end
    t.returns(t.pack(make(function(try) return try(1, 2) end)()), 1, 2)
    t.equal(count, 0)
    t.returns(t.pack(make(function(try) try(nil, "broken") end)()), nil, "broken")
    t.equal(count, 1)
    t.raises("bug", make(function() error("bug") end))
    t.equal(count, 1)
  end)
end)

test("cancelling closes what <close> variables own, also where closing waits", function(t)
  local load_text = loadstring or load -- luacheck: ignore 113
  local chunk = load_text([[
    local moontide, log = ...
    local first <close> = setmetatable({}, { __close = function() log[#log + 1] = "first" end })
    local second <close> = setmetatable({}, { __close = function()
      moontide.shield(moontide.sleep, 0.002)
      log[#log + 1] = "second"
    end })
    moontide.sleep(60)
  ]])
  if not chunk then
    t.skip("<close> came with Lua 5.4")
  end
  run(function()
    local log = {}
    local task = moontide.spawn(chunk, moontide, log)
    moontide.yield()
    task:cancel()
    task:pjoin()
    t.list(log, { "second", "first" })
  end)
end)

test("cancelling ends a task whose last call it is that waits", function(t)
  run(function()
    local bodies = {
      moontide.sleep,
      function() return moontide.sleep(60) end,
      function() return coroutine.wrap(function() return moontide.sleep(60) end)() end,
      function()
        local wrapped = coroutine.wrap(function() return moontide.sleep(60) end)
        t.equal(select(2, pcall(wrapped)), moontide.cancelled)
        error(moontide.cancelled, 0)
      end,
    }
    for index, body in ipairs(bodies) do
      local task = moontide.spawn(body, 60)
      tasks.settle()
      task:cancel()
      local good, failure = task:pjoin()
      t.equal(good, false, "body " .. index)
      t.equal(failure, moontide.cancelled, "body " .. index)
    end
  end)
end)

test("cancelling a task in a coroutine of its own unwinds that, too", function(t)
  run(function()
    local log = {}
    local task = moontide.spawn(function()
      local resume = coroutine.wrap(function()
        local _, failure = pcall(moontide.sleep, 60)
        log[#log + 1] = tostring(failure)
        error(failure, 0)
      end)
      local _, failure = pcall(resume)
      log[#log + 1] = tostring(failure)
      error(failure, 0)
    end)
    moontide.yield()
    task:cancel()
    t.returns(t.pack(task:pjoin()), false, moontide.cancelled)
    t.list(log, { "cancelled", "cancelled" })
  end)
end)
