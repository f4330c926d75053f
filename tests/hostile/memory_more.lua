-- More scenarios for memory_failure.lua: datagrams, select, names, options, sinks and sources.

local scenario, pair, deeper = ...

local function udp_pair()
  local socket = require("socket")
  local receiver, sender = assert(socket.udp4()), assert(socket.udp4())
  assert(receiver:setsockname("127.0.0.1", 0))
  assert(sender:setsockname("127.0.0.1", 0))
  receiver:settimeout(2)
  return receiver, sender, (select(2, receiver:getsockname())), (select(2, sender:getsockname()))
end

-- A datagram is in the queue; act takes it, or the next call does.
local function taking(receiver, method, data, from, from_port)
  local taken
  local function act()
    taken = { receiver[method](receiver, 20000) }
    return taken[1], taken[2]
  end
  local function verify()
    if not (taken and taken[1]) then
      taken = deeper(function() return { receiver[method](receiver, 20000) } end)
    end
    assert(taken[1] == data, "lost: " .. tostring(taken[2]))
    assert(taken[2] == from and taken[3] == from_port, "the sender is another one")
  end
  return verify, act
end

for _, method in ipairs({ "receive", "receivefrom" }) do
  scenario("udp " .. method, function()
    local receiver, sender, port, sender_port = udp_pair()
    local data = ("datagram"):rep(1500)
    assert(sender:sendto(data, "127.0.0.1", port))
    if method == "receive" then
      return taking(receiver, method, data)
    end
    return taking(receiver, method, data, "127.0.0.1", sender_port)
  end)
end

scenario("udp sendto", function()
  local receiver, sender, port = udp_pair()
  local function act()
    return sender:sendto("one", "127.0.0.1", port)
  end
  local function verify(_, succeeded, sent)
    assert(not succeeded or not sent or receiver:receive() == "one")
    assert(sender:sendto("two", "127.0.0.1", port))
    local data = assert(receiver:receive())
    assert(data == "two" or not succeeded and data == "one", data)
  end
  return verify, act
end)

scenario("udp setpeername, send", function()
  local receiver, sender, port = udp_pair()
  sender:close()
  local connected = require("socket").udp()
  connected:settimeout(2)
  local function act()
    local done, failure = connected:setpeername("localhost", port)
    if not done then
      return nil, failure
    end
    return connected:send("one")
  end
  local function verify()
    assert(connected:setpeername("127.0.0.1", port))
    assert(connected:send("two"))
    local data = assert(receiver:receive())
    assert(data == "two" or data == "one")
  end
  return verify, act
end)

scenario("local streams", function()
  local unix = require("socket.unix")
  local server, client = assert(unix()), assert(unix())
  local function act()
    for _, step in ipairs({ { "bind", "" }, { "listen" } }) do
      local done, failure = server[step[1]](server, step[2])
      if not done then
        return nil, failure
      end
    end
    local done, failure = client:connect(server:getsockname())
    if not done then
      return nil, failure
    end
    return client:send("hello\n")
  end
  local function verify()
    assert(server:close() and client:close())
    server, client = assert(unix()), assert(unix())
    assert(server:bind("") and server:listen() and client:connect(server:getsockname()))
  end
  return verify, act
end)

scenario("local datagrams", function()
  local unix = require("socket.unix")
  local receiver, sender = assert(unix.dgram()), assert(unix.dgram())
  assert(receiver:bind(""))
  assert(sender:bind(""))
  receiver:settimeout(2)
  assert(sender:sendto("hello", receiver:getsockname()))
  return taking(receiver, "receivefrom", "hello", (sender:getsockname()))
end)

scenario("select on 60 objects", function()
  local context = pair()
  local socket = context.socket
  local readers, writers = {}, {}
  for i = 1, 50 do
    readers[i] = assert(socket.udp4())
    writers[i] = readers[i]
  end
  for i = 51, 60 do -- foreign ones
    readers[i] = { getfd = function() return readers[i - 50]:getfd() end, dirty = function() return false end }
  end
  readers[61] = context.accepted
  context.client:send("two\nlines\n")
  assert(context.accepted:receive() == "two")
  local function act()
    return socket.select(readers, writers, 1)
  end
  local function verify(_, succeeded, r, w)
    if not succeeded then
      r, w = socket.select(readers, writers, 1)
    end
    assert(#r == 1 and r[1] == context.accepted and r[context.accepted] == 1 and #w == 50)
    assert(context.accepted:receive() == "lines")
  end
  return verify, act
end)

local LOOK_UPS = {
  { "toip", "localhost" }, { "toip", "127.0.0.1" }, { "tohostname", "127.0.0.1" }, { "gethostname" },
  { "getaddrinfo", "localhost" }, { "getaddrinfo", "::1" }, { "getnameinfo", "127.0.0.1", "80" },
}
for _, look_up in ipairs(LOOK_UPS) do
  scenario(("dns.%s %s"):format(look_up[1], look_up[2] or ""), function()
    local dns = require("socket").dns
    local function act()
      return dns[look_up[1]](look_up[2], look_up[3])
    end
    local function verify()
      assert(dns[look_up[1]](look_up[2], look_up[3]))
    end
    return verify, act
  end)
end

scenario("options", function()
  local client = assert(require("socket").tcp4())
  local membership = { multiaddr = "224.0.0.251", interface = "127.0.0.1" }
  local udp = assert(require("socket").udp4())
  local function act()
    client:setoption("linger", { on = true, timeout = 0 })
    client:setoption("tcp-keepidle", "100")
    udp:setoption("ip-add-membership", membership)
    return client:getoption("linger"), client:getoption("error"), client:getoption("bindtodevice"),
      udp:getoption("ip-multicast-if")
  end
  local function verify()
    assert(client:setoption("linger", { on = false, timeout = 0 }))
    assert(client:getoption("linger").on == false)
    assert(pcall(client.getoption, client, "nosuchoption") == false)
  end
  return verify, act
end)

scenario("serial", function()
  local serial = require("socket.serial")
  local device
  local function act()
    local failure
    device, failure = serial("/dev/null")
    if not device then
      return nil, failure
    end
    return device:send("x")
  end
  local function verify()
    device = device or assert(serial("/dev/null"))
    assert(device:send("x") == 1 and select(2, device:receive()) == "closed")
  end
  return verify, act
end)

scenario("sinks, sources, pumps", function()
  local context = pair()
  local socket = context.socket
  local ltn12 = require("ltn12")
  local data = ("0123456789"):rep(1000)
  context.client:send(data)
  context.client:close()
  local chunks = {}
  local source = socket.source("until-closed", context.accepted)
  local function act()
    return ltn12.pump.all(source, (ltn12.sink.table(chunks)))
  end
  local function verify(_, succeeded, done)
    if not (succeeded and done) then
      assert(ltn12.pump.all(source, (ltn12.sink.table(chunks))))
    end
    local text = table.concat(chunks) -- a chunk on its way from source to sink may be gone
    assert(#text <= #data and #text >= #data - 2 * socket.BLOCKSIZE, #text)
    assert(not succeeded or not done or text == data)
  end
  return verify, act
end)

scenario("exceptions", function()
  local socket = require("socket")
  local function act()
    return socket.protect(function()
      socket.try(1, 2)
      socket.newtry(function() end)(nil, "out of memory")
    end)()
  end
  local function verify()
    local result, failure = socket.protect(function() socket.try(nil, "reason") end)()
    assert(result == nil and failure == "reason")
  end
  return verify, act
end)
