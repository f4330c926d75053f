-- options.md: multicast, hop limits and other options of datagram objects, and v6-only.

local R = ...
local socket = require("socket")
local net = R.net

local function run(make, steps)
  local sock = assert(make())
  local log = {}
  for index, step in ipairs(steps) do
    local results
    if step[2] == "get" then
      results = R.pack(pcall(sock.getoption, sock, step[1]))
    else
      results = R.pack(pcall(sock.setoption, sock, step[1], step[2]))
    end
    log[index] = results[1] and { results[2] == nil and "nil" or results[2], results[3] } or results[2]
  end
  sock:close()
  return R.unpack(log)
end
local function one(make, name, ...)
  local sock = assert(make())
  local results = R.pack(pcall(sock.setoption, sock, name, ...))
  sock:close()
  if not results[1] then
    error(results[2], 0)
  end
  return results[2], results[3], results.n - 1
end
local udp4 = socket.udp4

-- Loop, interface, time to live.
for _, name in ipairs({ "ip-multicast-loop", "broadcast", "dontroute" }) do
  R.call(name, run, udp4, { { name, "get" }, { name, false }, { name, "get" }, { name, true },
    { name, "get" } })
  R.call(name .. ": a number", one, udp4, name, 1)
end
R.call("ip-multicast-if: default", run, udp4, { { "ip-multicast-if", "get" } })
for _, text in ipairs({ "127.0.0.1", "*", "0.0.0.0" }) do
  R.call("ip-multicast-if: " .. text, run, udp4, { { "ip-multicast-if", text },
    { "ip-multicast-if", "get" } })
end
for _, text in ipairs({ "lo", "::1", "", "1.2.3", "256.1.1.1", "1.2.3.4.5", "localhost" }) do
  R.call("ip-multicast-if: '" .. text .. "'", one, udp4, "ip-multicast-if", text)
end
R.call("ip-multicast-if: address of nobody", one, udp4, "ip-multicast-if", "203.0.113.9")
R.call("ip-multicast-if: nil", one, udp4, "ip-multicast-if", nil)
R.call("ip-multicast-if: absent", one, udp4, "ip-multicast-if")
R.call("ip-multicast-if: a table", one, udp4, "ip-multicast-if", {})
R.call("ip-multicast-if: a number", one, udp4, "ip-multicast-if", 5)
for _, value in ipairs({ 0, 1, 255, 5.9, "7", 256, -1, -2 }) do
  R.call("ip-multicast-ttl: " .. tostring(value), one, udp4, "ip-multicast-ttl", value)
end
R.call("ip-multicast-ttl: read", run, udp4, { { "ip-multicast-ttl", 9 }, { "ip-multicast-ttl", "get" } })
R.call("ip-multicast-ttl: read default", run, udp4, { { "ip-multicast-ttl", "get" } })

-- Membership.
local GROUP = "239.255.1.77"
local memberships = {
  { "not a table", 5 }, { "nil", nil }, { "a string", GROUP }, { "empty", {} },
  { "no interface", { multiaddr = GROUP } }, { "no multiaddr", { interface = "*" } },
  { "multiaddr a table", { multiaddr = {}, interface = "*" } }, { "multiaddr a number",
    { multiaddr = 5, interface = "*" } },
  { "multiaddr no address", { multiaddr = "word", interface = "*" } },
  { "multiaddr IPv6", { multiaddr = "ff02::1", interface = "*" } },
  { "interface no address", { multiaddr = GROUP, interface = "lo" } },
  { "interface a table", { multiaddr = GROUP, interface = {} } },
  { "interface a number", { multiaddr = GROUP, interface = 1 } },
  { "both wrong", { multiaddr = "x", interface = "y" } },
  { "no multicast address", { multiaddr = "127.0.0.1", interface = "127.0.0.1" } },
  { "loopback", { multiaddr = GROUP, interface = "127.0.0.1" } },
  { "metamethods", setmetatable({}, { __index = { multiaddr = GROUP, interface = "127.0.0.1" } }) },
}
for _, name in ipairs({ "ip-add-membership", "ip-drop-membership" }) do
  for _, item in ipairs(memberships) do
    R.call(name .. ": " .. item[1], one, udp4, name, item[2])
  end
  R.call(name .. ": absent", one, udp4, name)
end
local loopback = { multiaddr = GROUP, interface = "127.0.0.1" }
R.call("membership: joining twice, leaving twice", run, udp4, {
  { "ip-add-membership", loopback }, { "ip-add-membership", loopback }, { "ip-drop-membership", loopback },
  { "ip-drop-membership", loopback }, { "ip-add-membership", loopback },
})
R.call("membership: a datagram to the group comes back", function()
  local receiver, sender = socket.udp4(), socket.udp4()
  receiver:setsockname("*", 0)
  local _, port = receiver:getsockname()
  local joined = receiver:setoption("ip-add-membership", loopback)
  local interface = sender:setoption("ip-multicast-if", "127.0.0.1")
  local sent, failure = sender:sendto("to the group", GROUP, tonumber(port))
  receiver:settimeout(sent and 2 or 0)
  local data = receiver:receive()
  receiver:close()
  sender:close()
  return joined, interface, sent, failure, data
end)
R.call("udp4: v6 options fail", run, udp4, {
  { "ipv6-unicast-hops", 5 }, { "ipv6-unicast-hops", "get" }, { "ipv6-multicast-loop", true },
  { "ipv6-multicast-loop", "get" }, { "ipv6-v6only", true }, { "ipv6-v6only", "get" },
})
R.call("tcp4: v6 option fails", run, socket.tcp4, { { "ipv6-v6only", true } })

if not net.has_ipv6() then
  R.skip("v6 ", "no IPv6 loopback")
  return
end
local udp6, tcp6 = socket.udp6, socket.tcp6
R.call("v6 v6only: udp6", run, udp6, {
  { "ipv6-v6only", "get" }, { "ipv6-v6only", false }, { "ipv6-v6only", "get" }, { "ipv6-v6only", true },
  { "ipv6-v6only", "get" },
})
R.call("v6 v6only: tcp6 set", run, tcp6, { { "ipv6-v6only", false }, { "ipv6-v6only", true } })
R.call("v6 v6only: tcp6 read", run, tcp6, { { "ipv6-v6only", "get" } })
R.call("v6 v6only: tcp6 read after false", run, tcp6, { { "ipv6-v6only", false }, { "ipv6-v6only", "get" } })
R.call("v6 v6only: a number", one, udp6, "ipv6-v6only", 1)
R.call("v6 v6only: bound to a v6 address", function()
  local sock = socket.udp6()
  sock:setsockname("::1", 0)
  local value = sock:getoption("ipv6-v6only")
  sock:close()
  return value
end)
R.call("v6 multicast-loop", run, udp6, {
  { "ipv6-multicast-loop", "get" }, { "ipv6-multicast-loop", false }, { "ipv6-multicast-loop", "get" },
})
R.call("v6 multicast-loop: a number", one, udp6, "ipv6-multicast-loop", 1)
R.call("v6 unicast-hops", run, udp6, {
  { "ipv6-unicast-hops", "get" }, { "ipv6-unicast-hops", 5 }, { "ipv6-unicast-hops", "get" },
  { "ipv6-unicast-hops", -1 }, { "ipv6-unicast-hops", "get" }, { "ipv6-unicast-hops", 256 },
  { "ipv6-unicast-hops", "9" }, { "ipv6-unicast-hops", "get" }, { "ipv6-unicast-hops", 0 },
  { "ipv6-unicast-hops", "get" }, { "ipv6-unicast-hops", 7.9 }, { "ipv6-unicast-hops", "get" },
})
R.call("v6 multicast-hops: default", run, udp6, { { "ipv6-multicast-hops", "get" } })
R.call("v6 multicast-hops: set and read", run, udp6, {
  { "ipv6-multicast-hops", 5 }, { "ipv6-multicast-hops", "get" },
})
R.call("v6 multicast-hops: leaves the unicast limit alone", run, udp6, {
  { "ipv6-multicast-hops", 5 }, { "ipv6-unicast-hops", "get" },
})

-- The interface by number: the loopback is 1 on every Linux.
local GROUP6 = "ff02::1:77"
local memberships6 = {
  { "not a table", 5 }, { "nil", nil }, { "empty", {} }, { "loopback", { multiaddr = GROUP6,
    interface = 1 } },
  { "numeric string", { multiaddr = GROUP6, interface = "1" } }, { "fraction",
    { multiaddr = GROUP6, interface = 1.9 } },
  { "no interface of that number", { multiaddr = GROUP6, interface = 9999 } },
  { "multiaddr missing", { interface = 1 } }, { "multiaddr a table", { multiaddr = {}, interface = 1 } },
  { "multiaddr IPv4", { multiaddr = GROUP, interface = 1 } }, { "multiaddr a word",
    { multiaddr = "word", interface = 1 } },
  { "multiaddr with a zone", { multiaddr = GROUP6 .. "%lo", interface = 1 } },
  { "multiaddr unicast", { multiaddr = "::1", interface = 1 } },
  { "interface a table", { multiaddr = GROUP6, interface = {} } },
  { "interface a word", { multiaddr = GROUP6, interface = "no-such-interface" } },
  { "interface a name", { multiaddr = GROUP6, interface = "lo" } },
  { "interface a boolean", { multiaddr = GROUP6, interface = true } },
}
for _, name in ipairs({ "ipv6-add-membership", "ipv6-drop-membership" }) do
  for _, item in ipairs(memberships6) do
    if name == "ipv6-add-membership" or not item[1]:find("interface a ", 1, true) then
      R.call("v6 " .. name .. ": " .. item[1], one, udp6, name, item[2])
    end
  end
end
local loopback6 = { multiaddr = GROUP6, interface = 1 }
R.call("v6 membership: joining twice, leaving twice", run, udp6, {
  { "ipv6-add-membership", loopback6 }, { "ipv6-add-membership", loopback6 },
  { "ipv6-drop-membership", loopback6 }, { "ipv6-drop-membership", loopback6 },
})
R.call("v6 options of v4 on udp6", run, udp6, {
  { "ip-multicast-loop", "get" }, { "ip-multicast-ttl", 5 }, { "ip-multicast-if", "get" },
    { "broadcast", "get" },
})
