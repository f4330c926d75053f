-- tcp.md: classes, metatables, methods and the selves they refuse, class changes.

local R = ...
local socket = require("socket")
local unix = require("socket.unix")
local net, classes = R.net, R.classes

local master = assert(socket.tcp())
local server, port = net.listener()
local client = assert(socket.connect("127.0.0.1", port))
local peer = assert(server:accept())
local udp = assert(socket.udp())
local stream = assert(unix.stream())

R.values("classes of fresh objects", master.class, server.class, client.class, peer.class)
R.values("classes of tcp4 and tcp6", socket.tcp4().class, socket.tcp6().class)
R.values("extra arguments of the constructors are ignored", socket.tcp(1, 2).class, socket.tcp4({}).class)
R.values("constructors give one value", select("#", socket.tcp()), select("#", socket.tcp4()))

classes.describe("tcp{master}", master)
classes.describe("tcp{client}", client)
classes.describe("tcp{server}", server)
classes.compare_tables("master and client", master, client)
classes.compare_tables("client and server", client, server)

local functions = getmetatable(client).__index

local tostring_function = getmetatable(client).__tostring
R.call("__tostring on a table of some class", function()
  local object = setmetatable({}, { __index = { class = "mine" } })
  return (tostring_function(object):gsub(": .*", ": "))
end)
R.call("__tostring on a plain table", tostring_function, {})
R.call("__tostring on a number", tostring_function, 5)
R.call("__tostring on nothing", tostring_function)
R.call("__tostring on nil", tostring_function, nil)
R.call("__tostring where __index is a function", tostring_function,
  setmetatable({}, { __index = function() return "class" end }))
R.call("__tostring where class is no string", tostring_function, setmetatable({},
  { __index = { class = {} } }))
R.call("__tostring where class is a number", function()
  return (tostring_function(setmetatable({}, { __index = { class = 5 } })):gsub(": .*", ": "))
end)
R.call("__tostring on a file", tostring_function, io.stdout)

-- Wrong selves.
local others = { { "a udp object", udp }, { "a unix stream object", stream } }
local group = "close connect dirty getfamily getfd getoption getpeername getsockname gettimeout setfd "
  .. "setoption setpeername settimeout"
for method in group:gmatch("%a+") do
  classes.refuse("any", functions, method, others)
end
local function with(...)
  local list = {}
  for _, item in ipairs(others) do
    list[#list + 1] = item
  end
  for _, item in ipairs({ ... }) do
    list[#list + 1] = item
  end
  return list
end
local m, s, c = { "a master", master }, { "a server", server }, { "a client", client }
for method in ("send receive getstats setstats shutdown"):gmatch("%a+") do
  classes.refuse("client", functions, method, with(m, s))
end
classes.refuse("server", functions, "accept", with(m, c))
for method in ("bind setsockname listen"):gmatch("%a+") do
  classes.refuse("master", functions, method, with(s, c))
end

-- The marker decides for tcp{any}, the metatable itself for the others.
R.call("any: a table with the marker in its metatable", functions.getfd,
  setmetatable({}, { ["tcp{any}"] = true }))
R.call("any: a userdata of another kind", functions.getfd, udp)
R.call("class checked before the arguments: send", functions.send, master, {})
R.call("class checked before the arguments: bind", functions.bind, client)
R.call("class checked before the arguments: settimeout", functions.settimeout, udp, "x", "y")

-- Class changes.
local object = socket.tcp()
R.values("change: new", object.class)
object:bind("127.0.0.1", 0)
R.values("change: bound", object.class)
object:listen()
R.values("change: listening", object.class)
R.method("change: bind on the server now", object, "bind", "127.0.0.1", 0)
R.method("change: listen on the server now", object, "listen")
object:close()
R.values("change: closed", object.class)
object = socket.tcp()
R.method("change: listen without a descriptor", object, "listen")
R.values("change: after a failed listen", object.class)
R.call("change: connect with wrong arguments", object.connect, object, "127.0.0.1")
R.values("change: after a raising connect", object.class)
R.call("change: connect with a table", object.connect, object, {}, 80)
R.values("change: after another raising connect", object.class)
R.method("change: connect to no host", object, "connect", "", 80)
R.values("change: after a failing connect", object.class)
object = socket.tcp4()
R.method("change: refused connect", object, "connect", "127.0.0.1", net.closed_port())
R.values("change: after a refused connect", object.class)
object:close()
R.method("change: connect on a server", server, "connect", "127.0.0.1", port)
R.values("change: server after connect", server.class)
object = socket.tcp4()
object:bind("127.0.0.1", 0)
R.method("change: getsockname works", object, "getfamily")
debug.setmetatable(object, debug.getregistry()["tcp{server}"])
R.values("change: by the registry's metatable", object.class)
object:settimeout(0)
R.method("change: accept on a bound, not listening object", object, "accept")
object:close()

-- Collection.
R.call("__gc by hand closes", function()
  local sock = socket.tcp4()
  local result = getmetatable(sock).__gc(sock)
  return result, sock:getfd()
end)
R.call("__gc twice", function()
  local sock = socket.tcp4()
  local gc = getmetatable(sock).__gc
  return gc(sock), gc(sock)
end)
R.call("__gc of a foreign value", getmetatable(client).__gc, {})
R.call("collected objects close their descriptor", function()
  collectgarbage()
  collectgarbage()
  local before = net.socket_count()
  for _ = 1, 5 do
    socket.tcp4()
  end
  collectgarbage()
  collectgarbage()
  return net.socket_count() - before
end)
R.call("methods as plain functions", function()
  local copy = {}
  for name, value in pairs(getmetatable(client).__index) do
    copy[name] = value
  end
  return copy.getfamily(client), copy.gettimeout(client)
end)

client:close()
peer:close()
server:close()
