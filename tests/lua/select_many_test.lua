-- socket.select over many sockets, time and again: lists that change, sockets that come and go.
local test = ...
local socket = require("socket")
local unpack = table.unpack or unpack -- luacheck: ignore 113
local in_task = os.getenv("MOONTIDE_TEST_IN_TASKS") ~= nil

if not in_task then
  require("moontide").loop:getfd() -- stays open from the first time on
end

-- `count` connections: their near ends, and the far end of each.
local function connections(t, count)
  local server = t.server()
  local near, far = {}, {}
  for index = 1, count do
    near[index] = t.keep(socket.connect("127.0.0.1", (select(2, server:getsockname()))))
    far[near[index]] = t.keep(server:accept())
  end
  return near, far
end

-- A list goes into the queue a part at a time: after so many calls all of it is there.
local function settle(t, list)
  for _ = 1, 20 do
    t.equal(select(3, socket.select(list, nil, 0)), "timeout")
  end
end

-- Garbage that calls `action` when it is collected.
local function make_garbage(action)
  if rawget(_G, "newproxy") then
    getmetatable(_G.newproxy(true)).__gc = action
  else
    setmetatable({}, { __gc = action })
  end
end

-- The same socket as an object of somebody else's, which takes another way through select.
local function foreign(object)
  return {
    getfd = function() return object:getfd() end,
    dirty = function() return object:dirty() end,
  }
end

local function descriptors(list)
  local found = {}
  for index = 1, #list do
    found[index] = list[index]:getfd()
  end
  return found
end

-- Asks for the lists twice, the second time with foreign objects: both say the same.
local function expect_same(t, readers, writers)
  local others = { {}, {} }
  for index, object in ipairs(readers) do
    others[1][index] = foreign(object)
  end
  for index, object in ipairs(writers) do
    others[2][index] = foreign(object)
  end
  local readable, writable, message = socket.select(readers, writers, 0)
  local foreign_readable, foreign_writable, foreign_message = socket.select(others[1], others[2], 0)
  t.list(descriptors(readable), descriptors(foreign_readable))
  t.list(descriptors(writable), descriptors(foreign_writable))
  t.equal(message, foreign_message)
  return readable, writable
end

test("the same list again and again finds what is ready each time", function(t)
  local near, far = connections(t, 20)
  for round = 1, 40 do
    local speaker = near[(round * 7) % #near + 1]
    far[speaker]:send("x")
    local readable, writable = socket.select(near, nil, 5)
    t.list(readable, { speaker })
    t.equal(readable[speaker], 1)
    t.equal(next(writable), nil)
    t.equal(speaker:receive(1), "x")
    t.equal(select(3, socket.select(near, nil, 0)), "timeout")
  end
end)

test("lists that change from call to call are answered as if they were new", function(t)
  local near, far = connections(t, 30)
  math.randomseed(5)
  for index = 1, #near do
    near[index]:settimeout(0)
  end
  for _ = 1, 200 do
    local readers, writers = {}, {}
    for _, object in ipairs(near) do
      if math.random(3) > 1 then readers[#readers + 1] = object end
      if math.random(6) == 1 then writers[#writers + 1] = object end
    end
    local speaker = near[math.random(#near)]
    far[speaker]:send("two")
    local readable = expect_same(t, readers, writers)
    for index = 1, #readable do
      readable[index]:receive(math.random(2))
    end
  end
end)

test("what is ready but not in the list any more does not end the wait", function(t)
  local near, far = connections(t, 12)
  settle(t, near)
  local first = table.remove(near, 1)
  far[first]:send("x")
  local elapsed, _, _, message = t.timed(socket.select, near, nil, 0.05)
  t.equal(message, "timeout")
  t.between(elapsed, 0.0499, 30)
  near[#near + 1] = first
  t.list(socket.select(near, nil, 5), { first })
end)

test("a socket that was once waited for to write does not end later waits to read", function(t)
  local near = connections(t, 12)
  for _ = 1, 20 do
    local _, writable = socket.select(near, { near[3] }, 0)
    t.list(writable, { near[3] })
  end
  local elapsed, _, _, message = t.timed(socket.select, near, nil, 0.05)
  t.equal(message, "timeout")
  t.between(elapsed, 0.0499, 30)
end)

test("sockets that are closed, and new ones with their descriptors", function(t)
  local server = t.server()
  local near, far = connections(t, 12)
  for round = 1, 60 do
    local place = (round * 5) % #near + 1
    local old = near[place]
    local number = old:getfd()
    far[old]:close()
    t.list(socket.select(near, nil, 5), { old })
    old:close()
    t.equal(select(3, socket.select(near, nil, 0)), "timeout")
    near[place] = t.keep(socket.connect("127.0.0.1", (select(2, server:getsockname()))))
    far[near[place]] = t.keep(server:accept())
    t.equal(near[place]:getfd(), number)
    t.equal(select(3, socket.select(near, nil, 0)), "timeout")
    far[near[place]]:send("x")
    t.list(socket.select(near, nil, 5), { near[place] })
    near[place]:receive(1)
  end
end)

test("a descriptor that moves to another object is that object's", function(t)
  local near, far = connections(t, 12)
  settle(t, near)
  local old = near[4]
  local heir = t.keep(socket.tcp())
  heir:setfd(old:getfd())
  old:setfd(socket._SOCKETINVALID)
  near[4] = heir
  t.equal(select(3, socket.select(near, nil, 0)), "timeout")
  far[old]:send("x")
  t.list(socket.select(near, nil, 5), { heir })
end)

test("two objects with one descriptor are both reported", function(t)
  local near, far = connections(t, 12)
  local double = t.keep(socket.tcp())
  double:setfd(near[5]:getfd())
  t.cleanup(function() double:setfd(socket._SOCKETINVALID) end)
  near[#near + 1] = double
  far[near[5]]:send("x")
  for _ = 1, 20 do
    t.list(socket.select(near, nil, 5), { near[5], double })
  end
end)

test("all of several hundred that are ready are reported, in the order of descriptors", function(t)
  local near, far = connections(t, 350)
  settle(t, near)
  for _, object in ipairs(near) do
    far[object]:send("x")
  end
  for _ = 1, 3 do
    local readable, writable = expect_same(t, near, near)
    t.equal(#readable, 350)
    t.equal(#writable, 350)
  end
end)

test("dirty objects come first among many, and once", function(t)
  local near, far = connections(t, 80)
  settle(t, near)
  for index = 1, 80, 2 do
    far[near[index]]:send("two\nlines\n")
    t.equal(near[index]:receive(), "two")
  end
  far[near[40]]:send("x")
  far[near[7]]:send("more")
  local expected = {}
  for index = 1, 80, 2 do
    expected[#expected + 1] = near[index]
  end
  expected[#expected + 1] = near[40]
  t.list(socket.select(near, nil, 5), expected)
end)

test("servers, datagrams and local streams among many", function(t)
  local near, far = connections(t, 10)
  local receiver, sender = t.udp_pair()
  local server = t.server()
  local one, other = t.unix_pair()
  local list = { receiver, server, one }
  for _, object in ipairs(near) do
    list[#list + 1] = object
  end
  settle(t, list)
  sender:send("x")
  other:send("x")
  far[near[10]]:send("x")
  t.keep(socket.connect("127.0.0.1", (select(2, server:getsockname()))))
  local expected = { receiver, server, one, near[10] }
  table.sort(expected, function(a, b) return a:getfd() < b:getfd() end)
  t.wait_until(function() return #socket.select(list, nil, 0) == 4 end, "all four are ready")
  t.list(socket.select(list, nil, 5), expected)
end)

test("a socket that has been forgotten while it was ready disturbs nobody", function(t)
  local near, far = connections(t, 12)
  settle(t, near)
  far[near[12]]:send("x")
  near[12] = nil
  t.equal(select(3, socket.select(near, nil, 0)), "timeout")
  collectgarbage()
  collectgarbage()
  t.equal(select(3, socket.select(near, nil, 0)), "timeout")
end)

test("a finaliser that selects as well does no harm", function(t)
  local near, far = connections(t, 100)
  settle(t, near)
  for index = 1, 90 do
    far[near[index]]:send("x")
  end
  local finalised = 0
  local function select_others()
    finalised = finalised + 1
    socket.select({ unpack(near, 91) }, near, 0)
    if finalised < 500 then make_garbage(select_others) end
  end
  make_garbage(select_others)
  local rounds = 0
  repeat
    t.equal(#socket.select(near, nil, 5), 90)
    rounds = rounds + 1
  until finalised >= 20 or rounds == 20000
  t.between(finalised, 20, 500)
end)

test("sockets that tasks and select wait for in turn", function(t)
  if in_task then
    t.skip("it starts a loop of its own")
  end
  local moontide = require("moontide")
  local near, far = connections(t, 12)
  for round = 1, 3 do
    settle(t, near)
    moontide.run(function()
      local tasks = {}
      for index, object in ipairs(near) do
        tasks[index] = moontide.spawn(function() return object:receive(1) end)
      end
      moontide.yield()
      for _, object in ipairs(near) do
        far[object]:send(tostring(round))
      end
      for index = 1, #near do
        t.equal(tasks[index]:join(5), tostring(round))
      end
    end)
    far[near[round]]:send("x")
    t.list(socket.select(near, nil, 5), { near[round] })
    t.equal(near[round]:receive(1), "x")
  end
end)
