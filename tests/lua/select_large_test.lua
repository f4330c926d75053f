-- Descriptors above 1024, which the original cannot wait for.
local test = ...
local socket = require("socket")

-- Opens UDP objects until their descriptors are above 1024, then `count` bound ones. They are closed
-- after the test.
local function high_sockets(t, count)
  local opened = {}
  t.cleanup(function()
    for index = 1, #opened do
      opened[index]:close()
    end
  end)
  repeat
    local filler, message = socket.udp4()
    if not filler then
      t.skip("no more than " .. #opened .. " descriptors: " .. message)
    end
    opened[#opened + 1] = filler
  until filler:getfd() > 1024
  local high = {}
  for index = 1, count do
    local object, message = socket.udp4()
    if not object then
      t.skip("no more than " .. #opened .. " descriptors: " .. message)
    end
    opened[#opened + 1] = object
    assert(object:setsockname("127.0.0.1", 0))
    high[index] = object
  end
  return high
end

test("2000 sockets with descriptors above 1024 in one select", function(t)
  local high = high_sockets(t, 2000)
  t.equal(select(3, socket.select(high, nil, 0)), "timeout")
  local sender = t.udp()
  local expected = {}
  for index = 7, #high, 97 do
    local _, port = high[index]:getsockname()
    sender:sendto("x", "127.0.0.1", port)
    expected[#expected + 1] = high[index]
  end
  table.sort(expected, function(a, b) return a:getfd() < b:getfd() end)
  local readable, writable = socket.select(high, high, 5)
  t.list(readable, expected)
  t.equal(#writable, #high)
end)

test("TCP on descriptors above 1024: connect, accept, send, receive, timeout", function(t)
  high_sockets(t, 1)
  local client, peer = t.pair()
  t.between(client:getfd(), 1025, socket._SETSIZE)
  client:settimeout(0.02)
  t.returns(t.pack(client:receive()), nil, "timeout", "")
  peer:send("line\n")
  t.list(socket.select({ client }, nil, 1), { client })
  t.returns(t.pack(client:receive()), "line", nil, nil)
end)

test("select over one idle high descriptor waits for the timeout", function(t)
  local high = high_sockets(t, 1)
  local elapsed, _, _, message = t.timed(socket.select, high, nil, 0.05)
  t.equal(message, "timeout")
  t.between(elapsed, 0.0499, 30)
end)
