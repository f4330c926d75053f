-- setoption and getoption: which names exist for which class, and the errors all of them share.
local test = ...
local socket = require("socket")
local unix = require("socket.unix")

local names = {
  tcp = { set = "keepalive reuseaddr reuseport tcp-nodelay tcp-keepidle tcp-keepcnt tcp-keepintvl "
      .. "tcp-defer-accept tcp-fastopen tcp-fastopen-connect linger recv-buffer-size "
      .. "send-buffer-size bindtodevice ipv6-v6only",
    get = "keepalive reuseaddr reuseport tcp-nodelay tcp-keepidle tcp-keepcnt tcp-keepintvl linger "
      .. "error recv-buffer-size send-buffer-size bindtodevice ipv6-v6only" },
  udp = { set = "reuseaddr reuseport recv-buffer-size send-buffer-size ipv6-v6only "
      .. "broadcast dontroute ip-multicast-loop ipv6-multicast-loop ip-multicast-if ip-multicast-ttl "
      .. "ip-add-membership ip-drop-membership ipv6-unicast-hops ipv6-multicast-hops "
      .. "ipv6-add-membership ipv6-drop-membership",
    get = "reuseaddr reuseport error recv-buffer-size send-buffer-size ipv6-v6only "
      .. "broadcast dontroute ip-multicast-loop ipv6-multicast-loop ip-multicast-if ip-multicast-ttl "
      .. "ipv6-unicast-hops ipv6-multicast-hops" },
  unixstream = { set = "keepalive reuseaddr linger", get = "" },
  unixdgram = { set = "reuseaddr", get = "" },
}

local booleans = "keepalive reuseaddr reuseport tcp-nodelay ipv6-v6only broadcast dontroute "
  .. "ip-multicast-loop ipv6-multicast-loop"
local integers = "tcp-keepidle tcp-keepcnt tcp-keepintvl tcp-defer-accept tcp-fastopen "
  .. "tcp-fastopen-connect recv-buffer-size send-buffer-size ip-multicast-ttl ipv6-unicast-hops "
  .. "ipv6-multicast-hops"

local values = {
  linger = { on = false, timeout = 0 },
  bindtodevice = "",
  ["ip-multicast-if"] = "*",
}
for name in booleans:gmatch("%S+") do
  values[name] = true
end
for name in integers:gmatch("%S+") do
  values[name] = 5
end
for _, name in ipairs({ "ip-add-membership", "ip-drop-membership" }) do
  values[name] = { multiaddr = "224.0.0.251", interface = "*" }
end
for _, name in ipairs({ "ipv6-add-membership", "ipv6-drop-membership" }) do
  values[name] = { multiaddr = "ff02::fb" }
end

local function has(list, name)
  return (" " .. list .. " "):find(" " .. name .. " ", 1, true) ~= nil
end

local all_names = {}
for _, lists in pairs(names) do
  for name in (lists.set .. " " .. lists.get):gmatch("%S+") do
    all_names[name] = true
  end
end

local function unsupported(name)
  return "unsupported option `" .. name .. "'"
end

local function objects(t)
  return { tcp = t.keep(socket.tcp4()), udp = t.keep(socket.udp4()),
    unixstream = t.keep(unix.stream()), unixdgram = t.keep(unix.dgram()) }
end

test("each class sets exactly its names", function(t)
  for kind, object in pairs(objects(t)) do
    for name in pairs(all_names) do
      if has(names[kind].set, name) then
        local set, message, more = object:setoption(name, values[name])
        t.ok(set == 1 or message == "setsockopt failed", kind .. " " .. name)
        t.equal(more, nil)
      else
        t.bad_argument(2, unsupported(name), object.setoption, object, name, values[name])
      end
    end
  end
end)

test("each class reads exactly its names", function(t)
  for kind, object in pairs(objects(t)) do
    for name in pairs(all_names) do
      if names[kind].get == "" then
        t.equal(object.getoption, nil)
      elseif has(names[kind].get, name) then
        local results = t.pack(object:getoption(name))
        t.ok(results.n == 1 or results[2] == "getsockopt failed", kind .. " " .. name)
      else
        t.bad_argument(2, unsupported(name), object.getoption, object, name)
      end
    end
  end
end)

test("the lists are the same for all classes of a kind", function(t)
  local server = t.server()
  local client = t.pair()
  local connected = t.udp_pair()
  for _, object in ipairs({ server, client }) do
    t.equal(object:setoption("keepalive", true), 1)
    t.equal(object:getoption("keepalive"), true)
  end
  t.equal(connected:setoption("broadcast", true), 1)
  t.equal(connected:getoption("broadcast"), true)
  local stream, peer = t.unix_pair()
  t.equal(stream:setoption("reuseaddr", true), 1)
  t.equal(peer:setoption("keepalive", false), 1)
end)

test("setoption gives the float 1", function(t)
  local results = t.pack(t.keep(socket.tcp4()):setoption("reuseaddr", true))
  t.returns(results, 1)
  t.float(results[1], 1)
end)

test("unknown names raise, shown with at most 35 bytes, in the case they were given", function(t)
  local object = t.keep(socket.tcp4())
  for _, f in ipairs({ object.setoption, object.getoption }) do
    t.bad_argument(2, unsupported("nosuch"), f, object, "nosuch", true)
    t.bad_argument(2, unsupported("KeepAlive"), f, object, "KeepAlive", true)
    t.bad_argument(2, unsupported(""), f, object, "", true)
    t.bad_argument(2, unsupported("12"), f, object, 12, true)
    t.bad_argument(2, unsupported(("x"):rep(35)), f, object, ("x"):rep(100), true)
    t.bad_argument(2, "string expected, got no value", f, object)
    t.bad_argument(2, "string expected, got nil", f, object, nil)
    t.bad_argument(2, "string expected, got table", f, object, {})
  end
end)

test("with method syntax the name is argument 1", function(t)
  local object = t.keep(socket.tcp4())
  t.raises("bad argument #1 to 'setoption' (" .. unsupported("nosuch") .. ")",
    function() object:setoption("nosuch", 1) end)
  t.raises("bad argument #2 to 'setoption' (boolean expected, got number)",
    function() object:setoption("keepalive", 1) end)
  t.raises("bad argument #1 to 'getoption' (" .. unsupported("nosuch") .. ")",
    function() object:getoption("nosuch") end)
end)

test("without a descriptor the supported names fail with a text, and do not raise", function(t)
  local closed = t.keep(socket.tcp4())
  closed:close()
  local unopened = { tcp = { t.keep(socket.tcp()), closed }, udp = { t.keep(socket.udp()) } }
  for kind, list in pairs(unopened) do
    for _, object in ipairs(list) do
      for name in names[kind].set:gmatch("%S+") do
        t.returns(t.pack(object:setoption(name, values[name])), nil, "setsockopt failed")
      end
      for name in names[kind].get:gmatch("%S+") do
        t.returns(t.pack(object:getoption(name)), nil, "getsockopt failed")
      end
    end
  end
end)

test("names and values are checked on objects without descriptor too", function(t)
  local unopened = t.keep(socket.tcp())
  t.bad_argument(2, unsupported("nosuch"), unopened.setoption, unopened, "nosuch", true)
  t.bad_argument(3, "boolean expected, got number", unopened.setoption, unopened, "keepalive", 1)
  t.bad_argument(3, "boolean 'on' field expected", unopened.setoption, unopened, "linger", {})
end)

test("options of the other address family fail with a text", function(t)
  local udp = t.keep(socket.udp4())
  for _, name in ipairs({ "ipv6-unicast-hops", "ipv6-multicast-hops" }) do
    t.returns(t.pack(udp:setoption(name, 5)), nil, "setsockopt failed")
    t.returns(t.pack(udp:getoption(name)), nil, "getsockopt failed")
  end
end)
