-- The handshake: outcomes, verification, names, and the functions of programs that it calls.
local test = ...
local socket = require("socket")
local ssl = require("ssl")
local tools = require("tls_tools")

-- What both ends get from a handshake with these parameters.
local function outcomes(t, client_params, server_params)
  local client, server = tools.wrapped_pair(t, client_params, server_params)
  local left, right = tools.shake(t, client, server)
  return left, right, client, server
end

test("dohandshake: true and nothing else, again and again", function(t)
  local client, server = tools.pair(t)
  t.returns(t.pack(client:dohandshake()), true)
  t.returns(t.pack(server:dohandshake()), true)
  t.equal(client:info("protocol"), "TLSv1.3")
end)

test("dohandshake: says what it waits for", function(t)
  local client, server = tools.wrapped_pair(t)
  client:settimeout(0)
  t.returns(t.pack(client:dohandshake()), false, "wantread")
  t.equal(client:want(), "read")
  client:settimeout(0.02)
  t.returns(t.pack(client:dohandshake()), false, "wantread")
  local left, right = tools.shake(t, client, server)
  t.returns(left, true)
  t.returns(right, true)
  t.equal(client:want(), "nothing")
end)

test("dohandshake: versions", function(t)
  for _, version in ipairs({ "tlsv1_2", "tlsv1_3" }) do
    local client = tools.pair(t, { protocol = version })
    t.equal(client:info("protocol"), version == "tlsv1_2" and "TLSv1.2" or "TLSv1.3")
  end
  local left, right = outcomes(t, { protocol = "tlsv1_2" }, { protocol = "tlsv1_3" })
  t.returns(left, false, "tlsv1 alert protocol version")
  t.returns(right, false, "unsupported protocol")
end)

test("dohandshake: a peer that ends, resets or speaks plain text", function(t)
  local client, peer = t.pair()
  local conn = t.keep(ssl.wrap(client, tools.client_params()))
  conn:settimeout(5)
  peer:close()
  local good, message = conn:dohandshake()
  t.equal(good, false)
  t.equal(message == "unexpected eof while reading" or message == "closed", true)
  t.returns(t.pack(conn:dohandshake()), false, "closed")

  client, peer = t.pair()
  conn = t.keep(ssl.wrap(client, tools.client_params()))
  conn:settimeout(5)
  peer:send("220 welcome\r\n")
  t.returns(t.pack(conn:dohandshake()), false, "wrong version number")

  client, peer = t.pair()
  conn = t.keep(ssl.wrap(client, tools.server_params()))
  conn:settimeout(5)
  peer:send("GET / HTTP/1.0\r\n\r\n")
  t.returns(t.pack(conn:dohandshake()), false, "http request")
end)

test("dohandshake: no cipher in common", function(t)
  local left, right = outcomes(t, { protocol = "tlsv1_2", ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256" },
    { protocol = "tlsv1_2", ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384" })
  t.returns(left, false, "sslv3 alert handshake failure")
  t.returns(right, false, "no shared cipher")
end)

-- Verification ---------------------------------------------------------------------------------------

local function peer_check(changes)
  local params = { verify = "peer", cafile = tools.file("ca.pem") }
  for key, value in pairs(changes or {}) do
    params[key] = value
  end
  return params
end

test("verify: a good certificate", function(t)
  local client = tools.pair(t, peer_check())
  t.returns(t.pack(client:getpeerverification()), true)
  t.matches(tostring(client:getpeercertificate()), "^X509 certificate: ")
end)

test("verify: an unknown root stops the handshake, unless nobody asks", function(t)
  local foreign = { key = tools.file("foreign.key"), certificate = tools.file("foreign.pem") }
  local left, right, client = outcomes(t, peer_check(), foreign)
  t.returns(left, false, "certificate verify failed")
  t.returns(right, false, "tlsv1 alert unknown ca")
  t.returns(t.pack(client:getpeerverification()), false, "unable to get local issuer certificate")
  client = tools.pair(t, nil, foreign)
  t.returns(t.pack(client:getpeerverification()), false, "unable to get local issuer certificate")
end)

test("verify: names", function(t)
  for _, case in ipairs({
    { "localhost", true }, { "127.0.0.1", true }, { "::1", true }, { "a.wild.test", true },
    { "b.a.wild.test", false }, { "wild.test", false }, { "other.test", false }, { "127.0.0.2", false },
  }) do
    local name, good = case[1], case[2]
    local left = outcomes(t, peer_check({ servername = name, verifyhost = true }))
    if good then
      t.returns(left, true)
    else
      t.returns(left, false, "certificate verify failed")
    end
  end
  local left = outcomes(t, peer_check({ verifyhost = "localhost" }),
    { key = tools.file("only_cn.key"), certificate = tools.file("only_cn.pem") })
  t.returns(left, false, "certificate verify failed")
end)

test("verify: an expired certificate", function(t)
  local left, right, client = outcomes(t, peer_check(),
    { key = tools.file("expired.key"), certificate = tools.file("expired.pem") })
  t.returns(left, false, "certificate verify failed")
  t.returns(right, false, "sslv3 alert certificate expired")
  t.returns(t.pack(client:getpeerverification()), false, "certificate has expired")
end)

test("verify: certificates of clients", function(t)
  local asks = { verify = "peer", cafile = tools.file("ca.pem") }
  local own = { key = tools.file("client.key"), certificate = tools.file("client.pem") }
  local _, server = tools.pair(t, own, asks)
  t.returns(t.pack(server:getpeerverification()), true)
  t.equal(server:getpeercertificate():subject()[1].value, "client")
  t.equal(#server:getpeerchain(), 1)
  _, server = tools.pair(t, nil, asks)
  t.returns(t.pack(server:getpeerverification()), true)
  t.returns(t.pack(server:getpeercertificate()), nil)
  t.equal(#server:getpeerchain(), 0)
end)

test("verify: purposes, and lsec_ignore_purpose", function(t)
  local function try(name, verifyext)
    local _, right, _, server = outcomes(t,
      { key = tools.file(name .. ".key"), certificate = tools.file(name .. ".pem") },
      { verify = "peer", cafile = tools.file("ca.pem"), verifyext = verifyext })
    return right, server
  end
  t.returns((try("client")), true)
  local right, server = try("second")
  t.returns(right, false, "certificate verify failed")
  t.returns(t.pack(server:getpeerverification()), false, "unsuitable certificate purpose")
  t.returns((try("second", "lsec_ignore_purpose")), true)
  right, server = try("client", "lsec_ignore_purpose")
  t.returns(right, false, "certificate verify failed")
  local _, errors = server:getpeerverification()
  t.equal(errors[1][1], "unsuitable certificate purpose")
end)

test("verify: a client certificate that is missing is told by the next receive", function(t)
  local strict = { verify = { "peer", "fail_if_no_peer_cert" }, cafile = tools.file("ca.pem") }
  local left, right, client = outcomes(t, nil, strict)
  t.returns(left, true)
  t.returns(right, false, "peer did not return a certificate")
  t.returns(t.pack(client:receive()), nil, "tlsv13 alert certificate required", "")
  t.returns(t.pack(client:receive()), nil, "closed", "")
end)

test("verify: lsec_continue collects all errors", function(t)
  local client = tools.pair(t, { verify = "peer", verifyext = "lsec_continue" })
  local good, errors = client:getpeerverification()
  t.equal(good, false)
  t.equal(errors[1][1], "unable to get local issuer certificate")
  local again = select(2, client:getpeerverification())
  t.different(again, errors)
  client = tools.pair(t, peer_check({ verifyext = "lsec_continue" }))
  t.returns(t.pack(client:getpeerverification()), true)
end)

test("verify: chains, and the certificates that we present", function(t)
  local client, server = tools.pair(t, peer_check(),
    { key = tools.file("leaf.key"), certificate = tools.file("chain.pem") })
  local chain = client:getpeerchain()
  t.equal(#chain, 2)
  t.equal(chain[2]:subject()[1].value, "Between CA")
  t.equal(client:getpeercertificate(2):serial(), "07")
  t.returns(t.pack(client:getpeercertificate(3)), nil)
  t.returns(t.pack(client:getpeercertificate(0)), nil, "invalid certificate index")
  local own = server:getlocalchain()
  t.equal(#own, 2)
  t.equal(own[1]:pem(), chain[1]:pem())
  t.equal(server:getlocalcertificate():pem(), own[1]:pem())
  t.returns(t.pack(client:getlocalcertificate()), nil)
  t.equal(#client:getlocalchain(), 0)
  client:close()
  server:close()
  collectgarbage()
  t.equal(chain[1]:serial(), "08")
end)

-- Names and protocols ----------------------------------------------------------------------------------

test("sni: a live map of contexts, any case, strict or not", function(t)
  local second = tools.context(tools.server_params({
    key = tools.file("second.key"), certificate = tools.file("second.pem"), alpn = { "two" },
  }))
  local map = {}
  local function try(name, strict)
    local client, server = tools.wrapped_pair(t, { alpn = { "two", "one" } }, { alpn = { "one" } })
    t.returns(t.pack(client:sni(name)), true)
    t.returns(t.pack(server:sni(map, strict)), true)
    map["second.test"] = second
    local left, right = tools.shake(t, client, server)
    return left, right, client, server
  end
  local left, _, client, server = try("Second.TEST", true)
  t.returns(left, true)
  t.equal(client:getpeercertificate():subject()[1].value, "second.test")
  t.equal(client:getalpn(), "two")
  t.equal(server:getsniname(), "Second.TEST")
  left, _, client = try("unknown.test")
  t.returns(left, true)
  t.equal(client:getalpn(), "one")
  local right
  left, right = try("unknown.test", true)
  t.returns(left, false, "tlsv1 unrecognized name")
  t.returns(right, false, "callback failed")
end)

test("sni: a map of one connection is none of another", function(t)
  local ctx = tools.context(tools.server_params())
  local client, server = tools.wrapped_pair(t, nil, ctx)
  client:sni("x.test")
  server:sni({}, true)
  tools.shake(t, client, server)
  client, server = tools.wrapped_pair(t, nil, ctx)
  client:sni("x.test")
  local left, right = tools.shake(t, client, server)
  t.returns(left, true)
  t.returns(right, true)
  t.equal(server:getsniname(), "x.test")
end)

test("sni: what is no map of contexts raises", function(t)
  local client, server = tools.wrapped_pair(t)
  t.equal(pcall(server.sni, server, { ["a.test"] = 5 }), false)
  t.equal(pcall(server.sni, server, "a.test"), false)
  t.equal(pcall(client.sni, client, {}), false)
  client:sni("")
  client:sni(("x"):rep(300))
  t.returns(t.pack(client:getsniname()), nil)
end)

test("servername is sent, but for addresses", function(t)
  local client, server = tools.pair(t, { servername = "a.test" })
  t.equal(server:getsniname(), "a.test")
  t.equal(client:getsniname(), "a.test")
  client, server = tools.pair(t, { servername = "127.0.0.1" })
  t.returns(t.pack(server:getsniname()), nil)
  t.returns(t.pack(client:getsniname()), nil)
end)

test("alpn: lists and functions", function(t)
  local client, server = tools.pair(t, { alpn = { "a", "b" } }, { alpn = { "b", "a" } })
  t.equal(client:getalpn(), "b")
  t.equal(server:getalpn(), "b")
  local offered
  client = tools.pair(t, { alpn = { "a", "b" } }, {
    alpn = function(names)
      offered = names
      return "a"
    end,
  })
  t.list(offered, { "a", "b" })
  t.equal(client:getalpn(), "a")
  for _, answer in ipairs({ { "c" }, { 5 }, {} }) do
    client = tools.pair(t, { alpn = "a" }, { alpn = function() return answer end })
    t.returns(t.pack(client:getalpn()), nil)
  end
end)

-- Functions of programs ----------------------------------------------------------------------------------

test("psk: both versions", function(t)
  local ciphers = "PSK-AES128-GCM-SHA256:PSK-AES128-CBC-SHA256"
  for _, version in ipairs({ "tlsv1_2", "tlsv1_3" }) do
    local asked, known
    local client, server = tools.pair(t, {
      protocol = version, ciphers = ciphers,
      psk = function(hint, identity_max, key_max)
        asked = { hint = hint, identity_max = identity_max, key_max = key_max }
        return "me", ("k"):rep(16)
      end,
    }, {
      protocol = version, ciphers = ciphers, key = false, certificate = false,
      psk = { hint = "the hint", callback = function(identity, key_max)
        known = { identity = identity, key_max = key_max }
        return ("k"):rep(16)
      end },
    })
    t.equal(known.identity, "me")
    t.equal(asked.key_max, 512)
    t.equal(asked.hint, version == "tlsv1_2" and "the hint" or nil)
    t.returns(t.pack(client:getpeercertificate()), nil)
    t.returns(t.pack(client:getpeerverification()), true)
    client:send("x\n")
    t.equal(server:receive(), "x")
  end
end)

test("psk: a client without an answer", function(t)
  local left = outcomes(t, {
    protocol = "tlsv1_2", ciphers = "PSK-AES128-GCM-SHA256", psk = function() end,
  }, { protocol = "tlsv1_2", ciphers = "PSK-AES128-GCM-SHA256", psk = function() return "k" end })
  t.returns(left, false, "psk identity not found")
end)

test("dhparam: called in the handshake that needs it", function(t)
  local export, bits
  local ciphers, key = "DHE-PSK-AES128-GCM-SHA256:@SECLEVEL=0", ("k"):rep(16)
  local client = tools.pair(t, {
    protocol = "tlsv1_2", ciphers = ciphers, psk = function() return "me", key end,
  }, {
    protocol = "tlsv1_2", ciphers = ciphers, psk = function() return key end,
    dhparam = function(...)
      export, bits = ...
      return tools.read("dh.pem")
    end,
  })
  t.equal(client:info("cipher"), "DHE-PSK-AES128-GCM-SHA256")
  t.equal(export, false)
  t.is("number", bits)
end)

test("an error in a function comes out of dohandshake with its value, and nothing else breaks", function(t)
  local mark = {}
  local function fail() error(mark) end
  local client, server = tools.wrapped_pair(t, { alpn = "a" }, { alpn = fail })
  client:settimeout(0)
  server:settimeout(5)
  client:dohandshake()
  local good, raised = pcall(server.dohandshake, server)
  t.equal(good, false)
  t.equal(raised, mark)
  t.returns(t.pack(server:dohandshake()), false, "closed")
  client:settimeout(5)
  t.equal((client:dohandshake()), false)
end)

test("a function cannot yield, and may close its own connection", function(t)
  local client, server = tools.wrapped_pair(t, { alpn = "a" }, { alpn = coroutine.yield })
  client:settimeout(0)
  client:dohandshake()
  local step = coroutine.wrap(function()
    server:settimeout(5)
    return pcall(server.dohandshake, server)
  end)
  local good, message = step()
  t.equal(good, false)
  t.matches(message, "yield")

  local closer
  client, server = tools.wrapped_pair(t, { alpn = "a" }, {
    alpn = function()
      closer:close()
      t.returns(t.pack(closer:dohandshake()), false, "Operation already in progress")
      return "a"
    end,
  })
  closer = server
  client:settimeout(0)
  client:dohandshake()
  server:settimeout(5)
  t.returns(t.pack(server:dohandshake()), false, "closed")
  t.equal(server:getfd(), -1)
end)

test("a context may go before its connections", function(t)
  local client, server = tools.wrapped_pair(t, nil, { alpn = { "a" } })
  collectgarbage()
  collectgarbage()
  local left, right = tools.shake(t, client, server)
  t.returns(left, true)
  t.returns(right, true)
end)

test("dane: a record that fits and one that does not", function(t)
  local function try(digest)
    local client, server = tools.wrapped_pair(t, { dane = true, verify = "peer" })
    t.returns(t.pack(client:setdane("127.0.0.1")), false)
    t.returns(t.pack(client:setdane("localhost")), true)
    t.returns(t.pack(client:settlsa(9, 0, 1, digest)), false)
    t.returns(t.pack(client:settlsa(3, 0, 1, digest)), true)
    local left = tools.shake(t, client, server)
    return left, client
  end
  local cert = ssl.loadcertificate(tools.read("server.pem"))
  local digest = cert:digest("sha256"):gsub("..", function(pair) return string.char(tonumber(pair, 16)) end)
  t.returns(try(digest), true)
  t.returns(try(("x"):rep(32)), false, "certificate verify failed")
  local client = tools.wrapped_pair(t)
  t.returns(t.pack(client:setdane("localhost")), false)
end)

test("a connection of an unconnected socket says so in its handshake", function(t)
  local conn = t.keep(ssl.wrap(t.keep(socket.tcp4()), tools.client_params()))
  conn:settimeout(1)
  local good, message = conn:dohandshake()
  t.equal(good, false)
  t.is("string", message)
end)
