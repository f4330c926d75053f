-- Connections and contexts in the corners where they once failed.
local test = ...
local extra = require("moontide.tls").extra
local socket = require("socket")
local ssl = require("ssl")
local core = require("ssl.core")
local moontide = require("moontide")
local tasks = require("tasks")
local tools = require("tls_tools")

-- Ends the stream of `conn` below TLS.
local function cut(t, conn)
  local sock = t.keep(socket.tcp())
  debug.setmetatable(sock, debug.getregistry()["tcp{client}"])
  sock:setfd(conn:getfd())
  sock:shutdown("send")
  sock:setfd(-1)
end

test("it can be told whether the peer has said that nothing more comes", function(t)
  local client, server = tools.pair(t)
  t.equal(extra.ended(client), false)
  server:close()
  t.returns(t.pack(client:receive()), nil, "closed", "")
  t.equal(extra.ended(client), true)
  client:close()
  t.equal(extra.ended(client), false)
  t.equal(pcall(extra.ended, {}), false)
  client, server = tools.pair(t)
  cut(t, server)
  t.returns(t.pack(client:receive("*l", "p")), nil, "unexpected eof while reading", "p")
  t.equal(extra.ended(client), false)
end)

test("a line can be received with a limit", function(t)
  local client, server = tools.pair(t)
  server:send("first\r\n0123456789")
  t.returns(t.pack(extra.receive_line(client, 6)), "first", nil, nil)
  t.returns(t.pack(extra.receive_line(client, 4)), nil, "line too long", "0123")
  client:settimeout(0)
  t.returns(t.pack(extra.receive_line(client, 10)), nil, "wantread", "456789")
  t.equal(pcall(extra.receive_line, client), false)
  t.equal(pcall(extra.receive_line, {}, 1), false)
end)

-- Lifetimes ----------------------------------------------------------------------------------------------

test("a connection that is closed before its handshake goes on has a failed handshake", function(t)
  local raw, peer = t.pair()
  local conn = t.keep(ssl.wrap(peer, tools.server_params()))
  local results
  tasks.run(function()
    local shaking = moontide.spawn(function() results = t.pack(conn:dohandshake()) end)
    tasks.settle()
    raw:send("x") -- the wait is over ...
    moontide.yield() -- ... and noticed, but the task has not gone on
    conn:close()
    shaking:join()
  end)
  t.returns(results, false, "closed")
end)

test("a finaliser that closes the context during the reading of arguments is an error", function(t)
  local context = require("ssl.context")
  local current
  local function close()
    if current then
      getmetatable(current).__gc(current)
    end
  end
  collectgarbage("stop")
  for _, name in ipairs({ "setcipher", "setciphersuites", "setcurveslist", "setalpn", "setpskhint", "loadkey",
    "loadcert", "locations", "setdhparam" }) do
    for i = 1, 20 do
      current = tools.context(tools.client_params())
      tools.on_exit(close)
      local value = name == "setdhparam" and close or 1e6 * i + #name
      collectgarbage("restart")
      collectgarbage("setpause", 0)
      pcall(context[name], current, value)
      current = nil
      collectgarbage("stop")
    end
  end
  collectgarbage("restart")
  collectgarbage("setpause", 200)
  t.ok(true)
end)

test("a descriptor that is set again stays open", function(t)
  local sock, peer = t.pair()
  local conn = t.keep(core.create(tools.context(tools.client_params())))
  local descriptor = sock:getfd()
  sock:setfd(-1)
  core.setfd(conn, descriptor)
  core.setfd(conn, descriptor)
  t.equal(conn:getfd(), descriptor)
  t.equal((conn:getpeername()), "127.0.0.1")
  conn:close()
  t.returns(t.pack(peer:receive()), nil, "closed", "")
end)

test("a task gets what it received, though another closes before it goes on", function(t)
  local client, server = tools.pair(t)
  tools.settle(t, client, server)
  local results
  tasks.run(function()
    local reading = moontide.spawn(function() results = t.pack(server:receive(5)) end)
    tasks.settle()
    client:send("hello and more")
    moontide.yield()
    server:close()
    reading:join()
  end)
  if results[1] then
    t.returns(results, "hello", nil, nil)
  else
    t.returns(results, nil, "closed", results[3])
  end
  t.equal(server:dirty(), false)
  t.returns(t.pack(server:receive("*l", "p")), nil, "closed", "p")
end)

-- Ends ---------------------------------------------------------------------------------------------------

local function send_until_failure(t, conn)
  local message
  t.wait_until(function()
    message = select(2, conn:send(("x"):rep(100000)))
    return message
  end, "a failure")
  return message
end

test("what the peer has said can be read after a send that failed", function(t)
  local client, server = tools.pair(t)
  server:send("early answer\nbody")
  server:close()
  t.equal(send_until_failure(t, client), "closed")
  t.returns(t.pack(client:send("x")), nil, "closed", 0)
  t.returns(t.pack(client:receive()), "early answer", nil, nil)
  t.returns(t.pack(client:receive("*a")), "body", nil, nil)
end)

test("what was cut off is not complete after a send that failed", function(t)
  local client, server = tools.pair(t)
  server:send("line\nhalf of a bo")
  t.equal(client:receive(), "line")
  local sock = t.keep(socket.tcp())
  debug.setmetatable(sock, debug.getregistry()["tcp{client}"])
  sock:setfd(server:getfd())
  sock:setoption("linger", { on = true, timeout = 0 })
  sock:close()
  send_until_failure(t, client)
  local data, message, partial = client:receive("*a")
  t.equal(data, nil)
  t.is("string", message)
  t.equal(partial, "half of a bo")
end)

test("want() says what a task waited for, though it never tried", function(t)
  local client, server = tools.pair(t)
  tools.settle(t, client, server)
  tasks.run(function()
    client:settimeout(0.01)
    for _ = 1, 2 do -- the second knows that there is nothing
      client:send("x")
      t.returns(t.pack(client:receive()), nil, "wantread", "")
      t.equal(client:want(), "read")
    end
  end)
end)

-- Sessions -----------------------------------------------------------------------------------------------

-- Two visits of openssl s_client, of which the second resumes the session of the first, as `first` and
-- `second` say: their arguments. `serve` gets the connection of each before its handshake, and what came
-- of that. Gives what openssl said of the second.
local function visit_twice(t, ctx, version, first, second, prepare, judge)
  local server, port = t.server()
  local session = t.tmpname()
  for i, arguments in ipairs({ first .. " -sess_out " .. session, second .. " -sess_in " .. session }) do
    local pipe = io.popen(("timeout 20 openssl s_client -connect 127.0.0.1:%d -%s %s 2>&1 </dev/null")
      :format(port, version, arguments))
    server:settimeout(10)
    local conn = t.keep(ssl.wrap(t.keep(server:accept()), ctx))
    conn:settimeout(10)
    prepare(conn)
    local outcome = t.pack(conn:dohandshake())
    judge(i, conn, outcome)
    if outcome[1] then
      conn:send("x")
    end
    conn:close()
    local text = pipe:read("*a")
    pipe:close()
    if i == 2 then
      return text
    end
  end
end

local function client_arguments(name)
  return ("-ign_eof -servername %s -cert %s -key %s"):format(name, tools.file("client.pem"),
    tools.file("client.key"))
end

test("sni: a session is not resumed under another name, nor one that a name's context judged", function(t)
  local function context(trust)
    return tools.context(tools.server_params({ verify = "peer", cafile = tools.file(trust) }))
  end
  local map = { ["a.test"] = context("ca.pem"), ["b.test"] = context("other_ca.pem") }
  for _, case in ipairs({
    { "a.test", "b.test", false }, { "a.test", "a.test", true }, { "a.test", "unknown.test", true },
    { "unknown.test", "a.test", false }, { "unknown.test", "unknown.test", true, "Reused" },
  }) do
    local first, second = client_arguments(case[1]), client_arguments(case[2])
    local text = visit_twice(t, context("ca.pem"), "tls1_3", first, second,
      function(conn) conn:sni(map) end,
      function(i, _, outcome)
        t.equal(outcome[1], i == 1 or case[3], case[2])
      end)
    if case[3] then
      t.equal(text:match("Reused"), case[4], case[2])
    end
  end
end)

test("lsec_continue: what was wrong with a certificate is known of a session that is resumed", function(t)
  local ctx = tools.context(tools.server_params({
    verify = "peer", cafile = tools.file("other_ca.pem"), verifyext = "lsec_continue",
  }))
  for _, version in ipairs({ "tls1_2", "tls1_3" }) do
    local text = visit_twice(t, ctx, version, client_arguments("a.test"), client_arguments("a.test"),
      function() end,
      function(_, conn, outcome)
        t.returns(outcome, true)
        local good, errors = conn:getpeerverification()
        t.equal(good, false)
        t.is("string", errors[1][1])
      end)
    t.matches(text, "Reused, TLSv1")
  end
end)

-- Names and functions --------------------------------------------------------------------------------------

test("a name that is none is not verified, but refused", function(t)
  for _, name in ipairs({ "", ".", ".test" }) do
    t.returns(t.pack(ssl.newcontext(tools.client_params({ verifyhost = name }))), nil, "no name to verify")
    local conn = tools.wrapped_pair(t)
    t.equal(pcall(extra.sethost, conn, nil, name), false)
    t.equal(pcall(extra.sethost, tools.context(tools.client_params()), nil, name), false)
  end
end)

test("psk: the function is that of the connection's own context, whatever a name led to", function(t)
  local function key() return ("k"):rep(16) end
  local own = tools.context(tools.server_params({ psk = key, protocol = "tlsv1_2" }))
  local client, server = tools.wrapped_pair(t, {
    psk = function() return "identity", ("k"):rep(16) end, protocol = "tlsv1_2", ciphers = "PSK",
  }, own)
  client:sni("a.test")
  server:sni({ ["a.test"] = tools.context(tools.server_params({ protocol = "tlsv1_2" })) })
  local left, right = tools.shake(t, client, server)
  t.returns(left, true)
  t.returns(right, true)
end)

test("verifyext without names lets purposes count again", function(t)
  local ctx = tools.context(tools.server_params({
    verify = "peer", cafile = tools.file("ca.pem"), verifyext = "lsec_ignore_purpose",
  }))
  t.returns(t.pack(ctx:setverifyext()), true)
  local client, server = tools.wrapped_pair(t,
    { key = tools.file("client.key"), certificate = tools.file("client.pem") }, ctx)
  local _, right = tools.shake(t, client, server)
  t.returns(right, true)
end)

test("handshakes fail by the same words", function(t)
  local client, server = tools.wrapped_pair(t, nil, tools.context({ mode = "server", protocol = "any" }))
  local _, right = tools.shake(t, client, server)
  t.returns(right, false, "no shared cipher")

  local sock, peer = t.pair()
  peer:setoption("linger", { on = true, timeout = 0 })
  peer:close()
  t.wait_until(function() return socket.select({ sock }, nil, 0)[1] end, "the reset")
  local conn = t.keep(ssl.wrap(sock, tools.client_params()))
  conn:settimeout(5)
  t.returns(t.pack(conn:dohandshake()), false, "closed")

  conn = t.keep(ssl.wrap(t.udp(), tools.client_params()))
  conn:settimeout(5)
  t.returns(t.pack(conn:dohandshake()), false, "Destination address required")
end)

test("numbers and arguments are as ever", function(t)
  local client = tools.pair(t)
  t.equal(tostring(client:info("bits")), tostring(256 + 0.0))
  t.equal(tostring(client:info("algbits")), tostring(256 + 0.0))
  t.equal(tostring((select(2, core.info(client)))), tostring(256 + 0.0))
  local message = select(2, pcall(client:getpeercertificate().validat, {}, "x"))
  t.matches(message, "SSL:Certificate expected")
end)

-- Peers that mean no good ---------------------------------------------------------------------------------

-- Sends HelloRequests, which a client ignores (RFC 5246, 7.4.1.1), for ten seconds or until nobody listens.
local FLOOD = [[
  local socket = require("socket")
  local peer = assert(socket.connect("127.0.0.1", ...))
  peer:receive(5)
  local record = ("\22\3\3\64\0" .. ("\0"):rep(16384)):rep(16)
  local until_ = socket.gettime() + 10
  repeat local sent = peer:send(record) until not sent or socket.gettime() > until_
]]

test("a handshake that messages without end bring no further ends in time", function(t)
  local function shaken(f)
    local server, port = t.server()
    t.child(FLOOD, tostring(port))
    server:settimeout(10)
    local conn = t.keep(ssl.wrap(t.keep(server:accept()), tools.client_params({ protocol = "tlsv1_2" })))
    local results = f(conn)
    conn:close()
    return results
  end
  t.returns(shaken(function(conn)
    conn:settimeout(0.1)
    return t.pack(conn:dohandshake())
  end), false, "wantread")
  t.returns(shaken(function(conn)
    local outcome
    tasks.run(function()
      conn:settimeout(9)
      local shaking = moontide.spawn(function() return conn:dohandshake() end)
      moontide.sleep(0.05) -- others go on
      shaking:cancel()
      outcome = t.pack(shaking:pjoin())
    end)
    t.equal(outcome[1], false)
    return { tostring(outcome[2]), n = 1 }
  end), "cancelled")
end)

test("psk: no certificate is asked for where a name leads elsewhere", function(t)
  local function key() return ("k"):rep(16) end
  for _, version in ipairs({ "tlsv1_2", "tlsv1_3" }) do
    local function judging()
      return tools.context(tools.server_params({
        verify = "peer", cafile = tools.file("ca.pem"), psk = key, protocol = version,
      }))
    end
    local client, server = tools.wrapped_pair(t, {
      psk = function() return "identity", key() end, protocol = version,
      ciphers = version == "tlsv1_2" and "PSK" or nil, ciphersuites = "TLS_AES_128_GCM_SHA256",
    }, judging())
    client:sni("a.test")
    server:sni({ ["a.test"] = judging() })
    local left, right = tools.shake(t, client, server)
    t.returns(left, true)
    t.returns(right, true)
    t.equal(server:getpeercertificate(), nil)
  end
end)

test("a list of protocols that is none chooses none", function(t)
  local context = require("ssl.context")
  for _, list in ipairs({ "\2h", "\255h2", "" }) do
    local ctx = tools.context(tools.server_params())
    context.setalpncb(ctx, function() return list end)
    local client, server = tools.pair(t, { alpn = "h2" }, ctx)
    t.equal(client:getalpn(), nil, list)
    t.equal(server:getalpn(), nil, list)
  end
end)

test("setdane wants a name", function(t)
  local conn = tools.wrapped_pair(t, { dane = true })
  t.equal(conn:setdane(""), false)
  t.equal(conn:setdane(".test"), false)
  t.equal(pcall(conn.setdane, conn, "a.test\0.b.test"), false)
  t.equal(conn:setdane("a.test"), true)
end)

test("a task that a callback of its handshake cancels does not wait for the peer", function(t)
  local shaking
  local client, server = tools.wrapped_pair(t, { alpn = "h2" }, tools.context(tools.server_params({
    alpn = function()
      shaking:cancel()
      return "h2"
    end,
  })))
  local outcome
  tasks.run(function()
    client:settimeout(0)
    server:settimeout(5)
    shaking = moontide.spawn(function() return server:dohandshake() end)
    tasks.settle()
    client:dohandshake() -- and no more comes
    outcome = t.pack(shaking:pjoin())
  end)
  t.equal(outcome[1], false)
  t.equal(tostring(outcome[2]), "cancelled")
end)
