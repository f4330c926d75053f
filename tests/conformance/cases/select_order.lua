-- socket.md, select: what counts as ready, order and shape of the results, doubles.

local R = ...
local socket = require("socket")
local net = R.net
local pselect = socket.select

local function names(list)
  for name, object in pairs(list) do
    R.name_object(object, name)
  end
end

-- Five datagram sockets in ascending order of descriptors, each with a datagram waiting.
local udp = {}
for index = 1, 5 do
  udp[index] = assert(socket.udp4())
  assert(udp[index]:setsockname("127.0.0.1", 0))
end
table.sort(udp, function(a, b) return a:getfd() < b:getfd() end)
for index, sock in ipairs(udp) do
  R.name_object(sock, "u" .. index)
  local _, port = sock:getsockname()
  assert(sock:sendto("x", "127.0.0.1", tonumber(port)))
  assert(net.readable(sock))
end
local u1, u2, u3, u4, u5 = udp[1], udp[2], udp[3], udp[4], udp[5]

R.call("order: ascending list", pselect, { u1, u2, u3, u4, u5 }, nil, 0)
R.call("order: descending list", pselect, { u5, u4, u3, u2, u1 }, nil, 0)
R.call("order: mixed list", pselect, { u3, u1, u5, u2, u4 }, nil, 0)
R.call("order: mixed write list", pselect, nil, { u3, u1, u5, u2, u4 }, 0)
R.call("order: both lists", pselect, { u2, u1 }, { u4, u3 }, 0)
R.call("order: the same objects in both lists", pselect, { u2, u1 }, { u1, u2 }, 0)
R.call("shape: array part and reverse keys", function()
  local r = pselect({ u3, u1 }, nil, 0)
  local count = 0
  for _ in pairs(r) do
    count = count + 1
  end
  return #r, r[1] == u1, r[2] == u3, r[u1], r[u3], count
end)
R.call("shape: array keys are integers", function()
  local r = pselect({ u3, u1 }, nil, 0)
  local kinds = {}
  for key in pairs(r) do
    if type(key) == "number" then
      kinds[#kinds + 1] = (rawget(math, "type") or type)(key)
    end
  end
  return kinds
end)
R.call("shape: ipairs", function()
  local seen = {}
  for index, sock in ipairs((pselect({ u2, u1 }, nil, 0))) do
    seen[index] = sock
  end
  return seen
end)
R.call("shape: results may be changed", function()
  local r, w = pselect({ u1 }, { u2 }, 0)
  r[#r + 1] = "more"
  w[w[1]] = nil
  return #r, #w
end)
R.call("shape: two results when ready", function() return select("#", pselect({ u1 }, nil, 0)) end)
R.call("shape: two results when writable", function() return select("#", pselect(nil, { u1 }, 0)) end)
R.call("shape: three results at the end of time", function() return select("#", pselect(nil, nil, 0)) end)

R.call("doubles: one object twice", pselect, { u1, u1 }, nil, 0)
R.call("doubles: one object twice, between others", pselect, { u2, u1, u2, u3, u2 }, nil, 0)
R.call("doubles: one object twice for writing", pselect, nil, { u2, u1, u2 }, 0)
local function foreign(sock, name)
  local object = { getfd = function() return sock:getfd() end }
  return R.name_object(object, name)
end
R.call("doubles: two objects with one descriptor", pselect, { u1, foreign(u1, "other u1") }, nil, 0)
R.call("doubles: two objects with one descriptor, reversed", pselect,
  { foreign(u1, "other u1"), u1 }, nil, 0)
R.call("doubles: one descriptor across the lists", pselect, { u1 }, { foreign(u1, "other u1") }, 0)
R.call("doubles: between others", pselect, { u2, foreign(u1, "other u1"), u3, u1 }, nil, 0)

for _, sock in ipairs(udp) do
  sock:close()
end

-- What is ready.
local server, port = net.listener()
names({ server = server })
R.call("ready: listening, nothing there", pselect, { server }, { server }, 0)
local client = assert(socket.connect("127.0.0.1", port))
net.readable(server)
R.call("ready: listening, a connection waits", pselect, { server }, { server }, 0)
local peer = assert(server:accept())
names({ client = client, peer = peer })
R.call("ready: connected, nothing there", pselect, { client }, { client }, 0)
peer:send("data")
net.readable(client)
R.call("ready: data", pselect, { client }, { client }, 0)
R.call("ready: data, only for writing", pselect, nil, { client }, 0)
R.call("ready: another without data", pselect, { client, peer }, nil, 0)
client:receive(4)
peer:close()
net.readable(client)
R.call("ready: end of stream", pselect, { client }, { client }, 0)
client:close()
R.call("ready: both closed", pselect, { client, peer }, { client, peer }, 0)
client = net.reset_pair()
names({ client = client })
R.call("ready: reset", pselect, { client }, { client }, 0)
client:close()

local fresh = assert(socket.tcp4())
names({ fresh = fresh })
R.call("ready: a fresh unconnected TCP socket", pselect, { fresh }, { fresh }, 0)
fresh:close()
local bound = assert(socket.tcp4())
bound:bind("127.0.0.1", 0)
names({ bound = bound })
R.call("ready: a bound unconnected TCP socket", pselect, { bound }, { bound }, 0)
bound:close()
local refused = assert(socket.tcp4())
names({ refused = refused })
refused:settimeout(0)
local closed_port = net.closed_port()
refused:connect("127.0.0.1", closed_port)
net.writable(refused)
R.call("ready: refused while not waiting", pselect, { refused }, { refused }, 0)
R.call("ready: the error is still there", function() return refused:getoption("error") end)
refused:close()
local datagram = assert(socket.udp4())
names({ datagram = datagram })
R.call("ready: a fresh datagram socket", pselect, { datagram }, { datagram }, 0)
datagram:close()

client, peer = net.pair()
names({ client = client, peer = peer })
client:shutdown("send")
net.readable(peer)
R.call("ready: the peer shut down sending", pselect, { peer }, { peer }, 0)
R.call("ready: after our shutdown", pselect, { client }, { client }, 0)
client:shutdown("receive")
R.call("ready: after both shutdowns", pselect, { client }, { client }, 0)
client:close()
peer:close()

-- A full send buffer is not writable.
client, peer = net.pair()
names({ client = client, peer = peer })
net.fill(client, peer)
R.call("ready: full send buffer", pselect, { client }, { client }, 0)
R.call("ready: full for us, readable for the peer", pselect, { peer }, { client }, 0)
client:close()
peer:close()

-- Readiness by poll only: unix sockets, a regular file's descriptor.
local serial = require("socket.serial")
local null = assert(serial("/dev/null"))
names({ null = null })
R.call("ready: /dev/null", pselect, { null }, { null }, 0)
null:close()
local file = assert(io.open("plain file", "w"))
file:write("text")
file:close()
local plain = assert(serial("plain file"))
names({ plain = plain })
R.call("ready: a regular file", pselect, { plain }, { plain }, 0)
plain:close()
local unix = require("socket.unix")
local dgram = assert(unix.dgram())
names({ dgram = dgram })
R.call("ready: a unix datagram socket", pselect, { dgram }, { dgram }, 0)
dgram:close()
local stream = assert(unix.stream())
names({ stream = stream })
R.call("ready: a fresh unix stream socket", pselect, { stream }, { stream }, 0)
stream:bind("listening")
stream:listen()
R.call("ready: a listening unix socket", pselect, { stream }, { stream }, 0)
stream:close()
server:close()
