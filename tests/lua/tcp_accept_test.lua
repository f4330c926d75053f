-- accept.
local test = ...
local socket = require("socket")

test("gives a client of the server's family, with no timeouts", function(t)
  local server, port = t.server()
  server:settimeout(5)
  server:settimeout(6, "t")
  t.keep(socket.connect("127.0.0.1", port))
  local results = t.pack(server:accept())
  t.equal(results.n, 1)
  local accepted = t.keep(results[1])
  t.equal(accepted.class, "tcp{client}")
  t.equal(accepted:getfamily(), "inet4")
  t.returns(t.pack(accepted:gettimeout()), -1, -1)
  local received, sent = accepted:getstats()
  t.equal(received, 0)
  t.equal(sent, 0)
end)

test("times out, and the server stays usable", function(t)
  local server, port = t.server()
  server:settimeout(0)
  t.returns(t.pack(server:accept()), nil, "timeout")
  server:settimeout(0.05)
  local elapsed, accepted, message = t.timed(server.accept, server)
  t.equal(accepted, nil)
  t.equal(message, "timeout")
  t.between(elapsed, 0.0499, 5)
  t.keep(socket.connect("127.0.0.1", port))
  t.keep(server:accept())
end)

test("takes waiting connections in order", function(t)
  local server, port = t.server()
  local ports = {}
  for index = 1, 3 do
    ports[index] = select(2, t.keep(socket.connect("127.0.0.1", port)):getsockname())
  end
  for index = 1, 3 do
    t.equal(select(2, t.keep(server:accept()):getpeername()), ports[index])
  end
end)

test("without a descriptor: closed", function(t)
  local server = t.server()
  server:close()
  t.returns(t.pack(server:accept()), nil, "closed")
end)

test("arguments are ignored", function(t)
  local server, port = t.server()
  t.keep(socket.connect("127.0.0.1", port))
  t.keep(server:accept("x", {}, 12))
end)

test("on unsuitable descriptors it returns an error and does not raise or hang", function(t)
  local server = t.server()
  local own = server:getfd()
  t.cleanup(function() server:setfd(own) end)
  local idle = t.keep(socket.tcp4())
  server:setfd(idle:getfd())
  t.returns(t.pack(server:accept()), nil, "Invalid argument")
  server:setfd((t.udp()):getfd())
  server:settimeout(0)
  local accepted, message = server:accept()
  t.equal(accepted, nil)
  t.ok(message == "Operation not supported" or message == "timeout", message)
  local path = t.tmpname()
  io.open(path, "w"):close()
  server:setfd(t.keep(require("socket.serial")(path)):getfd())
  t.returns(t.pack(server:accept()), nil, "Socket operation on non-socket")
  server:setfd(socket._SETSIZE - 1)
  t.returns(t.pack(server:accept()), nil, "Bad file descriptor")
  server:setfd(-1)
  t.returns(t.pack(server:accept()), nil, "closed")
end)

-- It times out once before, because UBSan needs a pipe when it sees an object of a type first.
test("without a free descriptor it fails, and recovers when descriptors return", function(t)
  t.equal(t.output_of([[
    local socket = require("socket")
    local server = socket.bind("127.0.0.1", 0)
    local _, port = server:getsockname()
    server:settimeout(0)
    server:accept()
    local client = socket.connect("127.0.0.1", port)
    server:settimeout(5)
    local held = {}
    for _ = 1, 60 do held[#held + 1] = socket.tcp4() end
    print(server:accept())
    print(server:accept())
    for _, object in ipairs(held) do object:close() end
    local accepted = server:accept()
    client:send("hello\n")
    print(accepted:receive())]], nil, "ulimit -S -n 40;"),
    "nil\tToo many open files\nnil\tToo many open files\nhello\tnil\tnil")
end)

test("a connection that was reset before it was accepted does not disturb the server", function(t)
  local server, port = t.server()
  server:settimeout(5)
  local gone = t.keep(socket.connect("127.0.0.1", port))
  gone:setoption("linger", { on = true, timeout = 0 })
  gone:close()
  local client = t.keep(socket.connect("127.0.0.1", port))
  client:send("x\n")
  local line
  for _ = 1, 2 do
    local accepted = t.keep(server:accept())
    line = accepted:receive()
    if line then
      break
    end
  end
  t.equal(line, "x")
end)

test("an IPv6 server gives IPv6 clients", function(t)
  t.needs_ipv6()
  local _, accepted = t.pair("::1")
  t.equal(accepted:getfamily(), "inet6")
  t.equal(select(3, accepted:getpeername()), "inet6")
end)
