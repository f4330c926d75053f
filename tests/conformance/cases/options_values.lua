-- options.md: values of options, set and read back.

local R = ...
local socket = require("socket")
local unix = require("socket.unix")
local net = R.net

-- setoption on a fresh object, then getoption.
local function set_get(make, name, ...)
  local sock = assert(make())
  local fine = R.pack(pcall(sock.setoption, sock, name, ...))
  local read = R.pack(pcall(sock.getoption, sock, name))
  sock:close()
  local shown = read[1] and read[2]
  return fine[2], fine[3], fine.n - 1, shown, read.n - 1
end
local function get(make, name)
  local sock = assert(make())
  local results = R.pack(sock:getoption(name))
  sock:close()
  return results[1], results[2], results.n
end

local kinds = { { "tcp4", socket.tcp4 }, { "udp4", socket.udp4 } }
if net.has_ipv6() then
  kinds[3] = { "tcp6", socket.tcp6 }
  kinds[4] = { "udp6", socket.udp6 }
else
  R.skip("tcp6 ", "no IPv6 loopback")
  R.skip("udp6 ", "no IPv6 loopback")
end
local booleans = { tcp = { "keepalive", "reuseaddr", "reuseport", "tcp-nodelay" },
  udp = { "reuseaddr", "reuseport", "broadcast", "dontroute" } }
local integers = { tcp = { "tcp-keepidle", "tcp-keepcnt", "tcp-keepintvl", "recv-buffer-size",
  "send-buffer-size" },
  udp = { "recv-buffer-size", "send-buffer-size" } }

for _, kind in ipairs(kinds) do
  local label, make = kind[1], kind[2]
  local family = label:sub(1, 3)
  for _, name in ipairs(booleans[family]) do
    R.call(label .. " " .. name .. ": default", get, make, name)
    R.call(label .. " " .. name .. ": true", set_get, make, name, true)
    R.call(label .. " " .. name .. ": false", set_get, make, name, false)
    for _, wrong in ipairs({ { "nil", nil }, { "1", 1 }, { "'true'", "true" }, { "a table", {} } }) do
      R.call(label .. " " .. name .. ": " .. wrong[1], set_get, make, name, wrong[2])
    end
  end
  for _, name in ipairs(integers[family]) do
    R.call(label .. " " .. name .. ": default is a number", function()
      local value = get(make, name)
      return (rawget(math, "type") or type)(value), value > 0
    end)
    for _, value in ipairs({ 10, 100, 60.9, "50", " 0x20 ", 1, 5000 }) do
      R.call(label .. " " .. name .. ": " .. type(value) .. " " .. tostring(value), set_get, make, name,
        value)
    end
    R.call(label .. " " .. name .. ": 0", set_get, make, name, 0)
    R.call(label .. " " .. name .. ": -1", set_get, make, name, -1)
  end
end
for _, name in ipairs({ "tcp-keepidle", "tcp-keepcnt", "tcp-keepintvl" }) do
  R.call("tcp4 " .. name .. ": default value", get, socket.tcp4, name)
end

-- Integer options with values that are no numbers.
local function set(make, name, ...)
  local sock = assert(make())
  local results = R.pack(pcall(sock.setoption, sock, name, ...))
  sock:close()
  if not results[1] then
    error(results[2], 0)
  end
  return results[2], results[3], results.n - 1
end
for _, name in ipairs({ "tcp-keepcnt", "tcp-keepintvl", "tcp-fastopen", "tcp-fastopen-connect",
  "send-buffer-size" }) do
  R.call(name .. ": nil", set, socket.tcp4, name, nil)
  R.call(name .. ": a table", set, socket.tcp4, name, {})
end
for _, name in ipairs({ "ip-multicast-ttl", "send-buffer-size" }) do
  R.call("udp " .. name .. ": nil", set, socket.udp4, name, nil)
  R.call("udp " .. name .. ": a table", set, socket.udp4, name, {})
end
for _, name in ipairs({ "tcp-keepidle", "recv-buffer-size", "tcp-defer-accept" }) do
  R.call(name .. ": absent", set, socket.tcp4, name)
  R.call(name .. ": nil", set, socket.tcp4, name, nil)
  for _, wrong in ipairs({ { "a word", "word" }, { "a table", {} }, { "a function", print }, { "true", true },
    { "false", false } }) do
    R.call(name .. ": " .. wrong[1], set, socket.tcp4, name, wrong[2])
  end
  R.call(name .. ": a word on a closed object", function()
    local sock = socket.tcp4()
    sock:close()
    local result, failure = sock:setoption(name, "word")
    return result, failure
  end)
end
for _, name in ipairs({ "tcp-defer-accept", "tcp-fastopen", "tcp-fastopen-connect" }) do
  for _, value in ipairs({ 0, 1, 5 }) do
    R.call(name .. ": " .. value, set, socket.tcp4, name, value)
  end
  R.call(name .. ": on a server", function()
    local server = net.listener()
    local a, b = server:setoption(name, 5)
    server:close()
    return a, b
  end)
end
R.call("tcp-fastopen-connect: true is 1 or 0", set, socket.tcp4, "tcp-fastopen-connect", true)

-- linger
R.call("linger: default", get, socket.tcp4, "linger")
for _, item in ipairs({
  { "on, 5", { on = true, timeout = 5 } }, { "off, 5", { on = false, timeout = 5 } },
  { "on, 0", { on = true, timeout = 0 } }, { "fraction", { on = true, timeout = 5.9 } },
  { "numeric string", { on = true, timeout = "7" } }, { "65535", { on = true, timeout = 65535 } },
  { "65536", { on = true, timeout = 65536 } }, { "-1", { on = true, timeout = -1 } },
  { "70000", { on = true, timeout = 70000 } }, { "extra fields", { on = true, timeout = 1, x = 2 } },
  { "metamethods", setmetatable({}, { __index = { on = true, timeout = 3 } }) },
}) do
  R.call("linger: " .. item[1], set_get, socket.tcp4, "linger", item[2])
end
for _, item in ipairs({
  { "nil", nil }, { "a number", 5 }, { "true", true }, { "a string", "x" }, { "empty table", {} },
  { "on missing", { timeout = 5 } }, { "on a number", { on = 1, timeout = 5 } }, { "timeout missing",
    { on = true } },
  { "timeout a word", { on = true, timeout = "word" } }, { "timeout a boolean",
    { on = true, timeout = true } },
  { "both wrong", { on = 1, timeout = "x" } },
}) do
  R.call("linger: " .. item[1], set, socket.tcp4, "linger", item[2])
end
R.call("linger: absent", set, socket.tcp4, "linger")
R.call("linger: in method syntax", function()
  local sock = socket.tcp4()
  sock:setoption("linger", {})
end)
R.call("linger: order of the fields", function()
  local log = {}
  set(socket.tcp4, "linger", setmetatable({}, { __index = function(_, key)
    log[#log + 1] = key
    if key == "on" then
      return true
    end
    return 1
  end }))
  return table.concat(log, " ")
end)
R.call("linger: on, 0 makes close reset", function()
  local client, peer = net.pair()
  local result = client:setoption("linger", { on = true, timeout = 0 })
  client:close()
  local data, failure, partial = peer:receive("*a")
  peer:close()
  return result, data, failure, partial
end)
R.call("linger: unix stream", function()
  local sock = unix.stream()
  local a, b = sock:setoption("linger", { on = true, timeout = 1 })
  sock:close()
  return a, b
end)
for _, name in ipairs({ "keepalive", "reuseaddr" }) do
  R.call("unix stream: " .. name, set, unix.stream, name, true)
end
R.call("unix dgram: reuseaddr", set, unix.dgram, "reuseaddr", true)

-- error
R.call("error: none pending", get, socket.tcp4, "error")
R.call("error: none pending, udp", get, socket.udp4, "error")
R.call("error: read once", function()
  local sock = socket.tcp4()
  sock:settimeout(0)
  sock:connect("127.0.0.1", net.closed_port())
  net.writable(sock)
  local first = R.pack(sock:getoption("error"))
  local second = R.pack(sock:getoption("error"))
  sock:close()
  return first[1], first.n, second[1], second.n
end)
R.call("error: reset", function()
  local sock = net.reset_pair("")
  local text = sock:getoption("error")
  sock:close()
  return text
end)
R.call("error: of a connected datagram object", function()
  local sock = socket.udp4()
  sock:setpeername("127.0.0.1", net.closed_udp_port())
  sock:send("x")
  net.readable(sock)
  local text = sock:getoption("error")
  sock:close()
  return text
end)
R.call("error: no descriptor", function() return socket.tcp():getoption("error") end)
R.call("error: cannot be set", set, socket.tcp4, "error", true)

-- Objects without a descriptor.
for _, item in ipairs({ { "tcp", socket.tcp }, { "udp", socket.udp } }) do
  local sock = item[2]()
  R.method("no descriptor, " .. item[1] .. ": reuseaddr", sock, "setoption", "reuseaddr", true)
  R.method("no descriptor, " .. item[1] .. ": reuseaddr read", sock, "getoption", "reuseaddr")
  R.method("no descriptor, " .. item[1] .. ": bad value", sock, "setoption", "reuseaddr", 1)
  R.method("no descriptor, " .. item[1] .. ": buffer size", sock, "setoption", "recv-buffer-size", 10)
end
R.call("socket.bind sets reuseaddr", function()
  local server = net.listener()
  local value = server:getoption("reuseaddr")
  server:close()
  return value
end)
R.call("what connected objects read", function()
  local client, peer = net.pair()
  client:setoption("tcp-nodelay", true)
  client:setoption("keepalive", true)
  local results = { client:getoption("tcp-nodelay"), client:getoption("keepalive"),
    peer:getoption("tcp-nodelay"),
    client:getoption("error") == nil, client:getoption("linger").on }
  client:close()
  peer:close()
  return results
end)
R.call("pcall(sock.setoption, ...) as programs do", function()
  local client, peer = net.pair()
  local a, b = pcall(client.setoption, client, "tcp-nodelay", true)
  local c, d = pcall(client.getoption, client, "no-such")
  client:close()
  peer:close()
  return a, b, c, d
end)

-- bindtodevice
R.call("bindtodevice: read unbound", get, socket.tcp4, "bindtodevice")
R.call("bindtodevice: set and read", set_get, socket.tcp4, "bindtodevice", "lo")
R.call("bindtodevice: no such device", set_get, socket.tcp4, "bindtodevice", "no-such-dev")
R.call("bindtodevice: empty", set_get, socket.tcp4, "bindtodevice", "")
R.call("bindtodevice: not a string", set, socket.tcp4, "bindtodevice", {})
R.call("bindtodevice: name too long", set, socket.tcp4, "bindtodevice", ("x"):rep(100))
