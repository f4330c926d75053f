-- Local streams and devices.

local case, t = ...

case("local streams", function()
  local unix = require("socket.unix")
  local server, client
  local function act()
    local failure
    server, failure = unix()
    assert(server, failure)
    client, failure = unix.stream()
    assert(client, failure)
    assert(server:bind(""))
    assert(server:listen(5) and server:settimeout(5))
    assert(client:connect(server:getsockname()))
    assert(client:send("hello\n") == 6)
    assert(client:getfd() >= 0 and not client:dirty() and client:getstats() == 0)
    assert(client:setstats(1, 2, 3) and client:shutdown("send"))
    client:setfd(client:getfd())
  end
  local function verify()
    server, client = nil, nil
    local context = t.local_pair()
    assert(context.client:send("x\n") and context.accepted:receive() == "x")
  end
  return act, verify
end)

case("local streams: receive", function()
  local context = t.local_pair()
  local data = ("0123456789"):rep(2000)
  assert(context.client:send(data .. "\n"))
  local function act()
    return context.accepted:receive()
  end
  local function verify(succeeded, line)
    assert((line and succeeded or context.accepted:receive()) and context.accepted:getstats() == #data + 1)
  end
  return act, verify
end)

case("local streams: failures", function()
  local unix = require("socket.unix")
  local function act()
    local client, failure = unix()
    assert(client, failure)
    local done, why = client:connect("\0nobody is here")
    assert(done == nil)
    assert(why == "connection refused" or error(why, 0))
    done, why = client:bind(("long"):rep(50))
    assert(done == nil)
    assert(why == "path too long" or error(why, 0))
    assert(client:close())
  end
  return act
end)

case("serial", function()
  local serial = require("socket.serial")
  local device
  local function act()
    local failure
    device, failure = serial("/dev/null")
    assert(device, failure)
    assert(device:send("x") == 1 and device:settimeout(1) and device:setstats(1, 2, 3))
    assert(device:getfd() >= 0 and not device:dirty())
    device:setfd(device:getfd())
    assert(device:getstats() == 1)
    local line, why = device:receive()
    assert(line == nil)
    assert(why == "closed" or error(why, 0))
    local none, reason = serial("/dev/null/nothing")
    assert(none == nil)
    assert(reason == "Not a directory" or error(reason, 0))
    assert(device:close())
  end
  local function verify()
    device = assert(serial("/dev/null"))
    assert(device:send("x") == 1 and select(2, device:receive()) == "closed")
  end
  return act, verify
end)

case("serial: receive", function()
  local context = t.pair()
  local device = assert(require("socket.serial")("/dev/null"))
  device:close()
  device:setfd(context.accepted:getfd())
  context.accepted:setfd(-1)
  device:settimeout(5)
  local data = ("0123456789"):rep(2000)
  assert(context.client:send(data .. "\nrest\n"))
  local function act()
    return device:receive("*l", "prefix")
  end
  local function verify(succeeded, line)
    line = succeeded and line or device:receive("*l", "prefix")
    assert(line == "prefix" .. data and device:receive() == "rest")
  end
  return act, verify
end)
