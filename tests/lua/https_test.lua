-- https: by ssl.https and by socket.http; verified unless a program says otherwise.
local test = ...
local socket = require("socket")
local http = require("socket.http")
local https = require("ssl.https")
local tools = require("tls_tools")

-- Answers each request with its path and Host, /cut... as it says.
local SERVE = [[function(conn)
  if not conn:dohandshake() then
    return
  end
  local line, host = conn:receive(), nil
  if not line then
    return
  end
  repeat
    local field = conn:receive()
    host = field and field:match("^[Hh]ost: (.*)") or host
  until not field or field == ""
  local method, path = line:match("^(%S+) (%S+)")
  local body = method .. " " .. path .. " " .. tostring(host) .. " " .. tostring(conn:getsniname())
  local code, target = path:match("^/(30%d)=(.*)")
  if path == "/open" then
    conn:send("HTTP/1.1 200 OK\r\n\r\n" .. body)
  elseif path == "/truncated" then
    conn:send("HTTP/1.1 200 OK\r\n\r\n" .. body)
    local socket = require("socket")
    local raw = socket.tcp()
    debug.setmetatable(raw, debug.getregistry()["tcp{client}"])
    raw:setfd(conn:getfd())
    raw:shutdown("both")
    raw:setfd(-1)
  elseif path == "/slow" then
    conn:receive(1)
  elseif code then
    conn:send("HTTP/1.1 " .. code .. " Moved\r\nLocation: " .. target .. "\r\nContent-Length: 0\r\n\r\n")
  else
    conn:send("HTTP/1.1 200 OK\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body)
  end
end]]

local port
local function url(t, path, host)
  port = tools.server_process(t, SERVE)
  return ("https://%s:%d%s"):format(host or "localhost", port, path)
end

test("https: keys of the module", function(t)
  t.equal(https.PORT, 443)
  t.equal(https.TIMEOUT, 60)
  t.equal(https.VERIFY, nil)
  t.matches(https._VERSION, "^%d+%.%d+%.%d+$")
end)

test("https: a request that is verified, by both modules", function(t)
  local address = url(t, "/a")
  for _, module in ipairs({ https, http }) do
    local request, chunks = tools.trusted(address)
    local result, code, headers, status = module.request(request)
    t.equal(result, 1)
    t.equal(code, 200)
    t.equal(status, "HTTP/1.1 200 OK")
    t.is("table", headers)
    t.equal(table.concat(chunks), "GET /a localhost:" .. port .. " localhost")
    t.equal(request.mode, nil)
    t.equal(request.verify, nil)
    t.equal(module.request(request), 1)
  end
end)

test("https: an address is checked and not sent as a name", function(t)
  local request, chunks = tools.trusted(url(t, "/a", "127.0.0.1"))
  t.equal(https.request(request), 1)
  t.equal(table.concat(chunks), "GET /a 127.0.0.1:" .. port .. " nil")
end)

test("https: an unknown root, and the two ways back within a program", function(t)
  local address = url(t, "/a")
  for _, module in ipairs({ https, http }) do
    local result, message = module.request(address)
    t.equal(result, nil)
    t.equal(message, "certificate verify failed")
    t.equal(select(2, module.request({ url = address, verify = "none" })), 200)
  end
  https.VERIFY = "none"
  local body, code = https.request(address)
  local by_http = select(2, http.request(address))
  https.VERIFY = nil
  t.equal(code, 200)
  t.equal(by_http, 200)
  t.matches(body, "^GET /a ")
end)

test("https: the way back for a program that cannot be changed", function(t)
  local address = url(t, "/a")
  local init = [[env LUA_INIT='read = true require("ssl.https").VERIFY="none"']]
  if t.output_of("print(read)", nil, init) ~= "true" then
    t.skip("this interpreter does not read LUA_INIT")
  end
  t.equal(t.output_of(("print((select(2, require('socket.http').request(%q))))"):format(address), nil, init),
    "200")
end)

test("https: the wrong name", function(t)
  local address = url(t, "/a", "127.0.0.1")
  local request = tools.trusted(address, { verifyhost = "other.test" })
  t.returns(t.pack(https.request(request)), nil, "certificate verify failed", nil, nil)
  request = tools.trusted(address, { verifyhost = false })
  t.equal(https.request(request), 1)
  request = tools.trusted(address, { verifyhost = "localhost" })
  t.equal(https.request(request), 1)
end)

test("https: the system's store can be left out", function(t)
  local address = url(t, "/a")
  t.equal(t.output_of(([[
    local https = require("ssl.https")
    local address = %q
    print((select(2, https.request(address))))
    https.SYSTEMCA = false
    print((select(2, https.request(address))))
    print((select(2, https.request{ url = address, systemca = true })))
  ]]):format(address), nil, "env SSL_CERT_FILE=" .. tools.file("ca.pem")),
    "200\ncertificate verify failed\n200")
end)

test("https: what ssl.https refuses before it connects", function(t)
  t.returns(t.pack(https.request({ url = "https://h.test/", proxy = "http://p.test" })), nil,
    "proxy not supported")
  t.returns(t.pack(https.request({ url = "https://h.test/", create = socket.tcp })), nil,
    "create function not permitted")
  t.equal(pcall(https.request), false)
  t.equal(pcall(https.request, {}), false)
  t.equal(select(2, https.request({ url = "https://h.test/", protocol = "foo", host = "127.0.0.1",
    port = t.refusing_port() })), "connection refused")
end)

test("https: TLS whatever the scheme says", function(t)
  local request = tools.trusted((url(t, "/a"):gsub("^https", "http")))
  t.equal(https.request(request), 1)
end)

test("https: wrong parameters are told", function(t)
  local address = url(t, "/a")
  t.equal(select(2, https.request({ url = address, protocol = "foo" })), "invalid protocol (foo)")
  t.matches(select(2, https.request({ url = address, cafile = "/nowhere" })),
    "^error loading CA locations %(No such file or directory%)$")
end)

test("https: bodies that end with the connection, properly or not", function(t)
  local address = url(t, "/open")
  local request, chunks = tools.trusted(address)
  t.equal(https.request(request), 1)
  t.matches(table.concat(chunks), "^GET /open ")
  address = address:gsub("open", "truncated")
  request = tools.trusted(address)
  t.equal(select(2, https.request(request)), "unexpected eof while reading")
  request, chunks = tools.trusted(address, { options = { "all", "ignore_unexpected_eof" } })
  t.equal(https.request(request), 1)
  t.matches(table.concat(chunks), "^GET /truncated ")
end)

test("https: redirects keep the settings, and never lead to http", function(t)
  local address = url(t, "/302=/b")
  local request, chunks = tools.trusted(address)
  local _, code, headers = https.request(request)
  t.equal(code, 200)
  t.equal(headers.location, "/b")
  t.matches(table.concat(chunks), "^GET /b ")
  request = tools.trusted(address, { redirect = false })
  t.equal(select(2, https.request(request)), 302)
  request = tools.trusted((address:gsub("302=.*", "302=http://127.0.0.1:1/")))
  t.equal(select(2, https.request(request)), 302)
end)

test("https: a redirect from http keeps the settings too", function(t)
  local address = url(t, "/b")
  local peer = t.http_peer({ "HTTP/1.1 302 Found\r\nLocation: " .. address .. "\r\n\r\n" })
  local request, chunks = tools.trusted(peer:url())
  t.equal(select(2, http.request(request)), 200)
  t.matches(table.concat(chunks), "^GET /b ")
  peer = t.http_peer({ "HTTP/1.1 302 Found\r\nLocation: " .. address .. "\r\n\r\n" })
  t.returns(t.pack(http.request({ url = peer:url() })), nil, "certificate verify failed")
end)

test("https: a slow server is called wantread", function(t)
  local address = url(t, "/slow")
  https.TIMEOUT = 0.2
  local request = tools.trusted(address)
  local message = select(2, https.request(request))
  https.TIMEOUT = 60
  t.equal(message, "wantread")
end)

test("https: one timeout bounds the whole request", function(t)
  local address = url(t, "/slow")
  local request = tools.trusted(address, { timeout = 0.3 })
  local seconds, _, message = t.timed(http.request, request)
  t.equal(message, "wantread")
  t.between(seconds, 0.2, 10)
  local server = t.server()
  local mute = ("https://127.0.0.1:%d/"):format(select(2, server:getsockname()))
  seconds, _, message = t.timed(http.request, { url = mute, timeout = 0.3 })
  t.equal(message, "wantread")
  t.between(seconds, 0.2, 10)
end)

test("https: a POST in the simple form", function(t)
  local address = url(t, "/post")
  https.VERIFY = "none"
  local body, code = https.request(address, "a=b")
  https.VERIFY = nil
  t.equal(code, 200)
  t.matches(body, "^POST /post ")
end)

test("https.tcp: an object for http.open", function(t)
  local address = url(t, "/a")
  local create = https.tcp({ cafile = tools.file("ca.pem") })
  local c = create()
  t.equal(c:settimeout(5), 1)
  t.matches(tostring(c.sock), "^tcp")
  t.is("number", c:getfd())
  t.equal(c:connect("localhost", port), 1)
  t.matches(tostring(c.sock), "^SSL")
  t.is("function", c.getpeercertificate)
  t.equal(c:info("protocol"), "TLSv1.3")
  t.equal(c.shutdown, nil)
  c:close()
  c = https.tcp()()
  local connect = socket.protect(function() return c:connect("localhost", port) end)
  t.returns(t.pack(connect()), nil, "certificate verify failed")
  t.equal(c:getfd(), -1)
  t.is("string", address)
end)

-- Proxies -------------------------------------------------------------------------------------------------

test("https through a proxy: a tunnel, and the certificate of the origin", function(t)
  local address = url(t, "/a")
  local pipe, proxy_port = tools.proxy(t)
  local request, chunks = tools.trusted(address, {
    proxy = ("http://user:word@127.0.0.1:%d"):format(proxy_port),
  })
  t.equal(select(2, http.request(request)), 200)
  t.equal(pipe:read("*l"), "CONNECT localhost:" .. port .. " HTTP/1.1")
  t.matches(pipe:read("*l"), "Proxy%-Authorization: Basic dXNlcjp3b3Jk")
  t.equal(table.concat(chunks), "GET /a localhost:" .. port .. " localhost")
end)

test("https through a proxy that refuses, or a wrong origin", function(t)
  local _, proxy_port = tools.proxy(t, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
  local request = tools.trusted("https://localhost:1/", { proxy = "http://127.0.0.1:" .. proxy_port })
  t.returns(t.pack(http.request(request)), nil,
    "proxy refused the tunnel (407 Proxy Authentication Required)")
  local address = url(t, "/a")
  _, proxy_port = tools.proxy(t)
  t.returns(t.pack(http.request({ url = address, proxy = "http://127.0.0.1:" .. proxy_port })), nil,
    "certificate verify failed")
end)
