-- moontide.serve with TLS: nothing reaches a handler but connections whose handshake is over.
local test = ...
local socket = require("socket")
local ssl = require("ssl")
local moontide = require("moontide")
local tasks = require("tasks")
local tools = require("tls_tools")

local echo = tasks.echo

local function served(t, options, handler, client)
  return tasks.served(t, handler, options, client)
end

local function connect(t, port)
  local sock = t.keep(assert(socket.connect("127.0.0.1", port)))
  sock:settimeout(30)
  return sock
end

local function secure(t, port, changes)
  local conn = t.keep(assert(ssl.wrap(connect(t, port), tools.client_params(changes))))
  conn:settimeout(30)
  return conn, conn:dohandshake()
end

test("handlers get connections whose handshake is over", function(t)
  for _, tls in ipairs({ tools.context(tools.server_params()),
    { key = tools.file("server.key"), certificate = tools.file("server.pem") } }) do
    local results = served(t, { tls = tls }, function(conn)
      conn:send(tostring(conn:info("encryption") ~= nil) .. "\n")
      echo(conn)
    end, function(port)
      local clients = {}
      for index = 1, 5 do
        clients[index] = secure(t, port)
      end
      for index = 5, 1, -1 do
        t.equal(clients[index]:receive(), "true")
        clients[index]:send("hello\n")
        t.equal(clients[index]:receive(), "hello")
        clients[index]:close()
      end
    end)
    t.returns(results, true)
  end
end)

test("the connection is closed, as TLS closes it, when the handler returns", function(t)
  served(t, { tls = tools.context(tools.server_params()) }, function(conn)
    conn:send("bye\n")
  end, function(port)
    local client = secure(t, port)
    t.equal(client:receive(), "bye")
    t.returns(t.pack(client:receive()), nil, "closed", "")
    t.equal(require("moontide.tls").extra.ended(client), true)
  end)
end)

test("a silent, a plain-text and a half-way client are dropped, and delay nobody", function(t)
  local handled, refused = 0, {}
  served(t, {
    tls = tools.context(tools.server_params()), handshake_timeout = 2,
    onrefuse = function(message, host, port)
      t.equal(host, "127.0.0.1")
      t.is("number", tonumber(port))
      refused[#refused + 1] = message
    end,
  }, function(conn)
    handled = handled + 1
    echo(conn)
  end, function(port)
    local silent, plain, half = connect(t, port), connect(t, port), connect(t, port)
    plain:send("GET / HTTP/1.0\r\n\r\n")
    half:send("\22\3\1\1\0\1\0\0\252\3\3")
    local good = secure(t, port)
    good:send("hello\n")
    t.equal(good:receive(), "hello")
    plain:receive("*a")
    t.returns(t.pack(silent:receive()), nil, "closed", "")
    t.returns(t.pack(half:receive()), nil, "closed", "")
    good:send("again\n") -- the handshake's time was not the connection's
    t.equal(good:receive(), "again")
    good:close()
  end)
  t.equal(handled, 1)
  table.sort(refused)
  t.list(refused, { "http request", "timeout", "timeout" })
end)

test("a client that sends its hello byte by byte has no more time than others", function(t)
  local handled = 0
  served(t, { tls = tools.context(tools.server_params()), handshake_timeout = 0.2 }, function()
    handled = handled + 1
  end, function(port)
    local slow = connect(t, port)
    local sent = slow:send("\22\3\1\1\0\1\0\0\252\3\3")
    while sent do
      moontide.sleep(0.01)
      sent = slow:send("\0")
    end
  end)
  t.equal(handled, 0)
end)

test("a client without the certificate that is asked for never reaches the handler", function(t)
  local handled, refused = 0, {}
  served(t, {
    tls = tools.context(tools.server_params({
      verify = { "peer", "fail_if_no_peer_cert" }, cafile = tools.file("ca.pem"),
    })),
    onrefuse = function(message) refused[#refused + 1] = message end,
  }, function(conn)
    handled = handled + 1
    echo(conn)
  end, function(port)
    local without = secure(t, port)
    t.equal((without:receive()), nil)
    local with = secure(t, port, { key = tools.file("client.key"), certificate = tools.file("client.pem") })
    with:send("hello\n")
    t.equal(with:receive(), "hello")
    with:close()
  end)
  t.equal(handled, 1)
  t.list(refused, { "peer did not return a certificate" })
end)

test("an error of a function that the handshake asks is reported, and its connection closed", function(t)
  local reports = tasks.reports(t)
  served(t, { tls = { key = tools.file("server.key"), certificate = tools.file("server.pem"),
    alpn = function() error("of the function") end } }, echo, function(port)
    local _, done = secure(t, port, { alpn = "h2" })
    t.equal(done, false)
    local client = secure(t, port)
    client:send("hello\n")
    t.equal(client:receive(), "hello")
    client:close()
  end)
  t.equal(#reports, 1)
  t.matches(reports[1], "of the function")
end)

test("handshakes that are under way when the server is cancelled are closed", function(t)
  tasks.needs_outside(t)
  moontide.run(function()
    local ready = moontide.channel(1)
    local server = moontide.spawn(moontide.serve, "127.0.0.1:0", echo, {
      tls = tools.context(tools.server_params()), onready = function(_, port) ready:send(port) end,
    })
    local client = connect(t, ready:receive())
    client:send("\22\3\1")
    tasks.settle()
    server:cancel()
    t.returns(t.pack(client:receive()), nil, "closed", "")
    t.equal(server:pjoin(), false)
    tasks.settle()
    t.equal(moontide.stats().tasks, 1)
  end)
end)

test("settings that cannot be are told before it listens", function(t)
  tasks.needs_outside(t)
  t.returns(t.pack(moontide.serve("127.0.0.1:0", echo, { tls = { key = "/nowhere" } })), nil,
    "error loading private key (No such file or directory)")
  t.raises("tls: a context or parameters expected", moontide.serve, "127.0.0.1:0", echo, { tls = "oops" })
  t.bad_argument(3, "number expected, got table", moontide.serve, "127.0.0.1:0", echo,
    { handshake_timeout = {} })
  t.bad_argument(3, "function expected, got number", moontide.serve, "127.0.0.1:0", echo, { onrefuse = 1 })
end)

test("a thousand clients that are silent or speak no TLS keep nobody from being served", function(t)
  tasks.needs_outside(t)
  local output = t.output_of(([[
    local moontide, socket, ssl = require("moontide"), require("socket"), require("ssl")
    local function descriptors()
      local count = 0
      for _ in io.popen("ls /proc/self/fd"):lines() do count = count + 1 end
      return count
    end
    local before, handled, refused = nil, 0, 0
    moontide.run(function()
      moontide.sleep(0)
      before = descriptors()
      local bad, over = {}, moontide.event()
      moontide.spawn(moontide.serve, "127.0.0.1:0", function(conn)
        handled = handled + 1
        conn:send(conn:receive() .. "\n")
      end, {
        tls = { key = %q, certificate = %q }, handshake_timeout = 10, backlog = 1024,
        onrefuse = function()
          refused = refused + 1
          if refused == 1000 then over:set() end
        end,
        onready = function(_, port)
          moontide.spawn(function()
            for index = 1, 1000 do
              bad[index] = assert(socket.connect("127.0.0.1", port))
              if index %% 2 == 0 then bad[index]:send("EHLO there\r\n") end
            end
            local good = assert(ssl.wrap(assert(socket.connect("127.0.0.1", port)),
              { mode = "client", protocol = "any" }))
            good:settimeout(30)
            print(good:dohandshake())
            good:send("hello\n")
            print((good:receive()))
            good:close()
            print("refused by then: " .. (refused < 1000 and "not all" or "all"))
            over:wait()
            for index = 1, 1000 do bad[index]:close() end
            moontide.stop(5)
          end)
        end,
      })
    end)
    print(handled, refused)
    collectgarbage()
    print(descriptors() - before)
  ]]):format(tools.file("server.key"), tools.file("server.pem")), nil, "ulimit -n 4096;")
  t.equal(output, "true\nhello\nrefused by then: not all\n1\t1000\n0")
end)
