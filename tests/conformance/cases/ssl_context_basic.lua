-- ssl.md, 2.1: newcontext, what it takes at all, protocol and mode, and in which order it works.

local R = ...
local ssl = require("ssl")
local tls = R.load("tls")

-- newcontext(params) where nothing that failed before is remembered.
local function compare(name, params)
  tls.forget_errors()
  return tls.call(name, ssl.newcontext, params)
end

for _, value in ipairs({ "text", 5, true }) do
  tls.raises("not a table: " .. tostring(value), ssl.newcontext, value)
end
tls.raises("nothing", ssl.newcontext)
tls.raises("nil", ssl.newcontext, nil)
tls.raises("an empty table", ssl.newcontext, {})
tls.raises("more arguments are ignored", ssl.newcontext, tls.client(), 5)
R.values("one result", select("#", ssl.newcontext(tls.client())))

for _, protocol in ipairs({ "any", "sslv23", "tlsv1", "tlsv1_1", "tlsv1_2", "tlsv1_3", "sslv2", "sslv3",
    "dtlsv1",
    "dtls", "TLSv1_2", "tlsv1.2", "tlsv1_4", "", " any", "any\0", 12 }) do
  compare("protocol " .. tostring(protocol), { mode = "client", protocol = protocol })
end
tls.raises("no protocol", ssl.newcontext, { mode = "client" })
tls.raises("protocol true", ssl.newcontext, { mode = "client", protocol = true })
tls.raises("protocol of a table", ssl.newcontext, { mode = "client", protocol = {} })

compare("mode client", { mode = "client", protocol = "any" })
compare("mode server", { mode = "server", protocol = "any" })
for _, mode in ipairs({ "Client", "", "both", 5 }) do
  compare("mode " .. tostring(mode), { mode = mode, protocol = "any" })
end
tls.raises("no mode", ssl.newcontext, { protocol = "any" })
tls.raises("mode true", ssl.newcontext, { protocol = "any", mode = true })
tls.raises("mode of a table", ssl.newcontext, { protocol = "any", mode = {} })

compare("unknown keys are ignored", tls.client({ nosuch = 1, [1] = 2, verifymode = "peer", sni = {} }))
R.call("a metatable gives parameters", function()
  return ssl.newcontext(setmetatable({}, { __index = tls.client() }))
end)
R.call("the table is only read", function()
  local params = tls.server({ verify = { "peer" }, options = { "all" }, alpn = { "a" }, curve = "P-256",
    cafile = tls.file("trust.pem"), verifyext = { "crl_check" } })
  local before = table.concat(tls.keys(params), " ")
  local locked = setmetatable({}, { __index = params, __newindex = function() error("written to") end })
  assert(ssl.newcontext(locked))
  return before == table.concat(tls.keys(params), " "), #params.verify, #params.alpn
end)
R.call("two contexts are not equal", function()
  local one, two = ssl.newcontext(tls.client()), ssl.newcontext(tls.client())
  return one == two, one == one
end)

-- The first failure is reported: of two wrong parameters the one that comes first below.
local wrong = {
  { "protocol", "nosuch" }, { "key", tls.file("nosuch.key") }, { "cafile", tls.file("nosuch.pem") },
  { "ciphers", "nosuch" }, { "ciphersuites", "nosuch" }, { "verify", "nosuch" }, { "options", "nosuch" },
  { "dhparam", "nosuch" }, { "curveslist", "nosuch" }, { "verifyext", "nosuch" }, { "alpn", 5 },
}
for first = 1, #wrong - 1 do
  local one, other = wrong[first], wrong[first + 1]
  compare(one[1] .. " comes before " .. other[1],
    tls.server({ [one[1]] = one[2], [other[1]] = other[2] }))
end
compare("protocol comes before mode", { protocol = "nosuch", mode = "nosuch" })
compare("mode comes before key", { protocol = "any", mode = "nosuch", key = tls.file("nosuch.key") })
compare("key comes before certificate", tls.server({
  key = tls.file("empty.pem"), certificate = tls.file("empty.pem") }))
compare("verify comes before the ciphers' end", tls.server({ verify = "nosuch", curve = "nosuch" }))
tls.raises("depth comes before dhparam", ssl.newcontext, tls.client({ depth = {}, dhparam = 5 }))
compare("curveslist makes curve unread", tls.client({ curveslist = "P-256", curve = "nosuch" }))
compare("dhparam comes before curve", tls.client({ dhparam = 5, curve = "nosuch" }))
compare("curve comes before verifyext", tls.client({ curve = "nosuch", verifyext = "nosuch" }))
