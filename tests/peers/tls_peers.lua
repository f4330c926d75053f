-- TLS against other implementations: tls_peers.lua DIRECTORY WORK INTERPRETER NAME=PORT...
-- Started by tests/peers/tls_run. The ports are those of servers: openssl's, nginx, and tls_server.lua on
-- the library under test (own_...) and on Debian's lua-sec (luasec_...).

local directory, work, interpreter = arg[1], arg[2], arg[3]
package.path = directory .. "/?.lua;" .. package.path

local socket, ssl, https = require("socket"), require("ssl"), require("ssl.https")
local ltn12 = require("ltn12")
local tally = require("tally")

local equal = tally.equal
local certificates = work .. "/certificates"
local trust = certificates .. "/trust.pem"
https.TIMEOUT = 20

local ports = {}
for position = 4, #arg do
  local name, port = arg[position]:match("^(.-)=(%d+)$")
  ports[name] = tonumber(port)
end

-- A server that talks to one client after the other must not wait for one of a failed check.
local open = {}
local function check(name, f)
  tally.check(name, f)
  for _, conn in ipairs(open) do
    conn:close()
  end
  open = {}
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end
local large = read(work .. "/pages/large.bin")

local function run(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

-- As a client ---------------------------------------------------------------------------------------

local function connect(port, changes, name)
  local params = { mode = "client", protocol = "any", verify = "peer", cafile = trust, alpn = "h2" }
  for key, value in pairs(changes or {}) do
    params[key] = value
  end
  local conn = assert(ssl.wrap(assert(socket.connect("127.0.0.1", port)), params))
  open[#open + 1] = conn
  conn:settimeout(20)
  if name then
    conn:sni(name)
  end
  return conn, conn:dohandshake()
end

local function identity(name)
  local base = certificates .. "/" .. name
  return { key = base .. ".key", certificate = base .. "-chain.pem" }
end

local names = { tlsv1 = "TLSv1", tlsv1_1 = "TLSv1.1", tlsv1_2 = "TLSv1.2", tlsv1_3 = "TLSv1.3" }

local function speak(conn)
  assert(conn:send("hello\n"))
  equal(conn:receive(), "olleh")
end

for version, name in pairs(names) do
  check("openssl s_server: " .. name, function()
    local old = version == "tlsv1" or version == "tlsv1_1"
    local conn, good, message = connect(ports[version], { ciphers = old and "DEFAULT@SECLEVEL=0" or nil })
    equal(good, true, message)
    equal(conn:info("protocol"), name)
    equal(conn:getalpn(), "h2")
    equal(conn:getpeerverification(), true)
    equal(#conn:getpeerchain(), 2)
    equal(conn:getpeercertificate():pem(), read(certificates .. "/server.pem"))
    speak(conn)
    local line = ("0123456789"):rep(1000)
    assert(conn:send(line .. "\n"))
    equal(conn:receive(), line:reverse())
    conn:close()
  end)
  check("openssl s_server: " .. name .. ", another name", function()
    local old = version == "tlsv1" or version == "tlsv1_1"
    local conn, good, message = connect(ports[version], { ciphers = old and "DEFAULT@SECLEVEL=0" or nil,
      verify = "none" }, "second.test")
    equal(good, true, message)
    equal(conn:getpeercertificate():pem(), read(certificates .. "/second.pem"))
    speak(conn)
  end)
end

for _, version in ipairs({ "tlsv1_2", "tlsv1_3" }) do
  local port = ports[version .. "_asking"]
  check("openssl s_server asks for a certificate: " .. version, function()
    for _, name in ipairs({ "client", "server" }) do
      local conn, good, message = connect(port, identity(name))
      equal(good, true, message)
      speak(conn)
      conn:close()
    end
  end)
  check("openssl s_server asks in vain: " .. version, function()
    for _, name in ipairs({ "none", "alone", "expired" }) do
      local conn, good, message = connect(port, name ~= "none" and identity(name) or nil)
      if good then
        good, message = conn:receive()
      end
      equal(not good and message:find("alert") ~= nil, true, name .. ", " .. tostring(message))
      conn:close()
    end
  end)
end

check("openssl s_server that nobody should trust", function()
  local conn, good, message = connect(ports.tlsv1_3, { cafile = certificates .. "/alone.pem" })
  equal(good, false)
  equal(message, "certificate verify failed")
  conn:close()
end)

-- nginx over https.
local function get(port, path, fields)
  local body = {}
  local request = {
    url = ("https://127.0.0.1:%d%s"):format(port, path), sink = (ltn12.sink.table(body)), verify = "peer",
    cafile = trust,
  }
  for key, value in pairs(fields or {}) do
    request[key] = value
  end
  local result, code = https.request(request)
  return table.concat(body), code, result
end

for _, version in ipairs({ "tlsv1_2", "tlsv1_3" }) do
  local port = ports["nginx_" .. version]
  check("nginx, " .. version .. ": files", function()
    local body, code, result = get(port, "/hello.txt")
    equal(result, 1, code)
    equal(code, 200)
    equal(body, "hello from nginx\n")
    equal(get(port, "/large.bin") == large, true)
    equal(select(2, get(port, "/missing")), 404)
    equal(get(port, "/seen"):match("^%S+"), names[version])
  end)
  check("nginx, " .. version .. ": sessions are resumed", function()
    equal(get(port, "/resumed", { resume = false }), ".")
    get(port, "/resumed")
    equal(get(port, "/resumed"), "r")
    equal(get(port, "/resumed"), "r")
    equal(get(port, "/resumed", { verify = "none" }), ".")
  end)
  check("nginx, " .. version .. ": an upload", function()
    equal(get(port, "/accept", {
      method = "PUT", headers = { ["content-length"] = 3000000 },
      source = ltn12.source.string(("x"):rep(3000000)),
    }), "PUT 3000000")
  end)
  check("nginx, " .. version .. ": the other version is refused", function()
    local other = version == "tlsv1_2" and "tlsv1_3" or "tlsv1_2"
    local _, message, result = get(port, "/hello.txt", { protocol = other })
    equal(result, nil)
    equal(message, "tlsv1 alert protocol version")
  end)
  check("nginx asks for a certificate, " .. version, function()
    local mine = identity("client")
    mine.protocol = version
    equal(get(ports.nginx_asking, "/seen", mine):match("CN=(%w+)"), "client")
    equal(select(2, get(ports.nginx_asking, "/seen", { protocol = version })), 400)
  end)
end
check("nginx: a hundred requests leave no descriptor behind", function()
  collectgarbage()
  collectgarbage()
  local first = socket.tcp4()
  local descriptor = first:getfd()
  first:close()
  for _ = 1, 100 do
    equal(get(ports.nginx_tlsv1_3, "/hello.txt"), "hello from nginx\n")
  end
  collectgarbage()
  collectgarbage()
  local last = socket.tcp4()
  equal(last:getfd(), descriptor)
  last:close()
end)

-- lua-sec as the server.
for _, version in ipairs({ "tlsv1_2", "tlsv1_3" }) do
  check("lua-sec as the server, " .. version, function()
    local port = ports["luasec_" .. version]
    equal(get(port, "/hello"):match("^%S+"), names[version])
    equal(get(port, "/large") == large, true)
    equal(get(port, "/length", { method = "POST", headers = { ["content-length"] = 1000000 },
      source = ltn12.source.string(("x"):rep(1000000)) }), "1000000")
    local mine = identity("client")
    mine.protocol = version
    equal(get(ports.luasec_asking, "/hello", mine):match("%S+$"), "client")
  end)
end

-- As a server ----------------------------------------------------------------------------------------

require("tls_visitors")(ports, certificates, large, run, directory, interpreter, work)

tally.finish()
