-- Waiting in tasks: sockets, time.
local test = ...
local socket = require("socket")
local moontide = require("moontide")
local tasks = require("tasks")

local run = tasks.run

-- Time --------------------------------------------------------------------------------------------------

test("sleep suspends its own task only", function(t)
  run(function()
    local log = {}
    moontide.group(function(group)
      for _, one in ipairs({ { 0.02, "c" }, { 0.002, "a" }, { 0.01, "b" } }) do
        group:spawn(function()
          moontide.sleep(one[1])
          log[#log + 1] = one[2]
        end)
      end
    end)
    t.equal(table.concat(log), "abc")
  end)
end)

test("socket.sleep is the same in a task", function(t)
  run(function()
    local ticks = 0
    local ticker = moontide.every(0.001, function() ticks = ticks + 1 end)
    local elapsed = t.timed(socket.sleep, 0.03)
    ticker:cancel()
    t.between(elapsed, 0.0299, 30)
    t.between(ticks, 1, 31)
  end)
end)

test("sleep of nothing, or of less, lets pass or yields, and never hangs", function(t)
  run(function()
    moontide.sleep(0)
    moontide.sleep(-1)
  end)
  t.raises("number expected", moontide.sleep, "x")
end)

test("sleep outside of tasks blocks", function(t)
  tasks.needs_outside(t)
  t.between(t.timed(moontide.sleep, 0.01), 0.0099, 30)
end)

test("yield lets the others go first, in turn", function(t)
  run(function()
    local log = {}
    moontide.group(function(group)
      for index = 1, 3 do
        group:spawn(function()
          for _ = 1, 3 do
            log[#log + 1] = index
            moontide.yield()
          end
        end)
      end
    end)
    t.equal(table.concat(log), "123123123")
  end)
end)

test("a plain coroutine.yield in a task only lets the others run", function(t)
  run(function()
    local log = {}
    moontide.group(function(group)
      for index = 1, 2 do
        group:spawn(function()
          log[#log + 1] = index
          t.equal(select("#", coroutine.yield("ignored")), 0)
          log[#log + 1] = index
        end)
      end
    end)
    t.equal(table.concat(log), "1212")
  end)
end)

test("after calls a function once, later, unless it is cancelled", function(t)
  run(function()
    t.equal(moontide.after(0.001, function(...) return ... end, 7):join(), 7)
    local called = false
    local task = moontide.after(60, function() called = true end)
    moontide.yield()
    task:cancel()
    task:pjoin()
    t.equal(called, false)
    t.bad_argument(1, "number expected, got no value", moontide.after)
    t.bad_argument(2, "function expected, got no value", moontide.after, 1)
  end)
end)

test("every calls a function again and again, until that returns false", function(t)
  run(function()
    local count = 0
    moontide.every(0.001, function(step)
      count = count + step
      return count < 10
    end, 2):join()
    t.equal(count, 10)
    t.bad_argument(1, "number expected, got boolean", moontide.every, true)
    t.bad_argument(2, "function expected, got no value", moontide.every, 1)
  end)
end)

test("every makes up for no calls that it missed", function(t)
  run(function()
    local calls = 0
    local task = moontide.every(0.001, function()
      calls = calls + 1
      if calls == 1 then
        moontide.sleep(0.05)
      end
      return calls < 3
    end)
    local elapsed = t.timed(task.join, task)
    t.between(elapsed, 0.051, 30)
    t.equal(calls, 3)
  end)
end)

-- Sockets -----------------------------------------------------------------------------------------------

-- Goal: a task may do anything to the sockets of those that the same wait found ready.
-- Method: two tasks wait; both get bytes before the scheduler looks; who goes on first meddles with the
-- other.
local function two_ready(t, meddle)
  local pairs_of = {}
  local log = {}
  for index = 1, 2 do
    local near, far = t.pair()
    pairs_of[index] = { near = near, far = far }
  end
  for index, one in ipairs(pairs_of) do
    one.task = moontide.spawn(function()
      local other = pairs_of[3 - index]
      one.result = t.pack(one.near:receive(4))
      log[#log + 1] = index
      if #log == 1 then
        meddle(other)
      end
    end)
  end
  tasks.settle()
  pairs_of[1].far:send("1234")
  pairs_of[2].far:send("1234")
  for _, one in ipairs(pairs_of) do
    one.good = one.task:pjoin()
  end
  return pairs_of[log[1]], pairs_of[3 - log[1]]
end

test("a task that is cancelled while its bytes are there has them, or leaves them", function(t)
  run(function()
    local first, other = two_ready(t, function(one)
      one.task:cancel()
    end)
    t.equal(first.result[1], "1234")
    t.equal(other.good and other.result[1] or other.near:receive(4), "1234")
  end)
end)

test("a socket that is closed while its bytes are there ends its task's wait", function(t)
  run(function()
    local fresh_near, fresh_far
    local first, other = two_ready(t, function(one)
      one.near:close()
      fresh_near, fresh_far = t.pair() -- which may have the number of the closed one
    end)
    t.equal(first.result[1], "1234")
    if other.result[1] ~= "1234" then
      t.returns(other.result, nil, "closed", "")
    end
    fresh_near:settimeout(0.001)
    t.returns(t.pack(fresh_near:receive(1)), nil, "timeout", "")
    fresh_near:settimeout(nil)
    fresh_far:send("x")
    t.equal(fresh_near:receive(1), "x")
  end)
end)

test("bytes that come while a task is busy with earlier ones wake its next wait", function(t)
  run(function()
    local near, far = t.pair()
    local task = moontide.spawn(function()
      local sum = 0
      for _ = 1, 200 do
        sum = sum + #near:receive(3)
        far:send("abc") -- between a read that took all there was and the next wait
      end
      return sum
    end)
    tasks.settle()
    far:send("abc")
    t.equal(task:join(10), 600)
  end)
end)

test("many conversations in one thread: connect, accept, receive and send at once", function(t)
  run(function()
    local server, port = t.server()
    local sum = 0
    moontide.group(function(group)
      group:spawn("server", function()
        for _ = 1, 50 do
          local client = t.keep(server:accept())
          group:spawn(function()
            local line = client:receive()
            while line do
              client:send(line .. "!\n")
              line = client:receive()
            end
            client:close()
          end)
        end
      end)
      for index = 1, 50 do
        group:spawn("client", function()
          local client = t.keep(socket.connect("127.0.0.1", port))
          for round = 1, 5 do
            t.ok(client:send(index .. " " .. round .. "\n"))
            t.equal(client:receive(), index .. " " .. round .. "!")
            sum = sum + 1
          end
          client:close()
        end)
      end
    end)
    t.equal(sum, 250)
  end)
end)

test("one task reads while another writes the same socket, and no byte is lost", function(t)
  run(function()
    local left, right = t.pair()
    local block = ("0123456789abcdef"):rep(65536) -- more than any socket buffer
    moontide.group(function(group)
      for _, sock in ipairs({ left, right }) do
        group:spawn(function() t.equal(sock:send(block), #block) end)
        group:spawn(function() t.equal(sock:receive(#block) == block, true) end)
      end
    end)
  end)
end)

test("a second reader is told at once that the socket is busy, and the first goes on", function(t)
  run(function()
    local client, server = t.pair()
    local first = moontide.spawn(client.receive, client)
    moontide.yield()
    local result, message = client:receive()
    t.equal(result, nil)
    t.equal(message, "Operation already in progress")
    server:send("for the first\n")
    t.equal(first:join(), "for the first")
    server:send("again\n")
    t.equal(client:receive(), "again")
  end)
end)

test("a second writer is told so, too", function(t)
  run(function()
    local client, server = t.pair()
    t.fill(client)
    client:settimeout(nil)
    local first = moontide.spawn(client.send, client, "x")
    moontide.yield()
    local result, message = client:send("y")
    t.equal(result, nil)
    t.equal(message, "Operation already in progress")
    first:cancel()
    server:close()
  end)
end)

test("so is a second task that accepts", function(t)
  run(function()
    local server, port = t.server()
    local first = moontide.spawn(server.accept, server)
    moontide.yield()
    local result, message = server:accept()
    t.equal(result, nil)
    t.equal(message, "Operation already in progress")
    t.keep(socket.connect("127.0.0.1", port))
    t.keep(first:join())
  end)
end)

test("closing a socket wakes its waiters with closed", function(t)
  run(function()
    local client = t.pair()
    t.fill(client)
    client:settimeout(nil)
    local reader = moontide.spawn(client.receive, client)
    local writer = moontide.spawn(client.send, client, "x")
    local server = t.server()
    local acceptor = moontide.spawn(server.accept, server)
    local udp = t.udp()
    local receiver = moontide.spawn(udp.receivefrom, udp)
    tasks.settle()
    client:close()
    server:close()
    udp:close()
    local result, message = reader:join()
    t.equal(result, nil)
    t.equal(message, "closed")
    result, message = writer:join()
    t.equal(result, nil)
    t.equal(message, "closed")
    t.returns(t.pack(acceptor:join()), nil, "closed")
    result, message = receiver:join()
    t.equal(result, nil)
    t.equal(message, "closed")
  end)
end)

test("timeouts of sockets are the same in tasks: partial results and all", function(t)
  run(function()
    local client, server = t.pair()
    client:settimeout(0.01)
    server:send("part")
    t.returns(t.pack(client:receive()), nil, "timeout", "part")
    t.returns(t.pack(client:receive(3, "<")), nil, "timeout", "<")
    client:settimeout(0)
    t.returns(t.pack(client:receive()), nil, "timeout", "")
    server:send("line\n")
    server:close()
    client:settimeout(5)
    t.equal(client:receive("*a"), "line\n")
    t.equal(select(2, client:receive()), "closed")
  end)
end)

test("datagrams, select and unix sockets take part", function(t)
  run(function()
    local ticks = 0
    local ticker = moontide.every(0.001, function() ticks = ticks + 1 end)
    local left, right = t.udp_pair()
    local stream, peer = t.unix_pair()
    moontide.after(0.01, function() right:send("datagram") end)
    t.equal(left:receive(), "datagram")
    moontide.after(0.01, function() peer:send("line\n") end)
    t.equal(stream:receive(), "line")
    moontide.after(0.01, function() peer:send("x") end)
    local readable = socket.select({ left, stream }, nil, 30)
    t.equal(readable[1], stream)
    t.equal(#readable, 1)
    local none, _, message = socket.select({ left }, nil, 0.01)
    t.equal(#none, 0)
    t.equal(message, "timeout")
    ticker:cancel()
    t.between(ticks, 3, math.huge)
  end)
end)

test("a socket that always has data starves neither a timer nor another socket", function(t)
  run(function()
    local client, server = t.pair()
    local quiet, quiet_peer = t.pair()
    local block = ("x"):rep(4096)
    local stop, ticks, quiet_line = false, 0, nil
    moontide.group(function(group)
      group:spawn("writer", function()
        while not stop do
          server:send(block)
        end
        server:close()
      end)
      group:spawn("reader", function()
        while client:receive(1) do end
      end)
      group:spawn("quiet", function() quiet_line = quiet:receive() end)
      group:spawn("ticker", function()
        for _ = 1, 10 do
          moontide.sleep(0.002)
          ticks = ticks + 1
        end
        quiet_peer:send("heard\n")
        t.wait_until(function() return quiet_line end, "the quiet socket")
        stop = true
      end)
    end)
    t.equal(ticks, 10)
    t.equal(quiet_line, "heard")
  end)
end)

test("a task that never waits for its socket's data still lets others run", function(t)
  run(function()
    local client, server = t.pair()
    server:send(("x"):rep(20000))
    local others = 0
    local other = moontide.spawn(function()
      while true do
        others = others + 1
        moontide.yield()
      end
    end)
    for _ = 1, 20000 do
      client:receive(1)
    end
    other:cancel()
    t.between(others, 20, math.huge)
  end)
end)

test("a task that never waits for datagrams, nor to send them, still lets others run", function(t)
  run(function()
    local receiver, port = t.udp()
    local sender = t.udp()
    local batch = {}
    for place = 1, 50 do
      batch[place] = tostring(place)
    end
    local function others_during(f)
      local others = 0
      local other = moontide.spawn(function()
        while true do
          others = others + 1
          moontide.yield()
        end
      end)
      f()
      other:cancel()
      return others
    end
    for _, method in ipairs({ "receive", "receivefrom" }) do
      t.between(others_during(function()
        for _ = 1, 100 do
          t.equal(sender:sendmany(batch, "127.0.0.1", port), 50)
          for place = 1, 50 do
            t.equal((receiver[method](receiver)), batch[place])
          end
        end
      end), 20, math.huge)
    end
    t.between(others_during(function()
      for _ = 1, 5000 do
        sender:sendto("x", "127.0.0.1", port)
      end
    end), 20, math.huge)
  end)
end)

-- Goal: a number that no descriptor has must cost nothing; a table with a place for each number would not
-- fit into memory.
-- Method: read all there is, so that the next receive waits before it tries; then hand over the number.
test("a receive on a number that is no descriptor fails in a task as it does outside", function(t)
  local function receive()
    local client, server = t.pair()
    server:send("line\n")
    t.equal(client:receive(), "line")
    local fd = client:getfd()
    client:settimeout(0.5)
    client:setfd(2000000000)
    local results = t.pack(client:receive())
    client:setfd(fd)
    return results
  end
  local outside = receive()
  t.equal(outside[2], "Bad file descriptor")
  run(function()
    t.returns(receive(), nil, outside[2], outside[3])
  end)
end)

test("an object that a task has waited on is collected once it is forgotten", function(t)
  run(function()
    local server = t.keep(assert(socket.bind("127.0.0.1", 0)))
    local known = setmetatable({}, { __mode = "k" })
    local function talk(prefix)
      local client = assert(socket.connect("127.0.0.1", (select(2, server:getsockname()))))
      local peer = t.keep(assert(server:accept()))
      known[client] = true
      moontide.spawn(function() peer:send("line\n") end)
      t.equal((client:receive("*l", prefix)), prefix .. "line")
      return peer
    end
    for _, prefix in ipairs({ "", "a " }) do -- one argument is kept, and three
      local peer = talk(prefix)
      collectgarbage()
      collectgarbage()
      t.equal(next(known), nil, "an object is left")
      t.returns(t.pack(peer:receive()), nil, "closed", "")
    end
  end)
end)
