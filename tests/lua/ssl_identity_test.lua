-- What a context presents itself with: PKCS#12 files, and identities that change while it serves.
local test = ...
local harness = require("harness")
local context = require("ssl.context")
local ssl = require("ssl")
local tools = require("tls_tools")

-- The path of a PKCS#12 file made by openssl: the key and certificate of this name, and what `more` says.
local function pkcs12(t, name, more)
  local path = t.tmpname()
  local command = ("openssl pkcs12 -export -inkey %s -in %s -out %s %s 2>&1"):format(
    harness.quote(tools.file(name .. ".key")), harness.quote(tools.file(name .. ".pem")), harness.quote(path),
    more or "-passout pass:secret")
  local pipe = io.popen(command)
  local said = pipe:read("*a")
  pipe:close()
  t.equal(said, "")
  return path
end

local function bytes_of(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read("*a")
  file:close()
  return bytes
end

local function params(changes)
  local result = { mode = "server", protocol = "any" }
  for key, value in pairs(changes) do
    result[key] = value
  end
  return result
end

local function pems(certificates)
  local texts = {}
  for i, certificate in ipairs(certificates) do
    texts[i] = certificate:pem()
  end
  return texts
end

local function pem(name)
  return assert(ssl.loadcertificate(tools.read(name .. ".pem"))):pem()
end

test("pkcs12: key and certificate in a file, or as bytes", function(t)
  local path = pkcs12(t, "server")
  for _, source in ipairs({ path, bytes_of(path) }) do
    local ctx = tools.context(params({ pkcs12 = source, password = "secret" }))
    local client = tools.pair(t, { verify = "peer", cafile = tools.file("ca.pem") }, ctx)
    t.equal(client:getpeercertificate():pem(), pem("server"))
  end
end)

test("pkcs12: a client presents itself by one", function(t)
  local _, server = tools.pair(t, { pkcs12 = pkcs12(t, "client"), password = "secret" },
    { verify = { "peer", "fail_if_no_peer_cert" }, cafile = tools.file("ca.pem") })
  t.equal(server:getpeercertificate():pem(), pem("client"))
end)

test("pkcs12: the chain is sent from leaf to root, without it, in whatever order it is stored", function(t)
  local path, others = t.tmpname(), t.tmpname()
  local file = assert(io.open(others, "w"))
  file:write(tools.read("ca.pem"), tools.read("other_ca.pem"), tools.read("between.pem"))
  file:close()
  os.remove(path)
  path = pkcs12(t, "leaf", "-passout pass: -certfile " .. harness.quote(others))
  local client = tools.pair(t, { verify = "peer", cafile = tools.file("ca.pem") },
    tools.context(params({ pkcs12 = path })))
  t.list(pems(client:getpeerchain()), { pem("leaf"), pem("between") })
end)

test("pkcs12: one of several identities", function(t)
  local ctx = tools.context(params({ certificates = {
    { pkcs12 = pkcs12(t, "server"), password = "secret" },
  } }))
  local client = tools.pair(t, nil, ctx)
  t.equal(client:getpeercertificate():pem(), pem("server"))
end)

test("pkcs12: the password may be a function, which is asked only if there is one", function(t)
  local asked = 0
  local function password()
    asked = asked + 1
    return "secret"
  end
  tools.context(params({ pkcs12 = pkcs12(t, "server"), password = password }))
  t.equal(asked, 1)
  tools.context(params({ pkcs12 = pkcs12(t, "server", "-passout pass:"), password = password }))
  t.equal(asked, 1)
  local good, message = pcall(ssl.newcontext, params({ pkcs12 = pkcs12(t, "server"),
    password = function() error("no way", 0) end }))
  t.equal(good, false)
  t.equal(message, "no way")
end)

test("pkcs12: what goes wrong has a reason", function(t)
  local path = pkcs12(t, "server")
  local mac = "error loading PKCS#12 file (mac verify failure)"
  for _, case in ipairs({
    { { pkcs12 = path }, mac },
    { { pkcs12 = path, password = "wrong" }, mac },
    { { pkcs12 = path, password = "secret\0more" }, mac },
    { { pkcs12 = path, password = function() return nil end }, mac },
    { { pkcs12 = path, password = 5 }, "invalid password type" },
    { { pkcs12 = "/nowhere" }, "error loading PKCS#12 file (No such file or directory)" },
    { { pkcs12 = path, key = tools.file("server.key") }, "pkcs12 stands in place of key and certificate" },
    { { pkcs12 = pkcs12(t, "server", "-nokeys -passout pass:"), password = "" },
      "error loading PKCS#12 file (no certificate assigned)" },
  }) do
    t.returns(t.pack(ssl.newcontext(params(case[1]))), nil, case[2])
  end
  for _, junk in ipairs({ bytes_of(path):sub(1, 100), bytes_of(path):sub(1, -20), tools.file("server.pem"),
    "\48\130" .. ("\255"):rep(500) }) do
    local ctx, message = ssl.newcontext(params({ pkcs12 = junk, password = "secret" }))
    t.equal(ctx, nil)
    t.matches(message, "^error loading PKCS#12 file %(.+%)$")
  end
  t.equal(pcall(ssl.newcontext, params({ pkcs12 = {} })), false)
end)

-- Reload ---------------------------------------------------------------------------------------------------

local function server_named(name, changes)
  local result = params({ key = tools.file(name .. ".key"), certificate = tools.file(name .. ".pem") })
  for key, value in pairs(changes or {}) do
    result[key] = value
  end
  return result
end

local function certificate_of(client)
  return client:getpeercertificate():pem()
end

test("reload: who connects from now on sees the new certificate, others go on", function(t)
  local ctx = tools.context(server_named("server"))
  local client, server = tools.pair(t, nil, ctx)
  local pending, other = tools.wrapped_pair(t, nil, ctx)
  pending:settimeout(0)
  pending:dohandshake()
  t.returns(t.pack(context.reload(ctx, server_named("second"))), true)
  t.equal(certificate_of((tools.pair(t, nil, ctx))), pem("second"))
  t.returns(tools.shake(t, pending, other), true)
  t.equal(certificate_of(pending), pem("server"))
  for _, ends in ipairs({ { client, server }, { pending, other } }) do
    tools.settle(t, ends[1], ends[2])
    ends[1]:send("more\n")
    t.equal(ends[2]:receive(), "more")
  end
end)

test("reload: of a context that names lead to", function(t)
  local named = tools.context(server_named("server"))
  local function seen()
    local client, server = tools.wrapped_pair(t, nil, server_named("foreign"))
    client:sni("a.test")
    server:sni({ ["a.test"] = named })
    t.returns(tools.shake(t, client, server), true)
    return certificate_of(client)
  end
  t.equal(seen(), pem("server"))
  t.returns(t.pack(context.reload(named, server_named("second"))), true)
  t.equal(seen(), pem("second"))
end)

test("reload: what fails leaves everything as it is", function(t)
  local ctx = tools.context(server_named("server"))
  for _, case in ipairs({
    { server_named("second", { key = "/nowhere" }),
      "error loading private key (No such file or directory)" },
    { server_named("second", { key = tools.file("server.key") }), "private key does not match public key" },
    { tools.client_params(), "invalid mode" },
    { server_named("second", { protocol = "foo" }), "invalid protocol (foo)" },
  }) do
    t.returns(t.pack(context.reload(ctx, case[1])), false, case[2])
  end
  t.equal(pcall(context.reload, ctx), false)
  t.equal(pcall(context.reload, {}, server_named("second")), false)
  t.equal(certificate_of((tools.pair(t, nil, ctx))), pem("server"))
end)

test("reload: tickets of clients that were trusted before are no good", function(t)
  local function trusting(name)
    return server_named("server", { verify = { "peer", "fail_if_no_peer_cert" }, cafile = tools.file(name) })
  end
  for _, version in ipairs({ "tlsv1_2", "tlsv1_3" }) do
    local ctx = tools.context(trusting("ca.pem"))
    local client_ctx = tools.context(tools.client_params({
      protocol = version, key = tools.file("client.key"), certificate = tools.file("client.pem"),
    }))
    local client, server = tools.pair(t, client_ctx, ctx)
    tools.settle(t, client, server)
    local session = client:getsession()
    -- The tickets of one that is under way were judged before, too.
    local slow, other = tools.wrapped_pair(t, client_ctx, ctx)
    t.returns(t.pack(context.reload(ctx, trusting("other_ca.pem"))), true)
    t.returns(tools.shake(t, slow, other), true)
    tools.settle(t, slow, other)
    for _, offer in ipairs({ session, slow:getsession() }) do
      local again, judge = tools.wrapped_pair(t, client_ctx, ctx)
      t.returns(t.pack(again:setsession(offer)), true)
      local _, outcome = tools.shake(t, again, judge)
      t.returns(outcome, false, "certificate verify failed")
    end
  end
end)

test("what a context demands is not dodged with a ticket from before", function(t)
  local ctx = tools.context(server_named("server"))
  local client_ctx = tools.context(tools.client_params())
  local client, server = tools.pair(t, client_ctx, ctx)
  tools.settle(t, client, server)
  local session = client:getsession()
  context.setverify(ctx, "peer", "fail_if_no_peer_cert")
  local again, judge = tools.wrapped_pair(t, client_ctx, ctx)
  t.returns(t.pack(again:setsession(session)), true)
  local _, outcome = tools.shake(t, again, judge)
  t.returns(outcome, false, "peer did not return a certificate")
end)

test("reload: a client judges by what it is now", function(t)
  local ctx = tools.context(tools.client_params({ verify = "peer", cafile = tools.file("ca.pem") }))
  local client, server = tools.pair(t, ctx)
  tools.settle(t, client, server)
  local session = client:getsession()
  t.returns(t.pack(context.reload(ctx, tools.client_params({
    verify = "peer", cafile = tools.file("other_ca.pem"), servername = "a.test",
  }))), true)
  local again, other = tools.wrapped_pair(t, ctx)
  t.returns(t.pack(again:setsession(session)), nil, "session of other settings")
  t.returns(t.pack(again:getsniname()), "a.test")
  t.returns(tools.shake(t, again, other), false, "certificate verify failed")
end)

test("reload: functions that a handshake from before asks are still there", function(t)
  local asked = 0
  local ctx = tools.context(server_named("server", {
    alpn = function()
      asked = asked + 1
      return "one"
    end,
  }))
  local client, server = tools.wrapped_pair(t, { alpn = { "two", "one" } }, ctx)
  t.returns(t.pack(context.reload(ctx, server_named("server"))), true)
  t.returns(tools.shake(t, client, server), true)
  t.equal(client:getalpn(), "one")
  t.equal(asked, 1)
  t.equal(tools.pair(t, { alpn = { "two", "one" } }, ctx):getalpn(), nil)
  context.reload(ctx, server_named("server", { alpn = { "two" } }))
  t.equal(tools.pair(t, { alpn = { "two", "one" } }, ctx):getalpn(), "two")
end)

test("reload: by a function that a handshake asks", function(t)
  local ctx
  ctx = tools.context(server_named("server", {
    alpn = function()
      assert(context.reload(ctx, server_named("second")))
      collectgarbage()
      return "one"
    end,
  }))
  local client = tools.pair(t, { alpn = "one" }, ctx)
  t.equal(certificate_of(client), pem("server"))
  t.equal(certificate_of((tools.pair(t, nil, ctx))), pem("second"))
end)
