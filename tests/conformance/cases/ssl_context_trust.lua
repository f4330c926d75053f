-- ssl.md, 2.1: cafile, capath, verify, options, depth and verifyext; 3.2: the functions beneath.

local R = ...
local ssl, context = require("ssl"), require("ssl.context")
local tls = R.load("tls")
local file = tls.file

local function compare(name, changes)
  tls.forget_errors()
  return tls.call(name, ssl.newcontext, tls.client(changes))
end

-- Authorities.
compare("cafile", { cafile = file("trust.pem") })
compare("cafile with revocation lists", { cafile = file("crl.pem") })
compare("cafile with a key alone", { cafile = file("server.key") })
for _, item in ipairs({ { "missing", "nosuch.pem" }, { "empty", "empty.pem" }, { "of text", "text.pem" },
    { "below a file", "text.pem/x" } }) do
  compare("cafile " .. item[1], { cafile = file(item[2]) })
end
compare("capath", { capath = file("capath") })
compare("capath missing", { capath = file("nosuch") })
compare("capath that is a file", { capath = file("trust.pem") })
compare("capath of an empty name", { capath = "" })
compare("cafile and capath", { cafile = file("trust.pem"), capath = file("capath") })
compare("cafile missing, capath there", { cafile = file("nosuch.pem"), capath = file("capath") })
tls.raises("cafile of a table", ssl.newcontext, tls.client({ cafile = {} }))
tls.raises("capath of a table", ssl.newcontext, tls.client({ capath = {} }))

local ctx = assert(context.create("any"))
tls.forget_errors()
tls.call("locations: file", context.locations, ctx, file("trust.pem"), nil)
tls.call("locations: directory", context.locations, ctx, nil, file("capath"))
tls.call("locations: empty file", context.locations, ctx, file("empty.pem"), nil)
tls.call("locations of a table", context.locations, ctx, {}, nil)

-- verify.
for _, value in ipairs({ "none", "peer", "client_once", "fail_if_no_peer_cert", "Peer", "", "peer,none",
    5 }) do
  compare("verify " .. value, { verify = value })
end
compare("verify of no names", { verify = {} })
compare("verify of two names", { verify = { "peer", "fail_if_no_peer_cert" } })
compare("verify of all names", { verify = { "none", "peer", "client_once", "fail_if_no_peer_cert" } })
compare("verify with a wrong second name", { verify = { "peer", "nosuch" } })
compare("verify with two wrong names", { verify = { "first", "second" } })
compare("verify with a hash part", { verify = { "peer", nosuch = "nosuch" } })
tls.raises("verify with a table in it", ssl.newcontext, tls.client({ verify = { {} } }))
tls.raises("verify with true in it", ssl.newcontext, tls.client({ verify = { "peer", true } }))
compare("verify with a number in it", { verify = { 5 } })
tls.call("setverify: none", context.setverify, ctx)
tls.call("setverify: names", context.setverify, ctx, "peer", "client_once")
tls.call("setverify: wrong", context.setverify, ctx, "peer", "nosuch")
tls.call("setverify of a table", context.setverify, ctx, {})
tls.call("setverify of nil", context.setverify, ctx, nil)

-- options.
for _, value in ipairs({ "all", "no_ticket", "no_sslv2", "pkcs1_check_1", "nosuch", "NO_TICKET", "op_all",
    "", 5 }) do
  compare("option " .. value, { options = value })
end
compare("options of no names", { options = {} })
compare("options of three names", { options = { "all", "no_ticket", "no_tlsv1" } })
compare("options with a wrong second name", { options = { "all", "nosuch", "other" } })
compare("options with a hash part", { options = { "all", nosuch = "nosuch" } })
tls.raises("options with a table in it", ssl.newcontext, tls.client({ options = { {} } }))
R.call("every listed option is accepted", function()
  for name in pairs(ssl.config.options) do
    local made, message = ssl.newcontext(tls.client({ options = name }))
    if not made then
      return name, message
    end
  end
end)
tls.call("setoptions: none", context.setoptions, ctx)
tls.call("setoptions: names", context.setoptions, ctx, "no_ticket", "all")
tls.call("setoptions: wrong", context.setoptions, ctx, "no_ticket", "nosuch")
tls.call("setoptions of a table", context.setoptions, ctx, {})

-- depth.
for _, value in ipairs({ 0, 1, 100, "3", -1 }) do
  compare("depth " .. type(value) .. " " .. value, { depth = value })
end
tls.raises("depth of text", ssl.newcontext, tls.client({ depth = "deep" }))
tls.raises("depth of a table", ssl.newcontext, tls.client({ depth = {} }))
tls.raises("depth true", ssl.newcontext, tls.client({ depth = true }))
tls.call("setdepth", context.setdepth, ctx, 5)
tls.call("setdepth of text", context.setdepth, ctx, "deep")
tls.call("setdepth without a number", context.setdepth, ctx)

-- verifyext.
for _, value in ipairs({ "lsec_continue", "lsec_ignore_purpose", "crl_check", "crl_check_chain", "nosuch",
    "" }) do
  compare("verifyext " .. value, { verifyext = value })
end
compare("verifyext of no names", { verifyext = {} })
compare("verifyext of all names", {
  verifyext = { "lsec_continue", "lsec_ignore_purpose", "crl_check", "crl_check_chain" } })
compare("verifyext with a wrong second name", { verifyext = { "crl_check", "nosuch" } })
tls.raises("verifyext with a table in it", ssl.newcontext, tls.client({ verifyext = { {} } }))
tls.call("setverifyext: none", ctx.setverifyext, ctx)
tls.call("setverifyext: names", ctx.setverifyext, ctx, "lsec_continue", "crl_check")
tls.call("setverifyext: wrong", ctx.setverifyext, ctx, "crl_check", "nosuch")
tls.call("setverifyext of a table", ctx.setverifyext, ctx, {})
