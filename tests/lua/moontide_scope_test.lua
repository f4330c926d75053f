-- group, timeout, deadline, shield, any, all.
local test = ...
local moontide = require("moontide")
local tasks = require("tasks")

local run = tasks.run

-- Deadlines -------------------------------------------------------------------------------------------

test("timeout gives the results of what it calls, nils included", function(t)
  run(function()
    t.returns(t.pack(moontide.timeout(60, function(...)
      moontide.sleep(0.001)
      return select("#", ...), nil, ..., nil
    end, 1, nil)), 2, nil, 1, nil)
  end)
end)

test("timeout ends a wait of any kind: nil, timeout", function(t)
  run(function()
    local client = t.pair()
    local channel = moontide.channel()
    for _, wait in ipairs({
      function() moontide.sleep(60) end, function() channel:receive() end, function() client:receive() end,
      function() moontide.select({ channel, client }) end,
    }) do
      t.returns(t.pack(moontide.timeout(0.005, wait)), nil, "timeout")
    end
  end)
end)

test("timeout raises the errors of what it calls", function(t)
  run(function()
    local failure = {}
    t.equal(select(2, pcall(moontide.timeout, 60, error, failure)), failure)
  end)
end)

test("of nested timeouts the nearest deadline counts", function(t)
  run(function()
    local inner_result
    local elapsed = t.timed(function()
      t.returns(t.pack(moontide.timeout(0.02, function()
        inner_result = t.pack(moontide.timeout(60, moontide.sleep, 60))
      end)), nil, "timeout")
    end)
    t.equal(inner_result, nil)
    t.between(elapsed, 0.019, 30)
    t.returns(t.pack(moontide.timeout(60, function()
      t.returns(t.pack(moontide.timeout(0.005, moontide.sleep, 60)), nil, "timeout")
      return "goes on"
    end)), "goes on")
  end)
end)

test("what runs out of time and catches that gets it again at the next wait", function(t)
  run(function()
    local count = 0
    t.returns(t.pack(moontide.timeout(0.005, function()
      for _ = 1, 5 do
        if not pcall(moontide.sleep, 60) then count = count + 1 end
      end
    end)))
    t.equal(count, 5)
    moontide.sleep(0.001)
  end)
end)

test("timeout 0 lets pass what does not have to wait", function(t)
  run(function()
    local channel = moontide.channel(1)
    channel:send(5)
    t.equal(moontide.timeout(0, channel.receive, channel), 5)
    t.returns(t.pack(moontide.timeout(0, channel.receive, channel)), nil, "timeout")
  end)
end)

test("deadline is the same with an instant of now()", function(t)
  run(function()
    t.returns(t.pack(moontide.deadline(moontide.now() + 0.005, moontide.sleep, 60)), nil, "timeout")
    t.equal(moontide.deadline(moontide.now() + 60, function() return 7 end), 7)
  end)
end)

test("the timeout of a socket goes on to be a result, that of a scope unwinds", function(t)
  run(function()
    local client = t.pair()
    client:settimeout(0.005)
    t.returns(t.pack(moontide.timeout(60, client.receive, client)), nil, "timeout", "")
    client:settimeout(60)
    t.returns(t.pack(moontide.timeout(0.005, client.receive, client)), nil, "timeout")
  end)
end)

test("a receive that ran out of time has lost nothing", function(t)
  run(function()
    local client, server = t.pair()
    server:send("half")
    t.returns(t.pack(moontide.timeout(0.01, client.receive, client)), nil, "timeout")
    server:send(" a line\n")
    t.equal(client:receive(), "half a line")
  end)
end)

test("scopes outside of tasks are an error that says so", function(t)
  tasks.needs_outside(t)
  for _, name in ipairs({ "timeout", "deadline", "shield", "group", "any", "all" }) do
    local first = (name == "timeout" or name == "deadline") and 1 or nil
    t.raises(name .. " has to be called in a task (see moontide.run)", function()
      if first then
        moontide[name](first, function() end)
      elseif name == "any" or name == "all" then
        moontide[name]({ function() end })
      else
        moontide[name](function() end)
      end
    end)
  end
end)

test("their arguments are checked", function(t)
  run(function()
    t.bad_argument(1, "number expected, got no value", moontide.timeout)
    t.bad_argument(2, "function expected, got no value", moontide.timeout, 1)
    t.bad_argument(1, "number expected, got table", moontide.deadline, {})
    t.bad_argument(2, "function expected, got boolean", moontide.deadline, 1, true)
    t.bad_argument(1, "function expected, got no value", moontide.shield)
    t.bad_argument(1, "function expected, got number", moontide.group, 5)
    t.bad_argument(1, "table expected, got no value", moontide.all)
    t.bad_argument(1, "table expected, got function", moontide.any, print)
    t.raises("bad item 2 of the list for 'all' (task or function expected, got number)", moontide.all,
      { print, 5 })
    t.raises("the list is empty", moontide.any, {})
  end)
end)

-- Shield ------------------------------------------------------------------------------------------------

test("what is shielded is not interrupted: neither by cancelling nor by a deadline", function(t)
  run(function()
    local log = {}
    local task = moontide.spawn(function()
      log[1] = moontide.shield(function(...)
        moontide.sleep(0.01)
        return ...
      end, "whole")
      log[2] = select(2, pcall(moontide.sleep, 60))
    end)
    moontide.yield()
    task:cancel()
    task:join()
    t.list(log, { "whole", moontide.cancelled })
    local whole
    t.returns(t.pack(moontide.timeout(0.001, function()
      moontide.shield(moontide.sleep, 0.01)
      whole = true
      moontide.sleep(60)
    end)), nil, "timeout")
    t.equal(whole, true)
  end)
end)

test("shields nest, and end with an error as well", function(t)
  run(function()
    local task = moontide.spawn(function()
      pcall(moontide.shield, function()
        moontide.shield(moontide.sleep, 0.001)
        moontide.sleep(0.001)
        error("x")
      end)
      moontide.sleep(60)
    end)
    moontide.yield()
    task:cancel()
    t.returns(t.pack(task:pjoin()), false, moontide.cancelled)
  end)
end)

-- Groups ------------------------------------------------------------------------------------------------

test("a group ends when all its tasks have ended, and gives the results of its function", function(t)
  run(function()
    local ended = 0
    t.returns(t.pack(moontide.group(function(group)
      for index = 1, 5 do
        group:spawn("child " .. index, function()
          moontide.sleep(index / 1000)
          ended = ended + 1
        end)
      end
      return "a", nil
    end)), "a", nil)
    t.equal(ended, 5)
  end)
end)

test("a task of the group may spawn more into it", function(t)
  run(function()
    local ended = 0
    moontide.group(function(group)
      local function child(depth)
        if depth > 0 then
          group:spawn(child, depth - 1)
          group:spawn(child, depth - 1)
        end
        moontide.yield()
        ended = ended + 1
      end
      group:spawn(child, 4)
    end)
    t.equal(ended, 31)
  end)
end)

test("the first error cancels the others and is raised when all have ended", function(t)
  run(function()
    local failure, cancelled = {}, 0
    local function wait()
      local good, message = pcall(moontide.sleep, 60)
      if not good and message == moontide.cancelled then cancelled = cancelled + 1 end
      moontide.shield(moontide.sleep, 0.005)
      error(message, 0)
    end
    local good, message = pcall(moontide.group, function(group)
      group:spawn(wait)
      group:spawn(wait)
      group:spawn(function() moontide.sleep(0.001) error(failure) end)
    end)
    t.equal(good, false)
    t.equal(message, failure)
    t.equal(cancelled, 2)
  end)
end)

test("an error of a child ends what the function of the group waits for", function(t)
  run(function()
    local unwound = false
    t.raises("broken", moontide.group, function(group)
      group:spawn(function() error("broken") end)
      moontide.timeout(60, function()
        local good, failure = pcall(moontide.sleep, 60)
        unwound = not good
        error(failure, 0)
      end)
    end)
    t.equal(unwound, true)
    moontide.sleep(0.001) -- the task itself goes on
  end)
end)

test("an error of the function cancels the children, and counts more than theirs", function(t)
  local reports = tasks.reports(t)
  run(function()
    local ended = 0
    t.raises("the first", moontide.group, function(group)
      for _ = 1, 3 do
        group:spawn(function()
          pcall(moontide.sleep, 60)
          ended = ended + 1
        end)
      end
      group:spawn("second", function()
        pcall(moontide.sleep, 60)
        error("the second")
      end)
      moontide.yield()
      error("the first")
    end)
    t.equal(ended, 3)
    collectgarbage()
    collectgarbage()
  end)
  if moontide.current() then
    return
  end
  t.equal(#reports, 1) -- what the group did not raise is not lost
  t.matches(reports[1], "the second")
end)

test("cancelling the owner cancels the children, and none is left behind", function(t)
  run(function()
    local before = moontide.stats().tasks
    local ended = 0
    local task = moontide.spawn(function()
      moontide.group(function(group)
        for _ = 1, 10 do
          group:spawn(function()
            pcall(moontide.sleep, 60)
            moontide.shield(moontide.sleep, 0.002)
            ended = ended + 1
          end)
        end
      end)
    end)
    tasks.settle()
    task:cancel()
    t.returns(t.pack(task:pjoin()), false, moontide.cancelled)
    t.equal(ended, 10)
    t.equal(moontide.stats().tasks, before)
  end)
end)

test("a timeout around a group ends the group and its tasks", function(t)
  run(function()
    local cancelled = 0
    t.returns(t.pack(moontide.timeout(0.01, moontide.group, function(group)
      for _ = 1, 3 do
        group:spawn(function()
          if not pcall(moontide.sleep, 60) then cancelled = cancelled + 1 end
        end)
      end
    end)), nil, "timeout")
    t.equal(cancelled, 3)
  end)
end)

test("cancel ends the tasks of a group without an error", function(t)
  run(function()
    local task
    moontide.group(function(group)
      task = group:spawn(moontide.sleep, 60)
      group:cancel()
    end)
    t.equal(task:status(), "cancelled")
  end)
end)

test("groups nest: the inner error passes through the outer one", function(t)
  run(function()
    local other
    t.raises("inner", moontide.group, function(outer)
      other = outer:spawn(moontide.sleep, 60)
      moontide.group(function(inner)
        inner:spawn(function() moontide.yield() error("inner") end)
      end)
    end)
    t.equal(other:status(), "cancelled")
  end)
end)

test("a group that has ended takes no more tasks", function(t)
  run(function()
    local kept
    moontide.group(function(group) kept = group end)
    t.raises("the group has ended", kept.spawn, kept, print)
  end)
end)

test("as <close> variable of Lua 5.4 it ends with its block", function(t)
  local load_text = loadstring or load -- luacheck: ignore 113
  local chunk = load_text([[
    local moontide, body, log = ...
    do
      local group <close> = moontide.group()
      body(group)
    end
    log[#log + 1] = "behind"
  ]])
  if not chunk then
    t.skip("<close> came with Lua 5.4")
  end
  run(function()
    local log = {}
    chunk(moontide, function(group)
      group:spawn(function()
        moontide.sleep(0.002)
        log[#log + 1] = "child"
      end)
    end, log)
    t.list(log, { "child", "behind" })
    local task
    t.raises("of the block", chunk, moontide, function(group)
      task = group:spawn(moontide.sleep, 60)
      error("of the block")
    end, log)
    t.equal(task:status(), "cancelled")
    t.raises("of a child", chunk, moontide, function(group)
      group:spawn(error, "of a child")
      moontide.sleep(60)
    end, log)
    t.equal(#log, 2)
  end)
end)

-- all and any -------------------------------------------------------------------------------------------

test("all calls functions at once and gives a list of their first results", function(t)
  run(function()
    local running, most = 0, 0
    local function f(value)
      return function()
        running = running + 1
        most = math.max(most, running)
        moontide.sleep(0.005)
        running = running - 1
        return value, "more"
      end
    end
    local results = moontide.all({ f(1), f(nil), f(3) })
    t.equal(results.n, 3)
    t.equal(results[1], 1)
    t.equal(results[2], nil)
    t.equal(results[3], 3)
    t.equal(most, 3)
    t.equal(moontide.all({}).n, 0)
  end)
end)

test("all takes tasks as well; the first error in time is raised, and they go on", function(t)
  run(function()
    local event = moontide.event()
    local slow = moontide.spawn(function() event:wait() return "slow" end)
    local function fail()
      moontide.sleep(0.002)
      error("failed")
    end
    t.raises("failed", moontide.all, { slow, fail })
    t.raises("failed", moontide.all, { slow, moontide.spawn(fail) })
    t.equal(slow:status(), "waiting")
    event:set()
    t.equal(moontide.all({ slow })[1], "slow")
  end)
end)

test("any gives the place and results of the first that ends, and cancels the other functions", function(t)
  run(function()
    local cancelled = 0
    local function slow()
      if not pcall(moontide.sleep, 60) then cancelled = cancelled + 1 end
      moontide.shield(moontide.sleep, 0.002)
    end
    local other = moontide.spawn(moontide.sleep, 60)
    t.returns(t.pack(moontide.any({ slow, function()
      moontide.sleep(0.001)
      return "first", nil
    end, slow, other })), 2, "first", nil)
    t.equal(cancelled, 2)
    t.equal(other:status(), "waiting")
    other:cancel()
  end)
end)

test("any raises the error of the first that ends", function(t)
  run(function()
    local before = moontide.stats().tasks
    t.raises("failed", moontide.any, {
      function() moontide.sleep(60) end, function() moontide.sleep(0.001) error("failed") end,
    })
    t.equal(moontide.stats().tasks, before)
  end)
end)
