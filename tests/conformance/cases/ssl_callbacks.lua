-- ssl.md, 6: server names, protocols by ALPN, DH parameters; PSK; what callbacks may do and may not.

local R = ...
local ssl = require("ssl")
local tls = R.load("tls")
local file = tls.file

local function name_of(cert)
  return cert and cert:subject()[3].value
end

-- Server names. `of_client` and `of_server` are called with their connection before the handshake.
local function named(name, of_client, of_server, client, server)
  local near, far = tls.wrapped(client or tls.client(), server or tls.server())
  local before = R.pack(pcall(of_client, near))
  local prepared = R.pack(pcall(of_server, far))
  R.values(name .. ": prepared", before[1], prepared[1])
  R.values(name, tls.shake(near, far))
  R.values(name .. ": names", near:getsniname(), far:getsniname())
  R.values(name .. ": certificate", name_of(near:getpeercertificate()))
  tls.close(near, far)
end
local function nothing() end
local second = assert(ssl.newcontext(tls.server({}, "second")))
local function asks(host)
  return function(conn) conn:sni(host) end
end
local function knows(map, strict)
  return function(conn) conn:sni(map, strict) end
end

named("no names", nothing, nothing)
named("a name for a server that knows none", asks("second.test"), nothing)
named("a known name", asks("second.test"), knows({ ["second.test"] = second }))
named("a known name, strict", asks("second.test"), knows({ ["second.test"] = second }, true))
named("an unknown name", asks("other.test"), knows({ ["second.test"] = second }))
named("an unknown name, strict", asks("other.test"), knows({ ["second.test"] = second }, true))
named("an unknown name, strict, 1.2", asks("other.test"), knows({ ["second.test"] = second }, true),
  tls.client({ protocol = "tlsv1_2" }))
named("no name, strict", nothing, knows({ ["second.test"] = second }, true))
named("an empty map", asks("second.test"), knows({}))
named("an empty map, strict", asks("second.test"), knows({}, true))
named("a wildcard is none", asks("a.second.test"), knows({ ["*.second.test"] = second }))
named("a number as a name", asks(12), nothing)
named("an empty name", asks(""), nothing)
named("a long name", asks(("x"):rep(256)), nothing)
named("a name of 255 bytes", asks(("x"):rep(255)), nothing)
named("an address as a name", asks("127.0.0.1"), nothing)
named("a name of another case, the map in lower case", asks("Second.TEST"),
  knows({ ["second.test"] = second }))
named("the protocols of the wrapped context stay", asks("second.test"), knows({ ["second.test"] = second }),
  nil,
  tls.server({ protocol = "tlsv1_2" }))
named("so does what it asks of clients", asks("second.test"), knows({ ["second.test"] = second }),
  tls.client({ protocol = "tlsv1_2" }),
  tls.server({ verify = { "peer", "fail_if_no_peer_cert" }, cafile = file("trust.pem") }))
named("the ciphers of the other context count", asks("second.test"),
  knows({ ["second.test"] = assert(ssl.newcontext(tls.server({ ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256" },
    "second"))) }),
  tls.client({ protocol = "tlsv1_2", ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384" }))

R.call("a live map", function()
  local map = {}
  local near, far = tls.wrapped(tls.client(), tls.server())
  near:sni("second.test")
  far:sni(map)
  map["second.test"] = second
  tls.shake(near, far)
  local found = name_of(near:getpeercertificate())
  tls.close(near, far)
  return found
end)
R.call("two connections of one context with maps of their own", function()
  local ctx = assert(ssl.newcontext(tls.server()))
  local near, far = tls.wrapped(tls.client(), ctx)
  local near2, far2 = tls.wrapped(tls.client(), ctx)
  near:sni("second.test")
  near2:sni("second.test")
  far:sni({ ["second.test"] = second })
  far2:sni({})
  tls.shake(near, far)
  tls.shake(near2, far2)
  local one, two = name_of(near:getpeercertificate()), name_of(near2:getpeercertificate())
  tls.close(near, far, near2, far2)
  return one, two
end)
R.call("the map's contexts are kept", function()
  local near, far = tls.wrapped(tls.client(), tls.server())
  near:sni("second.test")
  far:sni({ ["second.test"] = assert(ssl.newcontext(tls.server({}, "second"))) })
  collectgarbage()
  collectgarbage()
  tls.shake(near, far)
  collectgarbage()
  near:send("text\n")
  local line, found = far:receive(), name_of(near:getpeercertificate())
  tls.close(near, far)
  return line, found
end)
local near, far = tls.wrapped()
for _, item in ipairs({ { "nothing" }, { "nil", nil }, { "a table", {} }, { "true", true },
    { "a function", nothing } }) do
  tls.raises("a client's name of " .. item[1], near.sni, near,
    R.unpack(item, 2, item[1] == "nothing" and 1 or 2))
end
for _, item in ipairs({ { "text", "second.test" }, { "a number", 5 }, { "nil", nil },
    { "a map of text", { x = "text" } },
{ "a map of tables", { x = {} } } }) do
  tls.raises("a server's map of " .. item[1], far.sni, far, item[2])
end
tls.close(near, far)

-- The original raises from the handshake then (fix 15).
R.moontide_only("a connection without a map after one with a map", 'true, true, "localhost"', function()
  local ctx = assert(ssl.newcontext(tls.server()))
  local one, other = tls.wrapped(tls.client(), ctx)
  one:sni("second.test")
  other:sni({ ["second.test"] = second })
  tls.shake(one, other)
  tls.close(one, other)
  one, other = tls.wrapped(tls.client(), ctx)
  one:sni("second.test")
  local mine, theirs = tls.shake(one, other)
  local found = name_of(one:getpeercertificate())
  tls.close(one, other)
  return mine, theirs, found
end)

-- ALPN.
local function protocols(name, client, server)
  for _, version in ipairs({ "tlsv1_2", "tlsv1_3" }) do
    local one, other = tls.wrapped(tls.client({ alpn = client, protocol = version }),
      tls.server({ alpn = server }))
    R.values(name .. ", " .. version, tls.shake(one, other))
    R.values(name .. ", " .. version .. ": chosen", one:getalpn(), other:getalpn())
    tls.close(one, other)
  end
end
protocols("none", nil, nil)
protocols("the client alone", { "h2" }, nil)
protocols("the server alone", nil, { "h2" })
protocols("in common", { "h2", "http/1.1" }, { "h2" })
protocols("the server decides", { "a", "b", "c" }, { "c", "b", "a" })
protocols("text of a client", "h2", { "h2" })
protocols("nothing in common", { "a" }, { "b" })
protocols("names with NUL", { "a\0b" }, { "a\0b" })
local offered
protocols("function", { "a", "b" }, function(...)
  offered = R.pack(...)
  return "b"
end)
R.values("function: what it is given", offered.n, offered[1])
protocols("function gives a list", { "a", "b" }, function() return { "x", "b" } end)
protocols("function gives something else", { "a", "b" }, function() return "c" end)
protocols("function gives nothing", { "a", "b" }, function() end)
protocols("function gives nil", { "a", "b" }, function() return nil end)
protocols("function gives an empty text", { "a", "b" }, function() return "" end)
protocols("function gives an empty list", { "a", "b" }, function() return {} end)
protocols("function gives a table in a list", { "a", "b" }, function() return { {} } end)
protocols("function gives true", { "a", "b" }, function() return true end)
protocols("function gives a number", { "a", "5" }, function() return 5 end)
protocols("function that is not asked", nil, function() error("not asked for") end)

-- DH parameters.
local dhe = { protocol = "tlsv1_2", ciphers = "DHE-RSA-AES128-GCM-SHA256" }
local function diffie_hellman(name, f)
  local one, other = tls.wrapped(tls.client(dhe), tls.server({ dhparam = f }))
  R.values("dhparam " .. name, tls.shake(one, other))
  tls.close(one, other)
end
local asked
diffie_hellman("right", function(...)
  asked = R.pack(...)
  return tls.read("dh.pem")
end)
R.values("dhparam: what it is given", asked and asked.n, asked and asked[1], asked and type(asked[2]))
diffie_hellman("of text", function() return "text" end)
diffie_hellman("of nothing", function() end)
diffie_hellman("of nil", function() return nil end)
diffie_hellman("of a table", function() return {} end)
diffie_hellman("of a key", function() return tls.read("server.key") end)
R.call("without dhparam there is no DHE", function()
  local one, other = tls.wrapped(tls.client(dhe), tls.server())
  local mine, theirs = tls.shake(one, other)
  tls.close(one, other)
  return mine, theirs
end)

-- Errors in callbacks come out of dohandshake (fix 16: the original jumps through OpenSSL).
local function raising(name, client, server_of)
  R.moontide_only("an error in " .. name, 'false, true, nil, "closed"', function()
    local mark = {}
    local one, other = tls.wrapped(tls.client(client), tls.server(server_of(mark)))
    one:settimeout(0)
    one:dohandshake()
    other:settimeout(5)
    local good, raised = pcall(other.dohandshake, other)
    local sent = R.pack(other:send("text"))
    tls.close(one, other)
    return good, raised == mark, sent[1], sent[2]
  end)
end
raising("an ALPN function", { alpn = "a" }, function(mark)
  return { alpn = function() error(mark) end }
end)
raising("a dhparam function", dhe, function(mark)
  return { dhparam = function() error(mark) end }
end)

-- PSK came with 1.3.
local psk_ciphers = "PSK-AES128-CBC-SHA256"
local function shared_key(name, expected, client, server, version)
  R.moontide_only("psk: " .. name, expected, function()
    local one, other = tls.wrapped(
      tls.client({ protocol = version or "tlsv1_2", ciphers = psk_ciphers, psk = client }),
      { mode = "server", protocol = "any", ciphers = psk_ciphers, psk = server })
    local mine, theirs = tls.shake(one, other)
    local cert = mine == true and one:getpeercertificate()
    tls.close(one, other)
    return mine, theirs, cert
  end)
end
local function client_key() return "me", "key of sixteen b" end
local function server_key(identity) return identity == "me" and "key of sixteen b" or nil end
shared_key("right", "true, true, nil", client_key, server_key)
shared_key("right, 1.3", "true, true, nil", client_key, server_key, "tlsv1_3")
shared_key("with a hint", "true, true, nil", function(hint)
  return hint == "the hint" and "me" or "nobody", "key of sixteen b"
end, { hint = "the hint", callback = server_key })
shared_key("the client has none",
  '"false, psk identity not found", "false, sslv3 alert handshake failure", false',
  nothing, server_key)
shared_key("the server has none",
  '"false, tlsv1 alert unknown psk identity", "false, psk identity not found", false',
  client_key, nothing)
shared_key("keys differ",
  '"false, sslv3 alert bad record mac", "false, decryption failed or bad record mac", false',
  client_key, function() return "another key of 1" end)
