-- select: many sockets, foreign objects, tables with metatables.

local case, t = ...

case("select on many: 60 objects and foreign ones", function()
  local context = t.pair()
  local socket = context.socket
  local readers, writers = {}, {}
  for i = 1, 50 do
    readers[i] = assert(socket.udp4())
    writers[i] = readers[i]
  end
  for i = 51, 60 do
    readers[i] = {
      getfd = function() return readers[i - 50]:getfd() end,
      dirty = function() return false end,
    }
  end
  readers[61] = context.accepted
  context.client:send("two\nlines\n")
  assert(context.accepted:receive() == "two")
  local function act()
    return socket.select(readers, writers, 1)
  end
  local function verify(succeeded, r, w)
    if not succeeded then
      r, w = socket.select(readers, writers, 1)
    end
    assert(#r == 1 and r[1] == context.accepted and r[context.accepted] == 1 and #w == 50)
    assert(context.accepted:receive() == "lines")
  end
  return act, verify
end)

-- Many of ours, and nothing else: they stay in a queue from one call to the next.
case("select on many: 70 that are ready, again and again", function()
  local socket = require("socket")
  local list = {}
  for i = 1, 70 do
    list[i] = assert(socket.udp4())
    assert(list[i]:setsockname("127.0.0.1", 0))
    assert(list[i]:sendto("x", list[i]:getsockname()))
  end
  local function act()
    for _ = 1, 10 do
      assert(#socket.select(list, nil, 1) == 70)
    end
  end
  return act
end)

case("select on objects of every class", function()
  local context, streams = t.pair(), t.local_pair()
  local socket = context.socket
  local device = assert(require("socket.serial")("/dev/null"))
  local dgram = assert(require("socket.unix").dgram())
  local hidden = { dirty = function() return true end, getfd = function() return context.server:getfd() end }
  local list = setmetatable({}, {
    __index = function(_, i)
      return ({ context.server, streams.server, device, dgram, hidden, "no socket", {} })[i]
    end,
  })
  local function act()
    local readable = assert(socket.select(list, list, 0))
    assert(#readable == 1 or #readable == 2) -- hidden is dirty; a device says it can be read
    local none, nothing, failure = socket.select({}, {}, 0)
    assert(#none == 0 and #nothing == 0 and failure == "timeout")
  end
  return act
end)

case("select with a method that fails", function()
  local socket = require("socket")
  local function act()
    local succeeded, failure = pcall(socket.select, { { getfd = function() error("no descriptor", 0) end } })
    assert(not succeeded)
    assert(failure == "no descriptor" or error(failure, 0))
    succeeded, failure = pcall(socket.select, { { getfd = function() return 1e9 end } })
    assert(not succeeded)
    assert(failure:find("descriptor too large", 1, true) or error(failure, 0))
  end
  return act
end)
