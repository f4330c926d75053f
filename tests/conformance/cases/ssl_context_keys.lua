-- ssl.md, 2.1: key, password, certificate and certificates.

local R = ...
local ssl, context = require("ssl"), require("ssl.context")
local tls = R.load("tls")
local file = tls.file

local function compare(name, changes, mode)
  tls.forget_errors()
  changes.mode, changes.protocol = mode or "server", "any"
  return tls.call(name, ssl.newcontext, changes)
end

compare("key and certificate", { key = file("server.key"), certificate = file("server.pem") })
compare("the same for a client", { key = file("server.key"), certificate = file("server.pem") }, "client")
compare("key alone", { key = file("server.key") })
compare("certificate alone", { certificate = file("server.pem") })
compare("a chain", { key = file("server.key"), certificate = file("server-chain.pem") })
compare("an EC key", { key = file("ec.key"), certificate = file("ec-chain.pem") })
compare("a key that does not fit", { key = file("ec.key"), certificate = file("server.pem") })
compare("a key of the same kind that does not fit", { key = file("client.key"),
  certificate = file("ec.pem") })
compare("a server without both", {})

-- Files that do not hold what they should.
for _, item in ipairs({ { "missing", "nosuch.pem" }, { "empty", "empty.pem" }, { "of text", "text.pem" },
    { "a directory", "capath" }, { "below a file", "text.pem/x" }, { "a certificate", "server.pem" } }) do
  compare("key file " .. item[1], { key = file(item[2]), certificate = file("server.pem") })
end
for _, item in ipairs({ { "missing", "nosuch.pem" }, { "empty", "empty.pem" }, { "of text", "text.pem" },
    { "below a file", "text.pem/x" }, { "a key", "server.key" } }) do
  compare("certificate file " .. item[1], { key = file("server.key"), certificate = file(item[2]) })
end
compare("key of an empty name", { key = "", certificate = file("server.pem") })
compare("certificate of an empty name", { key = file("server.key"), certificate = "" })
tls.raises("key of a table", ssl.newcontext, tls.server({ key = {} }))
tls.raises("key true", ssl.newcontext, tls.server({ key = true }))
tls.raises("certificate of a table", ssl.newcontext, tls.server({ certificate = {} }))
compare("key false", { key = false, certificate = file("server.pem") })
compare("certificate false", { key = file("server.key"), certificate = false })

-- Passwords.
local function with_password(name, password, key)
  return compare("password " .. name, {
    key = file(key or "server-secret.key"), certificate = file("server.pem"), password = password })
end
with_password("right", "secret")
with_password("wrong", "wrong")
with_password("empty", "")
with_password("of a number", 5)
with_password("of a key that needs none", "secret", "server.key")
with_password("of a table", {})
with_password("true", true)
with_password("of a table, key without need", {}, "server.key")
compare("password of a table without a key", { password = {} })
local asked
with_password("function", function(...)
  asked = R.pack(...)
  return "secret"
end)
R.values("password function: arguments", asked.n)
with_password("function for a key that needs none", function() error("not needed") end, "server.key")
with_password("function gives a wrong one", function() return "wrong" end)
with_password("function gives nothing", function() end)
with_password("function gives nil", function() return nil end)
with_password("function gives a table", function() return {} end)
with_password("function gives true", function() return true end)
with_password("function gives two values", function() return "secret", "wrong" end)
with_password("of 2000 bytes", ("x"):rep(2000))

-- Several identities.
local rsa = { key = file("server.key"), certificate = file("server-chain.pem") }
local ec = { key = file("ec.key"), certificate = file("ec-chain.pem") }
compare("certificates: two", { certificates = { rsa, ec } })
compare("certificates: none", { certificates = {} })
compare("certificates: none, and the other keys are not read", {
  certificates = {}, key = file("nosuch.key"), certificate = file("nosuch.pem"), password = {} })
compare("certificates: with password", { certificates = { ec, {
  key = file("server-secret.key"), password = "secret", certificate = file("server.pem") } } })
compare("certificates: wrong password", { certificates = { ec, {
  key = file("server-secret.key"), password = "wrong", certificate = file("server.pem") } } })
compare("certificates: the second is missing", { certificates = { rsa, { key = file("nosuch.key") } } })
compare("certificates: the second does not fit", { certificates = { rsa, {
  key = file("ec.key"), certificate = file("client.pem") } } })
compare("certificates: no certificate in one", { certificates = { { key = file("server.key") }, ec } })
compare("certificates: an empty one", { certificates = { {}, ec } })
tls.raises("certificates of a number", ssl.newcontext, tls.client({ certificates = 5 }))
tls.raises("certificates with a number in it", ssl.newcontext, tls.client({ certificates = { 5 } }))

-- The functions beneath.
local ctx = assert(context.create("any"))
tls.forget_errors()
tls.call("loadkey", context.loadkey, ctx, file("server.key"), nil)
tls.call("checkkey without a certificate", context.checkkey, ctx)
tls.call("loadcert", context.loadcert, ctx, file("server.pem"))
tls.call("checkkey", context.checkkey, ctx)
tls.forget_errors()
tls.call("loadkey: empty", context.loadkey, ctx, file("empty.pem"), nil)
tls.forget_errors()
tls.call("loadcert: empty", context.loadcert, ctx, file("empty.pem"))
tls.call("loadkey with password", context.loadkey, ctx, file("server-secret.key"), "secret")
tls.forget_errors()
tls.call("loadkey with a wrong password", context.loadkey, ctx, file("server-secret.key"), "wrong")
tls.forget_errors()
tls.raises("loadkey with a password of a table", context.loadkey, ctx, file("server.key"), {})
tls.call("loadkey without password", context.loadkey, ctx, file("server.key"))
tls.call("loadkey without a file", context.loadkey, ctx)
tls.call("loadcert without a file", context.loadcert, ctx)
tls.call("loadkey of a table", context.loadkey, ctx, {})
tls.call("loadcert of a table", context.loadcert, ctx, {})

-- Reasons of earlier failures (fix 3), last so that nothing else is compared after them.
ssl.newcontext(tls.server({ certificate = file("empty.pem") }))
tls.call("after an unrelated failure", ssl.newcontext, tls.server({ key = file("empty.pem") }))
tls.call("after two unrelated failures", ssl.newcontext, tls.client({ ciphers = "nosuch" }))

-- The original asks for a password on the terminal, or blocks (fix 4).
R.moontide_only("an encrypted key without password", 'nil, "error loading private key (bad decrypt)"',
  ssl.newcontext, { mode = "server", protocol = "any", key = file("server-secret.key") })
R.moontide_only("loadkey of an encrypted key without password",
  'false, "error loading private key (bad decrypt)"', context.loadkey, ctx, file("server-secret.key"))
R.call("an error in a password function", function()
  local mark = {}
  local fine, raised = pcall(ssl.newcontext, { mode = "server", protocol = "any",
    key = file("server-secret.key"), password = function() error(mark) end })
  return fine, raised == mark
end)
