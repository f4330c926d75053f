-- Multicast options of UDP.
local test = ...
local socket = require("socket")

local function group(multiaddr, interface)
  return { multiaddr = multiaddr, interface = interface }
end

test("ip-multicast-if: an IPv4 address, * for the default", function(t)
  local udp = t.keep(socket.udp4())
  t.returns(t.pack(udp:getoption("ip-multicast-if")), "0.0.0.0")
  t.returns(t.pack(udp:setoption("ip-multicast-if", "127.0.0.1")), 1)
  t.returns(t.pack(udp:getoption("ip-multicast-if")), "127.0.0.1")
  t.returns(t.pack(udp:setoption("ip-multicast-if", "*")), 1)
  t.returns(t.pack(udp:getoption("ip-multicast-if")), "0.0.0.0")
end)

test("ip-multicast-if: anything else raises", function(t)
  local udp = t.keep(socket.udp4())
  t.bad_argument(3, "ip expected", udp.setoption, udp, "ip-multicast-if", "x")
  t.bad_argument(3, "ip expected", udp.setoption, udp, "ip-multicast-if", "::1")
  t.bad_argument(3, "string expected, got nil", udp.setoption, udp, "ip-multicast-if", nil)
  t.bad_argument(3, "string expected, got table", udp.setoption, udp, "ip-multicast-if", {})
end)

-- Mended: the original cannot read it.
test("ip-multicast-ttl: from 0 to 255, and readable", function(t)
  local udp = t.keep(socket.udp4())
  t.float(udp:getoption("ip-multicast-ttl"), 1)
  for _, hops in ipairs({ 0, 5, 255 }) do
    t.returns(t.pack(udp:setoption("ip-multicast-ttl", hops)), 1)
    t.float(udp:getoption("ip-multicast-ttl"), hops)
  end
  t.returns(t.pack(udp:setoption("ip-multicast-ttl", 256)), nil, "setsockopt failed")
end)

-- Mended: the original sets and reads the unicast limit instead.
test("ipv6-multicast-hops is apart from ipv6-unicast-hops", function(t)
  t.needs_ipv6()
  local udp = t.keep(socket.udp6())
  t.returns(t.pack(udp:setoption("ipv6-unicast-hops", 9)), 1)
  t.returns(t.pack(udp:setoption("ipv6-multicast-hops", 7)), 1)
  t.float(udp:getoption("ipv6-unicast-hops"), 9)
  t.float(udp:getoption("ipv6-multicast-hops"), 7)
end)

test("IPv4 membership: joins and leaves a group", function(t)
  local udp = t.keep(socket.udp4())
  local joined, message = udp:setoption("ip-add-membership", group("224.0.0.251", "127.0.0.1"))
  if not joined then
    t.equal(message, "setsockopt failed")
    t.skip("the loopback interface takes no multicast here")
  end
  t.equal(joined, 1)
  t.returns(t.pack(udp:setoption("ip-add-membership", group("224.0.0.251", "127.0.0.1"))), nil,
    "setsockopt failed")
  t.returns(t.pack(udp:setoption("ip-drop-membership", group("224.0.0.251", "127.0.0.1"))), 1)
  t.returns(t.pack(udp:setoption("ip-drop-membership", group("224.0.0.251", "127.0.0.1"))), nil,
    "setsockopt failed")
end)

test("IPv4 membership: a datagram to the group arrives", function(t)
  local udp = t.keep(socket.udp4())
  udp:setsockname("*", 0)
  if not udp:setoption("ip-add-membership", group("224.0.0.251", "127.0.0.1")) then
    t.skip("the loopback interface takes no multicast here")
  end
  local sender = t.keep(socket.udp4())
  sender:setoption("ip-multicast-if", "127.0.0.1")
  local _, port = udp:getsockname()
  t.equal(sender:sendto("hello", "224.0.0.251", port), 5)
  udp:settimeout(5)
  t.equal(udp:receive(), "hello")
end)

test("IPv4 membership: errors in the table raise, in order", function(t)
  local udp = t.keep(socket.udp4())
  for _, name in ipairs({ "ip-add-membership", "ip-drop-membership" }) do
    local f = udp.setoption
    t.bad_argument(3, "table expected, got no value", f, udp, name)
    t.bad_argument(3, "table expected, got string", f, udp, name, "224.0.0.1")
    t.bad_argument(3, "string 'multiaddr' field expected", f, udp, name, {})
    t.bad_argument(3, "string 'multiaddr' field expected", f, udp, name, { multiaddr = {} })
    t.bad_argument(3, "invalid 'multiaddr' ip address", f, udp, name, group("x", "x"))
    t.bad_argument(3, "invalid 'multiaddr' ip address", f, udp, name, { multiaddr = "ff02::1" })
    t.bad_argument(3, "string 'interface' field expected", f, udp, name, group("224.0.0.251", nil))
    t.bad_argument(3, "string 'interface' field expected", f, udp, name, group("224.0.0.251", true))
    t.bad_argument(3, "invalid 'interface' ip address", f, udp, name, group("224.0.0.251", "x"))
  end
end)

test("IPv4 membership: an address that is no group fails with a text", function(t)
  local udp = t.keep(socket.udp4())
  t.returns(t.pack(udp:setoption("ip-add-membership", group("127.0.0.1", "*"))), nil,
    "setsockopt failed")
end)

local function loopback_index(t)
  local file = io.open("/sys/class/net/lo/ifindex")
  if not file then
    t.skip("the index of the loopback interface is unknown")
  end
  local index = tonumber(file:read("*l"))
  file:close()
  return index
end

test("IPv6 membership: joins and leaves by index, as number or text", function(t)
  t.needs_ipv6()
  local index = loopback_index(t)
  local udp = t.keep(socket.udp6())
  local joined, message = udp:setoption("ipv6-add-membership", group("ff02::fb", index))
  if not joined then
    t.equal(message, "setsockopt failed")
    t.skip("the loopback interface takes no multicast here")
  end
  t.returns(t.pack(udp:setoption("ipv6-add-membership", group("ff02::fb", index))), nil,
    "setsockopt failed")
  t.returns(t.pack(udp:setoption("ipv6-drop-membership", group("ff02::fb", index + 0.9))), 1)
  t.returns(t.pack(udp:setoption("ipv6-add-membership", group("ff02::fb", tostring(index)))), 1)
end)

-- Mended: an extension of the original, which takes numbers only.
test("IPv6 membership: an interface name will do", function(t)
  t.needs_ipv6()
  local index = loopback_index(t)
  local udp = t.keep(socket.udp6())
  if not udp:setoption("ipv6-add-membership", group("ff02::fb", index)) then
    t.skip("the loopback interface takes no multicast here")
  end
  t.returns(t.pack(udp:setoption("ipv6-drop-membership", group("ff02::fb", "lo"))), 1)
  t.returns(t.pack(udp:setoption("ipv6-add-membership", group("ff02::fb", "lo"))), 1)
end)

-- Mended: the original names argument -1, and takes garbage for an address.
test("IPv6 membership: errors in the table raise, in order", function(t)
  local udp = t.keep(socket.udp4())
  for _, name in ipairs({ "ipv6-add-membership", "ipv6-drop-membership" }) do
    local f = udp.setoption
    t.bad_argument(3, "table expected, got no value", f, udp, name)
    t.bad_argument(3, "table expected, got number", f, udp, name, 1)
    t.bad_argument(3, "string 'multiaddr' field expected", f, udp, name, {})
    t.bad_argument(3, "invalid 'multiaddr' ip address", f, udp, name, group("224.0.0.1", {}))
    t.bad_argument(3, "invalid 'multiaddr' ip address", f, udp, name, group("not an address", {}))
    t.bad_argument(3, "number 'interface' field expected", f, udp, name, group("ff02::fb", {}))
    t.bad_argument(3, "number 'interface' field expected", f, udp, name, group("ff02::fb", true))
  end
end)

test("IPv6 membership: 0 and nil mean the default interface", function(t)
  t.needs_ipv6()
  local udp = t.keep(socket.udp6())
  for _, interface in ipairs({ "nil", 0 }) do
    local joined, message = udp:setoption("ipv6-add-membership",
      group("ff02::fb", interface ~= "nil" and interface or nil))
    t.ok(joined == 1 or message == "setsockopt failed")
    if joined then
      t.returns(t.pack(udp:setoption("ipv6-drop-membership", group("ff02::fb", 0))), 1)
    end
  end
end)
