-- ssl.md, 3.1 and 3.2: the functions of ssl.core and ssl.context, their arguments and what they refuse.

local R = ...
local core, context = require("ssl.core"), require("ssl.context")
local ssl = require("ssl")
local tls = R.load("tls")

-- create and setmode.
for _, protocol in ipairs({ "any", "sslv23", "tlsv1_2", "tlsv1_3", "nosuch", "", 5 }) do
  tls.call("context.create " .. protocol, context.create, protocol)
end
tls.call("context.create without a protocol", context.create)
tls.call("context.create of nil", context.create, nil)
tls.call("context.create of a table", context.create, {})

local ctx = assert(context.create("any"))
tls.call("setmode client", context.setmode, ctx, "client")
tls.call("setmode server", context.setmode, ctx, "server")
tls.call("setmode wrong", context.setmode, ctx, "nosuch")
tls.call("setmode of a table", context.setmode, ctx, {})
tls.call("setmode without a mode", context.setmode, ctx)

-- The wrong first argument.
local strangers = {
  { "nothing" }, { "nil", nil }, { "a number", 5 }, { "text", "text" }, { "a table", {} },
    { "a file", io.stdout },
}
local functions = "checkkey loadcert loadkey locations setalpn setalpncb setcipher setciphersuites setcurve "
  .. "setcurveslist setdane setdepth setdhparam setmode setoptions setverify"
for name in functions:gmatch("%a+") do
  for index, item in ipairs(strangers) do
    if index == 1 then
      tls.call(name .. " on nothing", context[name])
    else
      tls.call(name .. " on " .. item[1], context[name], item[2])
    end
  end
end

-- Contexts without a mode, and connections without a descriptor.
tls.call("create: no mode", core.create, assert(context.create("any")))
tls.call("wrap: no mode", ssl.wrap, R.net.pair(), assert(context.create("any")))
tls.call("create on a table", core.create, {})
tls.call("create on nothing", core.create)
R.moontide_only("create: no descriptor yet", "true", function()
  local conn = core.create(assert(ssl.newcontext(tls.client())))
  return conn:getfd() == -1
end)
R.call("create and setfd make a connection", function()
  local client, peer = R.net.pair()
  local conn = assert(core.create(assert(ssl.newcontext(tls.client()))))
  local descriptor = client:getfd()
  local results = select("#", core.setfd(conn, descriptor))
  client:setfd(-1)
  local owned = conn:getfd() == descriptor
  conn:close()
  peer:settimeout(5)
  return results, owned, peer:receive("*a")
end)
tls.call("setfd on nothing", core.setfd)
tls.call("setfd on a table", core.setfd, {}, 5)
tls.call("info on nothing", core.info)
tls.call("info on a table", core.info, {})
tls.call("compression on a table", core.compression, {})

local client, server = tls.pair(tls.client({ protocol = "tlsv1_2", ciphers = "ECDHE-RSA-AES256-GCM-SHA384" }))
tls.call("setfd on a connected one", core.setfd, client, 0)
R.call("info of a connected one", function()
  local description, bits, algorithm_bits, protocol = core.info(client)
  return description, bits == 256, algorithm_bits == 256, protocol
end)
tls.call("compression of a connected one", core.compression, client)
core.setmethod("conformance", function(self, value) return self == client, value end)
tls.call("a method that was added", client.conformance, client, "value")
R.values("the added method is everywhere", server.conformance ~= nil)
R.values("setmethod gives nothing", select("#", core.setmethod("conformance", function() end)))
tls.call("setmethod replaces", client.conformance, client)
tls.close(client, server)
tls.call("setfd on a closed one", core.setfd, client, 0)
tls.call("compression of a closed one", core.compression, client)

local near, far = tls.wrapped()
tls.call("info of a new one", core.info, near)
tls.call("compression of a new one", core.compression, near)
tls.close(near, far)
R.moontide_only("info of a closed one", "(none)", core.info, near)

-- A context made by hand does the same as one of newcontext.
R.call("a handshake with contexts made by hand", function()
  local mine, theirs = assert(context.create("tlsv1_3")), assert(context.create("any"))
  context.setmode(mine, "client")
  context.setverify(mine, "peer")
  context.locations(mine, tls.file("trust.pem"), nil)
  context.setalpn(mine, "\2h2")
  context.setmode(theirs, "server")
  context.loadkey(theirs, tls.file("server.key"), nil)
  context.loadcert(theirs, tls.file("server-chain.pem"))
  local offered
  context.setalpncb(theirs, function(wire)
    offered = wire
    return "\2h2"
  end)
  local one, two = tls.pair(mine, theirs)
  local results = R.pack(one:info("protocol"), one:getalpn(), two:getalpn(), offered)
  tls.close(one, two)
  return R.unpack(results, 1, results.n)
end)
