-- moontide.serve.
local test = ...
local socket = require("socket")
local moontide = require("moontide")
local tasks = require("tasks")

local served, echo = tasks.served, tasks.echo

test("serves each connection in a task of its own, and closes it when the handler returns", function(t)
  local results = served(t, function(client)
    client:send(client:receive() .. "!\n")
  end, nil, function(port)
    local clients = {}
    for index = 1, 10 do
      clients[index] = t.keep(socket.connect("127.0.0.1", port))
    end
    for index = 10, 1, -1 do -- all are served at once, in any order
      clients[index]:send(index .. "\n")
      t.equal(clients[index]:receive(), index .. "!")
      t.returns(t.pack(clients[index]:receive()), nil, "closed", "")
    end
  end)
  t.returns(results, true)
end)

test("tells onready where it listens", function(t)
  tasks.needs_outside(t)
  local host, port
  moontide.run(function()
    moontide.spawn(moontide.serve, "127.0.0.1:0", echo, { onready = function(...)
      host, port = ...
      moontide.stop(1)
    end })
  end)
  t.equal(host, "127.0.0.1")
  t.between(tonumber(port), 1, 65535)
end)

test("takes a listening socket, an IPv6 address and a unix path", function(t)
  tasks.needs_outside(t)
  local function visit(address, connect)
    moontide.run(function()
      moontide.spawn(moontide.serve, address, echo, { onready = function(_, port)
        moontide.spawn(function()
          local client = t.keep(connect(port))
          client:send("hello\n")
          t.equal(client:receive(), "hello")
          client:close()
          moontide.stop(30)
        end)
      end })
    end)
  end
  local listener = t.server()
  listener:settimeout(0)
  visit(listener, function(port) return socket.connect("127.0.0.1", port) end)
  local path = t.tmpname()
  visit("unix:" .. path, function()
    local client = require("socket.unix").stream()
    assert(client:connect(path))
    return client
  end)
  if t.has_ipv6() then
    visit("[::1]:0", function(port) return socket.connect("::1", port) end)
  end
end)

test("addresses that it cannot listen at are nil, message", function(t)
  tasks.needs_outside(t)
  local _, port = t.server()
  t.returns(t.pack(moontide.serve("127.0.0.1:" .. port, echo)), nil, "address already in use")
  t.returns(t.pack(moontide.serve("nonsense", echo)), nil, "invalid address 'nonsense'")
  t.raises("bad argument #1 to 'serve'", moontide.serve, {}, echo)
  t.bad_argument(2, "function expected, got no value", moontide.serve, "127.0.0.1:0")
  t.bad_argument(3, "table expected, got number", moontide.serve, "127.0.0.1:0", echo, 5)
  t.raises("whole number from 1 on", moontide.serve, "127.0.0.1:0", echo, { limit = 0 })
end)

test("an error of a handler is reported, its connection closed, and the server goes on", function(t)
  local reports = tasks.reports(t)
  served(t, function(client)
    local line = client:receive()
    if line == "bad" then error("handler broken") end
    client:send(line .. "\n")
  end, nil, function(port)
    local bad = t.keep(socket.connect("127.0.0.1", port))
    bad:send("bad\n")
    t.returns(t.pack(bad:receive()), nil, "closed", "")
    local good = t.keep(socket.connect("127.0.0.1", port))
    good:send("good\n")
    t.equal(good:receive(), "good")
  end)
  t.equal(#reports, 1)
  t.matches(reports[1], "^error in task 'connection 1'.*moontide_serve_test.lua:%d+: handler broken")
end)

test("accepts no more than its limit; the rest waits in the queue of the system", function(t)
  local inside, most = 0, 0
  served(t, function(client)
    inside = inside + 1
    most = math.max(most, inside)
    echo(client)
    inside = inside - 1
  end, { limit = 2 }, function(port)
    local clients = {}
    for index = 1, 5 do
      clients[index] = t.keep(socket.connect("127.0.0.1", port))
      clients[index]:settimeout(30)
      clients[index]:send("hello\n")
    end
    t.equal(clients[1]:receive(), "hello")
    t.equal(clients[2]:receive(), "hello")
    clients[3]:settimeout(0.03)
    t.returns(t.pack(clients[3]:receive()), nil, "timeout", "")
    t.equal(inside, 2)
    for index = 3, 5 do
      clients[index - 2]:close()
      clients[index]:settimeout(30)
      t.equal(clients[index]:receive(), "hello")
    end
    clients[4]:close()
    clients[5]:close()
  end)
  t.equal(most, 2)
end)

test("stop accepts no more, and drains what is there", function(t)
  local finished = false
  local late
  local results = served(t, function(client)
    moontide.stopping:wait()
    moontide.sleep(0.02)
    client:send("finished\n")
    finished = true
  end, nil, function(port)
    local client = t.keep(socket.connect("127.0.0.1", port))
    moontide.sleep(0.01)
    moontide.stop(30)
    tasks.settle()
    late = socket.connect("127.0.0.1", port)
    t.equal(client:receive(), "finished")
  end)
  t.equal(late, nil)
  t.equal(finished, true)
  t.returns(results, true)
end)

test("connections that do not end within the grace are cancelled and closed", function(t)
  tasks.needs_outside(t)
  local failure, closed
  moontide.run(function()
    moontide.spawn(moontide.serve, "127.0.0.1:0", function(client)
      local good
      good, failure = pcall(client.receive, client)
      if not good then error(failure, 0) end
    end, { onready = function(_, port)
      moontide.spawn(function()
        local client = t.keep(socket.connect("127.0.0.1", port))
        moontide.sleep(0.01)
        moontide.stop(0.02)
        closed = moontide.shield(function() return select(2, client:receive()) end)
      end)
    end })
  end)
  t.equal(failure, moontide.cancelled)
  t.equal(closed, "closed")
end)

test("a server that is cancelled closes its connections and leaves nothing behind", function(t)
  tasks.needs_outside(t)
  moontide.run(function()
    local ready = moontide.channel(1)
    local server = moontide.spawn(moontide.serve, "127.0.0.1:0", echo,
      { onready = function(_, port) ready:send(port) end })
    local client = t.keep(socket.connect("127.0.0.1", ready:receive()))
    client:send("x\n")
    t.equal(client:receive(), "x")
    server:cancel()
    t.returns(t.pack(client:receive()), nil, "closed", "")
    t.equal(server:pjoin(), false)
    tasks.settle()
    t.equal(moontide.stats().tasks, 1)
  end)
end)

test("outside of tasks it runs by itself, until stop", function(t)
  tasks.needs_outside(t)
  t.returns(t.pack(moontide.serve("127.0.0.1:0", echo, { onready = function() moontide.stop() end })), true)
end)

test("survives that no descriptor is left: it goes on when a connection has ended", function(t)
  tasks.needs_outside(t)
  local output = t.output_of([[
    local moontide, socket = require("moontide"), require("socket")
    moontide.run(function()
      local served = 0
      moontide.spawn(moontide.serve, "127.0.0.1:0", function(client)
        served = served + 1
        client:send("hello\n")
        client:receive()
      end, { onready = function(_, port)
        moontide.spawn(function()
          local held = {}
          local waiting = assert(socket.tcp4())
          local spare = assert(socket.tcp4())
          while true do  -- both sides are in this process: some run dry on the way
            local file = io.open("/dev/null")
            if not file then break end
            held[#held + 1] = file
          end
          spare:close()
          assert(waiting:connect("127.0.0.1", port))
          assert(waiting:receive() == "hello")
          local second = nil
          held[#held]:close() held[#held] = nil
          second = assert(socket.tcp4())
          assert(second:connect("127.0.0.1", port))
          second:settimeout(0.3)
          print(second:receive())
          second:settimeout(30)
          waiting:close()
          print((second:receive()))
          second:close()
          for _, file in ipairs(held) do file:close() end
          moontide.stop(5)
          print(served)
        end)
      end })
    end)
  ]], nil, "ulimit -n 40;")
  t.equal(output, "nil\ttimeout\t\nhello\n2")
end)
