-- What the tests of ssl share: certificates, contexts and pairs of connections. Each function takes the
-- test first.

local harness = require("harness")
local ltn12 = require("ltn12")
local socket = require("socket")
local ssl = require("ssl")

local tools = {}

-- Made once for all tests, and removed with the interpreter.
local made
local function certificates()
  if not made then
    made = dofile(harness.support .. "certificates.lua").make()
    tools.remover = tools.on_exit(function() made:remove() end)
  end
  return made
end

-- A value whose collection, at the latest when the interpreter ends, calls f.
function tools.on_exit(f)
  if newproxy then -- luacheck: ignore 113
    local proxy = newproxy(true) -- luacheck: ignore 113
    getmetatable(proxy).__gc = f
    return proxy
  end
  return setmetatable({}, { __gc = f })
end

-- The path of a file of tests/support/certificates.lua.
function tools.file(name)
  return certificates().path(name)
end

function tools.read(name)
  local file = assert(io.open(tools.file(name), "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

-- A copy of the first with the values of the second.
function tools.merged(defaults, changes)
  local result = {}
  for key, value in pairs(defaults) do
    result[key] = value
  end
  for key, value in pairs(changes or {}) do
    result[key] = value
  end
  return result
end

function tools.server_params(changes)
  return tools.merged({
    mode = "server", protocol = "any", key = tools.file("server.key"), certificate = tools.file("server.pem"),
  }, changes)
end

function tools.client_params(changes)
  return tools.merged({ mode = "client", protocol = "any" }, changes)
end

function tools.context(params)
  local ctx, message = ssl.newcontext(params)
  if not ctx then
    error("no context: " .. tostring(message), 2)
  end
  return ctx
end

-- Two wrapped ends that have not shaken hands: the client's and the server's.
function tools.wrapped_pair(t, client_params, server_params)
  local client, server = t.tcp_pair()
  local function context(params, make)
    return type(params) == "userdata" and params or tools.context(make(params))
  end
  local left = t.keep(ssl.wrap(client, context(client_params, tools.client_params)))
  local right = t.keep(ssl.wrap(server, context(server_params, tools.server_params)))
  return left, right
end

-- Lets both ends step until each has an outcome that is no wish to wait: two packs of results.
function tools.shake(t, left, right)
  local outcome, other
  left:settimeout(0)
  right:settimeout(0)
  t.wait_until(function()
    for _ = 1, 3 do
      outcome = outcome or tools.step(t, left)
      other = other or tools.step(t, right)
    end
    return outcome and other
  end, "the end of a handshake")
  left:settimeout(5)
  right:settimeout(5)
  return outcome, other
end

function tools.step(t, conn)
  local results = t.pack(conn:dohandshake())
  if results[1] == false and (results[2] == "wantread" or results[2] == "wantwrite") then
    return nil
  end
  return results
end

-- Two connected ends.
function tools.pair(t, client_params, server_params)
  local left, right = tools.wrapped_pair(t, client_params, server_params)
  local outcome, other = tools.shake(t, left, right)
  t.returns(outcome, true)
  t.returns(other, true)
  return left, right
end

-- TLS over two connected sockets, with nothing but what is sent from here on to come.
function tools.pair_over(t, client, server)
  local left = t.keep(ssl.wrap(client, tools.client_params()))
  local right = t.keep(ssl.wrap(server, tools.server_params()))
  local outcome, other = tools.shake(t, left, right)
  t.returns(outcome, true)
  t.returns(other, true)
  tools.settle(t, left, right)
  for _, conn in ipairs({ left, right }) do
    conn:settimeout(nil)
    conn:setstats(0, 0, 0)
  end
  return left, right
end

-- Drops what the client got after the handshake, session tickets, so that it is as good as new.
function tools.settle(t, client, server)
  server:send("x")
  t.equal(client:receive(1), "x")
end

-- A server in a process of its own: `serve` is the text of a function that is called with each connection
-- in turn, `params` that of a table. Gives its port. It ends with the test.
function tools.server_process(t, serve, params)
  local pipe = t.child(([[
    local directory = ...
    local socket, ssl = require("socket"), require("ssl")
    local ctx = assert(ssl.newcontext(%s))
    local server, control = assert(socket.bind("127.0.0.1", 0)), assert(socket.bind("127.0.0.1", 0))
    print((select(2, server:getsockname())))
    print((select(2, control:getsockname())))
    io.stdout:flush()
    local serve = %s
    while not socket.select({ server, control }, nil)[control] do
      local client = server:accept()
      client:settimeout(10)
      local conn = assert(ssl.wrap(client, ctx))
      conn:settimeout(10)
      serve(conn)
      conn:close()
    end
  ]]):format(params or [[{
    mode = "server", protocol = "any", key = directory .. "/server.key",
    certificate = directory .. "/server.pem" }]], serve), ("%q"):format(certificates().directory))
  local port, control = assert(tonumber(pipe:read("*l"))), assert(tonumber(pipe:read("*l")))
  t.cleanup(function() -- before it is waited for
    local last = socket.connect("127.0.0.1", control)
    if last then -- it may be gone by then
      last:close()
    end
  end)
  return port
end

-- A proxy in a process of its own that opens one tunnel, or answers `refusal`. Gives a
-- pipe, from which come the request line and the fields, and its port.
function tools.proxy(t, refusal)
  local pipe = t.child(([[
    local socket = require("socket")
    local refusal = %q
    local server = assert(socket.bind("127.0.0.1", 0))
    print((select(2, server:getsockname())))
    io.stdout:flush()
    local client = server:accept()
    local line = client:receive()
    local host, port = line:match("^CONNECT (%%S+):(%%d+) HTTP/1.1$")
    local fields = {}
    repeat
      local field = client:receive()
      fields[#fields + 1] = field
    until field == ""
    print(line)
    print(table.concat(fields, "|"))
    io.stdout:flush()
    if refusal ~= "" then
      client:send(refusal)
      return
    end
    local far = assert(socket.connect(host, tonumber(port)))
    client:send("HTTP/1.1 200 Connection established\r\n\r\n")
    client:settimeout(0)
    far:settimeout(0)
    while true do
      for _, from in ipairs((socket.select({ client, far }, nil, 10))) do
        local to = from == client and far or client
        local data, message, partial = from:receive(65536)
        to:send(data or partial)
        if message == "closed" then
          return
        end
      end
    end
  ]]):format(refusal or ""))
  return pipe, assert(tonumber(pipe:read("*l")))
end

-- An openssl s_server with these arguments at a port of 127.0.0.1 from t.reserved_port: a first connection to
-- it, and its pipe. The address belongs to the reservation: at the port of all addresses the server would not
-- start where another process has the same number at ::1 or 127.0.0.2.
function tools.openssl_server(t, port, pipe_mode, arguments)
  local log = t.tmpname()
  local command = "exec timeout 20 openssl s_server -accept 127.0.0.1:%d -quiet %s 2>%s"
  local pipe = assert(io.popen(command:format(port, arguments, log), pipe_mode))
  local sock
  t.wait_until(function()
    sock = socket.connect("127.0.0.1", port)
    return sock
  end, function()
    return "openssl s_server, which says: " .. io.open(log):read("*a")
  end)
  return sock, pipe
end

-- A request that trusts the authority of the tests, with these fields besides, and its chunks to come.
function tools.trusted(address, more)
  local chunks = {}
  local request = { url = address, cafile = tools.file("ca.pem"), sink = (ltn12.sink.table(chunks)) }
  for key, value in pairs(more or {}) do
    request[key] = value
  end
  return request, chunks
end

return tools
