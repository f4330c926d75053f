-- ssl.md, 5: verification without and with verifyext, and what getpeerverification says of it; DANE.

local R = ...
local tls = R.load("tls")
local file = tls.file

-- Handshakes, and what both ends say of the other's certificate. After one that failed the original tells
-- nothing.
local function verified(name, client, server, identity)
  local near, far, mine, theirs = tls.record(name, client, tls.server(server, identity))
  if mine == true then
    R.call(name .. ": client", near.getpeerverification, near)
  end
  if theirs == true then
    R.call(name .. ": server", far.getpeerverification, far)
  end
  tls.close(near, far)
end

local function refused(name, expected, client, server, who)
  R.moontide_only(name, expected, function()
    local near, far = tls.wrapped(client, server)
    tls.shake(near, far)
    local conn = who == "server" and far or near
    local results = R.pack(conn:getpeerverification())
    tls.close(near, far)
    return R.unpack(results, 1, results.n)
  end)
end

for _, version in ipairs({ "tlsv1_2", "tlsv1_3" }) do
  local function judged(name, client, server, identity)
    client.protocol = version
    verified(name .. ", " .. version, client, server or {}, identity)
  end

  -- A client that goes on whatever it sees.
  judged("nothing trusted", tls.client())
  judged("trusted", tls.client({ cafile = file("trust.pem") }))
  judged("verify none", tls.client({ verify = "none", cafile = file("trust.pem") }))
  judged("self-signed", tls.client({ cafile = file("trust.pem") }), {}, "alone")
  judged("self-signed and trusted", tls.client({ cafile = file("alone.pem") }), {}, "alone")
  judged("expired", tls.client({ cafile = file("trust.pem") }), {}, "expired")
  judged("wrong purpose", tls.client({ cafile = file("trust.pem") }), {}, "clientonly")
  judged("too deep", tls.client({ cafile = file("trust.pem"), depth = 0 }))

  -- lsec_continue collects.
  local function collecting(changes, ext)
    changes.verify = changes.verify or "peer"
    changes.verifyext = ext or "lsec_continue"
    return tls.client(changes)
  end
  judged("collected: nothing trusted", collecting({}))
  judged("collected: trusted", collecting({ cafile = file("trust.pem") }))
  judged("collected: self-signed", collecting({ cafile = file("trust.pem") }), {}, "alone")
  judged("collected: expired", collecting({ cafile = file("trust.pem") }), {}, "expired")
  judged("collected: expired, nothing trusted", collecting({}), {}, "expired")
  judged("collected: intermediate missing", collecting({ cafile = file("trust.pem") }),
    { certificate = file("server.pem") })
  judged("collected: wrong purpose", collecting({ cafile = file("trust.pem") }), {}, "clientonly")
  judged("collected: too deep", collecting({ cafile = file("trust.pem"), depth = 0 }))
  judged("collected: without peer", collecting({ verify = "none" }))
  judged("collected: revoked", collecting({ cafile = file("crl.pem") }, { "lsec_continue", "crl_check" }), {},
    "revoked")
  judged("collected: no list", collecting({ cafile = file("trust.pem") }, { "lsec_continue", "crl_check" }))
  judged("collected: no lists", collecting({ cafile = file("trust.pem") },
    { "lsec_continue", "crl_check", "crl_check_chain" }))
  judged("collected: lists", collecting({ cafile = file("crl.pem") },
    { "lsec_continue", "crl_check", "crl_check_chain" }))
  judged("crl_check_chain alone does nothing", collecting({ cafile = file("trust.pem") }, "crl_check_chain"))

  -- The same by a server, whose clients differ in what their certificate is good for.
  local function from(name)
    return tls.client({ key = file(name .. ".key"), certificate = file(name .. "-chain.pem") })
  end
  local function asking(ext, more)
    local changes = { verify = "peer", cafile = file("trust.pem"), verifyext = ext }
    for key, value in pairs(more or {}) do
      changes[key] = value
    end
    return changes
  end
  for _, ext in ipairs({ "lsec_continue", "lsec_ignore_purpose" }) do
    for _, name in ipairs({ "client", "clientonly", "serveronly", "alone", "expired" }) do
      judged(ext .. ": client with " .. name, from(name), asking(ext))
    end
    judged(ext .. ": no client certificate", tls.client(), asking(ext))
    judged(ext .. ": one is required", tls.client(),
      asking(ext, { verify = { "peer", "fail_if_no_peer_cert" } }))
  end
  judged("both flags: client with serveronly", from("serveronly"),
    asking({ "lsec_continue", "lsec_ignore_purpose" }))
  judged("both flags: client with clientonly", from("clientonly"),
    asking({ "lsec_continue", "lsec_ignore_purpose" }))
  judged("a client that ignores the purpose", collecting({ cafile = file("trust.pem") },
    "lsec_ignore_purpose"))
end

refused("why a client refused", 'false, "self-signed certificate"', tls.checking(), tls.server({}, "alone"))
refused("why a client refused, collected", 'false, {[1]={[1]="certificate has expired"}}',
  tls.checking({ verifyext = "lsec_ignore_purpose" }), tls.server({}, "expired"))
refused("why a server refused", 'false, "unsuitable certificate purpose"',
  tls.client({ key = file("serveronly.key"), certificate = file("serveronly-chain.pem") }),
  tls.server({ verify = "peer", cafile = file("trust.pem") }), "server")

R.call("a new table each time", function()
  local near, far = tls.pair(tls.client({ verify = "peer", verifyext = "lsec_continue" }), tls.server())
  local _, first = near:getpeerverification()
  local _, second = near:getpeerverification()
  tls.close(near, far)
  return type(first), first ~= second
end)
R.call("setverifyext without names", function()
  local ctx = assert(require("ssl").newcontext(tls.client({ verify = "peer", verifyext = "lsec_continue" })))
  ctx:setverifyext()
  local near, far = tls.wrapped(ctx)
  local mine, theirs = tls.shake(near, far)
  tls.close(near, far)
  return mine, theirs
end)

-- DANE. The record of a certificate: usage 3, selector 0 (all of it), type 1 (its SHA-256).
local function bytes(hex)
  return (hex:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end
local right = bytes(tls.certificate("server"):digest("sha256"))
local root = bytes(tls.certificate("middle"):digest("sha256"))
local wrong = ("x"):rep(32)

local function dane(name, params, host, record, identity)
  local near, far = tls.wrapped(params, tls.server({}, identity))
  tls.call(name .. ": setdane", near.setdane, near, host)
  if record then
    tls.call(name .. ": settlsa", near.settlsa, near, R.unpack(record))
  end
  local mine, theirs = tls.shake(near, far)
  R.values(name .. ": handshake", mine, theirs)
  if mine == true then
    R.call(name .. ": verification", near.getpeerverification, near)
  end
  R.values(name .. ": name", near:getsniname())
  tls.close(near, far)
end
local function plain(changes)
  changes.dane = changes.dane == nil and true or changes.dane
  return tls.client(changes)
end
dane("right record", plain({ verify = "peer" }), "localhost", { 3, 0, 1, right })
dane("right record, wrong name", plain({ verify = "peer" }), "other.test", { 3, 0, 1, right })
dane("right record, wrong name, not looked at", plain({ verify = "peer", dane = { "no_ee_namechecks" } }),
  "other.test",
  { 3, 0, 1, right })
dane("wrong record", plain({ verify = "peer" }), "localhost", { 3, 0, 1, wrong })
dane("wrong record, no verification", plain({}), "localhost", { 3, 0, 1, wrong })
dane("record of the authority", plain({ verify = "peer" }), "localhost", { 2, 0, 1, root })
dane("record of the authority, wrong name", plain({ verify = "peer" }), "other.test", { 2, 0, 1, root })
dane("no record", plain({ verify = "peer" }), "localhost")
dane("no record, trusted", plain({ verify = "peer", cafile = file("trust.pem") }), "localhost")
dane("no record, trusted, wrong name", plain({ verify = "peer", cafile = file("trust.pem") }), "other.test")
dane("a record of a wrong usage", plain({ verify = "peer" }), "localhost", { 9, 0, 1, right })
dane("a record of a wrong selector", plain({ verify = "peer" }), "localhost", { 3, 9, 1, right })
dane("a record of a wrong type", plain({ verify = "peer" }), "localhost", { 3, 0, 9, right })
dane("a record of a wrong length", plain({ verify = "peer" }), "localhost", { 3, 0, 1, "short" })
dane("an address", plain({}), "127.0.0.1")
dane("not enabled", tls.client(), "localhost", { 3, 0, 1, right })
R.call("setdane twice, and settlsa before it", function()
  local near, far = tls.wrapped(plain({}))
  local results = R.pack(near:settlsa(3, 0, 1, right), near:setdane("localhost"), near:setdane("localhost"))
  tls.close(near, far)
  return R.unpack(results, 1, results.n)
end)
R.call("enabled, but not used", function()
  local near, far = tls.wrapped(plain({ verify = "peer", cafile = file("trust.pem") }))
  local mine, theirs = tls.shake(near, far)
  tls.close(near, far)
  return mine, theirs
end)
local near, far = tls.wrapped(plain({}))
tls.raises("setdane of a table", near.setdane, near, {})
tls.raises("setdane without a name", near.setdane, near)
tls.raises("settlsa without anything", near.settlsa, near)
tls.raises("settlsa with a table", near.settlsa, near, 3, 0, 1, {})
tls.close(near, far)
