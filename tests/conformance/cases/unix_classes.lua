-- unix.md: the module table, classes, methods and the selves they refuse, of unix and serial objects.

local R = ...
local unix = require("socket.unix")
local serial = require("socket.serial")
local socket = require("socket")
local classes = R.classes

local keys = {}
for key, value in pairs(unix) do
  keys[#keys + 1] = tostring(key) .. ":" .. type(value)
end
table.sort(keys)
R.values("module keys", R.unpack(keys))
R.values("module is its own metatable", getmetatable(unix) == unix)
R.values("tcp is stream", unix.tcp == unix.stream)
R.values("udp is dgram", unix.udp == unix.dgram)
R.values("calling the module", unix().class)
R.values("calling the module with arguments", unix(1, {}).class)
R.values("constructors with a self", unix.stream(unix).class, unix.dgram(unix).class)
R.values("constructors as methods", unix:stream().class, unix:dgram().class)
R.values("constructors open the descriptor", unix.stream():getfd() >= 0, unix.dgram():getfd() >= 0)
R.values("constructors give one value", select("#", unix.stream()), select("#", unix.dgram()))
R.call("calling the module takes stream from it", function()
  local saved = unix.stream
  unix.stream = function(...) return "replaced", select("#", ...) end
  local first, second = unix(1, 2)
  unix.stream = saved
  return first, second
end)
R.values("socket has no unix key of its own", rawget(socket, "unix"), rawget(socket, "serial"))

local server = assert(unix.stream())
assert(server:bind("server"))
assert(server:listen())
local client = assert(unix.stream())
assert(client:connect("server"))
local peer = assert(server:accept())
local master = assert(unix.stream())
local receiver = assert(unix.dgram())
assert(receiver:bind("receiver"))
local plain = assert(unix.dgram())
local connected = assert(unix.dgram())
assert(connected:connect("receiver"))
local line = assert(serial("/dev/null"))
local tcp = assert(socket.tcp())

classes.describe("unixstream{master}", master)
classes.describe("unixstream{client}", client)
classes.describe("unixstream{server}", server)
classes.describe("unixdgram{unconnected}", plain)
classes.describe("unixdgram{connected}", connected)
classes.describe("serial{client}", line)
classes.compare_tables("stream master and client", master, client)
classes.compare_tables("dgram classes", plain, connected)
R.values("class of an accepted object", peer.class)

local streams = getmetatable(client).__index
local dgrams = getmetatable(plain).__index
local lines = getmetatable(line).__index
R.values("absent in streams", streams.getpeername, streams.getoption, streams.gettimeout, streams.getfamily)
R.values("absent in dgrams", dgrams.getpeername, dgrams.getoption, dgrams.getfamily, dgrams.getstats)
R.values("absent in serials", lines.gettimeout, lines.setoption, lines.shutdown, lines.getsockname)

local stranger = { "a tcp object", tcp }
local m, s, c = { "a master", master }, { "a server", server }, { "a client", client }
for method in ("close dirty getfd getsockname setfd setoption settimeout"):gmatch("%a+") do
  classes.refuse("stream any", streams, method, { stranger, { "a dgram", plain } })
end
for method in ("send receive getstats setstats shutdown"):gmatch("%a+") do
  classes.refuse("stream client", streams, method, { stranger, m, s })
end
classes.refuse("stream server", streams, "accept", { stranger, m, c })
for method in ("bind setsockname listen connect setpeername"):gmatch("%a+") do
  classes.refuse("stream master", streams, method, { stranger, s, c })
end
for method in ("close connect dirty getfd getsockname gettimeout receive setfd setoption setpeername "
  .. "settimeout"):gmatch("%a+") do
  classes.refuse("dgram any", dgrams, method, { stranger, { "a stream", master } })
end
classes.refuse("dgram connected", dgrams, "send", { stranger, { "an unconnected object", plain } })
for method in ("bind setsockname sendto receivefrom"):gmatch("%a+") do
  classes.refuse("dgram unconnected", dgrams, method, { stranger, { "a connected object", connected } })
end
for method in ("close dirty getfd getstats receive send setfd setstats settimeout"):gmatch("%a+") do
  classes.refuse("serial", lines, method, { stranger, { "a stream", client } })
end

for _, item in ipairs({
  { "server", server }, { "client", client }, { "accepted", peer }, { "master", master },
    { "receiver", receiver },
  { "unconnected", plain }, { "connected", connected }, { "serial", line },
}) do
  R.call("__gc by hand closes: " .. item[1], function()
    local gc = getmetatable(item[2]).__gc
    return gc(item[2]), item[2]:getfd(), gc(item[2]), item[2].class
  end)
end
