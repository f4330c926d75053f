-- Making connections, from both sides, and giving sockets names.

local case, t = ...

for _, host in ipairs({ "127.0.0.1", "localhost" }) do
  for _, timeout in ipairs({ -1, 5 }) do
    case(("connect to %s, timeout %d"):format(host, timeout), function()
      local socket = require("socket")
      local server = assert(socket.bind("127.0.0.1", 0))
      local port = select(2, server:getsockname())
      local client = socket.tcp()
      client:settimeout(timeout)
      local function act()
        return assert(client:connect(host, port))
      end
      local function verify(succeeded)
        client:settimeout(5)
        if not succeeded then
          local again, failure = client:connect(host, port)
          assert(again or failure == "already connected", failure)
        end
        server:settimeout(5)
        local accepted = assert(server:accept())
        assert(client:send("x\n") and accepted:receive() == "x")
      end
      return act, verify
    end)
  end
end

case("connect without waiting, then again", function()
  local socket = require("socket")
  local server = assert(socket.bind("127.0.0.1", 0))
  local port = tostring(select(2, server:getsockname()))
  local client = socket.tcp4()
  client:settimeout(0)
  local function connect()
    local done, failure = client:connect("127.0.0.1", port)
    if not done and failure == "timeout" then
      assert(#select(2, socket.select(nil, { client }, 5)) == 1)
      done, failure = client:connect("127.0.0.1", port)
    end
    assert(done or failure == "already connected" or error(failure, 0))
  end
  local function verify()
    connect()
    server:settimeout(5)
    local accepted = assert(server:accept())
    assert(client:send("x\n") and accepted:receive() == "x")
  end
  return connect, verify
end)

case("connect where nobody listens", function()
  local socket = require("socket")
  local server = assert(socket.bind("127.0.0.1", 0))
  local port = select(2, server:getsockname())
  server:close()
  local function act()
    local client, failure = socket.connect("127.0.0.1", port)
    assert(client == nil)
    assert(failure == "connection refused" or error(failure, 0))
    client, failure = socket.tcp():connect("127.0.0.1", 99999)
    assert(client == nil)
    assert(failure == "service not supported for socket type" or error(failure, 0))
  end
  return act
end)

case("socket.connect, connect4 and connect6", function()
  local socket = require("socket")
  local server = assert(socket.bind("127.0.0.1", 0))
  local port = select(2, server:getsockname())
  local function act()
    assert(socket.connect("localhost", port, "127.0.0.1", 0, "inet"))
    assert(socket.connect4("127.0.0.1", port))
    local client, failure = socket.connect6("::1", port)
    assert(client == nil)
    -- A machine without IPv6 says something of its own.
    assert(not (failure:find("emory")) or error(failure, 0))
  end
  local function verify()
    assert(socket.connect("127.0.0.1", port))
  end
  return act, verify
end)

case("socket.bind", function()
  local socket = require("socket")
  local function act()
    local server = assert(socket.bind("localhost", 0))
    assert(server:close())
    server = assert(socket.bind("*", 0, 5))
    local done, failure = socket.bind("127.0.0.1", (select(2, server:getsockname())))
    assert(done == nil)
    assert(failure == "address already in use" or error(failure, 0))
  end
  local function verify()
    assert(socket.bind("localhost", 0))
  end
  return act, verify
end)

case("bind, listen, names", function()
  local socket = require("socket")
  local server = socket.tcp()
  local function act()
    local bound, failure = server:bind("127.0.0.1", "0")
    assert(bound, failure)
    assert(server:listen(4))
    local address, port, family = server:getsockname()
    assert(address, port)
    assert(address == "127.0.0.1" and port > 0 and family == "inet")
    address, failure = server:getpeername()
    assert(address == nil)
    assert(failure == "Transport endpoint is not connected" or error(failure, 0))
    assert(server:setoption("reuseaddr", true) and server:close())
  end
  local function verify()
    server:close()
    server = assert(socket.bind("127.0.0.1", 0))
    local client = assert(socket.connect("127.0.0.1", (select(2, server:getsockname()))))
    assert(select(2, client:getpeername()) == select(2, server:getsockname()))
  end
  return act, verify
end)

case("names of both ends", function()
  local context = t.pair()
  local function act()
    local address, port = context.client:getpeername()
    assert(address, port)
    local own_address, own_port = context.accepted:getsockname()
    assert(own_address, own_port)
    assert(port == own_port)
  end
  return act
end)

case("constructors", function()
  local socket = require("socket")
  local function act()
    for _, name in ipairs({ "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6" }) do
      local object, failure = socket[name]()
      assert(object, failure)
    end
  end
  local function verify()
    assert(socket.tcp4():close() == 1 and socket.udp4():close() == 1)
  end
  return act, verify
end)

local function accepting(server, connect)
  local client = connect()
  client:send("hello\n")
  local accepted
  local function act()
    accepted = assert(server:accept())
  end
  local function verify()
    server:settimeout(5)
    accepted = accepted or assert(server:accept())
    accepted:settimeout(5)
    assert(accepted:receive() == "hello")
    accepted:close()
    client:close()
    local again = connect()
    accepted = assert(server:accept())
    assert(again:send("x\n") and accepted:receive() == "x")
  end
  return act, verify
end

case("accept", function()
  local socket = require("socket")
  local server = assert(socket.bind("127.0.0.1", 0))
  local port = select(2, server:getsockname())
  return accepting(server, function()
    return assert(socket.connect("127.0.0.1", port))
  end)
end)

case("accept, local", function()
  local unix = require("socket.unix")
  local server = assert(unix())
  assert(server:bind("") and server:listen())
  return accepting(server, function()
    local client = assert(unix())
    assert(client:connect(server:getsockname()))
    return client
  end)
end)

case("accept when nobody comes", function()
  local server = assert(require("socket").bind("127.0.0.1", 0))
  server:settimeout(0)
  local function act()
    local client, failure = server:accept()
    assert(client == nil)
    assert(failure == "timeout" or error(failure, 0))
  end
  return act
end)
