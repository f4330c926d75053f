-- socket.select and objects with bytes in their buffer.
local test = ...
local socket = require("socket")

-- Gives a pair whose first object holds unread bytes in its buffer, but none in the system's.
local function dirty_pair(t)
  local client, peer = t.pair()
  peer:send("ab")
  t.equal(client:receive(1), "a")
  t.equal(client:dirty(), true)
  return client, peer
end

-- A foreign object on the descriptor of `object`.
local function foreign(object, dirty)
  return { getfd = function() return object:getfd() end, dirty = dirty }
end

test("an object with buffered bytes is readable without asking the system", function(t)
  local client = dirty_pair(t)
  local results = t.pack(socket.select({ client }, nil, 5))
  t.equal(results.n, 2)
  t.list(results[1], { client })
  t.float(results[1][client], 1)
  t.list(results[2], {})
end)

test("dirty objects come first in list order, then the others by descriptor", function(t)
  local ready = {}
  for index = 1, 3 do
    local client, peer = t.pair()
    peer:send("x")
    ready[index] = client
  end
  table.sort(ready, function(a, b) return a:getfd() < b:getfd() end)
  local one, two = dirty_pair(t), (dirty_pair(t))
  if one:getfd() < two:getfd() then
    one, two = two, one
  end
  t.equal(select(3, socket.select({}, nil, 0)), "timeout")
  local readable = socket.select({ ready[3], one, ready[1], two, ready[2] }, nil, 5)
  t.list(readable, { one, two, ready[1], ready[2], ready[3] })
  for index = 1, #readable do
    t.float(readable[readable[index]], index)
  end
end)

test("with a dirty object the wait is over at once, and writable ones are reported too", function(t)
  local client, peer = dirty_pair(t)
  local idle = t.pair()
  local elapsed, readable, writable = t.timed(socket.select, { idle, client }, { peer }, 30)
  t.between(elapsed, 0, 5)
  t.list(readable, { client })
  t.list(writable, { peer })
end)

test("dirty is not consulted for the second list", function(t)
  local client = dirty_pair(t)
  t.fill(client)
  local asked = false
  local object = foreign(client, function() asked = true return true end)
  t.equal(select(3, socket.select(nil, { object, client }, 0)), "timeout")
  t.equal(asked, false)
end)

test("an object without dirty is never dirty, false and nil mean clean", function(t)
  local client = t.pair()
  local list = { foreign(client), foreign(client, function() return false end),
    foreign(client, function() end) }
  t.equal(select(3, socket.select(list, nil, 0)), "timeout")
end)

test("dirty gets the element as its only argument, and any true value counts", function(t)
  local client = t.pair()
  local arguments
  local object = foreign(client, function(...)
    arguments = t.pack(...)
    return "yes"
  end)
  t.list(socket.select({ object }, nil, 5), { object })
  t.returns(arguments, object)
end)

test("a closed object is ignored even when it has buffered bytes", function(t)
  local client = dirty_pair(t)
  client:close()
  t.equal(client:dirty(), true)
  t.equal(select(3, socket.select({ client }, nil, 0)), "timeout")
end)

test("dirty is asked after both lists were collected", function(t)
  local client = t.pair()
  local log = {}
  local function logging(name)
    return {
      getfd = function() log[#log + 1] = "getfd " .. name return client:getfd() end,
      dirty = function() log[#log + 1] = "dirty " .. name return false end,
    }
  end
  socket.select({ logging("r") }, { logging("w") }, 0)
  t.list(log, { "getfd r", "getfd w", "getfd r", "dirty r" })
end)

test("an error inside dirty comes out unchanged", function(t)
  local client = t.pair()
  local failure = {}
  local object = foreign(client, function() error(failure) end)
  local _, raised = pcall(socket.select, { object }, nil, 0)
  t.equal(raised, failure)
end)

-- Mended: the original reports it twice.
test("a dirty object that is listed twice is reported once", function(t)
  local client = dirty_pair(t)
  local readable = socket.select({ client, client }, nil, 5)
  t.list(readable, { client })
  t.equal(readable[2], nil)
end)

test("an object that is dirty and has data in the system as well is reported once", function(t)
  local client, peer = dirty_pair(t)
  peer:send("more")
  local readable = socket.select({ client }, nil, 5)
  t.list(readable, { client })
end)

-- Mended: the original reports every listed object as ready.
test("when the system call fails only the dirty objects are reported", function(t)
  local client = dirty_pair(t)
  local idle = t.pair()
  local broken = { getfd = function() return socket._SETSIZE - 1 end }
  local readable, writable = socket.select({ idle, broken, client }, { broken }, 5)
  t.list(readable, { client })
  t.list(writable, {})
end)
