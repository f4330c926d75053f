-- ssl.md, 4.7: what a connection tells of itself and of its peer.

local R = ...
local tls = R.load("tls")
local file = tls.file

local function compare_info(name, client, server, identity)
  local near, far = tls.pair(tls.client(client), tls.server(server, identity))
  R.values(name .. ": info", tls.info(near))
  R.values(name .. ": info of the server", tls.info(far))
  tls.close(near, far)
end
for _, cipher in ipairs({ "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-SHA256",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "AES256-GCM-SHA384", "AES128-SHA", "ECDHE-RSA-AES256-SHA" }) do
  compare_info(cipher, { protocol = "tlsv1_2", ciphers = cipher }, {})
end
compare_info("ECDSA", { protocol = "tlsv1_2", ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384" }, {}, "ec")
for _, suite in ipairs({ "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256" }) do
  compare_info(suite, { protocol = "tlsv1_3", ciphersuites = suite }, {})
end
for _, version in ipairs({ "tlsv1", "tlsv1_1" }) do
  local changes = { protocol = version, ciphers = "ECDHE-RSA-AES128-SHA@SECLEVEL=0" }
  compare_info(version, changes, changes)
end

-- Which of a server's identities is used.
local identities = { certificates = {
  { key = file("server.key"), certificate = file("server-chain.pem") },
  { key = file("ec.key"), certificate = file("ec-chain.pem") },
}, key = "none at all", certificate = "none at all" }
for _, cipher in ipairs({ "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256" }) do
  local near, far = tls.pair(tls.checking({ protocol = "tlsv1_2", ciphers = cipher }), tls.server(identities))
  R.values("the identity for " .. cipher, near:info("authentication"),
    (select(2, near:getpeercertificate():pubkey())), #near:getpeerchain())
  tls.close(near, far)
end
R.call("the server's cipher preference", function()
  local near, far = tls.pair(
    tls.client({ protocol = "tlsv1_2", ciphers = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384" }),
    tls.server({ ciphers = "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256",
      options = { "all", "cipher_server_preference" } }))
  local cipher = near:info("cipher")
  tls.close(near, far)
  return cipher
end)

local client, server = tls.pair(tls.checking({ protocol = "tlsv1_2",
  ciphers = "ECDHE-RSA-AES256-GCM-SHA384" }),
  tls.server())
for _, field in ipairs({ "cipher", "protocol", "bits", "algbits", "key", "authentication", "encryption",
    "mac",
    "export", "compression", "nosuch", "", 5 }) do
  R.call("info of " .. field, client.info, client, field)
end
R.values("info(nil)", type(client:info(nil)))
R.values("a new table each time", client:info() ~= client:info())

-- The peer's certificates.
local function name_of(cert)
  return cert and cert:subject()[3].value
end
R.values("certificate", name_of(client:getpeercertificate()), select("#", client:getpeercertificate()))
for _, number in ipairs({ 1, 2, 3, 100, 0, -1, "2" }) do
  local cert, message = client:getpeercertificate(number)
  R.values(("certificate %s %s"):format(type(number), number), name_of(cert), message)
end
R.values("beyond the end is one value", select("#", client:getpeercertificate(3)))
tls.call("certificate 0", client.getpeercertificate, client, 0)
tls.call("certificate of text", client.getpeercertificate, client, "x")
tls.call("certificate of a table", client.getpeercertificate, client, {})
local chain = client:getpeerchain()
R.values("chain", #chain, name_of(chain[1]), name_of(chain[2]))
R.values("certificates are not the same object", client:getpeercertificate() == client:getpeercertificate(),
  chain[1]:pem() == client:getpeercertificate():pem(), chain[1]:pem() == tls.read("server.pem"))
R.values("a server asks for none", server:getpeercertificate(), server:getpeercertificate(1))
R.values("a server asks for none, second", server:getpeercertificate(2))
R.moontide_only("a server asks for none, chain", "{}, integer 0", function()
  local list = server:getpeerchain()
  return list, #list
end)
R.values("verification", client:getpeerverification())
R.values("verification of the server", server:getpeerverification())
tls.close(client, server)

for _, version in ipairs({ "tlsv1_2", "tlsv1_3" }) do
  client, server = tls.pair(
    tls.client({ protocol = version, key = file("client.key"), certificate = file("client-chain.pem") }),
    tls.server({ verify = "peer", cafile = file("trust.pem") }))
  chain = server:getpeerchain()
  R.values("the client's certificates, " .. version, name_of(server:getpeercertificate()), #chain,
    name_of(chain[1]),
    name_of(chain[2]))
  for _, number in ipairs({ 1, 2, 3 }) do
    R.values(("the client's certificate %d, %s"):format(number, version),
      name_of(server:getpeercertificate(number)))
  end
  R.values("the client's verification, " .. version, server:getpeerverification())

  -- What both ends must agree on.
  R.values("finished, " .. version, client:getfinished() == server:getpeerfinished(),
    server:getfinished() == client:getpeerfinished(), #client:getfinished(), #server:getfinished())
  local function exported(...)
    return client:exportkeyingmaterial(...) == server:exportkeyingmaterial(...),
      #client:exportkeyingmaterial(...)
  end
  R.call("exported, " .. version, exported, "EXPORTER-Channel-Binding", 32, "")
  R.call("exported without context, " .. version, exported, "EXPORTER-Channel-Binding", 32)
  R.call("exported with context, " .. version, exported, "label", 7, "context")
  tls.call("exported, nothing, " .. version, client.exportkeyingmaterial, client, "label", 0)
  R.call("exported with nil, " .. version, exported, "label", 5, nil)
  R.values("an empty context and none, " .. version,
    client:exportkeyingmaterial("label", 8, "") == client:exportkeyingmaterial("label", 8))
  R.values("another label, " .. version,
    client:exportkeyingmaterial("label", 8) == client:exportkeyingmaterial("label2", 8))
  R.values("getalpn, " .. version, client:getalpn(), server:getalpn())
  R.values("getsniname, " .. version, client:getsniname(), server:getsniname())
  R.moontide_only("what is presented, " .. version, '"client", integer 2, "localhost", integer 2', function()
    return name_of(client:getlocalcertificate()), #client:getlocalchain(),
      name_of(server:getlocalcertificate()),
      #server:getlocalchain()
  end)
  for _, arguments in ipairs({ { "none" }, { "a label", "label" }, { "a length of text", "label", "x" },
      { "a label of a table", {}, 5 }, { "a context of a table", "label", 5, {} } }) do
    tls.raises("exportkeyingmaterial with " .. arguments[1] .. ", " .. version, client.exportkeyingmaterial,
      client,
      R.unpack(arguments, 2, 4))
  end
  tls.close(client, server)
end
client, server = tls.pair(tls.client({ protocol = "tlsv1_2" }), tls.server())
tls.call("a label that is reserved", client.exportkeyingmaterial, client, "client finished", 12)
tls.close(client, server)
R.moontide_only("nothing is presented", "nil, integer 0", function()
  client, server = tls.pair()
  local cert, list = client:getlocalcertificate(), client:getlocalchain()
  tls.close(client, server)
  return cert, #list
end)
