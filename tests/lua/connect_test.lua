-- socket.connect, connect4 and connect6.
local test = ...
local socket = require("socket")

test("gives a client without timeouts", function(t)
  local server, port = t.server()
  local results = t.pack(socket.connect("127.0.0.1", port))
  t.equal(results.n, 1)
  local client = t.keep(results[1])
  t.equal(client.class, "tcp{client}")
  t.equal(client:getfamily(), "inet4")
  t.returns(t.pack(client:gettimeout()), -1, -1)
  t.equal(client:getoption("reuseaddr"), false)
  t.keep(server:accept())
end)

test("ports as text, names and the odd forms of the resolver", function(t)
  local server, port = t.server()
  local text = ("%d"):format(port)
  for _, pair in ipairs({ { "127.0.0.1", text }, { "localhost", port }, { "127.1", "  " .. text },
      { "0x7f000001", "+" .. text }, { "*", "0" .. text }, { "0.0.0.0", port } }) do
    t.keep(socket.connect(pair[1], pair[2]))
    t.keep(server:accept())
  end
end)

test("failures: nil and the text of the last address", function(t)
  t.returns(t.pack(socket.connect("127.0.0.1", t.refusing_port())), nil, "connection refused")
  t.returns(t.pack(socket.connect("", 80)), nil, "host or service not provided, or not known")
  t.returns(t.pack(socket.connect("[::1]", 80)), nil, "host or service not provided, or not known")
  for _, port in ipairs({ "nosuch", "-1", "0x50", "80x", 0.5, 65536, 70000 }) do
    t.returns(t.pack(socket.connect("127.0.0.1", port)), nil, "service not supported for socket type")
  end
end)

test("a local address and port are bound before", function(t)
  local server, port = t.server()
  local client = t.keep(socket.connect("127.0.0.1", port, "127.0.0.1"))
  t.equal((client:getsockname()), "127.0.0.1")
  t.keep(server:accept())
  client = t.keep(socket.connect("127.0.0.1", port, "127.0.0.2", 0))
  t.equal((client:getsockname()), "127.0.0.2")
  t.keep(server:accept())
  client = t.keep(socket.connect("127.0.0.1", port, "*", "0"))
  t.equal((client:getsockname()), "127.0.0.1")
  t.keep(server:accept())
end)

test("a local port that is free is used", function(t)
  local server, port = t.server()
  local own
  local client = t.first_success(function()
    local holder = t.keep(socket.tcp4())
    holder:bind("127.0.0.1", 0)
    own = select(2, holder:getsockname())
    holder:close()
    return socket.connect("127.0.0.1", port, "127.0.0.1", own)
  end)
  t.equal(select(2, client:getsockname()), own)
  t.keep(server:accept())
end)

-- Mended: the original forgets the descriptor; the harness would report it.
test("a local address that cannot be bound fails and leaves no descriptor", function(t)
  local _, port = t.server()
  t.returns(t.pack(socket.connect("127.0.0.1", port, "1.2.3.4")), nil,
    "Cannot assign requested address")
  t.returns(t.pack(socket.connect("127.0.0.1", port, "127.0.0.1", port)), nil,
    "address already in use")
  t.returns(t.pack(socket.connect("127.0.0.1", port, "no such host")), nil,
    "host or service not provided, or not known")
end)

test("the family of the local address limits the remote ones", function(t)
  t.needs_ipv6()
  local _, port = t.server()
  t.equal((socket.connect("127.0.0.1", port, "::1")), nil)
end)

test("a failure leaves no descriptor behind", function(t)
  local port = t.refusing_port()
  for _ = 1, 20 do
    t.equal((socket.connect("127.0.0.1", port)), nil)
  end
end)

test("the family argument is one of three words", function(t)
  local server, port = t.server()
  for _, family in ipairs({ "unspec", "inet" }) do
    t.keep(socket.connect("127.0.0.1", port, nil, nil, family))
    t.keep(server:accept())
  end
  t.bad_argument(5, "invalid option 'x'", socket.connect, "127.0.0.1", port, nil, nil, "x")
  t.bad_argument(5, "invalid option 'inet4'", socket.connect, "127.0.0.1", port, nil, nil, "inet4")
end)

test("all arguments are checked before anything happens, in order", function(t)
  local f = socket.connect
  t.bad_argument(1, "string expected, got no value", f)
  t.bad_argument(1, "string expected, got nil", f, nil, nil, {}, {}, "x")
  t.bad_argument(2, "string expected, got no value", f, "127.0.0.1")
  t.bad_argument(2, "string expected, got table", f, "127.0.0.1", {}, {}, {}, "x")
  t.bad_argument(3, "string expected, got table", f, "127.0.0.1", 1, {}, {}, "x")
  t.bad_argument(3, "string expected, got boolean", f, "127.0.0.1", 1, false)
  t.bad_argument(4, "string expected, got table", f, "127.0.0.1", 1, nil, {}, "x")
  t.bad_argument(4, "string expected, got boolean", f, "127.0.0.1", 1, nil, false)
end)

test("the addresses of a name are tried in order until one answers", function(t)
  local server, port = t.server()
  local client = t.keep(socket.connect("localhost", port))
  t.equal((client:getpeername()), "127.0.0.1")
  t.keep(server:accept())
end)

test("connect4 and connect6 reach servers of their family", function(t)
  local server, port = t.server()
  local client = t.keep(socket.connect4("127.0.0.1", port))
  t.equal(client:getfamily(), "inet4")
  t.keep(server:accept())
  t.needs_ipv6()
  server, port = t.server("::1")
  client = t.keep(socket.connect6("::1", port))
  t.equal(client:getfamily(), "inet6")
  t.equal((client:getpeername()), "::1")
  t.keep(server:accept())
end)

-- Mended: the original ignores the family unless a local address is given.
test("connect4 and connect6 honour their family", function(t)
  local _, port = t.server()
  t.returns(t.pack(socket.connect6("127.0.0.1", port)), nil,
    "Address family for hostname not supported")
  t.returns(t.pack(socket.connect4("::1", port)), nil, "Address family for hostname not supported")
  t.returns(t.pack(socket.connect("127.0.0.1", port, nil, nil, "inet6")), nil,
    "Address family for hostname not supported")
end)

-- Mended: on 5.3 and later the original makes "8080.0" of it.
test("a float without fraction is a port", function(t)
  local server, port = t.server()
  t.keep(socket.connect("127.0.0.1", port + 0.0))
  t.keep(server:accept())
end)
