-- Goal: https trusts nobody by default whom the system does not trust, asks for the name in the URL, and
-- goes back to the old ways where a program says so: ssl.md, section 12 A, decisions A1 to A5.
-- Method: a scripted server behind TLS. Its authority is private; the environment of a child process makes
-- it the system's.
local test = ...
local http = require("socket.http")
local https = require("ssl.https")
local ltn12 = require("ltn12")
local ssl = require("ssl")

local certificates = require("certificates")

local REFUSED = "^certificate verify failed"
local ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"

local directory = certificates.make("make_basic.py")
local trust = directory .. "/trust.pem"

-- The server, and its port behind TLS.
local function server(t, identity)
  local peer = t.http_peer({ ANSWER })
  return certificates.front(t, peer, directory, identity or "server"), peer
end

local function get(port, fields, request)
  local body = {}
  local params = { url = ("https://127.0.0.1:%d/"):format(port), sink = (ltn12.sink.table(body)) }
  for key, value in pairs(fields or {}) do
    params[key] = value
  end
  local result, code = (request or https.request)(params)
  return result and table.concat(body) or nil, code
end

local function check_refused(t, body, message)
  t.equal(body, nil)
  t.matches(message, REFUSED)
end

-- Sets a field of ssl.https for the rest of the test.
local function set(t, field, value)
  https[field] = value
  t.cleanup(function() https[field] = nil end)
end

test("A1: a server whom nobody trusts is refused before anything is sent", function(t)
  local port, peer = server(t)
  check_refused(t, get(port))
  check_refused(t, get(port, nil, http.request))
  check_refused(t, https.request(("https://127.0.0.1:%d/"):format(port)))
  check_refused(t, http.request(("https://127.0.0.1:%d/"):format(port)))
  t.equal(#peer:stop(), 0)
end)

test("A1: verify = 'none' in a request checks nothing, not even the name", function(t)
  local port = server(t, "second")
  t.equal(get(port, { verify = "none" }), "hello")
  t.equal(get(port, { verify = "none" }, http.request), "hello")
  check_refused(t, get(port))
end)

test("A1: https.VERIFY = 'none' does it for the program, and is read at each request", function(t)
  local port = server(t)
  set(t, "VERIFY", "none")
  t.equal(get(port), "hello")
  t.equal(get(port, nil, http.request), "hello")
  t.equal((https.request(("https://127.0.0.1:%d/"):format(port))), "hello")
  t.equal((http.request(("https://127.0.0.1:%d/"):format(port))), "hello")
  check_refused(t, get(port, { verify = "peer" }))
  https.VERIFY = nil
  check_refused(t, get(port))
end)

-- Requests in a child process, whose environment is `settings`.
local REQUEST = [[
local port, fields = ...
fields.url = fields.url or ("https://127.0.0.1:%%d/"):format(port)
fields.sink = require("ltn12").sink.null()
%s
print(require("ssl.https").request(fields))]]

local function in_child(t, settings, port, fields, before)
  local text = t.output_of(REQUEST:format(before or ""), port .. ", {" .. (fields or "") .. "}", settings)
  return text:match("^1\t(%d+)") or text
end

test("A1: LUA_INIT changes programs that cannot be edited", function(t)
  if t.output_of("print(read)", nil, "LUA_INIT='read = true'") ~= "true" then
    t.skip("this interpreter does not read LUA_INIT")
  end
  local port = server(t)
  t.matches(in_child(t, "", port), "^nil\tcertificate verify failed")
  t.equal(in_child(t, [[LUA_INIT='require("ssl.https").VERIFY="none"']], port), "200")
end)

test("A1: SSL_CERT_FILE and SSL_CERT_DIR name the system's authorities", function(t)
  local port = server(t)
  t.equal(in_child(t, "SSL_CERT_FILE=" .. trust, port), "200")
  t.equal(in_child(t, "SSL_CERT_DIR=" .. directory .. "/capath", port), "200")
  t.matches(in_child(t, "SSL_CERT_FILE=" .. directory .. "/alone.pem", port),
    "^nil\tcertificate verify failed")
end)

test("an authority of the request is trusted, and takes the place of the system's", function(t)
  local port = server(t)
  t.equal(get(port, { cafile = trust }), "hello")
  t.equal(get(port, { capath = directory .. "/capath" }), "hello")
  check_refused(t, get(port, { cafile = directory .. "/alone.pem" }))
  t.matches(in_child(t, "SSL_CERT_FILE=" .. trust, port, ("cafile=%q"):format(directory .. "/alone.pem")),
    "^nil\tcertificate verify failed")
end)

test("A2: the name is looked for even where the request says verify = 'peer'", function(t)
  local port = server(t, "second")
  local function with(fields)
    fields.verify, fields.cafile = "peer", trust
    return get(port, fields)
  end
  check_refused(t, with({}))
  t.equal(with({ verifyhost = false }), "hello")
  t.equal(with({ verifyhost = "second.test" }), "hello")
  check_refused(t, with({ verifyhost = "other.test" }))
  set(t, "VERIFYHOST", false)
  t.equal(with({}), "hello")
  check_refused(t, with({ verifyhost = "other.test" }))
end)

test("A3: verify = 'peer' without an authority means the system's, but where that is refused", function(t)
  local port = server(t)
  local system = "SSL_CERT_FILE=" .. trust
  t.equal(in_child(t, system, port, "verify='peer'"), "200")
  t.matches(in_child(t, system, port, "verify='peer', systemca=false"), "^nil\tcertificate verify failed")
  t.matches(in_child(t, system, port, "verify='peer'", "require('ssl.https').SYSTEMCA = false"),
    "^nil\tcertificate verify failed")
end)

test("A4: ssl.wrap trusts the system's authorities only when it is told to", function(t)
  local port = server(t)
  local script = [[
    local port, params = ...
    local conn = assert(require("ssl").wrap(assert(require("socket").connect("127.0.0.1", port)), params))
    conn:settimeout(20)
    print(conn:dohandshake())]]
  local function shake(params)
    return t.output_of(script, port .. ", {mode='client', protocol='any', " .. params .. "}",
      "SSL_CERT_FILE=" .. trust)
  end
  t.equal(shake(""), "true")
  t.equal(shake("verify='peer'"), "false\tcertificate verify failed")
  t.equal(shake("verify='peer', systemca=true"), "true")
  t.equal(shake("verify='peer', systemca=true, servername='localhost', verifyhost=true"), "true")
  t.equal(shake("verify='peer', systemca=true, servername='other.test', verifyhost=true"),
    "false\tcertificate verify failed")
  t.equal(shake("verify='peer', systemca=true, servername='other.test'"), "true")
end)

-- Names that a server is told ---------------------------------------------------------------------------

-- A pair of this library's own, both ends driven here. Gives both connections.
local function pair(t, params)
  local near, far = t.pair()
  params.mode, params.protocol = "client", "any"
  local client = t.keep(ssl.wrap(near, params))
  local accepted = t.keep(ssl.wrap(far, { mode = "server", protocol = "any", key = directory .. "/server.key",
    certificate = directory .. "/server-chain.pem" }))
  client:settimeout(0)
  accepted:settimeout(0)
  t.wait_until(function()
    local mine, theirs = client:dohandshake(), accepted:dohandshake()
    return mine and theirs
  end, "the handshake")
  return client, accepted
end

test("servername is sent, but where it is an address", function(t)
  local _, accepted = pair(t, { servername = "some.test" })
  t.equal(accepted:getsniname(), "some.test")
  for _, address in ipairs({ "127.0.0.1", "::1" }) do
    _, accepted = pair(t, { servername = address })
    t.equal(accepted:getsniname(), nil)
  end
  _, accepted = pair(t, {})
  t.equal(accepted:getsniname(), nil)
end)

test("A5: https sends the name of the URL, and none for an address", function(t)
  local pipe = t.child([[
    local directory = ...
    local socket, ssl = require("socket"), require("ssl")
    local listener = assert(socket.bind("127.0.0.1", 0))
    print((select(2, listener:getsockname())))
    io.flush()
    for _ = 1, 2 do
      local conn = assert(ssl.wrap(assert(listener:accept()), { mode = "server", protocol = "any",
        key = directory .. "/server.key", certificate = directory .. "/server-chain.pem" }))
      conn:settimeout(10)
      assert(conn:dohandshake())
      repeat until conn:receive() == ""
      local name = tostring(conn:getsniname())
      conn:send(("HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"):format(#name) .. name)
      conn:close()
    end]], ("%q"):format(directory))
  local port = tonumber(pipe:read("*l"))
  t.equal(get(port, { cafile = trust, url = ("https://localhost:%d/"):format(port) }), "localhost")
  t.equal(get(port, { cafile = trust }), "nil")
end)
