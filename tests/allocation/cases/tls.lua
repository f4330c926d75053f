-- TLS: contexts, a connection from wrap to close, and the functions of a program that a handshake calls.
-- Keys are shared secrets, so that no certificate has to be made.

local case, t = ...

local CIPHERS = "PSK-AES128-GCM-SHA256"
local KEY = ("k"):rep(16)

local function client_params()
  return {
    mode = "client", protocol = "tlsv1_2", ciphers = CIPHERS, alpn = { "a", "b" }, options = { "all" },
    psk = function() return "me", KEY end,
  }
end

local function server_params()
  return {
    mode = "server", protocol = "tlsv1_2", ciphers = CIPHERS, alpn = { "b" },
    psk = function(identity) return identity == "me" and KEY end,
  }
end

local function shake(client, server)
  client:settimeout(0)
  server:settimeout(0)
  local done
  for _ = 1, 100 do
    done = true
    for _, conn in ipairs({ client, server }) do
      local good, message = conn:dohandshake()
      assert(good or message == "wantread" or error(message, 0))
      done = done and good
    end
    if done then
      break
    end
  end
  assert(done, "the handshake does not end")
  client:settimeout(5)
  server:settimeout(5)
end

case("tls: contexts", function()
  local ssl = require("ssl")
  local function act()
    assert(ssl.newcontext(client_params()))
    assert(ssl.newcontext(server_params()))
    local ctx, message = ssl.newcontext({ mode = "client", protocol = "any", cafile = "/nowhere" })
    assert(not ctx)
    assert(message == "error loading CA locations (No such file or directory)" or error(message, 0))
    ctx, message = ssl.newcontext({ mode = "client", protocol = "any", pkcs12 = "/nowhere",
      password = function() return "" end })
    assert(not ctx)
    assert(message == "error loading PKCS#12 file (No such file or directory)" or error(message, 0))
    assert(ssl.newcontext({ mode = "client", protocol = "any", keylog = "/dev/null" }))
    assert(ssl.newcontext({ mode = "client", protocol = "any", ocsp = "require" }))
    local keys = { ("k"):rep(80) }
    local server = assert(ssl.newcontext({ mode = "server", protocol = "any", ticketkeys = keys }))
    assert(require("ssl.context").reload(server, server_params()))
  end
  return act
end)

case("tls: a connection from wrap to close", function()
  local ssl = require("ssl")
  local client_ctx = assert(ssl.newcontext(client_params()))
  local server_ctx = assert(ssl.newcontext(server_params()))
  local context = t.pair()
  local left, right
  local function act()
    left = assert(ssl.wrap(context.client, client_ctx))
    right = assert(ssl.wrap(context.accepted, server_ctx))
    shake(left, right)
    assert(left:send("one\ntwo") == 7)
    assert(assert(right:receive()) == "one")
    assert(left:getalpn() == "b" and left:info("protocol") == "TLSv1.2")
    assert(left:getpeername() and #left:getfinished() == 12 and #left:getpeerchain() == 0)
    assert(#left:exportkeyingmaterial("EXPORTER-test", 16) == 16 and tostring(left))
    left:close()
    assert(assert(right:receive("*a")) == "two")
  end
  local function verify()
    for _, object in ipairs({ left or context.client, right or context.accepted }) do
      object:close()
      assert(object:getfd() == -1)
    end
  end
  return act, verify
end)

case("tls: receive keeps the bytes that could not be handed out", function()
  local ssl = require("ssl")
  local context = t.pair()
  local client = assert(ssl.wrap(context.client, client_params()))
  local server = assert(ssl.wrap(context.accepted, server_params()))
  shake(client, server)
  local data = ("0123456789"):rep(3000)
  assert(client:send(data) == #data)
  local got, message, partial
  local function act()
    got, message, partial = server:receive(#data)
    assert(got or error(message, 0))
  end
  local function verify()
    got = got or assert(server:receive(#data, partial))
    assert(got == data)
  end
  return act, verify
end)

case("tls: a session is saved and resumed", function()
  local ssl = require("ssl")
  local client_ctx = assert(ssl.newcontext(client_params()))
  local server_ctx = assert(ssl.newcontext(server_params()))
  local first, second = t.pair(), t.pair()
  local client = assert(ssl.wrap(first.client, client_ctx))
  local server = assert(ssl.wrap(first.accepted, server_ctx))
  client:sni("a.test")
  shake(client, server)
  local left, right
  local function act()
    local session = assert(client:getsession())
    left = assert(ssl.wrap(second.client, client_ctx))
    right = assert(ssl.wrap(second.accepted, server_ctx))
    left:sni("a.test")
    assert(left:setsession(session))
    assert(tostring(session))
    shake(left, right)
    assert(left:info("resumed"))
  end
  local function verify()
    for _, object in ipairs({ left or second.client, right or second.accepted }) do
      object:close()
      assert(object:getfd() == -1)
    end
    assert(client:getsession())
  end
  return act, verify
end)

case("tls: a dialogue of SCRAM", function()
  local sasl = require("moontide.sasl")
  require("moontide.tls")
  local first = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"
  local function act()
    local mechanism = sasl.start("SCRAM-SHA-1", { user = "user", password = "pencil" },
      "fyko+d2lbbFgONRv9qkxdawL")
    local answer, message = mechanism.respond(first)
    assert(answer or error(message, 0))
    assert(answer:sub(-28) == "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=")
    assert(mechanism.respond("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=") == "")
    assert(mechanism.is_proven())
    assert(sasl.start("SCRAM-SHA-1", { user = "user", password = "pencil" }))
  end
  return act
end)
