-- OCSP: the response that a server hands out with its certificate, and a client that wants one.
local test = ...
local harness = require("harness")
local context = require("ssl.context")
local https = require("ssl.https")
local ssl = require("ssl")
local tools = require("tls_tools")

local VERSIONS = { "tlsv1_2", "tlsv1_3" }
local REFUSED = "certificate verify failed"

-- The path of a response of `authority` about the certificate `name`. `entry` is its line in the index of
-- the authority; `more`: further arguments of openssl ocsp; `prefix` stands in front of it.
local function response(t, name, entry, more, prefix, authority)
  authority = authority or "ca"
  local path, index = t.tmpname(), t.tmpname()
  t.cleanup(function() os.remove(index .. ".attr") end)
  local file = assert(io.open(index, "w"))
  file:write(entry)
  file:close()
  local ca = harness.quote(tools.file(authority .. ".pem"))
  local key = harness.quote(tools.file(authority .. ".key"))
  local request, subject = t.tmpname(), harness.quote(tools.file(name .. ".pem"))
  local ask = ("openssl ocsp -issuer %s -cert %s -no_nonce -reqout %s"):format(ca, subject, request)
  local answer = ("%s openssl ocsp -index %s -CA %s -rsigner %s -rkey %s -reqin %s -respout %s %s"):format(
    prefix or "", index, ca, ca, key, request, path, more or "-ndays 1")
  local pipe = io.popen(("(%s && %s) 2>&1"):format(ask, answer))
  local said = pipe:read("*a")
  pipe:close()
  local made = io.open(path, "rb")
  if not made then
    error("no response: " .. said)
  end
  made:close()
  return path
end

local GOOD = "V\t991231235959Z\t\t1234\tunknown\t/CN=localhost\n"
local REVOKED = "R\t991231235959Z\t260101000000Z\t1234\tunknown\t/CN=localhost\n"
local OTHER = "V\t991231235959Z\t\t02\tunknown\t/CN=second.test\n"

local function bytes_of(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read("*a")
  file:close()
  return bytes
end

local function client(demand, version, changes)
  local params = tools.client_params({
    ocsp = demand, protocol = version, verify = "peer", cafile = tools.file("ca.pem"),
  })
  for key, value in pairs(changes or {}) do
    params[key] = value
  end
  return tools.context(params)
end

-- What the client gets of a handshake with a server that has this response.
local function outcome(t, client_ctx, source)
  local left, right = tools.wrapped_pair(t, client_ctx, tools.server_params({ ocsp = source }))
  return (tools.shake(t, left, right)), left, right
end

test("a good certificate is accepted, an answer in a file or as bytes", function(t)
  local path = response(t, "server", GOOD)
  for _, version in ipairs(VERSIONS) do
    for _, demand in ipairs({ "check", "require" }) do
      for _, source in ipairs({ path, bytes_of(path) }) do
        local result, conn = outcome(t, client(demand, version), source)
        t.returns(result, true)
        t.returns(t.pack(conn:getpeerverification()), true)
      end
    end
  end
end)

test("a certificate that was revoked is refused", function(t)
  local path = response(t, "server", REVOKED)
  for _, version in ipairs(VERSIONS) do
    for _, demand in ipairs({ "check", "require" }) do
      local result, conn = outcome(t, client(demand, version), path)
      t.returns(result, false, REFUSED)
      t.returns(t.pack(conn:getpeerverification()), false, "certificate revoked")
    end
  end
end)

test("a server without an answer is refused by who requires one", function(t)
  for _, version in ipairs(VERSIONS) do
    t.returns(outcome(t, client("check", version)), true)
    local result, conn = outcome(t, client("require", version))
    t.returns(result, false, REFUSED)
    t.returns(t.pack(conn:getpeerverification()), false, "OCSP verification needed")
  end
end)

test("who did not ask is not told", function(t)
  local path = response(t, "server", REVOKED)
  t.returns(outcome(t, client(nil), path), true)
end)

test("the peers of openssl understand each other with ours", function(t)
  local path = response(t, "server", GOOD)
  for _, version in ipairs({ "tls1_2", "tls1_3" }) do
    local server, port = t.server()
    local pipe = io.popen(("timeout 20 openssl s_client -connect 127.0.0.1:%d -%s -status 2>&1 </dev/null")
      :format(port, version))
    server:settimeout(10)
    local conn = t.keep(ssl.wrap(t.keep(server:accept()), tools.server_params({ ocsp = path })))
    conn:settimeout(10)
    t.returns(t.pack(conn:dohandshake()), true)
    conn:close()
    local text = pipe:read("*a")
    pipe:close()
    t.matches(text, "OCSP Response Status: successful")
    t.matches(text, "Cert Status: good")
  end
end)

test("an answer about another certificate, or whose time is over, is not handed out", function(t)
  local old = response(t, "server", GOOD, "-nmin 1", "faketime '2 days ago'")
  for _, path in ipairs({ response(t, "second", OTHER), old }) do
    t.returns(outcome(t, client("check"), path), true)
    local result, conn = outcome(t, client("require"), path)
    t.returns(result, false, REFUSED)
    t.returns(t.pack(conn:getpeerverification()), false, "OCSP verification needed")
  end
end)

-- A connection to a server that hands out whatever it has. At the end of its input it would close.
local function careless(t, path)
  local sock, pipe = tools.openssl_server(t, t.reserved_port(), "w", ("-cert %s -key %s -status_file %s "
    .. "-naccept 1 >/dev/null"):format(tools.file("server.pem"), tools.file("server.key"), path))
  t.cleanup(function() pipe:close() end)
  return sock
end

local function judged(t, path, ctx)
  local conn = t.keep(ssl.wrap(careless(t, path), ctx))
  conn:settimeout(5)
  return t.pack(conn:dohandshake()), conn
end

test("an answer that is not to be trusted is refused", function(t)
  local signed_by_other = response(t, "server", GOOD, nil, nil, "other_ca")
  local old = response(t, "server", GOOD, "-nmin 1", "faketime '2 days ago'")
  for _, case in ipairs({
    { signed_by_other, "OCSP verification failed" },
    { old, "OCSP verification failed" },
    { response(t, "second", OTHER), "OCSP unknown cert" },
    { response(t, "server", OTHER), "OCSP unknown cert" },
  }) do
    local result, conn = judged(t, case[1], client("check", "tlsv1_3"))
    t.returns(result, false, REFUSED)
    t.returns(t.pack(conn:getpeerverification()), false, case[2])
  end
  local result = judged(t, response(t, "server", GOOD), client("require", "tlsv1_3"))
  t.returns(result, true)
end)

test("without verify = 'peer' it is told, and the session is not kept", function(t)
  local path = response(t, "server", REVOKED)
  for _, version in ipairs(VERSIONS) do
    local result, conn, server = outcome(t, client("check", version, { verify = "none" }), path)
    t.returns(result, true)
    tools.settle(t, conn, server)
    t.returns(t.pack(conn:getpeerverification()), false, "certificate revoked")
    t.returns(t.pack(conn:getsession()), nil)
  end
  local result, conn = outcome(t, client("check", nil, { verifyext = "lsec_continue" }), path)
  t.returns(result, true)
  local good, errors = conn:getpeerverification()
  t.equal(good, false)
  t.equal(errors[1][1], "certificate revoked")
end)

test("a session that is resumed was judged", function(t)
  local path = response(t, "server", GOOD)
  for _, version in ipairs(VERSIONS) do
    local ctx = client("require", version)
    local server_ctx = tools.context(tools.server_params({ ocsp = path }))
    local one, other = tools.pair(t, ctx, server_ctx)
    tools.settle(t, one, other)
    local again, server = tools.wrapped_pair(t, ctx, server_ctx)
    t.returns(t.pack(again:setsession(one:getsession())), true)
    t.returns(tools.shake(t, again, server), true)
    t.equal(again:info("resumed"), true)
    t.returns(t.pack(again:getpeerverification()), true)
  end
end)

test("the answer changes while the server runs", function(t)
  local ctx = tools.context(tools.server_params({ ocsp = response(t, "server", GOOD) }))
  local function result()
    return (tools.shake(t, tools.wrapped_pair(t, client("require"), ctx)))
  end
  t.returns(result(), true)
  t.returns(t.pack(context.setocsp(ctx, response(t, "server", REVOKED))), true)
  t.returns(result(), false, REFUSED)
  t.returns(t.pack(context.setocsp(ctx, "/nowhere")), false,
    "error loading OCSP response (No such file or directory)")
  t.returns(result(), false, REFUSED)
  t.returns(t.pack(context.setocsp(ctx, nil)), true)
  t.returns(result(), false, REFUSED)
  t.returns(t.pack(context.setocsp(ctx, bytes_of(response(t, "server", GOOD)))), true)
  t.returns(result(), true)
  t.returns(t.pack(context.reload(ctx, tools.server_params())), true)
  t.returns(result(), false, REFUSED)
end)

test("https asks when the request does", function(t)
  local port = tools.server_process(t, [[function(conn)
    if conn:dohandshake() then
      conn:receive()
      conn:send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    end
  end]], ([[{ mode = "server", protocol = "any", key = directory .. "/server.key",
    certificate = directory .. "/server.pem", ocsp = %q }]]):format(response(t, "server", REVOKED)))
  local address = ("https://localhost:%d/"):format(port)
  t.equal(https.request(tools.trusted(address)), 1)
  for _ = 1, 2 do
    t.returns(t.pack(https.request(tools.trusted(address, { ocsp = "check" }))), nil, REFUSED, nil, nil)
  end
end)

test("wrong values are refused", function(t)
  t.returns(t.pack(ssl.newcontext(tools.client_params({ ocsp = "maybe" }))), nil, "invalid OCSP parameter")
  for _, source in ipairs({ "/nowhere", tools.file("server.pem"), "\48\130" .. ("\255"):rep(100) }) do
    local ctx, message = ssl.newcontext(tools.server_params({ ocsp = source }))
    t.equal(ctx, nil)
    t.matches(message, "^error loading OCSP response %(.+%)$")
  end
  -- What an authority says that cannot answer now.
  t.returns(t.pack(ssl.newcontext(tools.server_params({ ocsp = "\48\129\3\10\1\3" }))), nil,
    "error loading OCSP response (no response data)")
  t.equal(pcall(ssl.newcontext, tools.client_params({ ocsp = {} })), false)
end)
