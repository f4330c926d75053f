-- Tasks whose waits are disturbed: by other tasks, by scripts that get at their coroutines, by errors.
local test = ...
local moontide = require("moontide")
local native = require("moontide.native").loop()
local socket = require("socket")

-- As they are outside of tasks.
local raw_pcall, raw_resume, raw_yield = pcall, coroutine.resume, coroutine.yield

moontide.loop:getfd() -- what the scheduler opens once stays open

-- Runs f in a task, which the tests may be in already.
local function run(f, ...)
  if moontide.current() then
    return f(...)
  end
  return moontide.run(f, ...)
end

local function collect()
  collectgarbage()
  collectgarbage()
end

-- A task that runs until it waits, and its coroutine.
local function waiting_task(f)
  local thread
  local task = moontide.spawn(function()
    thread = coroutine.running()
    return f()
  end)
  moontide.yield()
  return task, thread
end

local MISUSED = "the coroutine of a task was resumed or closed by something else"

local function is_left(t, tasks)
  local stats = moontide.stats()
  t.equal(stats.tasks, tasks or 0, "tasks")
  if not tasks then
    t.equal(stats.waiting, 0, "waits")
    t.equal(stats.timers, 0, "timers")
  end
end

test("the coroutine of a task cannot be resumed by the script", function(t)
  run(function()
    local task, thread = waiting_task(function()
      moontide.sleep(0.005)
      return "slept"
    end)
    t.returns(t.pack(coroutine.resume(thread)), false, "cannot resume the coroutine of a task")
    t.equal(task:join(), "slept")
  end)
end)

test("resuming it behind the scheduler's back leaves the memory of its wait alone", function(t)
  run(function()
    local client, peer = t.pair()
    for _, wait in ipairs({
      function() return socket.select({ client }, nil, 1) end,
      function() return client:receive(10) end,
      function() return moontide.waitfd(client:getfd(), "r", 1) end,
    }) do
      local task, thread = waiting_task(function()
        return raw_pcall(wait)
      end)
      raw_resume(thread)
      collect()
      peer:send("0123456789")
      moontide.sleep(0.005)
      collect()
      t.equal(moontide.timeout(5, task.pjoin, task) == nil, false)
      client:settimeout(0)
      client:receive(10)
      client:settimeout(nil)
    end
  end)
  is_left(t, moontide.current() and moontide.stats().tasks)
end)

test("a task that was resumed and has ended is told of", function(t)
  run(function()
    local client, peer = t.pair()
    local task, thread = waiting_task(function()
      if pcall(client.receive, client) then
        return "unseen"
      end
    end)
    raw_resume(thread)
    t.equal(coroutine.status(thread), "dead")
    peer:send("line\n")
    t.returns(t.pack(task:pjoin()), false, MISUSED)
  end)
end)

test("coroutine.close on a waiting task", function(t)
  if not coroutine.close then
    return t.skip("this Lua has no coroutine.close")
  end
  run(function()
    local client, peer = t.pair()
    local task, thread = waiting_task(function()
      return client:send(("x"):rep(10000000))
    end)
    coroutine.close(thread)
    collect()
    peer:settimeout(0.01)
    peer:receive(5000000)
    task:cancel()
    t.returns(t.pack(task:pjoin()), false, MISUSED)
  end)
end)

test("a coroutine that waits in one task is not resumed by another", function(t)
  run(function()
    local client, peer = t.pair()
    local inner = coroutine.create(function()
      return client:receive(3)
    end)
    local task = waiting_task(function()
      return coroutine.resume(inner)
    end)
    raw_resume(inner)
    inner = nil -- luacheck: ignore 311
    collect()
    task:cancel()
    peer:send("abc")
    local succeeded = task:pjoin()
    t.ok(succeeded ~= nil)
  end)
end)

test("a yield that somebody swallowed is not waited for", function(t)
  run(function()
    local ended = moontide.event()
    moontide.spawn(function()
      for _, wait in ipairs({ native.park, native.yield, function() moontide.sleep(0.001) end }) do
        local thread = coroutine.create(function() wait() end)
        native.enter(thread)
        raw_resume(thread)
        moontide.sleep(0.002)
        moontide.yield()
      end
      ended:set()
    end)
    t.equal(ended:wait(5), true)
  end)
end)

test("nobody reads what a task has waited for before it has got it", function(t)
  run(function()
    local client, peer = t.pair()
    local first = moontide.spawn(function()
      local got = {}
      -- Always ready before the reader is.
      for i = 1, 50 do
        got[i] = { client:receive(5) }
      end
      return got
    end)
    local others = {}
    for i = 1, 5 do
      others[i] = moontide.spawn(function()
        for _ = 1, 100 do
          local data, message = client:receive(5)
          if data then
            t.equal(data, "12345")
          else
            t.equal(message, "Operation already in progress")
          end
          moontide.yield()
        end
      end)
    end
    for _ = 1, 2000 do
      peer:send("12345")
      if first:status() == "done" then
        break
      end
      moontide.yield()
    end
    for _, result in ipairs(first:join()) do
      if result[1] then
        t.equal(result[1], "12345")
      else
        t.equal(result[2], "Operation already in progress")
      end
    end
    for i = 1, 5 do
      others[i]:cancel()
      others[i]:pjoin()
    end
  end)
end)

test("two tasks that send datagrams on one socket: the second is told", function(t)
  run(function()
    local path = t.tmpname()
    local unix = require("socket.unix")
    local receiver, sender = t.keep(unix.dgram()), t.keep(unix.dgram())
    t.ok(receiver:bind(path))
    t.ok(sender:connect(path))
    local first = moontide.spawn(function()
      repeat until not sender:send(("x"):rep(1000))
    end)
    t.wait_until(function()
      moontide.yield()
      return native.state(first) == "waiting"
    end, "a full queue")
    t.returns(t.pack(sender:send("y")), nil, "Operation already in progress")
    first:cancel()
    first:pjoin()
  end)
end)

test("closing wakes those that read a message from the socket", function(t)
  run(function()
    local client = t.pair()
    local http = require("moontide.native").http()
    local task = waiting_task(function()
      return http.read_head(http.reader(), client)
    end)
    client:close()
    t.returns(t.pack(task:join()), nil, "closed")
  end)
end)

test("a wait that is not begun leaves no ticket", function(t)
  run(function()
    local channel = moontide.channel()
    local task = moontide.spawn(function()
      raw_pcall(moontide.timeout, 0, channel.send, channel, "lost")
      return moontide.channel():receive(0.005)
    end)
    moontide.sleep(0.001)
    t.equal(channel:try_receive(), false)
    t.returns(t.pack(task:join()), nil, "timeout")
  end)
end)

test("any of several that have ended waits for none of the others", function(t)
  run(function()
    local event = moontide.event()
    local ended = moontide.spawn(function() return 1 end)
    local waiting = moontide.spawn(function() event:wait() end)
    moontide.yield()
    t.returns(t.pack(moontide.any({ waiting, ended })), 2, 1)
    event:set()
    t.returns(t.pack(moontide.channel():receive(0.005)), nil, "timeout")
  end)
end)

test("polling with a timeout keeps no waiters", function(t)
  run(function()
    local event, task = moontide.event(), moontide.spawn(moontide.sleep, 60)
    for _ = 1, 200 do
      event:wait(0)
      task:pjoin(0)
      moontide.select({ task, timeout = 0 })
    end
    t.ok(event.queue[2] - event.queue[1] < 100)
    t.ok(#task.waiters < 100)
    task:cancel()
    task:pjoin()
  end)
end)

test("a task that waits within a C call goes on as soon as another wakes it", function(t)
  run(function()
    local first = moontide.spawn(function()
      table.sort({ 2, 1 }, function()
        moontide.sleep(60)
      end)
    end)
    moontide.yield()
    local waker = moontide.spawn(function() first:cancel() end)
    local seconds, succeeded, failure = t.timed(first.pjoin, first)
    t.ok(seconds < 30)
    t.equal(succeeded, false)
    t.equal(failure, moontide.cancelled)
    waker:join()
  end)
end)

test("cancelling reaches a pcall of a function that waits", function(t)
  run(function()
    local seen = {}
    local task = moontide.spawn(function()
      for i = 1, 3 do
        seen[i] = { pcall(socket.sleep, 60) }
      end
      return "gave up"
    end)
    moontide.yield()
    task:cancel()
    t.returns(t.pack(task:pjoin()), true, "gave up")
    for i = 1, 3 do
      t.returns(t.pack(seen[i][1], seen[i][2]), false, moontide.cancelled)
    end
  end)
end)

test("cancelling reaches a call in tail position", function(t)
  run(function()
    local task = moontide.spawn(socket.sleep, 60)
    local wrapped = moontide.spawn(function()
      return coroutine.wrap(function()
        return socket.sleep(60)
      end)()
    end)
    moontide.yield()
    task:cancel()
    wrapped:cancel()
    t.returns(t.pack(task:pjoin()), false, moontide.cancelled)
    t.returns(t.pack(wrapped:pjoin()), false, moontide.cancelled)
  end)
end)

test("a chain of tasks, each of which spawns the next one and ends, does not stay in memory", function(t)
  local tasks = setmetatable({}, { __mode = "v" })
  local left
  local function link(number)
    tasks[number] = moontide.current()
    if number < 100 then
      moontide.spawn(link, number + 1)
      return
    end
    collect()
    left = 0
    for _ in pairs(tasks) do
      left = left + 1
    end
  end
  run(function()
    moontide.spawn(link, 1)
    for _ = 1, 1000 do
      if left then
        break
      end
      moontide.yield()
    end
  end)
  t.ok(left and left < 10, left)
end)

test("finalisers may spawn tasks, also while a task is spawned", function(t)
  local spawned, ended = 0, 0
  local function body()
    moontide.sleep(0.001) -- so that each needs a coroutine of its own
    ended = ended + 1
  end
  local function finalise()
    if spawned < 3000 then
      spawned = spawned + 1
      moontide.spawn(body)
    end
  end
  local function litter()
    if rawget(_G, "newproxy") then -- luacheck: ignore 113
      getmetatable(newproxy(true)).__gc = finalise -- luacheck: ignore 113
    else
      setmetatable({}, { __gc = finalise })
    end
  end
  local pause = collectgarbage("setpause", 0)
  t.cleanup(function() collectgarbage("setpause", pause) end)
  run(function()
    for _ = 1, 3000 do
      litter()
      spawned = spawned + 1
      moontide.spawn(body)
      if spawned % 100 == 0 then
        moontide.sleep(0.002)
      end
    end
    for _ = 1, 10000 do
      if ended == spawned then
        break
      end
      moontide.sleep(0.001)
    end
  end)
  t.equal(ended, spawned)
end)

test("finalisers may call what waits", function(t)
  local calls = 0
  local function finalise()
    calls = calls + 1
    raw_pcall(moontide.sleep, 0.001)
    raw_pcall(moontide.run, moontide.sleep, 0.001)
    raw_pcall(moontide.loop.step, moontide.loop, 0)
    raw_pcall(function() return moontide.channel():receive(0.001) end)
  end
  local function litter()
    if rawget(_G, "newproxy") then
      getmetatable(newproxy(true)).__gc = finalise -- luacheck: ignore 113
    else
      setmetatable({}, { __gc = finalise })
    end
  end
  run(function()
    local other = moontide.spawn(function()
      for _ = 1, 20 do
        moontide.sleep(0.001)
      end
    end)
    for _ = 1, 10 do
      litter()
      collect()
      moontide.sleep(0.001)
    end
    other:join()
  end)
  collect()
  t.ok(calls >= 9)
end)

test("errors that cannot be made text do not end the others", function(t)
  local texts = {}
  moontide.onerror(function(text)
    texts[#texts + 1] = text
    error("of the reporter")
  end)
  local stderr = io.stderr
  io.stderr = { write = function() end } -- luacheck: ignore 122
  local object = setmetatable({}, { __tostring = function() error("none") end })
  local succeeded = raw_pcall(run, function()
    moontide.spawn(function() error(object) end):detach()
    moontide.spawn(function() error() end):detach()
    moontide.sleep(0.001)
  end)
  io.stderr = stderr -- luacheck: ignore 122
  moontide.onerror(nil)
  t.ok(succeeded)
  t.equal(#texts, 2)
  t.matches(texts[1], "a table that has no text")
end)

test("one run after the other, each with an error", function(t)
  if moontide.current() then
    return t.skip("in a task")
  end
  for i = 1, 5 do
    local client = t.pair()
    t.returns(t.pack(raw_pcall(moontide.run, function()
      moontide.spawn(function() client:receive() end)
      moontide.spawn(function() table.sort({ 2, 1 }, function() moontide.sleep(60) end) end)
      moontide.yield()
      error(i, 0)
    end)), false, i)
    is_left(t)
  end
end)

test("the state may be closed while tasks wait", function(t)
  local output = t.output_of([[
    local moontide, socket = require("moontide"), require("socket")
    local server = assert(socket.bind("127.0.0.1", 0))
    moontide.run(function()
      moontide.spawn(function() server:accept() end)
      moontide.spawn(function() socket.select({ server }, nil) end)
      moontide.spawn(function() coroutine.wrap(function() moontide.channel():receive() end)() end)
      moontide.spawn(function() table.sort({ 2, 1 }, function() moontide.sleep(60) end) end)
      moontide.after(0.005, function() print("closing") io.stdout:flush() os.exit(0, true) end)
    end)
  ]])
  t.matches(output, "closing")
end)

test("a plain yield only lets the others run", function(t)
  run(function()
    local task = moontide.spawn(function()
      return select("#", raw_yield(1, 2)), "back"
    end)
    t.returns(t.pack(task:join()), 0, "back")
  end)
end)
