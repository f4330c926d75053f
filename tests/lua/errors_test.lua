-- Error texts as such: exact, English, always strings. Most are tested where they arise.
local test = ...
local socket = require("socket")

test("texts do not follow the locale", function(t)
  local old = os.setlocale()
  t.cleanup(function() os.setlocale(old) end)
  for _, locale in ipairs({ "de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "C.UTF-8", "C" }) do
    os.setlocale(locale)
    t.returns(t.pack(t.keep(socket.tcp()):listen()), nil, "Bad file descriptor")
    t.returns(t.pack(t.keep(socket.tcp4()):connect("", 1)), nil,
      "host or service not provided, or not known")
  end
end)

test("the same under a foreign LANG", function(t)
  t.equal(t.output_of([[
    os.setlocale("")
    local socket = require("socket")
    print(socket.tcp():listen())
    print(socket.udp4():sendto("x", "localhost", 9))]], nil, "LANG=de_DE.UTF-8 LANGUAGE=de"),
    "nil\tBad file descriptor\nnil\tName or service not known")
end)

-- What a stream object says when the system answers with a certain error.
test("a foreign descriptor that is no socket", function(t)
  local path = t.tmpname()
  io.open(path, "w"):close()
  local file = t.keep(require("socket.serial")(path))
  local client = t.keep(socket.tcp())
  t.cleanup(function() client:setfd(-1) end)
  client:setfd(file:getfd())
  t.returns(t.pack(client:getsockname()), nil, "Socket operation on non-socket")
  t.returns(t.pack(client:getpeername()), nil, "Socket operation on non-socket")
  t.returns(t.pack(client:getoption("keepalive")), nil, "getsockopt failed")
  t.returns(t.pack(client:listen()), nil, "Socket operation on non-socket")
end)

test("a descriptor that is not open", function(t)
  local client = t.keep(socket.tcp())
  t.cleanup(function() client:setfd(-1) end)
  client:setfd(socket._SETSIZE - 1)
  t.returns(t.pack(client:getsockname()), nil, "Bad file descriptor")
  t.returns(t.pack(client:listen()), nil, "Bad file descriptor")
  debug.setmetatable(client, debug.getregistry()["tcp{client}"])
  t.returns(t.pack(client:send("x")), nil, "Bad file descriptor", 0)
  t.returns(t.pack(client:receive()), nil, "Bad file descriptor", "")
end)

test("try again, in progress and interrupted never show", function(t)
  local client = t.pair()
  t.fill(client)
  local _, message = client:send("x")
  t.equal(message, "timeout")
  _, message = client:receive()
  t.equal(message, "timeout")
  local udp = t.udp()
  udp:settimeout(0)
  t.equal(select(2, udp:receive()), "timeout")
  local other = t.keep(socket.tcp4())
  other:settimeout(0)
  t.equal(select(2, other:connect("127.0.0.1", t.refusing_port())), "timeout")
end)

test("every failure of every call here has a string as second result", function(t)
  local calls = {
    function() return socket.connect("127.0.0.1", t.refusing_port()) end,
    function() return socket.connect("no such host", 1) end,
    function() return socket.bind("1.2.3.4", 0) end,
    function() return t.keep(socket.tcp()):listen() end,
    function() return t.keep(socket.tcp()):setoption("keepalive", true) end,
    function() return t.keep(socket.tcp()):getoption("keepalive") end,
    function() return t.keep(socket.udp()):receive() end,
    function() return socket.dns.toip("") end,
    function() return socket.dns.tohostname("") end,
    function() return socket.dns.getaddrinfo("") end,
    function() return socket.dns.getnameinfo("no such host") end,
    function() return require("socket.unix").stream():connect("/nosuch") end,
    function() return require("socket.serial")("/nosuch") end,
  }
  for index = 1, #calls do
    local result, message = calls[index]()
    t.equal(result, nil, "call " .. index)
    t.is("string", message, "call " .. index)
  end
end)
