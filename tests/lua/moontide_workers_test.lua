-- moontide.workers, and the port that workers share.
local test = ...
local socket = require("socket")
local moontide = require("moontide")
local tasks = require("tasks")

-- A bound socket that does not listen keeps a port for workers; no connection comes to it.
local KEEP_PORT = [[
  local socket, moontide = require("socket"), require("moontide")
  local keeper = socket.tcp4()
  keeper:setoption("reuseport", true)
  assert(keeper:bind("127.0.0.1", 0))
  local port = select(2, keeper:getsockname())
]]

-- Whether a process with this number is there, and has not ended.
local HELPERS = [[
  local function is_alive(pid)
    local status = io.open("/proc/" .. pid .. "/stat")
    if not status then return false end
    local state = status:read("*a"):match("%) (%u)")
    status:close()
    return state ~= "Z"
  end
  local function own_pid()
    local file = io.open("/proc/self/stat")
    local pid = file:read("*a"):match("%d+")
    file:close()
    return pid
  end
  local function wait_until(probe)
    for _ = 1, 2000 do
      if probe() then return true end
      socket.sleep(0.005)
    end
    return false
  end
]]

test("workers share the connections of one port", function(t)
  t.equal(t.output_of(KEEP_PORT .. HELPERS .. [[
    local workers = assert(moontide.workers(3, function(greeting)
      local pid = own_pid()
      assert(moontide.serve("127.0.0.1:" .. port, function(client)
        client:send(greeting .. pid .. "\n")
      end, { reuseport = true }))
    end, "from "))
    local seen, kinds, count = {}, 0, 0
    -- Until a second worker was seen: the others may come up later than all these connections take.
    local deadline = socket.gettime() + 30
    while count < 300 or kinds < 2 and socket.gettime() < deadline do
      local client
      assert(wait_until(function()
        client = socket.connect("127.0.0.1", port)
        return client
      end))
      local pid = assert(client:receive()):match("^from (%d+)$")
      client:close()
      if not seen[pid] then
        seen[pid] = true
        kinds = kinds + 1
      end
      count = count + 1
    end
    assert(not seen[own_pid()])
    local again = workers:count()
    print(count >= 300, kinds > 1 and kinds <= 3, again, workers:stop(30), workers:count())
  ]]), "true\ttrue\t3\ttrue\t0")
end)

test("workers may serve a socket that was listening before", function(t)
  t.equal(t.output_of([[
    local socket, moontide = require("socket"), require("moontide")
    local server = socket.bind("127.0.0.1", 0)
    local port = select(2, server:getsockname())
    local workers = moontide.workers(2, function()
      moontide.serve(server, function(client) client:send(client:receive() .. "!\n") end)
    end)
    server:close()
    for place = 1, 20 do
      local client = socket.connect("127.0.0.1", port)
      client:send(place .. "\n")
      assert(client:receive() == place .. "!")
      client:close()
    end
    print(workers:stop(5))
  ]]), "true")
end)

test("wait is true when all have returned", function(t)
  t.equal(t.output_of([[
    local moontide = require("moontide")
    local workers = moontide.workers(4, function(a, b)
      assert(a == 1 and b == nil)
      moontide.sleep(0.01)
    end, 1, nil)
    print(workers:wait())
    print(workers:wait(0), workers:count(), workers:stop())
  ]]), "true\ntrue\t0\ttrue")
end)

test("wait gives up after its timeout", function(t)
  t.equal(t.output_of([[
    local moontide = require("moontide")
    local workers = moontide.workers(1, function() moontide.sleep(100) end)
    print(workers:wait(0.02))
    print(workers:wait(0))
    print(workers:stop())
  ]]), "nil\ttimeout\nnil\ttimeout\ntrue")
end)

test("an error is reported with the number of its worker, and stops the others", function(t)
  t.matches(t.output_of([[
    local moontide = require("moontide")
    local workers = moontide.workers(3, function()
      moontide.sleep(100)
      error("never reached")
    end)
    print(workers:stop())
    workers = moontide.workers(2, function() error("it broke") end)
    print(workers:wait())
    local object = setmetatable({}, { __tostring = function() return "an object" end })
    workers = moontide.workers(2, function() error(object) end)
    print(workers:wait())
  ]]), "^true\nnil\tworker %d: .*it broke.*\nnil\tworker %d: an object$")
end)

test("the first failure stops workers that would go on for ever", function(t)
  t.equal(t.output_of(KEEP_PORT .. [[
    local server = socket.bind("127.0.0.1", 0)
    local place = select(2, server:getsockname())
    local workers = moontide.workers(2, function()
      local client = assert(socket.connect("127.0.0.1", place))
      if client:receive() == "fail" then error("as told", 0) end
      moontide.sleep(1000)
    end)
    local one, two = server:accept(), server:accept()
    one:send("stay\n")
    two:send("fail\n")
    print((select(2, workers:wait()):gsub("%d", "N")))
    print(workers:count())
  ]]), "worker N: as told\n0")
end)

test("one that is killed or exits is a failure that says so", function(t)
  t.equal(t.output_of(KEEP_PORT .. HELPERS .. [[
    local workers = moontide.workers(1, function()
      os.execute("kill -9 " .. own_pid())
      moontide.sleep(100)
    end)
    print(workers:wait())
    workers = moontide.workers(1, function() os.exit(7) end)
    print(workers:wait())
    workers = moontide.workers(1, function() os.exit(0) end)
    print(workers:wait())
  ]]), "nil\tworker 1: ended by signal 9\nnil\tworker 1: exited with status 7\ntrue")
end)

test("stop lets connections end within the grace", function(t)
  t.equal(t.output_of(KEEP_PORT .. HELPERS .. [[
    local workers = moontide.workers(2, function()
      assert(moontide.serve("127.0.0.1:" .. port, function(client)
        client:send("hello\n")
        client:send(client:receive() .. "\n")
      end, { reuseport = true }))
    end)
    local client
    assert(wait_until(function() client = socket.connect("127.0.0.1", port) return client end))
    assert(client:receive() == "hello")
    moontide.run(function()
      local stopper = moontide.spawn(function() return workers:stop(30) end)
      moontide.sleep(0.05)
      client:send("bye\n")
      print((client:receive()))
      print(stopper:join())
    end)
  ]]), "bye\ntrue")
end)

test("stop kills a worker that does not hear it", function(t)
  t.equal(t.output_of(([[
    local socket, moontide = require("socket"), require("moontide")
    local server = socket.bind("127.0.0.1", 0)
    local place = select(2, server:getsockname())
    local workers = moontide.workers(1, function()
      socket.connect("127.0.0.1", place):send("here\n")
      while true do end
    end)
    server:accept():receive()
    local started = socket.gettime()
    print(workers:stop())
    print(socket.gettime() - started >= 5, workers:count())
  ]])), "nil\tworker 1: ended by signal 9\ntrue\t0")
end)

test("no worker outlives the process that started it", function(t)
  local pid = t.output_of(HELPERS:gsub("socket%.sleep", "require('socket').sleep") .. [[
    local moontide = require("moontide")
    local server = require("socket").bind("127.0.0.1", 0)
    local place = select(2, server:getsockname())
    moontide.workers(1, function()
      require("socket").connect("127.0.0.1", place):send(own_pid() .. "\n")
      moontide.sleep(1000)
    end)
    print((server:accept():receive()))
    io.stdout:flush()
    os.execute("kill -9 " .. own_pid())
  ]]):match("%d+")
  t.wait_until(function()
    local file = io.open("/proc/" .. pid .. "/stat")
    if not file then
      return true
    end
    local state = file:read("*a"):match("%) (%u)")
    file:close()
    return state == "Z"
  end, "the end of the worker")
end)

test("the loop of the process that started them goes on undisturbed", function(t)
  t.equal(t.output_of([[
    local socket, moontide = require("socket"), require("moontide")
    local server = socket.bind("127.0.0.1", 0)
    local client = socket.connect("127.0.0.1", (select(2, server:getsockname())))
    local peer = server:accept()
    moontide.run(function() -- both are in the loop's queue from now on
      moontide.spawn(function() print((peer:receive())) end)
      moontide.sleep(0.01)
      client:send("before\n")
    end)
    local workers = moontide.workers(2, function()
      client:close()
      peer:close()
      local left, right = socket.bind("127.0.0.1", 0)
      right = socket.connect("127.0.0.1", (select(2, left:getsockname())))
      local accepted = left:accept()
      local reader = moontide.spawn(function() return accepted:receive() end)
      moontide.sleep(0.01)
      right:send("inside\n")
      assert(reader:join() == "inside")
      assert(socket.dns.toip("127.0.0.1"))
    end)
    print(workers:wait())
    moontide.run(function()
      local reader = moontide.spawn(function() print((peer:receive())) end)
      moontide.sleep(0.01)
      client:send("after\n")
      reader:join()
    end)
  ]]), "before\ntrue\nafter")
end)

test("what stdio holds is written once", function(t)
  t.equal(t.output_of([[
    local moontide = require("moontide")
    io.stdout:setvbuf("full")
    io.write("start;")
    local workers = moontide.workers(2, function() io.write("worker;") end)
    workers:wait()
    print("end")
  ]]), "start;worker;worker;end")
end)

test("by default there is one for each processor", function(t)
  t.matches(t.output_of([[
    local moontide = require("moontide")
    local workers = moontide.workers(nil, function() end)
    print(workers:count() >= 1, workers:wait())
  ]]), "^true\ttrue$")
end)

test("wrong arguments, and tasks that are there already", function(t)
  t.raises("bad argument #1 to 'workers' (number expected, got table)", moontide.workers, {}, print)
  t.raises("bad argument #1 to 'workers' (whole number from 1 on expected, got 0)", moontide.workers, 0,
    print)
  t.raises("bad argument #1 to 'workers' (at most 1024 workers)", moontide.workers, math.huge, print)
  t.raises("bad argument #2 to 'workers' (function expected, got no value)", moontide.workers, 1)
  tasks.run(function()
    t.raises("moontide.workers has to come before all tasks", moontide.workers, 1, print)
  end)
end)

test("several sockets listen at one port with reuseport, and not without", function(t)
  local first = t.keep(socket.bind("127.0.0.1", 0, 5, { reuseport = true }))
  local _, port = first:getsockname()
  local second = t.keep(socket.bind("127.0.0.1", port, 5, { reuseport = true }))
  t.equal(select(2, second:getsockname()), port)
  t.returns(t.pack(socket.bind("127.0.0.1", port)), nil, "address already in use")
  t.returns(t.pack(socket.bind("127.0.0.1", port, 5, {})), nil, "address already in use")
end)
