-- How tasks begin, end and are joined; what queues and channels keep.
--
-- Goal: that threads, places in lists and slots are used again must not be seen by anybody.
-- Method: many of them at once, in odd orders, with values that tell them apart.
local test = ...
local moontide = require("moontide")
local tasks = require("tasks")

local run = tasks.run
local unpack = table.unpack or unpack -- luacheck: ignore 143

test("modules that are loaded within run keep nothing of the tasks, nor of the names", function(t)
  t.equal(t.output_of([[
    local moontide, socket = require("moontide"), require("socket")
    moontide.run(function()
      local task = moontide.spawn(function()
        moontide.sleep(0.01)
        return "there"
      end)
      moontide.yield()
      require("mime").b64(("x"):rep(100000))
      require("socket.http")
      collectgarbage()
      collectgarbage()
      print(task:join(), (socket.dns.toip("127.0.0.1")))
    end)
  ]]):gsub("%s+", " "), "there 127.0.0.1")
end)

test("tasks that were spawned together run in that order, each with its own arguments", function(t)
  run(function()
    local log, spawned = {}, {}
    for index = 1, 300 do
      spawned[index] = moontide.spawn(function(...)
        log[#log + 1] = index
        return select("#", ...), ...
      end, index, nil, -index)
    end
    for index = 1, 300 do
      t.returns(t.pack(spawned[index]:join()), 3, index, nil, -index)
      t.equal(log[index], index)
    end
  end)
end)

test("a task takes many arguments and gives many results", function(t)
  run(function()
    local values = {}
    for index = 1, 200 do
      values[index] = index
    end
    local task = moontide.spawn("many", function(...)
      moontide.yield()
      return ...
    end, unpack(values))
    local waiting = {}
    for index = 1, 3 do
      waiting[index] = moontide.spawn(function() return task:pjoin() end)
    end
    for index = 1, 3 do
      local results = t.pack(waiting[index]:join())
      t.equal(results.n, 201)
      t.equal(results[1], true)
      t.equal(results[201], 200)
    end
    t.equal(select("#", task:join()), 200)
  end)
end)

test("all that wait for a task that fails are told, each as it asked", function(t)
  run(function()
    local failure = {}
    local task = moontide.spawn(function()
      moontide.yield()
      moontide.yield()
      error(failure)
    end)
    local joiner = moontide.spawn(function() return task:join() end)
    local nested = moontide.spawn(function() return pcall(task.join, task) end)
    local protected = moontide.spawn(function() return task:pjoin() end)
    local wrapped = moontide.spawn(function()
      return pcall(coroutine.wrap(function() return task:join() end))
    end)
    local inside = moontide.spawn(function()
      local seen
      table.sort({ 2, 1 }, function()
        seen = { task:pjoin() }
        return false
      end)
      return unpack(seen)
    end)
    t.returns(t.pack(joiner:pjoin()), false, failure)
    for _, one in ipairs({ nested, protected, wrapped, inside }) do
      t.returns(t.pack(one:pjoin()), true, false, failure)
    end
  end)
end)

test("who gave up joining is not woken by the end, whatever it waits for by then", function(t)
  run(function()
    local event, channel = moontide.event(), moontide.channel()
    local task = moontide.spawn(function() event:wait() end)
    local receiver = moontide.spawn(function()
      t.returns(t.pack(task:join(0)), nil, "timeout")
      return channel:receive()
    end)
    local sleeper = moontide.spawn(function()
      t.returns(t.pack(moontide.timeout(0, task.join, task)), nil, "timeout")
      return moontide.sleep(60)
    end)
    local cancelled = moontide.spawn(function() return task:join() end)
    moontide.sleep(0.005)
    cancelled:cancel()
    cancelled:pjoin()
    event:set()
    task:join()
    moontide.yield()
    t.equal(receiver:status(), "waiting")
    t.equal(sleeper:status(), "waiting")
    channel:send("value")
    t.equal(receiver:join(), "value")
    sleeper:cancel()
    sleeper:pjoin()
  end)
end)

test("a task that is cancelled before it starts keeps nothing of what it was to do", function(t)
  run(function()
    local weak = setmetatable({}, { __mode = "v" })
    local task
    do
      local argument = {}
      weak[1] = argument
      task = moontide.spawn(function() end, argument)
    end
    local other
    do
      local argument = {}
      weak[2] = argument
      other = moontide.spawn(function() moontide.sleep(60) end, argument)
    end
    task:cancel()
    t.returns(t.pack(task:pjoin()), false, moontide.cancelled)
    moontide.yield()
    for _ = 1, 3 do
      collectgarbage()
    end
    t.equal(weak[1], nil)
    t.equal(weak[2], nil)
    other:cancel()
    other:pjoin()
  end)
end)

test("the children of a task that has ended are those of who spawned it", function(t)
  run(function()
    local leaf
    moontide.spawn("root of it", function()
      local middle = moontide.spawn("middle", function()
        moontide.spawn(function() end)
        leaf = moontide.spawn("leaf", moontide.sleep, 60)
        moontide.spawn(function() end)
      end)
      middle:join()
      local text = moontide.dump()
      local indent = text:match("\n?( *)root of it:")
      t.equal(text:match("\n( *)leaf:"), indent .. "  ")
    end):join()
    local text = moontide.dump()
    t.equal(text:match("root of it"), nil)
    t.matches(text, "leaf:")
    leaf:cancel()
    leaf:pjoin()
  end)
end)

test("join and its like take tasks only", function(t)
  run(function()
    local task = moontide.spawn(function() end)
    for _, name in ipairs({ "join", "pjoin", "cancel", "status" }) do
      for _, value in ipairs({ {}, "task", 1, moontide.channel() }) do
        t.equal(pcall(task[name], value), false)
      end
    end
  end)
end)

-- Queues ------------------------------------------------------------------------------------------------

test("a channel keeps the order and nils, however much goes through it", function(t)
  run(function()
    for _, capacity in ipairs({ 0, 1, 7, math.huge }) do
      local channel = moontide.channel(capacity)
      local count = 500
      local sender = moontide.spawn(function()
        for index = 1, count do
          channel:send(index % 5 ~= 0 and index or nil)
          if index % 50 == 0 then
            moontide.yield()
          end
        end
        channel:close()
      end)
      for index = 1, count do
        t.equal(channel:receive(), index % 5 ~= 0 and index or nil)
        if index % 70 == 0 then
          moontide.yield()
        end
      end
      t.returns(t.pack(channel:receive()), nil, "closed")
      t.equal(channel:count(), 0)
      sender:join()
    end
  end)
end)

test("a channel that is never empty does not grow", function(t)
  run(function()
    local channel = moontide.channel(10)
    for _ = 1, 3 do
      channel:send("first")
    end
    local function places()
      local most = 0
      for place in pairs(channel) do
        most = math.max(most, place)
      end
      return most
    end
    for index = 1, 2000 do
      channel:send(index)
      channel:receive()
      t.equal(channel:count(), 3)
    end
    t.ok(places() < 200, places())
  end)
end)

test("tasks are woken in the order in which they came, past those that gave up", function(t)
  run(function()
    local semaphore, log, waiting, settled = moontide.semaphore(0), {}, {}, 0
    for index = 1, 200 do
      waiting[index] = moontide.spawn(function()
        if index % 3 == 0 then
          t.returns(t.pack(semaphore:acquire(0)), nil, "timeout")
          settled = settled + 1
          return
        end
        settled = settled + 1
        semaphore:acquire()
        log[#log + 1] = index
      end)
    end
    while settled < 200 do -- each waits, or has given up
      moontide.yield()
    end
    local expected = {}
    for index = 1, 200 do
      if index % 7 == 0 and index % 3 ~= 0 then
        waiting[index]:cancel()
      elseif index % 3 ~= 0 then
        expected[#expected + 1] = index
      end
    end
    for _ = 1, #expected do
      semaphore:release()
    end
    for index = 1, 200 do
      waiting[index]:pjoin()
    end
    t.list(log, expected)
    t.equal(semaphore:try_acquire(), false)
  end)
end)
