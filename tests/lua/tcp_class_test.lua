-- The three TCP classes: metatables, methods, class checks and transitions.
local test = ...
local socket = require("socket")
local classes = require("classes")

local methods = "accept bind close connect dirty getfamily getfd getoption getpeername getsockname "
  .. "getstats gettimeout listen receive send sendfile setfd setoption setpeername setsockname setstats "
  .. "settimeout shutdown"

local names = { "tcp{master}", "tcp{client}", "tcp{server}" }

test("each class has its own metatable with exactly the documented fields", function(t)
  local seen = {}
  for _, name in ipairs(names) do
    local metatable = classes.check_metatable(t, name, "tcp{any}", methods)
    t.equal(seen[metatable] or seen[metatable.__index], nil)
    seen[metatable], seen[metatable.__index] = true, true
  end
end)

test("setpeername is connect and setsockname is bind", function(t)
  for _, name in ipairs(names) do
    local index = debug.getregistry()[name].__index
    t.equal(index.setpeername, index.connect)
    t.equal(index.setsockname, index.bind)
  end
end)

test("objects show their class in tostring, class and metatable", function(t)
  classes.check_object(t, t.keep(socket.tcp()), "tcp{master}")
  classes.check_object(t, t.keep(socket.tcp4()), "tcp{master}")
  local server = t.server()
  classes.check_object(t, server, "tcp{server}")
  local client, accepted = t.pair()
  classes.check_object(t, client, "tcp{client}")
  classes.check_object(t, accepted, "tcp{client}")
  client:close()
  classes.check_object(t, client, "tcp{client}")
end)

test("tostring prints the address that %p prints", function(t)
  local object = t.keep(socket.tcp())
  if _VERSION ~= "Lua 5.4" then
    t.matches(tostring(object), ": 0x%x+$")
  else
    t.equal(tostring(object), ("tcp{master}: %p"):format(object)) -- luacheck: ignore
  end
end)

test("__tostring prints the class of anything whose metatable has one, else raises", function(t)
  local to_string = getmetatable(t.keep(socket.tcp())).__tostring
  local odd = setmetatable({}, { __index = { class = "odd one" } })
  t.matches(to_string(odd), "^odd one: ")
  for _, value in ipairs({ {}, 12, true, setmetatable({}, { __index = print }),
      setmetatable({}, { __index = {} }), setmetatable({}, { __index = { class = 12.5 } }) }) do
    if type(value) ~= "table" or not getmetatable(value) or getmetatable(value).__index == print
        or not getmetatable(value).__index.class then
      t.raises("invalid object passed to 'auxiliar.c:__tostring'", to_string, value)
    end
  end
  t.raises("invalid object passed to 'auxiliar.c:__tostring'", to_string, nil)
end)

test("an unknown field reads nil, assignment raises", function(t)
  local object = t.keep(socket.tcp())
  t.equal(object.nosuch, nil)
  t.raises("attempt to index", function() object.field = 1 end)
end)

test("objects are equal only to themselves and have no length", function(t)
  local one, two = t.keep(socket.tcp()), t.keep(socket.tcp())
  t.equal(one == two, false)
  t.raises("attempt to get length", function() return #one end)
  local keyed = { [one] = "one", [two] = "two" }
  t.equal(keyed[one], "one")
end)

test("__gc is close: it gives 1 when called by hand", function(t)
  local object = t.keep(socket.tcp4())
  t.returns(t.pack(getmetatable(object).__gc(object)), 1)
  t.equal(object:getfd(), -1)
  t.returns(t.pack(getmetatable(object).__gc(object)), 1)
end)

test("collected objects close their descriptor", function(t)
  local function open_and_forget()
    local objects = {}
    for index = 1, 50 do
      objects[index] = socket.tcp4()
    end
    return objects[50]:getfd()
  end
  local descriptor = open_and_forget()
  collectgarbage()
  collectgarbage()
  t.equal(io.open(("/proc/self/fdinfo/%d"):format(descriptor)), nil)
end)

test("methods demand their class before anything else", function(t)
  local master, server = t.keep(socket.tcp4()), t.server()
  local client = t.pair()
  local udp = t.udp()
  local index = getmetatable(client).__index
  local marked = setmetatable({}, { ["tcp{any}"] = true })
  local foreign = { n = 8, nil, 12, "x", {}, print, udp, io.stdout, marked }
  classes.check_self(t, "close connect dirty getfamily getfd getoption getpeername getsockname "
    .. "gettimeout setfd setoption setpeername settimeout", index, "tcp{any}", foreign)
  local function with(...)
    local list = { n = foreign.n + 2 }
    for position = 1, foreign.n do
      list[position] = foreign[position]
    end
    list[foreign.n + 1], list[foreign.n + 2] = ...
    return list
  end
  classes.check_self(t, "send receive getstats setstats shutdown", index, "tcp{client}",
    with(master, server))
  classes.check_self(t, "accept", index, "tcp{server}", with(master, client))
  classes.check_self(t, "bind setsockname listen", index, "tcp{master}", with(client, server))
end)

test("with method syntax the error speaks of a bad self", function(t)
  local master = t.keep(socket.tcp4())
  t.raises("calling 'send' on bad self (tcp{client} expected)", function() master:send("x") end)
  t.raises("calling 'accept' on bad self (tcp{server} expected)", function() master:accept() end)
  local server = t.server()
  t.raises("calling 'bind' on bad self (tcp{master} expected)", function() server:bind("x", 0) end)
end)

test("any userdata whose metatable carries the group's marker is not enough for a class", function(t)
  local master = t.keep(socket.tcp4())
  t.bad_argument(1, "tcp{client} expected", getmetatable(master).__index.send, master, "x")
end)

test("all methods are there in all classes, and work as plain functions", function(t)
  local client, peer = t.pair()
  local copied = {}
  for name, method in pairs(getmetatable(client).__index) do
    if type(method) == "function" then
      copied[name] = function(...) return method(client, ...) end
    end
  end
  copied.send("hello\n")
  local receive = peer.receive
  t.equal(receive(peer, "*l"), "hello")
  t.equal(copied.getfd(), client:getfd())
  t.returns(t.pack(copied.settimeout(1)), 1)
end)

test("class is the metatable: setting another one changes what the object can do", function(t)
  local master = t.keep(socket.tcp4())
  t.returns(t.pack(master:bind("127.0.0.1", 0)), 1)
  debug.setmetatable(master, debug.getregistry()["tcp{client}"])
  t.equal(master.class, "tcp{client}")
  t.returns(t.pack(master:send("")), 0, nil, nil)
  debug.setmetatable(master, debug.getregistry()["tcp{master}"])
  t.returns(t.pack(master:listen()), 1)
  t.equal(master.class, "tcp{server}")
end)

-- A check remembers what it found, so each of these has to find out anew.
test("an object goes from class to class and back, and is refused as what it was", function(t)
  local registry = debug.getregistry()
  local server = t.keep(socket.bind("127.0.0.1", 0))
  local as_client = t.keep(socket.tcp4())
  for _ = 1, 2 do
    debug.setmetatable(server, registry["tcp{client}"])
    t.returns(t.pack(server:send("")), 0, nil, nil)
    t.bad_argument(1, "tcp{server} expected", server.accept, server)
    debug.setmetatable(server, registry["tcp{server}"])
    server:settimeout(0)
    t.returns(t.pack(server:accept()), nil, "timeout")
    t.bad_argument(1, "tcp{client} expected", server.send, server, "")
    t.bad_argument(1, "tcp{master} expected", server.listen, server)
  end
  t.bad_argument(1, "tcp{client} expected", as_client.send, as_client, "")
end)

test("a finaliser that a script calls leaves a closed object of its class", function(t)
  local client = t.pair()
  getmetatable(client).__gc(client)
  t.returns(t.pack(client:send("x")), nil, "closed", 0)
  t.bad_argument(1, "tcp{server} expected", client.accept, client)
end)

test("the plain constructor opens no descriptor, the others do", function(t)
  t.float(t.keep(socket.tcp()):getfd(), socket._SOCKETINVALID)
  t.float(t.keep(socket.tcp("ignored", {})):getfd(), -1)
  local v4 = t.keep(socket.tcp4("ignored"))
  t.float(v4:getfd())
  t.between(v4:getfd(), 0, socket._SETSIZE)
  t.equal(v4:getfamily(), "inet4")
  if t.has_ipv6() then
    local v6 = t.keep(socket.tcp6("ignored"))
    t.between(v6:getfd(), 0, socket._SETSIZE)
    t.equal(v6:getfamily(), "inet6")
  end
end)

-- All is called once before, because UBSan needs a pipe when it sees an object of a type first.
test("without a free descriptor the constructors give nil and the reason", function(t)
  t.equal(t.output_of([[
    local socket = require("socket")
    local unix = require("socket.unix")
    for _, make in ipairs({ socket.tcp4, socket.tcp6, socket.udp4, socket.udp6, unix.stream,
        unix.dgram }) do
      local object = make()
      if object then object:close() end
    end
    for _, object in ipairs({ socket.tcp(), socket.udp() }) do
      object:setsockname("127.0.0.1", 0)
      object:close()
    end
    local held = {}
    for _ = 1, 60 do
      held[#held + 1] = socket.tcp4()
    end
    print(select("#", socket.tcp4()), socket.tcp4())
    print(socket.tcp6()) print(socket.udp4()) print(socket.udp6())
    print(unix.stream()) print(unix.dgram())
    print(type(socket.tcp()), type(socket.udp()))
    print(socket.tcp():bind("127.0.0.1", 0))
    print(socket.udp():setsockname("127.0.0.1", 0))]], nil, "ulimit -S -n 40;"),
    "2\tnil\tToo many open files\n" .. ("nil\tToo many open files\n"):rep(5)
      .. "userdata\tuserdata\nnil\tToo many open files\nnil\tToo many open files")
end)

-- Either the collector knows what an object costs, or "too many open files" makes it run.
test("a program that forgets its sockets does not run out of descriptors", function(t)
  t.equal(t.output_of([[
    local socket = require("socket")
    for round = 1, 2000 do
      assert(socket.tcp4())
    end
    print("done")]], nil, "ulimit -S -n 256;"), "done")
end)
