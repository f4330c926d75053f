-- socket.sink and socket.source.
local test = ...
local socket = require("socket")
local ltn12 = require("ltn12")

-- An object that plays back what receive is to return, notes its arguments, and counts closes.
local function fake(t, ...)
  local steps = { ... }
  local object = { closed = 0, received = {}, sent = {} }
  function object:receive(...)
    self.received[#self.received + 1] = t.pack(...)
    return t.unpack(table.remove(steps, 1))
  end
  function object:send(...)
    self.sent[#self.sent + 1] = t.pack(...)
    return t.unpack(table.remove(steps, 1))
  end
  function object:close()
    self.closed = self.closed + 1
  end
  return object
end

test("sinks and sources are tables with getfd and dirty that forward to the socket", function(t)
  local client, peer = t.pair()
  peer:send("hello\n")
  for _, object in ipairs({ socket.sink(client), socket.source(client),
      socket.sink("close-when-done", client), socket.source("by-length", client, 3) }) do
    t.is("table", object)
    t.equal(object:getfd(), client:getfd())
    t.equal(object.getfd(), client:getfd())
    t.equal(object.dirty(nil), client:dirty())
    local names = {}
    for name in pairs(object) do
      names[#names + 1] = name
    end
    table.sort(names)
    t.list(names, { "dirty", "getfd" })
    t.is("function", getmetatable(object).__call)
  end
end)

test("sinks and sources stand in the lists of select", function(t)
  local client, peer = t.pair()
  local source, sink = socket.source(client), socket.sink(client)
  peer:send("x")
  local readable, writable = socket.select({ source }, { sink }, 1)
  t.list(readable, { source })
  t.list(writable, { sink })
end)

test("nothing is checked when a sink or source is made", function(t)
  for _, mode in ipairs({ "keep-open", "close-when-done" }) do
    t.is("table", socket.sink(mode))
  end
  for _, mode in ipairs({ "by-length", "until-closed" }) do
    t.is("table", socket.source(mode))
  end
end)

test("sink keep-open: sends chunks with all results, gives 1 for nil and stays open", function(t)
  for _, make in ipairs({ function(o) return socket.sink(o) end,
      function(o) return socket.sink("keep-open", o) end,
      function(o) return socket.sink("default", o) end }) do
    local object = fake(t, t.pack(5, nil, nil), t.pack(0, nil, nil), t.pack(nil, "closed", 2))
    local sink = make(object)
    t.returns(t.pack(sink("hello", "ignored")), 5, nil, nil)
    t.returns(t.pack(sink("")), 0, nil, nil)
    t.returns(t.pack(sink("abc")), nil, "closed", 2)
    t.returns(t.pack(sink(nil, "some error")), 1)
    t.integer(sink())
    t.returns(object.sent[1], "hello")
    t.equal(object.closed, 0)
  end
end)

test("sink close-when-done: closes on nil and gives 1", function(t)
  local object = fake(t, t.pack(5, nil, nil))
  local sink = socket.sink("close-when-done", object)
  t.returns(t.pack(sink("hello")), 5, nil, nil)
  t.equal(object.closed, 0)
  t.returns(t.pack(sink(nil, "E")), 1)
  t.integer(sink())
  t.equal(object.closed, 2)
end)

test("source by-length: gives that many bytes, then one nil, and leaves the socket open", function(t)
  local client, peer = t.pair()
  peer:send("hello world")
  local source = socket.source("by-length", client, 5)
  t.returns(t.pack(source()), "hello")
  t.returns(t.pack(source()), nil)
  t.returns(t.pack(source()), nil)
  t.equal(client:receive(6), " world")
end)

test("source by-length: asks for BLOCKSIZE bytes at most", function(t)
  local object = fake(t, t.pack(("x"):rep(2048)), t.pack(("x"):rep(952)))
  local source = socket.source("by-length", object, 3000)
  source()
  source()
  t.returns(t.pack(source()), nil)
  t.equal(object.received[1][1], 2048)
  t.equal(object.received[2][1], 952)
  t.equal(#object.received, 2)
end)

test("source by-length: zero and negative lengths give nil, a missing one raises", function(t)
  t.returns(t.pack(socket.source("by-length", fake(t), 0)()), nil)
  t.returns(t.pack(socket.source("by-length", fake(t), -3)()), nil)
  t.raises("attempt to compare", socket.source("by-length", fake(t)))
end)

test("source by-length: a connection that ends too early gives nil, closed", function(t)
  local client, peer = t.pair()
  peer:send("hel")
  peer:close()
  local source = socket.source("by-length", client, 5)
  t.returns(t.pack(source()), nil, "closed")
  t.returns(t.pack(source()), nil, "closed")
  t.different(client:getfd(), -1)
end)

-- Mended: the original drops what had arrived.
test("source by-length: a timeout loses nothing", function(t)
  local client, peer = t.pair()
  client:settimeout(0)
  local source = socket.source("by-length", client, 10)
  peer:send("hello")
  t.returns(t.pack(source()), nil, "timeout")
  t.returns(t.pack(source()), nil, "timeout")
  peer:send("world and more")
  client:settimeout(5)
  t.returns(t.pack(source()), "helloworld")
  t.returns(t.pack(source()), nil)
end)

test("source until-closed: gives blocks, the rest at the end, then one nil; closes the socket", function(t)
  local client, peer = t.pair()
  peer:send(("x"):rep(2048) .. "rest")
  peer:close()
  local source = socket.source(client)
  t.equal(#source(), 2048)
  t.returns(t.pack(source()), "rest")
  t.equal(client:getfd(), -1)
  t.returns(t.pack(source()), nil)
  t.returns(t.pack(source()), nil)
end)

test("source until-closed: the last block may be empty", function(t)
  local client, peer = t.pair()
  peer:close()
  local source = socket.source("until-closed", client)
  t.returns(t.pack(source()), "")
  t.returns(t.pack(source()), nil)
end)

-- Mended: the original drops what had arrived.
test("source until-closed: a timeout loses nothing", function(t)
  local client, peer = t.pair()
  client:settimeout(0)
  local source = socket.source("until-closed", client)
  peer:send("hello ")
  t.returns(t.pack(source()), nil, "timeout")
  peer:send("world")
  t.returns(t.pack(source()), nil, "timeout")
  peer:close()
  client:settimeout(5)
  t.returns(t.pack(source()), "hello world")
  t.returns(t.pack(source()), nil)
end)

test("source until-closed: other errors are passed on and the socket stays open", function(t)
  local object = fake(t, t.pack(nil, "wantread", "par"), t.pack(nil, "timeout", "part"),
    t.pack("partial"), t.pack("x"))
  local source = socket.source("until-closed", object)
  t.returns(t.pack(source()), nil, "wantread")
  t.returns(t.pack(source()), nil, "timeout")
  t.returns(t.pack(source()), "partial")
  t.equal(source(), "x")
  t.equal(object.closed, 0)
  t.equal(object.received[2][2], "par")
  t.equal(object.received[3][2], "part")
  t.equal(object.received[4][2], nil)
end)

test("sources: nothing is kept of an empty partial result, nor at the end of the stream", function(t)
  local object = fake(t, t.pack(nil, "timeout", ""), t.pack(nil, "closed", "y"), t.pack(nil, "closed", "z"))
  local source = socket.source("by-length", object, 3)
  t.returns(t.pack(source()), nil, "timeout")
  t.returns(t.pack(source()), nil, "closed")
  t.returns(t.pack(source()), nil, "closed")
  t.equal(object.received[2][2], nil)
  t.equal(object.received[3][2], nil)
end)

test("the default source ignores a length and reads until closed", function(t)
  local object = fake(t, t.pack(nil, "closed", "rest"))
  local source = socket.source(object, 3)
  t.returns(t.pack(source()), "rest")
  t.equal(object.received[1][1], 2048)
  t.equal(object.closed, 1)
end)

test("a pump moves a stream from one socket to another", function(t)
  local text = ("0123456789abcdef"):rep(2048)
  local from, feeder = t.pair()
  local to, reader = t.pair()
  feeder:send(text)
  feeder:close()
  t.returns(t.pack(ltn12.pump.all(socket.source("until-closed", from),
    socket.sink("close-when-done", to))), 1)
  t.equal(to:getfd(), -1)
  t.equal(reader:receive("*a"), text)
end)
