-- ssl.md, 4.1 and 4.2: dohandshake, how it ends on both sides, and its timeouts.

local R = ...
local socket, ssl = require("socket"), require("ssl")
local tls = R.load("tls")
local net, file = R.net, tls.file

local function ends(name, client, server)
  local near, far = tls.record(name, client, server)
  tls.close(near, far)
end

-- Versions.
for _, version in ipairs({ "any", "sslv23", "tlsv1_2", "tlsv1_3" }) do
  ends("client " .. version, tls.client({ protocol = version }), tls.server())
  ends("server " .. version, tls.client(), tls.server({ protocol = version }))
end
ends("client 1.2, server 1.3", tls.client({ protocol = "tlsv1_2" }), tls.server({ protocol = "tlsv1_3" }))
ends("client 1.3, server 1.2", tls.client({ protocol = "tlsv1_3" }), tls.server({ protocol = "tlsv1_2" }))
for _, version in ipairs({ "tlsv1", "tlsv1_1" }) do
  ends("client " .. version, tls.client({ protocol = version }), tls.server())
  ends("both " .. version, tls.client({ protocol = version }), tls.server({ protocol = version }))
  ends("both " .. version .. ", without security level",
    tls.client({ protocol = version, ciphers = "DEFAULT@SECLEVEL=0" }),
    tls.server({ protocol = version, ciphers = "DEFAULT@SECLEVEL=0" }))
end
ends("options leave 1.2", tls.client(), tls.server({ options = { "no_tlsv1_3" } }))
ends("options leave nothing", tls.client({ options = { "no_tlsv1_3", "no_tlsv1_2", "no_tlsv1_1",
  "no_tlsv1" } }),
  tls.server())
ends("options leave nothing in common", tls.client({ options = "no_tlsv1_3" }),
  tls.server({ options = "no_tlsv1_2" }))

-- Ciphers and curves.
ends("no cipher in common", tls.client({ protocol = "tlsv1_2", ciphers = "ECDHE-RSA-AES128-GCM-SHA256" }),
  tls.server({ ciphers = "ECDHE-RSA-AES256-GCM-SHA384" }))
ends("no cipher in common, 1.3", tls.client({ protocol = "tlsv1_3",
  ciphersuites = "TLS_AES_128_GCM_SHA256" }),
  tls.server({ ciphersuites = "TLS_AES_256_GCM_SHA384" }))
ends("a server without certificate", tls.client({ protocol = "tlsv1_2" }),
  { mode = "server", protocol = "any" })
ends("a server without certificate, 1.3", tls.client(), { mode = "server", protocol = "any" })
ends("cipher for another kind of key", tls.client({ protocol = "tlsv1_2",
  ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256" }),
  tls.server())
ends("no curve in common", tls.client({ curveslist = "P-384" }), tls.server({ curve = "P-256" }))
ends("no curve in common, 1.2", tls.client({ protocol = "tlsv1_2", curveslist = "P-384" }),
  tls.server({ curve = "P-256" }))
ends("a curve in common", tls.client({ curveslist = "P-384:P-521" }), tls.server({ curve = "P-521" }))

-- Certificates, judged by the client.
for _, version in ipairs({ "tlsv1_2", "tlsv1_3" }) do
  local function judged(name, client, server)
    client.protocol = version
    ends(name .. ", " .. version, client, server)
  end
  judged("trusted", tls.checking(), tls.server())
  judged("trusted by directory", tls.checking({ cafile = "none at all", capath = file("capath") }),
    tls.server())
  judged("untrusted", tls.checking(), tls.server({}, "alone"))
  judged("nothing trusted", tls.client({ verify = "peer" }), tls.server())
  judged("expired", tls.checking(), tls.server({}, "expired"))
  judged("intermediate missing", tls.checking(), tls.server({ certificate = file("server.pem") }))
  judged("too deep", tls.checking({ depth = 0 }), tls.server())
  judged("client certificate of a server", tls.checking(), tls.server({}, "clientonly"))
  judged("wrong name, which nobody asked for", tls.checking(), tls.server({}, "second"))
  judged("revoked", tls.checking({ cafile = file("crl.pem"), verifyext = "crl_check" }),
    tls.server({}, "revoked"))
  judged("no list", tls.checking({ verifyext = "crl_check" }), tls.server())
  judged("not revoked", tls.checking({ cafile = file("crl.pem"), verifyext = { "crl_check",
    "crl_check_chain" } }),
    tls.server())

  -- And by the server.
  local function client_certificate(name, of_client, of_server)
    of_client.protocol = version
    of_server.cafile = of_server.cafile or file("trust.pem")
    ends("server: " .. name .. ", " .. version, of_client, tls.server(of_server))
  end
  local function with(name)
    return tls.client({ key = file(name .. ".key"), certificate = file(name .. "-chain.pem") })
  end
  client_certificate("not asked for", with("client"), {})
  client_certificate("asked for, given", with("client"), { verify = "peer" })
  client_certificate("asked for, not given", tls.client(), { verify = "peer" })
  client_certificate("required, given", with("client"), { verify = { "peer", "fail_if_no_peer_cert" } })
  client_certificate("required, not given", tls.client(), { verify = { "peer", "fail_if_no_peer_cert" } })
  client_certificate("required alone, not given", tls.client(), { verify = "fail_if_no_peer_cert" })
  client_certificate("asked for, untrusted", with("alone"), { verify = "peer" })
  client_certificate("asked for, expired", with("expired"), { verify = "peer" })
  client_certificate("asked for, of a server", with("serveronly"), { verify = "peer" })
  client_certificate("once", with("client"), { verify = { "peer", "client_once" } })
end

-- Calls after the end.
local near, far = tls.pair()
R.values("again", near:dohandshake())
R.values("one result", select("#", near:dohandshake()))
tls.close(near, far)
near, far = tls.record("a failed one", tls.checking({ protocol = "tlsv1_2" }), tls.server({}, "alone"))
tls.call("dohandshake after a failure, client", near.dohandshake, near)
tls.call("dohandshake after a failure, server", far.dohandshake, far)
tls.call("send after a failure", near.send, near, "text")
tls.call("receive after a failure", near.receive, near)
R.values("the descriptor stays", near:getfd() >= 0)
tls.close(near, far)

-- Other peers than a TLS one.
local function against(name, talk, mode)
  local mine, peer = net.pair()
  talk(peer)
  net.readable(mine)
  local conn = assert(ssl.wrap(mine, mode == "server" and tls.server() or tls.client()))
  conn:settimeout(2)
  tls.call(name, conn.dohandshake, conn)
  conn:close()
  peer:close()
end
against("a peer that speaks plain text", function(peer) peer:send("220 smtp.test ready\r\n") end)
against("a peer that closes", function(peer) peer:close() end)
against("a peer that resets", function(peer)
  peer:setoption("linger", { on = true, timeout = 0 })
  peer:close()
end)
against("a peer that closes within a record", function(peer)
  peer:send("\22\3\3\0\100x")
  peer:close()
end)
against("HTTP to a server", function(peer) peer:send("GET / HTTP/1.1\r\nHost: x\r\n\r\n") end, "server")
against("HTTP through a proxy to a server", function(peer) peer:send("CONNECT x:1 HTTP/1.1\r\n\r\n") end,
  "server")
against("junk to a server", function(peer) peer:send(("junk"):rep(20)) end, "server")
against("an end to a server", function(peer) peer:close() end, "server")
against("an alert", function(peer) peer:send("\21\3\3\0\2\2\40") end)
against("an alert to a server", function(peer) peer:send("\21\3\3\0\2\2\40") end, "server")

R.call("both clients", function()
  local one, other = net.pair()
  return tls.shake(assert(ssl.wrap(one, tls.client())), (assert(ssl.wrap(other, tls.client()))))
end)
R.call("a server whose peer is silent", function()
  local one, other = net.pair()
  one = assert(ssl.wrap(one, tls.server()))
  one:settimeout(0.1)
  local result, message = one:dohandshake()
  tls.close(one, other)
  return result, message
end)

-- Timeouts.
local function timed(name, setting, least, most, mode)
  local mine, peer = net.pair()
  local conn = assert(ssl.wrap(mine, mode == "server" and tls.server() or tls.client()))
  conn:settimeout(R.unpack(setting))
  local start = socket.gettime()
  tls.call(name, conn.dohandshake, conn)
  local spent = socket.gettime() - start
  R.values(name .. ": in time", spent >= least and spent < most)
  R.values(name .. ": want", conn:want())
  tls.call(name .. ": again", conn.dohandshake, conn)
  conn:close()
  peer:close()
end
timed("no time", { 0 }, 0, 0.5)
timed("block", { 0.2 }, 0.18, 2)
timed("block, by letter", { 0.2, "b" }, 0.18, 2)
timed("total", { 0.2, "t" }, 0.18, 2)
timed("total, by the other letter", { 0.2, "r" }, 0.18, 2)
timed("a server", { 0.1 }, 0.08, 2, "server")

near, far = tls.wrapped()
for _, item in ipairs({ { "5", 5 }, { "nothing" }, { "-1", -1 }, { "0", 0 }, { "0.5", 0.5 },
    { "block", 5, "b" },
    { "total", 5, "t" }, { "total by another letter", 5, "r" }, { "a word", 5, "total" },
      { "a number as text", "5" },
    { "another letter", 5, "x" }, { "no letter", 5, "" }, { "text", "text" }, { "a table", {} },
    { "a mode of a table", 5, {} }, { "nil and a mode", nil, "b" } }) do
  tls.call("settimeout: " .. item[1], near.settimeout, near, item[2], item[3])
end
tls.close(near, far)
