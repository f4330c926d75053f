-- options.md: which names exist for which kind of object, and what a missing, wrong or unknown name raises.

local R = ...
local socket = require("socket")
local unix = require("socket.unix")
local net = R.net

local NAMES = {
  "keepalive", "reuseaddr", "reuseport", "tcp-nodelay", "tcp-keepidle", "tcp-keepcnt", "tcp-keepintvl",
  "tcp-defer-accept", "tcp-fastopen", "tcp-fastopen-connect", "linger", "error", "recv-buffer-size",
  "send-buffer-size", "bindtodevice", "ipv6-v6only", "broadcast", "dontroute", "ip-multicast-loop",
  "ipv6-multicast-loop", "ip-multicast-if", "ip-multicast-ttl", "ip-add-membership", "ip-drop-membership",
  "ipv6-unicast-hops", "ipv6-multicast-hops", "ipv6-add-membership", "ipv6-drop-membership",
}

-- A closed object of each kind: names and values are checked all the same, the system is not asked.
local function closed(make)
  local sock = assert(make())
  sock:close()
  return sock
end
local kinds = {
  { "tcp", closed(socket.tcp4) }, { "udp", closed(socket.udp4) },
  { "unix stream", closed(unix.stream) }, { "unix dgram", closed(unix.dgram) },
}
local values = { { "none" }, { "nil", nil }, { "true", true }, { "a number", 1 }, { "a word", "word" },
  { "a table", {} } }
-- What these take of words and tables is a defect of the original; options_values.lua shows it.
local INTEGERS = " tcp-keepidle tcp-keepcnt tcp-keepintvl tcp-defer-accept tcp-fastopen tcp-fastopen-connect "
  .. "recv-buffer-size send-buffer-size ip-multicast-ttl ipv6-unicast-hops ipv6-multicast-hops "
local function lenient(name, value)
  return INTEGERS:find(" " .. name .. " ", 1, true) and (value == "a word" or value == "a table")
end

for _, kind in ipairs(kinds) do
  local label, sock = kind[1], kind[2]
  for _, name in ipairs(NAMES) do
    for _, value in ipairs(values) do
      local key = label .. ": set " .. name .. " to " .. value[1]
      if value[1] == "none" then
        R.call(key, sock.setoption, sock, name)
      elseif not (lenient(name, value[1]) and sock.getoption) then
        R.call(key, sock.setoption, sock, name, value[2])
      end
    end
    if sock.getoption then
      R.call(label .. ": get " .. name, sock.getoption, sock, name)
    end
  end
  for _, method in ipairs({ "setoption", "getoption" }) do
    if sock[method] then
      local start = label .. ": " .. method .. " "
      R.call(start .. "without a name", sock[method], sock)
      R.method(start .. "without a name (method)", sock, method)
      for _, wrong in ipairs({ { "nil", nil }, { "true", true }, { "a table", {} },
        { "a function", print } }) do
        R.call(start .. "with " .. wrong[1], sock[method], sock, wrong[2], true)
        R.method(start .. "with " .. wrong[1] .. " (method)", sock, method, wrong[2], true)
      end
      for _, name in ipairs({ "", "KEEPALIVE", "keepalive ", "no-such-option", "tcp_nodelay", "nodelay",
        ("x"):rep(34), ("x"):rep(35), ("x"):rep(36), ("long"):rep(50), "with'quotes`", "%s%d" }) do
        R.call(start .. "unknown '" .. name .. "'", sock[method], sock, name, true)
      end
      R.call(start .. "a number as name", sock[method], sock, 5, true)
      R.call(start .. "NUL in the name", sock[method], sock, "keepalive\0x", true)
      R.method(start .. "unknown (method)", sock, method, "no-such-option", true)
    else
      R.values(label .. ": has no " .. method, sock[method])
    end
  end
end

-- The lists are the same for all classes of a kind, and for objects without a descriptor. Names that
-- Moontide has beyond the original's, as the contract wants, are looked at for themselves.
local function has(object, method, name)
  local fine, failure = pcall(object[method], object, name, {})
  return not (not fine and failure:find("unsupported", 1, true))
end
local function is_new(name, method)
  return name == "bindtodevice"
    or method == "getoption" and (name == "ipv6-v6only" or name == "ip-multicast-ttl")
end
local client, peer = net.pair()
local server = net.listener()
local connected = assert(socket.udp4())
connected:setpeername("127.0.0.1", net.closed_udp_port())
for _, item in ipairs({ { "client", client }, { "server", server }, { "fresh tcp", socket.tcp() },
  { "fresh tcp4", socket.tcp4() }, { "fresh udp", socket.udp() }, { "connected udp", connected } }) do
  local object = item[2]
  for _, name in ipairs(NAMES) do
    for _, method in ipairs({ "setoption", "getoption" }) do
      if not is_new(name, method) then
        R.values(item[1] .. ": " .. method .. " has " .. name, has(object, method, name))
      end
    end
  end
  R.moontide_only(item[1] .. ": the names beyond the original's",
    item[1]:find("udp") and "false, false, true, true" or "true, true, true, false", function()
      return has(object, "setoption", "bindtodevice"), has(object, "getoption", "bindtodevice"),
        has(object, "getoption", "ipv6-v6only"), has(object, "getoption", "ip-multicast-ttl")
    end)
end
for _, sock in ipairs({ client, peer, server, connected }) do
  sock:close()
end
