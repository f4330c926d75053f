-- ssl.md, 2.1: ciphers, ciphersuites, curve, curveslist, dhparam, alpn, dane; 3.2: the functions beneath.

local R = ...
local ssl, context = require("ssl"), require("ssl.context")
local tls = R.load("tls")

local function compare(name, changes, make)
  tls.forget_errors()
  return tls.call(name, ssl.newcontext, (make or tls.client)(changes))
end

local function beneath(name, ...)
  tls.forget_errors()
  return tls.call(name, ...)
end

local ctx = assert(context.create("any"))

-- Ciphers.
for _, value in ipairs({ "ECDHE-RSA-AES256-GCM-SHA384", "HIGH:!aNULL", "DEFAULT@SECLEVEL=0", "nosuch",
    "nosuch:AES128-SHA", "", ":", "TLS_AES_128_GCM_SHA256", "!ALL", 5 }) do
  compare("ciphers " .. value, { ciphers = value })
end
tls.raises("ciphers of a table", ssl.newcontext, tls.client({ ciphers = {} }))
tls.raises("ciphers true", ssl.newcontext, tls.client({ ciphers = true }))
beneath("setcipher", context.setcipher, ctx, "HIGH")
beneath("setcipher: wrong", context.setcipher, ctx, "nosuch")
beneath("setcipher of a table", context.setcipher, ctx, {})
beneath("setcipher without a text", context.setcipher, ctx)

for _, value in ipairs({ "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256",
    "nosuch", "nosuch:TLS_AES_128_GCM_SHA256", "", "ECDHE-RSA-AES256-GCM-SHA384", "HIGH" }) do
  compare("ciphersuites " .. value, { ciphersuites = value })
end
beneath("setciphersuites", context.setciphersuites, ctx, "TLS_AES_128_GCM_SHA256")
beneath("setciphersuites: wrong", context.setciphersuites, ctx, "nosuch")
beneath("setciphersuites of a table", context.setciphersuites, ctx, {})

-- Curves.
for _, value in ipairs({ "P-256", "P-384", "P-521", "prime256v1", "secp384r1", "nosuch", "", "p-256", 5 }) do
  compare("curve " .. value, { curve = value }, tls.server)
end
compare("curve X25519", { curve = "X25519" }, tls.server)
compare("curve X448", { curve = "X448" }, tls.server)
tls.raises("curve of a table", ssl.newcontext, tls.server({ curve = {} }))
for _, value in ipairs({ "X25519:P-256", "P-521", "nosuch", "P-256:nosuch", "", ":", "P-256:", "P-256:P-256",
    "prime256v1" }) do
  compare("curveslist " .. value, { curveslist = value }, tls.server)
end
tls.raises("curveslist of a table", ssl.newcontext, tls.server({ curveslist = {} }))
beneath("setcurve", context.setcurve, ctx, "P-256")
beneath("setcurve: wrong", context.setcurve, ctx, "nosuch")
beneath("setcurveslist", context.setcurveslist, ctx, "P-256")
beneath("setcurveslist: wrong", context.setcurveslist, ctx, "nosuch")

-- dhparam.
compare("dhparam function", { dhparam = function() end }, tls.server)
compare("dhparam of a client", { dhparam = function() end })
for _, value in ipairs({ "text", 5, true, {} }) do
  compare("dhparam " .. type(value), { dhparam = value }, tls.server)
end
beneath("setdhparam", context.setdhparam, ctx, function() end)

-- alpn.
local long = ("x"):rep(255)
local values = {
  { "text", "h2" }, { "empty text", "" }, { "long text", long }, { "too long text", long .. "x" },
  { "list", { "h2", "http/1.1" } }, { "list of one", { "h2" } }, { "empty list", {} },
  { "list with an empty name", { "h2", "" } }, { "list with a long name", { long } },
  { "list with a too long name", { long .. "x" } }, { "list with a table", { {} } },
  { "list with true", { "h2", true } }, { "list with a number", { 5 } }, { "function", function() end },
  { "number", 5 }, { "true", true },
}
for _, item in ipairs(values) do
  compare("alpn of a client, " .. item[1], { alpn = item[2] })
  compare("alpn of a server, " .. item[1], { alpn = item[2] }, tls.server)
end
beneath("setalpn", context.setalpn, ctx, "\2h2\8http/1.1")
beneath("setalpn of a table", context.setalpn, ctx, {})
beneath("setalpncb", context.setalpncb, ctx, function() end)

-- dane.
compare("dane true", { dane = true })
compare("dane of no flags", { dane = {} })
compare("dane with a flag", { dane = { "no_ee_namechecks" } })
compare("dane of text", { dane = "no_ee_namechecks" })
compare("dane false", { dane = false })
tls.raises("dane with a wrong flag", ssl.newcontext, tls.client({ dane = { "nosuch" } }))
beneath("setdane", context.setdane, ctx)
beneath("setdane for the second time", context.setdane, ctx)
beneath("setdane with a flag", context.setdane, assert(context.create("any")), "no_ee_namechecks")
tls.raises("setdane with a wrong flag", context.setdane, ctx, "nosuch")

-- psk came with 1.3.
local function psk(name, expected, value, make)
  R.moontide_only("psk " .. name, expected, ssl.newcontext, make({ psk = value }))
end
local function give() end
psk("of a client", "SSL context: ADDR", give, tls.client)
psk("of a server", "SSL context: ADDR", give, tls.server)
psk("of a server, with a hint", "SSL context: ADDR", { hint = "h", callback = give }, tls.server)
psk("of a client, with a hint", 'nil, "invalid PSK configuration"', { hint = "h", callback = give },
  tls.client)
psk("of text", 'nil, "invalid PSK configuration"', "text", tls.client)
psk("of a server, without a function", 'nil, "invalid PSK configuration"', { hint = "h" }, tls.server)
psk("with a hint of 257 bytes", 'nil, "invalid PSK configuration"',
  { hint = ("h"):rep(257), callback = give }, tls.server)

-- Additions.
R.moontide_only("systemca", "SSL context: ADDR", ssl.newcontext, tls.client({ systemca = true }))
R.moontide_only("servername", "SSL context: ADDR", ssl.newcontext, tls.client({ servername = "a.test" }))
R.moontide_only("verifyhost", "SSL context: ADDR", ssl.newcontext, tls.checking({ verifyhost = "a.test" }))
R.moontide_only("verifyhost true without servername", 'nil, "no name to verify"', ssl.newcontext,
  tls.checking({ verifyhost = true }))
R.moontide_only("servername of a table raises", "false", function()
  return (pcall(ssl.newcontext, tls.client({ servername = {} })))
end)
