-- channel, mutex, semaphore, condition, event, select, locals.
local test = ...
local moontide = require("moontide")
local tasks = require("tasks")

local run = tasks.run

-- Channels ----------------------------------------------------------------------------------------------

test("a channel hands values over in order, nil and false included", function(t)
  run(function()
    local channel = moontide.channel()
    local sent = { 1, false, "x", {} }
    moontide.spawn(function()
      for _, value in ipairs(sent) do
        t.equal(channel:send(value), true)
      end
      channel:send(nil)
      channel:close()
    end)
    for _, value in ipairs(sent) do
      t.equal(channel:receive(), value)
    end
    t.returns(t.pack(channel:receive()), nil)
    t.returns(t.pack(channel:receive()), nil, "closed")
  end)
end)

test("without capacity a sender waits until its value is taken", function(t)
  run(function()
    local channel, log = moontide.channel(), {}
    moontide.spawn(function()
      channel:send(1)
      log[#log + 1] = "sent"
    end)
    tasks.settle()
    t.equal(#log, 0)
    t.equal(channel:receive(), 1)
    tasks.settle()
    t.equal(#log, 1)
  end)
end)

test("with a capacity it waits only when the channel is full", function(t)
  run(function()
    local channel = moontide.channel(2)
    channel:send("a")
    channel:send("b")
    t.equal(channel:count(), 2)
    t.equal(channel:try_send("c"), false)
    t.returns(t.pack(channel:send("c", 0.005)), nil, "timeout")
    local sender = moontide.spawn(channel.send, channel, "c")
    tasks.settle()
    t.equal(sender:status(), "waiting")
    t.equal(channel:receive(), "a")
    t.equal(sender:join(), true)
    t.equal(channel:receive(), "b")
    t.equal(channel:receive(), "c")
    t.returns(t.pack(channel:try_receive()), false)
  end)
end)

test("a value that was not taken in time is not handed over later", function(t)
  run(function()
    local channel = moontide.channel()
    t.returns(t.pack(channel:send("late", 0.002)), nil, "timeout")
    t.returns(t.pack(channel:receive(0.002)), nil, "timeout")
    t.equal(channel:try_send("x"), false)
    local cancelled = moontide.spawn(channel.send, channel, "cancelled")
    moontide.yield()
    cancelled:cancel()
    moontide.spawn(channel.send, channel, "good")
    t.equal(channel:receive(), "good")
  end)
end)

test("closing wakes senders and receivers: nil, closed; what is buffered can still be taken", function(t)
  run(function()
    local channel = moontide.channel(1)
    channel:send(1)
    local sender = moontide.spawn(channel.send, channel, 2)
    moontide.yield()
    channel:close()
    channel:close()
    t.returns(t.pack(sender:join()), nil, "closed")
    t.returns(t.pack(channel:send(3)), nil, "closed")
    t.returns(t.pack(channel:try_send(3)), nil, "closed")
    t.equal(channel:receive(), 1)
    t.returns(t.pack(channel:receive()), nil, "closed")
    t.returns(t.pack(channel:try_receive()), nil, "closed")
    local empty = moontide.channel()
    local receiver = moontide.spawn(empty.receive, empty)
    moontide.yield()
    empty:close()
    t.returns(t.pack(receiver:join()), nil, "closed")
  end)
end)

test("values() goes through a channel until it is closed", function(t)
  run(function()
    local channel, got = moontide.channel(), {}
    moontide.spawn(function()
      for index = 1, 5 do channel:send(index) end
      channel:close()
    end)
    for value in channel:values() do
      got[#got + 1] = value
    end
    t.list(got, { 1, 2, 3, 4, 5 })
  end)
end)

test("each value goes to one of several receivers, in the order in which they came", function(t)
  run(function()
    local channel, got = moontide.channel(), {}
    for index = 1, 3 do
      moontide.spawn(function()
        local value = channel:receive()
        got[#got + 1] = index .. value
      end)
    end
    moontide.yield()
    for _, value in ipairs({ "a", "b", "c" }) do channel:send(value) end
    tasks.settle()
    t.equal(table.concat(got, " "), "1a 2b 3c")
  end)
end)

test("those that gave up waiting do not stay in memory", function(t)
  run(function()
    local channel, event = moontide.channel(), moontide.event()
    local task = moontide.spawn(event.wait, event)
    local function round()
      for _ = 1, 2000 do
        channel:receive(0)
        moontide.timeout(0, event.wait, event)
        task:join(0)
      end
      collectgarbage()
      collectgarbage()
      return collectgarbage("count")
    end
    round()
    local before = round()
    t.between(round() - before, -10000, 64, "KiB")
    event:set()
    t.equal(task:join(), true)
  end)
end)

test("arguments of channels are checked", function(t)
  t.raises("bad argument #1 to 'channel' (whole number from 0 on expected, got -1)", moontide.channel, -1)
  t.raises("bad argument #1 to 'channel' (number expected, got table)", moontide.channel, {})
  run(function()
    local channel = moontide.channel()
    t.raises("bad argument #1 to 'receive' (number expected, got string)", channel.receive, channel, "x")
  end)
end)

test("outside of tasks what does not have to wait works, and the rest says why not", function(t)
  tasks.needs_outside(t)
  local channel = moontide.channel(1)
  t.equal(channel:send(1), true)
  t.equal(channel:receive(), 1)
  t.raises("only tasks can wait here (see moontide.run)", channel.receive, channel)
end)

-- Locks -------------------------------------------------------------------------------------------------

test("a mutex is held by one task at a time, and handed on in order", function(t)
  run(function()
    local mutex, log = moontide.mutex(), {}
    t.equal(mutex:lock(), true)
    for index = 1, 3 do
      moontide.spawn(function()
        mutex:lock()
        log[#log + 1] = index
        moontide.yield()
        log[#log + 1] = index
        mutex:unlock()
      end)
    end
    moontide.yield()
    t.equal(#log, 0)
    mutex:unlock()
    mutex:lock()
    t.list(log, { 1, 1, 2, 2, 3, 3 })
    mutex:unlock()
  end)
end)

test("a mutex knows its holder", function(t)
  run(function()
    local mutex = moontide.mutex()
    t.raises("the mutex is not locked by this task", mutex.unlock, mutex)
    mutex:lock()
    t.raises("the mutex is locked by this task already", mutex.lock, mutex)
    moontide.spawn(function()
      t.equal(mutex:try_lock(), false)
      t.returns(t.pack(mutex:lock(0.002)), nil, "timeout")
      t.raises("the mutex is not locked by this task", mutex.unlock, mutex)
    end):join()
    mutex:unlock()
    t.equal(mutex:try_lock(), true)
    mutex:unlock()
  end)
end)

test("with() unlocks however its function ends", function(t)
  run(function()
    local mutex = moontide.mutex()
    t.returns(t.pack(mutex:with(function(...) return ..., nil end, 1)), 1, nil)
    t.raises("x", mutex.with, mutex, error, "x")
    local task = moontide.spawn(mutex.with, mutex, moontide.sleep, 60)
    moontide.yield()
    task:cancel()
    t.equal(mutex:lock(5), true)
    mutex:unlock()
    t.bad_argument(1, "function expected, got no value", mutex.with, mutex)
  end)
end)

test("a task that gives up waiting for a mutex does not get it", function(t)
  run(function()
    local mutex = moontide.mutex()
    mutex:lock()
    local cancelled = moontide.spawn(mutex.lock, mutex)
    moontide.yield()
    cancelled:cancel()
    mutex:unlock()
    t.equal(mutex:try_lock(), true)
    mutex:unlock()
  end)
end)

test("a semaphore lets so many in", function(t)
  run(function()
    local semaphore, inside, most = moontide.semaphore(3), 0, 0
    moontide.group(function(group)
      for _ = 1, 10 do
        group:spawn(semaphore.with, semaphore, function()
          inside = inside + 1
          most = math.max(most, inside)
          moontide.sleep(0.001)
          inside = inside - 1
        end)
      end
    end)
    t.equal(most, 3)
    for _ = 1, 3 do
      t.equal(semaphore:try_acquire(), true)
    end
    t.equal(semaphore:try_acquire(), false)
    t.returns(t.pack(semaphore:acquire(0.002)), nil, "timeout")
    semaphore:release()
    t.equal(semaphore:acquire(), true)
    t.raises("bad argument #1 to 'semaphore'", moontide.semaphore, 1.5)
  end)
end)

test("a condition wakes as many as it is told", function(t)
  run(function()
    local condition, woken = moontide.condition(), 0
    for _ = 1, 5 do
      moontide.spawn(function()
        condition:wait()
        woken = woken + 1
      end)
    end
    moontide.yield()
    t.equal(condition:notify(), 1)
    t.equal(condition:notify(2), 2)
    tasks.settle()
    t.equal(woken, 3)
    t.equal(condition:notify_all(), 2)
    t.equal(condition:notify(), 0)
    t.returns(t.pack(condition:wait(nil, 0.002)), nil, "timeout")
    tasks.settle()
    t.equal(woken, 5)
  end)
end)

test("a condition unlocks its mutex while it waits, and has it again behind, also when cancelled", function(t)
  run(function()
    local condition, mutex, log = moontide.condition(), moontide.mutex(), {}
    local function waiter()
      mutex:lock()
      local good, failure = pcall(condition.wait, condition, mutex)
      log[#log + 1] = tostring(good and "woken" or failure)
      mutex:unlock()
      return good or error(failure, 0)
    end
    local first, second = moontide.spawn(waiter), moontide.spawn(waiter)
    moontide.yield()
    mutex:lock()
    condition:notify()
    second:cancel()
    tasks.settle()
    t.equal(#log, 0)
    mutex:unlock()
    first:join()
    t.returns(t.pack(second:pjoin()), false, moontide.cancelled)
    table.sort(log)
    t.list(log, { "cancelled", "woken" })
    t.raises("mutex expected, got table", condition.wait, condition, {})
  end)
end)

test("an event lets all pass once it is set, until it is cleared", function(t)
  run(function()
    local event, passed = moontide.event(), 0
    for _ = 1, 3 do
      moontide.spawn(function()
        event:wait()
        passed = passed + 1
      end)
    end
    t.returns(t.pack(event:wait(0.002)), nil, "timeout")
    event:set()
    tasks.settle()
    t.equal(passed, 3)
    t.equal(event:wait(), true)
    event:clear()
    t.returns(t.pack(event:wait(0)), nil, "timeout")
  end)
end)

-- select --------------------------------------------------------------------------------------------------

test("select takes what is ready first of channels to receive from", function(t)
  run(function()
    local left, right = moontide.channel(), moontide.channel(1)
    t.returns(t.pack(moontide.select({ left, right, timeout = 0.002 })), nil, "timeout")
    right:send("r")
    t.returns(t.pack(moontide.select({ left, right })), 2, "r")
    moontide.after(0.002, function() left:send("l") end)
    t.returns(t.pack(moontide.select({ left, right })), 1, "l")
    moontide.after(0.002, left.close, left)
    t.returns(t.pack(moontide.select({ left, right })), 1, nil, "closed")
    t.returns(t.pack(moontide.select({ left, right })), 1, nil, "closed")
  end)
end)

test("select sends, and the value is taken once", function(t)
  run(function()
    local channel, other = moontide.channel(), moontide.channel()
    local receiver = moontide.spawn(function()
      moontide.sleep(0.002)
      return channel:receive(), channel:try_receive()
    end)
    t.returns(t.pack(moontide.select({ other, { channel, "value" } })), 2, true)
    t.returns(t.pack(receiver:join()), "value", false)
    channel:close()
    t.returns(t.pack(moontide.select({ { channel, "value" } })), 1, nil, "closed")
  end)
end)

test("select joins tasks, with their results or their error", function(t)
  run(function()
    local channel = moontide.channel()
    local good = moontide.spawn(function() moontide.sleep(0.002) return 1, nil, 3 end)
    t.returns(t.pack(moontide.select({ channel, good })), 2, true, 1, nil, 3)
    t.returns(t.pack(moontide.select({ channel, good })), 2, true, 1, nil, 3)
    local bad = moontide.spawn(function() moontide.yield() error("x", 0) end)
    t.returns(t.pack(moontide.select({ bad, timeout = 60 })), 1, false, "x")
  end)
end)

test("select waits for sockets, too, and leaves them as they were", function(t)
  run(function()
    local client, server = t.pair()
    local channel = moontide.channel()
    t.returns(t.pack(moontide.select({ client, channel, timeout = 0.002 })), nil, "timeout")
    server:send("line\nrest")
    local place, ready = moontide.select({ channel, client })
    t.equal(place, 2)
    t.equal(ready, client)
    t.equal(client:receive(), "line")
    t.equal(moontide.select({ channel, client }), 2) -- the rest is in its buffer
    t.equal(client:receive(4), "rest")
    moontide.after(0.002, function() channel:send(1) end)
    t.returns(t.pack(moontide.select({ client, channel })), 2, 1)
    server:send("more\n")
    t.equal(client:receive(), "more")
  end)
end)

test("select that is interrupted gives its sockets free", function(t)
  run(function()
    local client, server = t.pair()
    t.returns(t.pack(moontide.timeout(0.005, moontide.select, { client })), nil, "timeout")
    local before = moontide.stats().tasks
    moontide.after(0.002, server.send, server, "x\n")
    t.equal(client:receive(), "x")
    tasks.settle()
    t.between(moontide.stats().tasks, before - 1, before)
  end)
end)

test("of several selects one gets a value, and none is lost", function(t)
  run(function()
    local left, right, got = moontide.channel(), moontide.channel(), {}
    moontide.group(function(group)
      for _ = 1, 4 do
        group:spawn(function()
          while true do
            local _, value, message = moontide.select({ left, right })
            if message then return end
            got[#got + 1] = value
          end
        end)
      end
      for index = 1, 100 do
        (index % 2 == 0 and left or right):send(index)
      end
      left:close()
    end)
    table.sort(got)
    t.equal(#got, 100)
    for index = 1, 100 do t.equal(got[index], index) end
  end)
end)

test("select names a case that it cannot wait for", function(t)
  run(function()
    t.raises("bad case 2 of select (channel, {channel, value}, task or open socket expected)",
      moontide.select, { moontide.channel(), 5 })
    t.bad_argument(1, "table expected, got no value", moontide.select)
  end)
  if not moontide.current() then
    t.raises("select has to be called in a task (see moontide.run)", moontide.select, {})
  end
end)

-- Locals --------------------------------------------------------------------------------------------------

test("a task has the values that its parent had when it was spawned, until it sets its own", function(t)
  run(function()
    local outcome
    local parent = moontide.spawn(function()
      moontide.locals.user = "anna"
      local child = moontide.spawn(function()
        moontide.yield()
        local before = moontide.locals.user
        moontide.locals.user = "carl"
        return before, moontide.locals.user
      end)
      moontide.locals.user = "bert"
      outcome = t.pack(child:join())
      return moontide.locals.user
    end)
    t.equal(parent:join(), "bert")
    t.returns(outcome, "anna", "carl")
    t.equal(moontide.locals.user, nil)
  end)
end)

test("outside of tasks there are none", function(t)
  tasks.needs_outside(t)
  t.equal(moontide.locals.user, nil)
  t.raises("only tasks have values of their own", function() moontide.locals.user = 1 end)
end)
