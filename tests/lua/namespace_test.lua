-- Small functions of the namespace: skip, __unload, choose, and that library code looks fields up at
-- call time.
local test = ...
local socket = require("socket")

-- Replaces socket[name] for the test.
local function replace(t, owner, name, value)
  local old = owner[name]
  t.cleanup(function() owner[name] = old end)
  owner[name] = value
end

test("skip: drops the first arguments and gives the rest", function(t)
  t.returns(t.pack(socket.skip(0, "a", nil, "c")), "a", nil, "c")
  t.returns(t.pack(socket.skip(1, "a", nil, "c", nil)), nil, "c", nil)
  t.returns(t.pack(socket.skip(3, "a", nil, "c")))
  t.returns(t.pack(socket.skip(4, "a", nil, "c")))
  t.returns(t.pack(socket.skip(100)))
  t.returns(t.pack(socket.skip("2", "a", "b", "c")), "c")
end)

-- Mended: the original returns stack contents below its arguments, or crashes.
test("skip: a negative count drops nothing", function(t)
  t.returns(t.pack(socket.skip(-1, "a", "b")), "a", "b")
  t.returns(t.pack(socket.skip(-1e9, "a")), "a")
  t.returns(t.pack(socket.skip(-2 ^ 40, "a")), "a")
end)

test("skip: a fraction is dropped up to 5.2 and an error since 5.3", function(t)
  if math.type then -- luacheck: ignore 143
    t.bad_argument(1, "number has no integer representation", socket.skip, 1.5, "a", "b")
  else
    t.returns(t.pack(socket.skip(1.5, "a", "b")), "b")
  end
end)

test("skip: the count must be a number", function(t)
  t.bad_argument(1, "number expected, got no value", socket.skip)
  t.bad_argument(1, "number expected, got string", socket.skip, "x")
  t.bad_argument(1, "number expected, got nil", socket.skip, nil, 1)
end)

test("__unload: gives nothing and leaves the library usable", function(t)
  t.returns(t.pack(socket.__unload()))
  t.keep(socket.tcp4())
  t.pair()
end)

test("choose: a string picks the entry and two arguments go to it", function(t)
  local makers = {
    name = function(...) return "name", select("#", ...), ... end,
    default = function(...) return "default", select("#", ...), ... end,
  }
  local choose = socket.choose(makers)
  t.returns(t.pack(choose("name", 1, 2, 3)), "name", 2, 1, 2)
  t.returns(t.pack(choose("name")), "name", 2, nil, nil)
end)

test("choose: anything but a string goes to the default entry as its first argument", function(t)
  local makers = { default = function(a) return "default", a end }
  local choose = socket.choose(makers)
  local object = {}
  t.returns(t.pack(choose(object, 5)), "default", object)
  t.returns(t.pack(choose(nil, 5)), "default", nil)
  t.returns(t.pack(choose(12)), "default", 12)
end)

test("choose: all results of the entry are passed on", function(t)
  local choose = socket.choose({ many = function() return 1, nil, 3, nil end })
  t.returns(t.pack(choose("many")), 1, nil, 3, nil)
end)

test("choose: entries are looked up at call time", function(t)
  local makers = {}
  local choose = socket.choose(makers)
  makers.late = function() return "late" end
  t.returns(t.pack(choose("late")), "late")
end)

test("choose: a missing entry raises with the name, at the caller's caller", function(t)
  local choose = socket.choose({})
  local function outer()
    local _ = choose("nosuch")
    return _
  end
  t.raises("unknown key (nosuch)", outer)
  t.raises("unknown key (default)", choose, {})
  t.raises("unknown key (nosuch)", socket.sink, "nosuch", {})
  t.raises("unknown key (nosuch)", socket.source, "nosuch", {})
end)

test("connect4 and connect6 call the current socket.connect with their family", function(t)
  replace(t, socket, "connect", function(...) return "called", select("#", ...), ... end)
  t.returns(t.pack(socket.connect4("a", 1)), "called", 5, "a", 1, nil, nil, "inet")
  t.returns(t.pack(socket.connect6("a", 1, "b", 2)), "called", 5, "a", 1, "b", 2, "inet6")
end)

test("bind uses the current dns.getaddrinfo, tcp4 and tcp6", function(t)
  local asked, made = {}, {}
  local function fake(name)
    return function()
      made[#made + 1] = name
      return nil, "no " .. name
    end
  end
  replace(t, socket, "tcp4", fake("tcp4"))
  replace(t, socket, "tcp6", fake("tcp6"))
  replace(t, socket.dns, "getaddrinfo", function(host)
    asked[#asked + 1] = host
    return { { family = host == "six" and "inet6" or "inet", addr = host } }
  end)
  t.returns(t.pack(socket.bind("four", 0)), nil, "no tcp4")
  t.returns(t.pack(socket.bind("six", 0)), nil, "no tcp6")
  t.list(asked, { "four", "six" })
  t.list(made, { "tcp4", "tcp6" })
end)

test("sources use the current BLOCKSIZE", function(t)
  local asked = {}
  local object = { receive = function(_, size) asked[#asked + 1] = size return "x" end }
  local source = socket.source("by-length", object, 100)
  replace(t, socket, "BLOCKSIZE", 7)
  source()
  socket.BLOCKSIZE = 9
  source()
  local until_closed = socket.source("until-closed", object)
  until_closed()
  socket.BLOCKSIZE = 3
  until_closed()
  t.list(asked, { 7, 9, 9, 3 })
end)

test("programs add their own sinks and sources", function(t)
  replace(t, socket.sinkt, "mine", function(a, b) return "sink", a, b end)
  replace(t, socket.sourcet, "mine", function(a, b) return "source", a, b end)
  t.returns(t.pack(socket.sink("mine", 1, 2)), "sink", 1, 2)
  t.returns(t.pack(socket.source("mine", 1, 2)), "source", 1, 2)
end)
