-- udp.md: classes, metatables, methods and the selves they refuse, class changes.

local R = ...
local socket = require("socket")
local classes = R.classes

local plain = assert(socket.udp())
local receiver = assert(socket.udp4())
assert(receiver:setsockname("127.0.0.1", 0))
local _, port = receiver:getsockname()
local connected = assert(socket.udp4())
assert(connected:setpeername("127.0.0.1", port))
local tcp = assert(socket.tcp())

classes.describe("udp{unconnected}", plain)
classes.describe("udp{connected}", connected)
classes.compare_tables("unconnected and connected", plain, connected)
R.values("classes of udp4 and udp6", socket.udp4().class, socket.udp6().class)
R.values("extra arguments of the constructors are ignored", socket.udp(1).class, socket.udp4({}).class)
R.values("constructors give one value", select("#", socket.udp()), select("#", socket.udp4()))

local functions = getmetatable(plain).__index
R.values("absent", functions.bind, functions.connect, functions.accept, functions.listen, functions.shutdown)

local group = "close dirty getfamily getfd getoption getsockname gettimeout receive setfd setoption "
  .. "setpeername settimeout"
for method in group:gmatch("%a+") do
  classes.refuse("any", functions, method, { { "a tcp object", tcp } })
end
for method in ("send getpeername"):gmatch("%a+") do
  classes.refuse("connected", functions, method,
    { { "a tcp object", tcp }, { "an unconnected object", plain } })
end
for method in ("sendto receivefrom setsockname"):gmatch("%a+") do
  classes.refuse("unconnected", functions, method,
    { { "a tcp object", tcp }, { "a connected object", connected } })
end

R.call("class checked before the arguments: send", functions.send, plain, {})
R.call("class checked before the arguments: sendto", functions.sendto, connected)

-- Class changes.
local object = socket.udp()
R.values("change: new", object.class)
R.method("change: setpeername", object, "setpeername", "127.0.0.1", port)
R.values("change: after setpeername", object.class)
R.method("change: again to another peer", object, "setpeername", "127.0.0.1", port)
R.values("change: still", object.class)
R.method("change: failing setpeername", object, "setpeername", "", port)
R.values("change: after a failure", object.class)
R.method("change: setpeername *", object, "setpeername", "*")
R.values("change: after *", object.class)
R.method("change: * again", object, "setpeername", "*", "not looked at")
R.values("change: after * again", object.class)
R.method("change: failing setpeername when unconnected", object, "setpeername", "", port)
R.values("change: still unconnected", object.class)
R.call("change: raising setpeername", object.setpeername, object, "127.0.0.1")
R.values("change: still after a raise", object.class)
object:setpeername("127.0.0.1", port)
object:close()
R.values("change: closed keeps the class", object.class)
R.method("change: * on a closed object", object, "setpeername", "*")
R.values("change: closed, after *", object.class, object:getfd())
R.call("tostring follows the class", function()
  local sock = socket.udp4()
  local first = tostring(sock):gsub(":.*", "")
  sock:setpeername("127.0.0.1", port)
  local second = tostring(sock):gsub(":.*", "")
  sock:close()
  return first, second
end)
R.call("__gc by hand closes", function()
  local sock = socket.udp4()
  local result = getmetatable(sock).__gc(sock)
  return result, sock:getfd()
end)
connected:close()
receiver:close()
