-- receivemany and sendmany of UDP objects.
local test = ...
local socket = require("socket")
local moontide = require("moontide")
local tasks = require("tasks")

-- Everything that arrives at `udp` until `count` datagrams have, in batches of at most `step`.
local function collect(udp, count, step)
  local all = {}
  while #all < count do
    for _, datagram in ipairs(assert(udp:receivemany(step))) do
      all[#all + 1] = datagram
    end
  end
  return all
end

test("receivemany gives what has come, with the hosts and ports of the senders", function(t)
  local receiver, port = t.udp()
  local one, one_port = t.udp()
  local two, two_port = t.udp()
  one:sendto("first", "127.0.0.1", port)
  one:sendto("", "127.0.0.1", port)
  two:sendto("third", "127.0.0.1", port)
  local results = t.pack(receiver:receivemany(10))
  t.equal(results.n, 3)
  t.list(results[1], { "first", "", "third" })
  t.list(results[2], { "127.0.0.1", "127.0.0.1", "127.0.0.1" })
  t.list(results[3], { one_port, one_port, two_port })
end)

test("ports are of the same kind as those of receivefrom", function(t)
  local receiver, port = t.udp()
  local sender = t.udp()
  sender:sendto("x", "127.0.0.1", port)
  t.integer(select(3, receiver:receivemany(1))[1], select(2, sender:getsockname()) + 0)
end)

test("a connected object gives the datagrams alone", function(t)
  local left, right = t.udp_pair()
  left:send("a")
  left:send("b")
  local results = t.pack(right:receivemany(2))
  t.equal(results.n, 1)
  t.list(results[1], { "a", "b" })
end)

test("no more than the count, and the others come with the next call", function(t)
  local left, right = t.udp_pair()
  for digit = 1, 5 do
    left:send(tostring(digit))
  end
  t.list(right:receivemany(2), { "1", "2" })
  t.list(right:receivemany(2.9), { "3", "4" })
  t.equal(right:receive(), "5")
end)

test("each keeps so many bytes, and the rest is discarded", function(t)
  local left, right = t.udp_pair()
  for _, text in ipairs({ "abcdef", "ab", "ghijkl" }) do
    left:send(text)
  end
  t.list(right:receivemany(3, 4), { "abcd", "ab", "ghij" })
  left:send("x")
  t.list(right:receivemany(3, 0), { "" })
  left:send(("y"):rep(60000))
  t.equal(#right:receivemany(1)[1], 8192)
  left:send(("y"):rep(60000))
  t.equal(#right:receivemany(1, 1e9)[1], 60000)
end)

test("it waits for the first datagram, as long as the timeout allows", function(t)
  local left, right = t.udp_pair()
  right:settimeout(0)
  t.returns(t.pack(right:receivemany(10)), nil, "timeout")
  right:settimeout(0.02)
  local elapsed, list, message = t.timed(right.receivemany, right, 10)
  t.returns({ list, message, n = 2 }, nil, "timeout")
  t.between(elapsed, 0.0199, 5)
  right:settimeout(5)
  tasks.run(function()
    local receiver = moontide.spawn(function() return right:receivemany(10) end)
    tasks.settle()
    t.returns(t.pack(right:receivemany(1)), nil, "Operation already in progress")
    t.returns(t.pack(right:receive()), nil, "Operation already in progress")
    left:send("late")
    t.list(receiver:join(), { "late" })
  end)
end)

test("sendmany sends the strings and numbers of a list to the peer", function(t)
  local left, right = t.udp_pair()
  local results = t.pack(left:sendmany({ "one", 2, "", "four" }))
  t.returns(results, 4)
  t.float(results[1], 4)
  t.list(collect(right, 4, 10), { "one", "2", "", "four" })
end)

test("datagrams of equal and of odd sizes arrive as they were", function(t)
  local left, right = t.udp_pair()
  right:setoption("recv-buffer-size", 4000000)
  for _, sizes in ipairs({
    { 64, 64, 64, 64 }, { 64, 64, 10 }, { 10, 64, 64 }, { 1, 0, 1, 0, 0 }, { 100, 100, 0, 100, 100 },
    { 9000, 9000, 9000, 9000, 9000, 9000, 9000, 9000, 9000 }, { 30000, 30000, 30000 }, { 60000, 1 },
  }) do
    local list = {}
    for place, size in ipairs(sizes) do
      list[place] = string.char(96 + place):rep(size)
    end
    t.returns(t.pack(left:sendmany(list)), #list)
    local got = {}
    while #got < #list do
      for _, datagram in ipairs(assert(right:receivemany(100, 65536))) do
        got[#got + 1] = datagram
      end
    end
    t.list(got, list)
  end
end)

test("hundreds of datagrams of one size", function(t)
  local left, right = t.udp_pair()
  right:settimeout(5)
  right:setoption("recv-buffer-size", 4000000)
  local list = {}
  for place = 1, 150 do
    list[place] = ("%064d"):format(place)
  end
  t.returns(t.pack(left:sendmany(list)), 150)
  t.list(collect(right, 150, 100), list)
end)

test("sendmany of an object without a peer: one target for all, or one for each", function(t)
  local sender, sender_port = t.udp()
  local one, one_port = t.udp()
  local two, two_port = t.udp()
  t.returns(t.pack(sender:sendmany({ "a", "b" }, "127.0.0.1", one_port)), 2)
  local ports_of_three = { one_port, two_port, tostring(one_port) }
  t.returns(t.pack(sender:sendmany({ "c", "d", "e" }, "127.0.0.1", ports_of_three)), 3)
  t.returns(t.pack(sender:sendmany({ "f", "g" }, { "127.0.0.1", "127.0.0.1" }, two_port)), 2)
  local list, hosts, ports = one:receivemany(10)
  t.list(list, { "a", "b", "c", "e" })
  t.list(hosts, { "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1" })
  t.list(ports, { sender_port, sender_port, sender_port, sender_port })
  t.list(two:receivemany(10), { "d", "f", "g" })
  t.returns(t.pack(one:sendmany(list, hosts, ports)), 4) -- what came goes back
  t.list(sender:receivemany(10), list)
end)

test("sendmany opens an object that has no family yet, as sendto does", function(t)
  local receiver, port = t.udp()
  local fresh = t.keep(socket.udp())
  t.returns(t.pack(fresh:sendmany({ "a" }, "127.0.0.1", port)), 1)
  t.equal(receiver:receive(), "a")
  if t.has_ipv6() then
    local six = t.keep(socket.udp6())
    assert(six:setsockname("::1", 0))
    local _, six_port = six:getsockname()
    t.returns(t.pack(t.keep(socket.udp()):sendmany({ "b", "c" }, "::1", six_port)), 2)
    local list, hosts = six:receivemany(5)
    t.list(list, { "b", "c" })
    t.list(hosts, { "::1", "::1" })
  end
end)

test("an empty list sends nothing", function(t)
  local left = t.udp_pair()
  t.returns(t.pack(left:sendmany({})), 0)
  t.returns(t.pack(t.udp():sendmany({}, "127.0.0.1", 9)), 0)
  left:close()
  t.returns(t.pack(left:sendmany({})), 0)
end)

test("what cannot be sent says how many were", function(t)
  local left, right = t.udp_pair()
  local sent, message, count = left:sendmany({ "a", "b", ("x"):rep(70000), "c" })
  t.equal(sent, nil)
  t.equal(message, select(2, left:send(("x"):rep(70000))))
  t.equal(count, 2)
  t.list(right:receivemany(10), { "a", "b" })
  local udp, port = t.udp()
  sent, message, count = udp:sendmany({ "x" }, "no address", port)
  t.equal(sent, nil)
  t.equal(message, select(2, udp:sendto("x", "no address", port)))
  t.equal(count, 0)
end)

test("a peer that is gone is an error of the next call, as with send and receive", function(t)
  local left = t.udp()
  left:setpeername("127.0.0.1", t.refusing_udp_port())
  left:settimeout(5)
  left:sendmany({ "x", "y" })
  t.returns(t.pack(left:receivemany(4)), nil, "connection refused")
end)

test("closed objects", function(t)
  local left, right = t.udp_pair()
  left:close()
  t.returns(t.pack(left:receivemany(1)), nil, "closed")
  t.returns(t.pack(left:sendmany({ "a", "b" })), nil, select(2, left:send("a")), 0)
  right:settimeout(nil)
  tasks.run(function()
    local receiver = moontide.spawn(function() return right:receivemany(1) end)
    tasks.settle()
    right:close()
    t.returns(t.pack(receiver:join()), nil, "closed")
  end)
end)

test("wrong arguments", function(t)
  local left = t.udp_pair()
  local free = t.udp()
  for _, count in ipairs({ 0, -1, 0.5, 0 / 0, -math.huge }) do
    t.bad_argument(2, "count must be at least 1", left.receivemany, left, count)
  end
  t.bad_argument(2, "number expected, got no value", left.receivemany, left)
  t.bad_argument(2, "number expected, got string", left.receivemany, left, "x")
  t.bad_argument(3, "number expected, got table", left.receivemany, left, 1, {})
  t.bad_argument(3, "size must be at least 0", left.receivemany, left, 1, -1)
  t.bad_argument(2, "table expected, got no value", left.sendmany, left)
  t.bad_argument(2, "table expected, got string", left.sendmany, left, "x")
  t.bad_argument(2, "string expected at index 2 of the list, got boolean", left.sendmany, left, { "a", true })
  t.bad_argument(3, "string expected, got no value", free.sendmany, free, { "a" })
  t.bad_argument(4, "string expected, got no value", free.sendmany, free, { "a" }, "127.0.0.1")
  t.bad_argument(4, "string expected, got boolean", free.sendmany, free, { "a" }, { "127.0.0.1" }, true)
  t.bad_argument(3, "string expected at index 2 of the list, got nil", free.sendmany, free, { "a", "b" },
    { "127.0.0.1" }, 9)
  t.bad_argument(4, "string expected at index 1 of the list, got table", free.sendmany, free, { "a" },
    "127.0.0.1", { {} })
end)

-- A UDP object with a local datagram socket, because there a full queue makes the sender wait; and its
-- receiver.
local function waiting_pair(t)
  local unix = require("socket.unix")
  local near, far = t.keep(unix.dgram()), t.keep(unix.dgram())
  assert(far:bind("\0moontide" .. t.tmpname()))
  assert(near:connect(far:getsockname()))
  local udp = t.udp_pair()
  udp:close()
  udp:setfd(near:getfd())
  t.cleanup(function() udp:setfd(-1) end)
  return udp, far
end

test("a list that changes while its datagrams wait does no harm", function(t)
  local udp, far = waiting_pair(t)
  local list = {}
  for place = 1, 2000 do
    list[place] = "datagram " .. place
  end
  local expected = { (table.unpack or unpack)(list) } -- luacheck: ignore 113 143
  tasks.run(function()
    local sender = moontide.spawn(function() return udp:sendmany(list) end)
    tasks.settle()
    t.equal(sender:status(), "waiting")
    for place = 1, #list do
      list[place] = nil
    end
    collectgarbage()
    local got = {}
    far:settimeout(5)
    while #got < #expected do
      got[#got + 1] = assert(far:receive())
    end
    t.returns(t.pack(sender:join()), 2000)
    t.list(got, expected)
  end)
end)

test("a waiting sendmany ends when the timeout is over, and says how many went", function(t)
  local udp, far = waiting_pair(t)
  udp:settimeout(0.02)
  local list = {}
  for place = 1, 2000 do
    list[place] = "x"
  end
  local sent, message, count = udp:sendmany(list)
  t.equal(sent, nil)
  t.equal(message, "timeout")
  t.between(count, 1, 1999)
  local arrived = 0
  far:settimeout(0)
  while far:receive() do
    arrived = arrived + 1
  end
  t.equal(arrived, count)
end)
