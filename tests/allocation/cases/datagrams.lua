-- Datagrams: one that could not be handed over is what the next call gets.

local case, t = ...

local DATA = ("datagram"):rep(1500)

local function taking(receiver, method, data, ...)
  local expected = { data, ... }
  local function take()
    return receiver[method](receiver, 20000)
  end
  local function verify(succeeded, ...)
    local got = t.complete(succeeded, { ... }, take)
    for i, value in ipairs(expected) do
      assert(got[i] == value, ("result %d is %s"):format(i, tostring(got[i]):sub(1, 50)))
    end
    receiver:settimeout(0)
    assert(select(2, receiver[method](receiver)) == "timeout", "there is another one")
  end
  return take, verify
end

case("udp receive", function()
  local receiver, sender, port = t.udp_pair()
  assert(sender:sendto(DATA, "127.0.0.1", port))
  return taking(receiver, "receive", DATA)
end)

case("udp receive with a peer", function()
  local receiver, sender, port, sender_port = t.udp_pair()
  assert(receiver:setpeername("127.0.0.1", sender_port))
  assert(sender:sendto(DATA, "127.0.0.1", port))
  return taking(receiver, "receive", DATA)
end)

-- Nobody had asked for the sender when it came.
case("udp receive with a peer, receivefrom without", function()
  local receiver, sender, port, sender_port = t.udp_pair()
  assert(receiver:setpeername("127.0.0.1", sender_port))
  assert(sender:sendto(DATA, "127.0.0.1", port))
  local function act()
    return (receiver:receive(20000))
  end
  local function verify(succeeded, data)
    assert(receiver:setpeername("*"))
    receiver:settimeout(0)
    if not (succeeded and data) then
      local host, from
      data, host, from = receiver:receivefrom(20000)
      assert(host == "127.0.0.1" and from == sender_port, host)
    end
    assert(data == DATA)
    assert(select(2, receiver:receivefrom()) == "timeout", "there is another one")
  end
  return act, verify
end)

case("udp receivefrom", function()
  local receiver, sender, port, sender_port = t.udp_pair()
  assert(sender:sendto(DATA, "127.0.0.1", port))
  return taking(receiver, "receivefrom", DATA, "127.0.0.1", sender_port)
end)

case("udp receivefrom, an empty one", function()
  local receiver, sender, port, sender_port = t.udp_pair()
  assert(sender:sendto("", "127.0.0.1", port))
  return taking(receiver, "receivefrom", "", "127.0.0.1", sender_port)
end)

case("udp receivefrom, ten from two senders", function()
  local receiver, sender, port = t.udp_pair()
  local other = assert(require("socket").udp4())
  for i = 1, 10 do
    assert((i % 3 == 0 and other or sender):sendto(tostring(i), "127.0.0.1", port))
  end
  local next_one = 1
  local function act()
    while next_one <= 10 do
      local data, from = receiver:receivefrom()
      assert(data, from)
      assert(tonumber(data) == next_one and from == "127.0.0.1")
      next_one = next_one + 1
    end
  end
  local function verify()
    -- Whatever act had taken when tonumber or what followed raised is gone with it.
    local data = next_one > 10 and 11 or tonumber((assert(receiver:receivefrom())))
    assert(data == next_one or data == next_one + 1, data)
  end
  return act, verify
end)

case("udp receive when nothing comes", function()
  local receiver = t.udp_pair()
  receiver:settimeout(0)
  local function act()
    for _, method in ipairs({ "receive", "receivefrom" }) do
      local data, failure = receiver[method](receiver, 100)
      assert(data == nil)
      assert(failure == "timeout" or error(failure, 0))
    end
  end
  return act
end)

case("udp sendto", function()
  local receiver, sender, port = t.udp_pair()
  local function act()
    return assert(sender:sendto("one", "127.0.0.1", port))
  end
  local function verify(succeeded)
    assert(not succeeded or receiver:receive() == "one")
    assert(sender:sendto("two", "127.0.0.1", port))
    local data = assert(receiver:receive())
    assert(data == "two" or not succeeded and data == "one", data)
  end
  return act, verify
end)

case("udp sendto from a new object", function()
  local receiver, _, port = t.udp_pair()
  local function act()
    local fresh = require("socket").udp()
    assert(fresh:sendto("one", "127.1", tostring(port)))
    local done, failure = fresh:sendto("one", "no literal", port)
    assert(done == nil)
    assert(failure == "Name or service not known" or error(failure, 0))
  end
  local function verify(succeeded)
    assert(not succeeded or receiver:receive() == "one")
  end
  return act, verify
end)

case("udp names, setpeername, send", function()
  local receiver, _, port = t.udp_pair()
  local connected = require("socket").udp()
  connected:settimeout(5)
  local function act()
    assert(connected:settimeout(5) == 1 and connected:gettimeout() == 5)
    assert(connected:setsockname("127.0.0.1", 0))
    assert(connected:setpeername("127.0.0.1", port))
    local address, failure = connected:getpeername()
    assert(address, failure)
    address, failure = connected:getsockname()
    assert(address, failure)
    assert(connected:getfamily() == "inet4" and connected:getfd() >= 0 and not connected:dirty())
    assert(connected:send("one") == 3)
    assert(connected:setpeername("*"))
    connected:setfd(connected:getfd())
    assert(connected:close())
  end
  local function verify()
    connected = require("socket").udp()
    assert(connected:setpeername("127.0.0.1", port))
    assert(connected:send("two"))
    local data = assert(receiver:receive())
    assert(data == "two" or data == "one")
  end
  return act, verify
end)

case("udp setpeername by name", function()
  local receiver, _, port = t.udp_pair()
  local connected = require("socket").udp4()
  connected:settimeout(5)
  local function act()
    assert(connected:setpeername("localhost", port))
  end
  local function verify()
    assert(connected:setpeername("localhost", port) and connected:send("two"))
    assert(receiver:receive() == "two")
  end
  return act, verify
end)

local function local_datagrams()
  local unix = require("socket.unix")
  local receiver, sender = assert(unix.dgram()), assert(unix.dgram())
  assert(receiver:bind("") and sender:bind(""))
  receiver:settimeout(5)
  return receiver, sender
end

for _, method in ipairs({ "receive", "receivefrom" }) do
  case("local datagrams: " .. method, function()
    local receiver, sender = local_datagrams()
    assert(sender:sendto(DATA, receiver:getsockname()))
    return taking(receiver, method, DATA, method == "receivefrom" and sender:getsockname() or nil)
  end)
end

case("local datagrams: names, connect, send", function()
  local unix = require("socket.unix")
  local receiver = local_datagrams()
  local sender
  local function act()
    local failure
    sender, failure = unix.dgram()
    assert(sender, failure)
    assert(sender:bind("") and sender:settimeout(5) and sender:gettimeout() == 5)
    assert(sender:sendto("one", receiver:getsockname()))
    assert(sender:connect(receiver:getsockname()))
    assert(sender:send("two") == 3)
    assert(sender:getfd() >= 0 and sender:dirty() == false)
    sender:setfd(sender:getfd())
    local done, why = sender:connect(("long"):rep(50))
    assert(done == nil)
    assert(why == "path too long" or error(why, 0))
    assert(sender:close())
  end
  local function verify(succeeded)
    assert(not succeeded or receiver:receive() == "one" and receiver:receive() == "two")
    sender = assert(unix.dgram())
    assert(sender:sendto("three", receiver:getsockname()))
  end
  return act, verify
end)
