-- Sessions that clients resume: what a connection leaves, and whom it serves.
local test = ...
local socket = require("socket")
local ssl = require("ssl")
local context = require("ssl.context")
local moontide = require("moontide")
local extra = require("moontide.tls").extra
local tasks = require("tasks")
local tools = require("tls_tools")

local VERSIONS = { "tlsv1_2", "tlsv1_3" }

-- Client and server contexts that get on with each other.
local function contexts(changes)
  local params = { verify = "peer", cafile = tools.file("ca.pem") }
  for key, value in pairs(changes or {}) do
    params[key] = value
  end
  return tools.context(tools.client_params(params)), tools.context(tools.server_params())
end

-- A connection of these contexts that offers `session`: the client's end and the server's, and what came of
-- the offer.
local function visit(t, client_ctx, server_ctx, session, prepare)
  local client, server = tools.wrapped_pair(t, client_ctx, server_ctx)
  if prepare then
    prepare(client)
  end
  local offer = session and t.pack(extra.setsession(client, session))
  local left, right = tools.shake(t, client, server)
  t.returns(left, true)
  t.returns(right, true)
  tools.settle(t, client, server)
  return client, server, offer
end

test("a session is resumed, by the old protocol and the new", function(t)
  for _, version in ipairs(VERSIONS) do
    local client_ctx, server_ctx = contexts({ protocol = version })
    local client = visit(t, client_ctx, server_ctx)
    t.returns(t.pack(client:info("resumed")), false)
    local session = extra.session(client)
    t.matches(tostring(session), "^SSL session: ")
    local again, server, offer = visit(t, client_ctx, server_ctx, session)
    t.returns(offer, true)
    t.returns(t.pack(again:info("resumed")), true)
    t.returns(t.pack(server:info("resumed")), true)
    t.returns(t.pack(again:getpeerverification()), true)
    t.is("userdata", again:getsession())
    t.equal(again:getpeercertificate():pem(), client:getpeercertificate():pem())
    t.equal(again:info().resumed, nil)
    -- What is left of this one serves a third.
    local third = visit(t, client_ctx, server_ctx, extra.session(again))
    t.equal(third:info("resumed"), true)
  end
end)

test("there is no session before a handshake, of a server, and after the end", function(t)
  local client, server = tools.wrapped_pair(t)
  t.returns(t.pack(extra.session(client)), nil)
  t.returns(tools.shake(t, client, server), true)
  tools.settle(t, client, server)
  t.is("userdata", extra.session(client))
  t.returns(t.pack(extra.session(server)), nil)
  client:close()
  t.returns(t.pack(extra.session(client)), nil)
  t.returns(t.pack(client:info("resumed")), nil, "closed")
end)

test("tls 1.3: there is no session before a ticket was read", function(t)
  local client, server = tools.pair(t, { protocol = "tlsv1_3" })
  t.returns(t.pack(extra.session(client)), nil)
  tools.settle(t, client, server)
  t.is("userdata", extra.session(client))
end)

test("a session serves connections of its own context alone", function(t)
  local client_ctx, server_ctx = contexts()
  local session = extra.session(visit(t, client_ctx, server_ctx))
  local other, _, offer = visit(t, contexts(), server_ctx, session)
  t.returns(offer, nil, "session of other settings")
  t.equal(other:info("resumed"), false)
end)

test("a session does not outlive what its certificate was judged by", function(t)
  for _, change in ipairs({
    function(ctx) context.setverify(ctx, "none") end,
    function(ctx) context.locations(ctx, tools.file("other_ca.pem")) end,
    function(ctx) ctx:setverifyext("lsec_continue") end,
    function(ctx) context.setdepth(ctx, 3) end,
    function(ctx) context.loadcert(ctx, tools.file("client.pem")) end,
  }) do
    local client_ctx, server_ctx = contexts()
    local session = extra.session(visit(t, client_ctx, server_ctx))
    change(client_ctx)
    local client, _, offer = visit(t, client_ctx, server_ctx, session)
    t.returns(offer, nil, "session of other settings")
    t.equal(client:info("resumed"), false)
  end
end)

test("a session that nobody judged is none for who demands it", function(t)
  local client_ctx, server_ctx = contexts({ verify = "none", cafile = tools.file("other_ca.pem") })
  local session = extra.session(visit(t, client_ctx, server_ctx))
  context.setverify(client_ctx, "peer")
  local client, server = tools.wrapped_pair(t, client_ctx, server_ctx)
  t.returns(t.pack(extra.setsession(client, session)), nil, "session of other settings")
  local left = tools.shake(t, client, server)
  t.returns(left, false, "certificate verify failed")
end)

test("a session serves the same names alone", function(t)
  local names = {
    { servername = "localhost", verifyhost = "localhost" },
    { servername = "other.test", verifyhost = "localhost" },
    { servername = "localhost" },
    { verifyhost = "localhost" },
    {},
  }
  local client_ctx, server_ctx = contexts()
  local function named(place)
    return function(conn) extra.sethost(conn, place.servername, place.verifyhost) end
  end
  for i, first in ipairs(names) do
    local session = extra.session(visit(t, client_ctx, server_ctx, nil, named(first)))
    for j, second in ipairs(names) do
      local client = visit(t, client_ctx, server_ctx, session, named(second))
      t.equal(client:info("resumed"), i == j, i .. " " .. j)
    end
  end
end)

test("an offer is forgotten when the names change", function(t)
  local client_ctx, server_ctx = contexts()
  local session = extra.session(visit(t, client_ctx, server_ctx))
  for _, change in ipairs({
    function(conn) conn:sni("localhost") end,
    function(conn) extra.sethost(conn, nil, "localhost") end,
  }) do
    local client, server = tools.wrapped_pair(t, client_ctx, server_ctx)
    t.returns(t.pack(client:setsession(session)), true)
    change(client)
    t.returns(tools.shake(t, client, server), true)
    t.equal(client:info("resumed"), false)
  end
end)

test("dane: nothing is resumed, nothing is left", function(t)
  local client_ctx, server_ctx = contexts({ dane = true })
  local session = extra.session(visit(t, client_ctx, server_ctx))
  t.is("userdata", session)
  local client, server = tools.wrapped_pair(t, client_ctx, server_ctx)
  t.returns(t.pack(extra.setsession(client, session)), true)
  t.equal(client:setdane("localhost"), true)
  t.returns(t.pack(extra.setsession(client, session)), nil, "session is of no use")
  t.returns(tools.shake(t, client, server), true)
  tools.settle(t, client, server)
  t.equal(client:info("resumed"), false)
  t.returns(t.pack(extra.session(client)), nil)
end)

test("a session is offered before the handshake", function(t)
  local client_ctx, server_ctx = contexts()
  local session = extra.session(visit(t, client_ctx, server_ctx))
  local client, server = tools.wrapped_pair(t, client_ctx, server_ctx)
  client:settimeout(0)
  client:dohandshake()
  t.returns(t.pack(extra.setsession(client, session)), nil, "handshake has begun")
  t.returns(tools.shake(t, client, server), true)
  t.returns(t.pack(extra.setsession(client, session)), nil, "handshake has begun")
  client:close()
  t.returns(t.pack(extra.setsession(client, session)), nil, "closed")
  t.returns(t.pack(extra.setsession(server, session)), nil, "handshake has begun")
end)

test("a session whose connection failed is of no use", function(t)
  local client_ctx, server_ctx = contexts({ protocol = "tlsv1_2" })
  local client, server = visit(t, client_ctx, server_ctx)
  local session = extra.session(client)
  -- The server's socket says something that is no TLS.
  local sock = socket.tcp()
  debug.setmetatable(sock, debug.getregistry()["tcp{client}"])
  sock:setfd(server:getfd())
  sock:send("this is no record at all")
  sock:setfd(-1)
  t.returns(t.pack(client:receive()), nil, "wrong version number", "")
  t.returns(t.pack(extra.session(client)), nil)
  client:close()
  local _, _, offer = visit(t, client_ctx, server_ctx, session)
  t.returns(offer, nil, "session is of no use")
end)

test("arguments are checked", function(t)
  local client_ctx, server_ctx = contexts()
  local client = visit(t, client_ctx, server_ctx)
  local session = extra.session(client)
  for _, wrong in ipairs({ client, 1, "x", {}, io.stdout }) do
    t.matches(select(2, pcall(extra.setsession, client, wrong)), "SSL:Session expected")
  end
  for _, wrong in ipairs({ session, client_ctx, 1, {} }) do
    t.matches(select(2, pcall(extra.session, wrong)), "SSL:Connection expected")
    t.matches(select(2, pcall(extra.setsession, wrong, session)), "SSL:Connection expected")
  end
  getmetatable(session).__gc(session)
  local _, _, offer = visit(t, client_ctx, server_ctx, session)
  t.returns(offer, nil, "session is of no use")
end)

test("a session is left by a task and resumed by another", function(t)
  local client_ctx, server_ctx = contexts()
  local session
  local function one(expected)
    local client, server = tools.wrapped_pair(t, client_ctx, server_ctx)
    client:settimeout(5)
    server:settimeout(5)
    tasks.run(function()
      local other = moontide.spawn(function()
        assert(server:dohandshake())
        assert(server:send("x"))
      end)
      if session then
        assert(extra.setsession(client, session))
      end
      assert(client:dohandshake())
      assert(client:receive(1))
      other:join()
    end)
    t.equal(client:info("resumed"), expected)
    session = extra.session(client)
  end
  one(false)
  one(true)
end)

-- openssl's server for two connections in this version of the protocol, and the first of them.
local function reversing_server(t, port, version)
  return tools.openssl_server(t, port, "r", ("-%s -cert %s -key %s -naccept 2 -rev </dev/null"):format(
    version, tools.file("server.pem"), tools.file("server.key")))
end

local function reversed(t, sock, ctx, session)
  local conn = t.keep(ssl.wrap(sock, ctx))
  conn:settimeout(5)
  if session then
    t.returns(t.pack(extra.setsession(conn, session)), true)
  end
  t.returns(t.pack(conn:dohandshake()), true)
  conn:send("olleh\n")
  t.equal(conn:receive(), "hello")
  return conn
end

test("openssl's server resumes the session it gave", function(t)
  for _, version in ipairs({ "tls1_2", "tls1_3" }) do
    local port = t.reserved_port()
    local sock, pipe = reversing_server(t, port, version)
    local ctx = contexts()
    local first = reversed(t, sock, ctx)
    t.equal(first:info("resumed"), false, version)
    local session = extra.session(first)
    first:close()
    local second = reversed(t, assert(socket.connect("127.0.0.1", port)), ctx, session)
    t.equal(second:info("resumed"), true, version)
    second:close()
    pipe:close()
  end
end)

test("openssl's server starts where a stranger has its port of another address", function(t)
  t.needs_ipv6()
  local port = t.reserved_port()
  local stranger = t.keep(socket.tcp6())
  if stranger:bind("::1", port) then -- or there is one already
    assert(stranger:listen(1))
  end
  local sock, pipe = reversing_server(t, port, "tls1_3")
  reversed(t, sock, (contexts())):close()
  reversed(t, assert(socket.connect("127.0.0.1", port)), (contexts())):close()
  pipe:close()
end)
