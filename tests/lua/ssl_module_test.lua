-- The modules of ssl: what they are made of, contexts and their errors.
local test = ...
local harness = require("harness")
local ssl = require("ssl")
local context = require("ssl.context")
local core = require("ssl.core")
local tools = require("tls_tools")

local function failure_of(changes)
  local params = { mode = "client", protocol = "any" }
  for key, value in pairs(changes) do
    params[key] = value
  end
  return ssl.newcontext(params)
end

-- Fails with this message alone.
local function refused(t, changes, message)
  t.returns(t.pack(failure_of(changes)), nil, message)
end

test("ssl: the keys of the modules", function(t)
  local function keys(module)
    local names = {}
    for name in pairs(module) do
      names[#names + 1] = name
    end
    table.sort(names)
    return table.concat(names, " ")
  end
  t.equal(keys(ssl), "_COPYRIGHT _VERSION config loadcertificate newcontext wrap")
  t.equal(keys(core), "SOCKET_INVALID compression copyright create info setfd setmethod")
  t.equal(keys(require("ssl.x509")), "load")
  t.equal(keys(require("ssl.config")), "algorithms capabilities curves options protocols")
  t.equal(require("ssl.config"), ssl.config)
  t.equal(core.SOCKET_INVALID, -1)
  t.matches(ssl._VERSION, "^%d+%.%d+%.%d+$")
  t.equal(ssl.loadcertificate, require("ssl.x509").load)
end)

test("ssl: each module can be required alone, and none sets a global or loads socket", function(t)
  for _, name in ipairs({ "ssl", "ssl.core", "ssl.context", "ssl.x509", "ssl.config" }) do
    t.equal(t.output_of(([[
      local before = {}
      for key in pairs(_G) do before[key] = true end
      require(%q)
      for key in pairs(_G) do if not before[key] then print(key) end end
      print(package.loaded.socket)
    ]]):format(name)), "nil")
  end
end)

test("ssl: OpenSSL is loaded with ssl and not with socket", function(t)
  t.equal(t.output_of([[
    local function has_openssl()
      local maps = io.open("/proc/self/maps"):read("*a")
      return maps:find("libssl", 1, true) ~= nil
    end
    require("socket")
    require("socket.http")
    local before = has_openssl()
    require("ssl")
    print(before, has_openssl())
  ]]), "false\ttrue")
end)

test("ssl: what the native module is handed must be its own", function(t)
  local native = require("moontide.native")
  for _, value in ipairs({ io.stdout, 1, "x", {}, print }) do
    t.equal(pcall(native.tls, value), false)
  end
end)

test("context: kinds of objects and their text", function(t)
  local ctx = tools.context({ mode = "client", protocol = "any" })
  t.matches(tostring(ctx), "^SSL context: ")
  t.equal(type(getmetatable(ctx).__index), "table")
  t.bad_argument(1, "SSL:Context expected, got userdata", context.setdepth, io.stdout, 1)
  t.bad_argument(1, "SSL:Context expected, got no value", context.checkkey)
end)

test("newcontext: what is wrong with its parameters raises", function(t)
  t.equal(pcall(ssl.newcontext), false)
  t.equal(pcall(ssl.newcontext, "x"), false)
  t.equal(pcall(ssl.newcontext, { mode = "client" }), false)
  t.equal(pcall(ssl.newcontext, { protocol = "any" }), false)
  for _, key in ipairs({ "key", "certificate", "ciphers", "verify", "options", "servername" }) do
    t.equal(pcall(failure_of, { [key] = { {} } }), false, key)
  end
  t.equal(pcall(failure_of, { depth = "x" }), false)
  t.equal(pcall(failure_of, { dane = { "unknown" } }), false)
end)

test("newcontext: protocol and mode", function(t)
  for _, name in ipairs({ "any", "sslv23", "tlsv1", "tlsv1_1", "tlsv1_2", "tlsv1_3" }) do
    t.ok(failure_of({ protocol = name }))
  end
  refused(t, { protocol = "sslv3" }, "invalid protocol (sslv3)")
  refused(t, { protocol = "dtlsv1" }, "invalid protocol (dtlsv1)")
  refused(t, { mode = "both" }, "invalid mode (both)")
end)

test("newcontext: keys and certificates", function(t)
  local file = tools.file
  t.ok(failure_of({ key = file("server.key"), certificate = file("server.pem") }))
  t.ok(failure_of({ key = tools.read("server.key"), certificate = tools.read("server.pem") }))
  refused(t, { key = file("none") }, "error loading private key (No such file or directory)")
  refused(t, { key = file("server.pem") }, "error loading private key (unsupported)")
  refused(t, { certificate = file("none") }, "error loading certificate (No such file or directory)")
  refused(t, { certificate = file("server.key") }, "error loading certificate (no start line)")
  refused(t, { key = file("ca.key"), certificate = file("server.pem") },
    "private key does not match public key")
  t.ok(failure_of({ certificates = {
    { key = file("server.key"), certificate = file("server.pem") }, { certificate = file("second.pem") },
  }, key = "not read" }))
  t.ok(failure_of({ certificates = {}, key = "not read" }))
end)

test("newcontext: a reason is never one of an earlier call", function(t)
  failure_of({ key = tools.file("server.pem") })
  refused(t, { key = tools.file("none") }, "error loading private key (No such file or directory)")
  refused(t, { certificate = tools.file("none") }, "error loading certificate (No such file or directory)")
end)

test("newcontext: passwords of keys", function(t)
  local key = tools.file("encrypted.key")
  t.ok(failure_of({ key = key, password = "secret" }))
  t.ok(failure_of({ key = key, password = function() return "secret" end }))
  local bad = "error loading private key (bad decrypt)"
  refused(t, { key = key }, bad)
  refused(t, { key = key, password = "wrong" }, bad)
  refused(t, { key = key, password = function() return 5 end }, bad)
  refused(t, { key = key, password = 5 }, "invalid password type")
  t.ok(failure_of({ password = 5 }))
  local mark = {}
  local good, raised = pcall(failure_of, { key = key, password = function() error(mark) end })
  t.equal(good, false)
  t.equal(raised, mark)
  t.ok(failure_of({ key = tools.file("server.key"), password = function() error("not asked") end }))
end)

test("newcontext: a wrong password has one reason, also where what it decrypts ends like a key", function(t)
  -- One wrong password in 256 leaves good padding: "wrong" does here. lua-sec says "unsupported" then.
  local key = [[
-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,780F9E73FD1826A276FF221E73D228D1

HRAYqzCDo3/myimHx4CqR98R3G83xiahHccASV6tbX1WCG2qS1lQa2gv++/O3RlZ
ZkVWkm7ocdIpwBQDza3IZhHqeJHpFWE0uB90PkOImNrSsno8lF/ryYnhisEyHW4x
Nni432WZy7b2y7FoWPVD7xQ3bziZha6NHex5Xer/hIQ=
-----END EC PRIVATE KEY-----
]]
  refused(t, { key = key, password = "wrong" }, "error loading private key (bad decrypt)")
  t.ok(failure_of({ key = key, password = "secret" }))
end)

test("newcontext: trust", function(t)
  t.ok(failure_of({ cafile = tools.file("ca.pem") }))
  t.ok(failure_of({ cafile = tools.read("ca.pem") }))
  t.ok(failure_of({ capath = tools.file("none") }))
  t.ok(failure_of({ systemca = true }))
  refused(t, { cafile = tools.file("none") }, "error loading CA locations (No such file or directory)")
  refused(t, { cafile = tools.file("server.key") },
    "error loading CA locations (no certificate or crl found)")
end)

test("newcontext: words", function(t)
  t.ok(failure_of({ verify = "none" }))
  t.ok(failure_of({ verify = { "peer", "fail_if_no_peer_cert", "client_once", other = "x" } }))
  refused(t, { verify = "maybe" }, "invalid verify option (maybe)")
  refused(t, { verifyext = "maybe" }, "invalid verify option (maybe)")
  refused(t, { options = { "all", "bogus" } }, "invalid option (bogus)")
  for name in pairs(ssl.config.options) do
    t.ok(failure_of({ options = name }))
  end
  t.ok(failure_of({ depth = "3" }))
end)

test("newcontext: ciphers and curves", function(t)
  local bad = "error setting cipher list (no cipher match)"
  t.ok(failure_of({ ciphers = "HIGH:BOGUS", ciphersuites = "TLS_AES_128_GCM_SHA256:TLS_BOGUS" }))
  refused(t, { ciphers = "BOGUS" }, bad)
  refused(t, { ciphersuites = "TLS_BOGUS" }, bad)
  for _, name in ipairs({ "prime256v1", "P-384", "X25519", "X448" }) do
    t.equal(ssl.config.curves[name], true)
    t.ok(failure_of({ curve = name }))
  end
  refused(t, { curve = "bogus" }, "elliptic curve 'bogus' not supported")
  t.ok(failure_of({ curveslist = "X25519:P-256", curve = "not read" }))
  refused(t, { curveslist = "bogus:P-256" }, 'unknown elliptic curve in "bogus:P-256"')
end)

test("newcontext: ALPN, PSK, DH", function(t)
  local server = { mode = "server" }
  local function with(key, value, mode)
    return { [key] = value, mode = mode and mode.mode }
  end
  for _, case in ipairs({
    { with("alpn", 5), "invalid ALPN parameter" },
    { with("alpn", function() end), "invalid ALPN parameter" },
    { with("alpn", "h2", server), "invalid ALPN parameter" },
    { with("alpn", { 5 }), "invalid ALPN parameter" },
    { with("alpn", ""), "invalid ALPN name (empty string)" },
    { with("alpn", { ("x"):rep(256) }), "invalid ALPN name (length > 255)" },
    { with("alpn", {}), "invalid ALPN list (empty)" },
    { with("psk", 5), "invalid PSK configuration" },
    { with("psk", {}, server), "invalid PSK configuration" },
    { with("psk", { callback = print, hint = ("x"):rep(257) }, server), "invalid PSK configuration" },
    { with("dhparam", "x"), "invalid DH parameter type" },
    { { verifyhost = true }, "no name to verify" },
  }) do
    local changes, message = case[1], case[2]
    refused(t, changes, message)
  end
end)

test("context: the functions tell what went wrong with false", function(t)
  local ctx = context.create("any")
  t.returns(t.pack(context.setmode(ctx, "both")), false, "invalid mode (both)")
  t.returns(t.pack(core.create(ctx)), nil, "invalid mode")
  t.returns(t.pack(context.setmode(ctx, "server")), true)
  t.returns(t.pack(context.checkkey(ctx)), false)
  t.returns(t.pack(context.setverify(ctx)), true)
  t.returns(t.pack(ctx:setverifyext()), true)
  t.returns(t.pack(context.setdhparam(ctx, print)))
  t.returns(t.pack(context.loadkey(ctx, "none")), false,
    "error loading private key (No such file or directory)")
end)

test("wrap: a failure leaves the socket as it was", function(t)
  local client, server = t.pair()
  t.returns(t.pack(ssl.wrap(client, { mode = "client", protocol = "bogus" })), nil,
    "invalid protocol (bogus)")
  t.equal(pcall(ssl.wrap, client, nil), false)
  t.equal(pcall(ssl.wrap, client, io.stdout), false)
  client:send("still here\n")
  t.equal(server:receive(), "still here")
end)

test("wrap: takes the descriptor of anything with getfd and setfd", function(t)
  local client = t.pair()
  local calls = {}
  local wrapper = {
    getfd = function(...)
      calls[#calls + 1] = select("#", ...) == 1 and "getfd"
      return client:getfd()
    end,
    setfd = function(_, number)
      calls[#calls + 1] = "setfd " .. ("%d"):format(number)
      client:setfd(number)
    end,
  }
  local descriptor = client:getfd()
  local conn = t.keep(ssl.wrap(wrapper, tools.client_params()))
  t.list(calls, { "getfd", "setfd -1" })
  t.equal(conn:getfd(), descriptor)
  t.equal(client:getfd(), -1)
  t.returns(t.pack(client:send("x")), nil, "closed", 0)
  t.equal(pcall(ssl.wrap, conn, tools.client_params()), false)
  t.equal(conn:getfd(), descriptor)
  local lacking = { getfd = wrapper.getfd }
  t.equal(pcall(ssl.wrap, lacking, tools.client_params()), false)
end)

test("a connection without a descriptor closes none", function(t)
  local ctx = tools.context(tools.client_params())
  local conn = core.create(ctx)
  t.equal(conn:getfd(), -1)
  t.returns(t.pack(conn:dohandshake()), false, "Bad file descriptor")
  t.returns(t.pack(conn:close()))
  t.equal(io.open("/proc/self/fdinfo/0") ~= nil, true)
  t.equal(harness.open_descriptors()[1], true)
end)
