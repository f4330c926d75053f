-- socket.bind.
local test = ...
local socket = require("socket")

-- Replaces socket.dns.getaddrinfo for the test.
local function resolving(t, f)
  local old = socket.dns.getaddrinfo
  t.cleanup(function() socket.dns.getaddrinfo = old end)
  socket.dns.getaddrinfo = f
end

test("gives a server that listens and has reuseaddr set", function(t)
  local results = t.pack(socket.bind("127.0.0.1", 0))
  t.equal(results.n, 1)
  local server = t.keep(results[1])
  t.equal(server.class, "tcp{server}")
  t.equal(server:getoption("reuseaddr"), true)
  local address, port, family = server:getsockname()
  t.equal(address, "127.0.0.1")
  t.equal(family, "inet")
  t.keep(socket.connect("127.0.0.1", port))
  t.keep(server:accept())
end)

test("* is the IPv4 wildcard", function(t)
  local server = t.keep(socket.bind("*", 0))
  t.equal((server:getsockname()), "0.0.0.0")
  t.equal(server:getfamily(), "inet4")
end)

test("names and IPv6", function(t)
  local server = t.keep(socket.bind("localhost", "0"))
  t.matches((server:getsockname()), "^[%d.:]+$")
  t.needs_ipv6()
  server = t.keep(socket.bind("::1", 0))
  t.equal((server:getsockname()), "::1")
  t.equal(server:getfamily(), "inet6")
end)

test("the backlog is passed to listen", function(t)
  t.keep(socket.bind("127.0.0.1", 0, 5))
  t.keep(socket.bind("127.0.0.1", 0, nil))
  t.raises("number expected, got string", socket.bind, "127.0.0.1", 0, "x")
end)

test("a busy port fails, a port whose connections linger does not", function(t)
  local server, port = t.server()
  t.returns(t.pack(socket.bind("127.0.0.1", port)), nil, "address already in use")
  local client = t.keep(socket.connect("127.0.0.1", port))
  local accepted = t.keep(server:accept())
  accepted:close()
  client:close()
  server:close()
  t.keep(socket.bind("127.0.0.1", port))
end)

test("failures: nil and a text", function(t)
  t.returns(t.pack(socket.bind("1.2.3.4", 0)), nil, "Cannot assign requested address")
  t.returns(t.pack(socket.bind("", 0)), nil, "host or service not provided, or not known")
  t.returns(t.pack(socket.bind("127.0.0.1", "nosuch")), nil, "service not supported for socket type")
  t.returns(t.pack(socket.bind("127.0.0.1", 70000)), nil, "service not supported for socket type")
end)

test("a resolver failure is returned as it is", function(t)
  resolving(t, function() return nil, "resolver says no" end)
  t.returns(t.pack(socket.bind("x", 0)), nil, "resolver says no")
end)

test("no addresses at all: no info on address", function(t)
  resolving(t, function() return {} end)
  t.returns(t.pack(socket.bind("x", 0)), nil, "no info on address")
end)

test("the addresses are tried in order, the last failure is the result", function(t)
  resolving(t, function()
    return { { family = "inet", addr = "1.2.3.4" }, { family = "inet", addr = "127.0.0.1" },
      { family = "inet", addr = "127.0.0.2" } }
  end)
  local port
  local server = t.first_success(function()
    port = select(2, t.server())
    return socket.bind("x", port)
  end)
  t.equal((server:getsockname()), "127.0.0.2")
  t.returns(t.pack(socket.bind("x", port)), nil, "address already in use")
  server:close()
  server = t.keep(socket.bind("x", 0))
  t.equal((server:getsockname()), "127.0.0.1")
end)

test("a socket that cannot be made ends the search", function(t)
  resolving(t, function()
    return { { family = "inet", addr = "127.0.0.1" }, { family = "inet", addr = "127.0.0.1" } }
  end)
  local made, old = 0, socket.tcp4
  t.cleanup(function() socket.tcp4 = old end)
  socket.tcp4 = function()
    made = made + 1
    return nil, "none left"
  end
  t.returns(t.pack(socket.bind("x", 0)), nil, "none left")
  t.equal(made, 1)
end)

test("bad argument types raise from inside", function(t)
  t.raises("string expected, got nil", socket.bind, nil, 0)
  t.raises("string expected, got nil", socket.bind, "127.0.0.1")
  t.raises("string expected, got table", socket.bind, {}, 0)
end)

test("failures leave no descriptor behind", function(t)
  local _, port = t.server()
  collectgarbage("stop")
  t.cleanup(function() collectgarbage("restart") end)
  local before = t.keep(socket.tcp4()):getfd()
  for _ = 1, 20 do
    socket.bind("127.0.0.1", port)
  end
  t.equal(t.keep(socket.tcp4()):getfd(), before + 1)
end)
