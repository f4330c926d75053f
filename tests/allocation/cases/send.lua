-- send, statistics, and what else one call on a connection does.

local case, t = ...

case("send", function()
  local context = t.pair()
  local data = ("x"):rep(30000)
  local function act()
    return assert(context.client:send(data, 2, -2))
  end
  local function verify(succeeded)
    local sent = select(2, context.client:getstats())
    assert(sent == 29998 or not succeeded and sent == 0, "sent " .. sent)
    assert(context.client:send("end\n") == 4)
    assert(#assert(context.accepted:receive()) == sent + 3)
  end
  return act, verify
end)

case("send until nothing fits", function()
  local context = t.pair()
  local data = ("x"):rep(100000)
  context.client:settimeout(0)
  local reached
  local function act()
    repeat
      local last, failure, partial = context.client:send(data)
      reached = partial
      assert(last or failure == "timeout" or error(failure, 0))
    until not last
  end
  local function verify(succeeded)
    assert(not succeeded or reached < #data)
    local sent = select(2, context.client:getstats())
    assert(#assert(context.accepted:receive(sent)) == sent)
  end
  return act, verify
end)

case("send on a closed connection", function()
  local context = t.pair()
  local client = context.client
  client:close()
  local function act()
    local last, failure, reached = client:send("x")
    assert(last == nil and reached == 0)
    assert(failure == "closed" or error(failure, 0))
    last, failure = client:receive()
    assert(last == nil)
    assert(failure == "closed" or error(failure, 0))
  end
  return act
end)

case("numbers and booleans of a connection", function()
  local context = t.pair()
  local client = context.client
  local function act()
    assert(client:getfd() >= 0 and client:dirty() == false and client:getfamily() == "inet4")
    assert(client:settimeout(3) == 1 and client:settimeout(4, "t") == 1 and client:gettimeout() == 3)
    assert(client:getstats() == 0 and client:setstats(5, 6, 7) == 1)
    client:setfd(client:getfd())
    assert(client:shutdown("send") == 1)
    local succeeded, failure = pcall(client.settimeout, client, 1, "x")
    assert(not succeeded)
    assert(failure:find("invalid timeout mode", 1, true) or error(failure, 0))
  end
  local function verify()
    assert(client:getfd() >= 0)
    context.accepted:send("x\n")
    assert(client:receive() == "x")
  end
  return act, verify
end)

case("tostring and the class of every object", function()
  local socket, unix, serial = require("socket"), require("socket.unix"), require("socket.serial")
  local context, streams = t.pair(), t.local_pair()
  local udp, dgram = assert(socket.udp4()), assert(unix.dgram())
  assert(udp:setpeername("127.0.0.1", 9) and dgram:bind("") and dgram:connect(dgram:getsockname()))
  local objects = {
    socket.tcp(), context.client, context.server, socket.udp(), udp, unix.dgram(), dgram, unix.stream(),
    streams.client, streams.server, assert(serial("/dev/null")),
  }
  local function act()
    for _, object in ipairs(objects) do
      assert(tostring(object):find(object.class, 1, true))
    end
    local succeeded, failure = pcall(getmetatable(objects[1]).__tostring, {})
    assert(not succeeded)
    assert(failure:find("invalid object", 1, true) or error(failure, 0))
  end
  return act
end)
