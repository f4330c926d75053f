-- https where programs or servers are odd: what must not be sent, trusted, taken for complete or left open.
local test = ...
local socket = require("socket")
local http = require("socket.http")
local https = require("ssl.https")
local harness = require("harness")
local tools = require("tls_tools")

-- Answers each request with its fields.
local ECHO = [[function(conn)
  if not conn:dohandshake() then
    return
  end
  local fields = {}
  repeat
    local field = conn:receive()
    fields[#fields + 1] = field
  until not field or field == ""
  local body = table.concat(fields, "|")
  conn:send("HTTP/1.1 200 OK\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body)
end]]

local function address(t, serve, host)
  return ("https://%s:%d/"):format(host or "localhost", tools.server_process(t, serve or ECHO))
end

-- Trust -------------------------------------------------------------------------------------------------

test("the name is looked for whatever word asks for a certificate", function(t)
  local url = address(t)
  for _, verify in ipairs({
    "peer", "client_once", { "fail_if_no_peer_cert" }, { "none", "client_once" }, { "peer", "client_once" },
  }) do
    local result, message = https.request(tools.trusted(url, { verify = verify, verifyhost = "other.test" }))
    t.equal(result, nil)
    t.equal(message, "certificate verify failed")
    t.equal(https.request(tools.trusted(url, { verify = verify })), 1)
  end
  for _, verify in ipairs({ "none", { "none" }, { "none", "none" }, false }) do
    t.equal(https.request(tools.trusted(url, { verify = verify, verifyhost = "other.test" })), 1)
  end
end)

test("the system's store is taken whatever word asks for a certificate", function(t)
  t.equal(t.output_of(([[
    print((select(2, require("ssl.https").request({ url = %q, verify = { "fail_if_no_peer_cert" } }))))
  ]]):format(address(t)), nil, "env SSL_CERT_FILE=" .. tools.file("ca.pem")), "200")
end)

-- Proxies -------------------------------------------------------------------------------------------------

test("credentials for the proxy do not go through the tunnel", function(t)
  local url = address(t)
  for _, name in ipairs({ "Proxy-Authorization", "proxy-authorization" }) do
    local pipe, port = tools.proxy(t)
    local headers = { [name] = "Basic c2VjcmV0", ["X-Mine"] = "kept" }
    local request, chunks = tools.trusted(url, { proxy = "http://u:p@127.0.0.1:" .. port, headers = headers })
    t.equal(select(2, http.request(request)), 200)
    t.matches(pipe:read("*l"), "^CONNECT ")
    local asked = pipe:read("*l")
    t.matches(asked, "Proxy%-Authorization: Basic c2VjcmV0|")
    t.equal(asked:lower():find("x-mine", 1, true), nil)
    local sent = table.concat(chunks)
    t.matches(sent, "|[Xx]%-[Mm]ine: kept|")
    t.equal(sent:lower():find("proxy-authorization", 1, true), nil)
    t.equal(headers[name], "Basic c2VjcmV0")
  end
end)

test("a tunnel through a proxy of https is refused, and nothing is sent", function(t)
  local server = t.server()
  local proxy = ("https://user:word@127.0.0.1:%d"):format(select(2, server:getsockname()))
  t.returns(t.pack(http.request({ url = "https://a.test/", proxy = proxy, timeout = 5 })), nil,
    "proxy not supported")
  server:settimeout(0)
  t.equal(select(2, server:accept()), "timeout")
end)

-- Odd programs --------------------------------------------------------------------------------------------

-- From here on, to the end of the test, what was forgotten open stays open.
local function stop_collector(t)
  collectgarbage()
  collectgarbage("stop")
  t.cleanup(function() collectgarbage("restart") end)
end

local function descriptors()
  local count = 0
  for _ in pairs(harness.open_descriptors()) do
    count = count + 1
  end
  return count
end

test("names of a wrong type raise before there is a socket, and leave none", function(t)
  local server = t.server()
  local url = ("https://127.0.0.1:%d/"):format(select(2, server:getsockname()))
  stop_collector(t)
  local before = descriptors()
  t.raises("bad parameter 'verifyhost' (string or true expected, got table)", https.request,
    { url = url, verifyhost = {} })
  t.raises("bad parameter 'servername' (string expected, got table)", https.request,
    { url = url, servername = {} })
  https.VERIFYHOST = 5
  t.cleanup(function() https.VERIFYHOST = nil end)
  t.raises("bad parameter 'verifyhost'", http.request, url)
  t.equal(descriptors(), before)
  server:settimeout(0)
  t.equal(select(2, server:accept()), "timeout")
end)

test("a name that cannot be sent is an error, and leaves no socket", function(t)
  local server = t.server()
  local url = ("https://127.0.0.1:%d/"):format(select(2, server:getsockname()))
  stop_collector(t)
  local before = descriptors()
  local result, message = https.request({ url = url, verifyhost = "a\0b", timeout = 5 })
  t.equal(result, nil)
  t.equal(message, "invalid host name")
  t.equal(descriptors(), before)
end)

test("a socket.tcp of the program whose settimeout gives nothing", function(t)
  local url = address(t)
  local tcp = socket.tcp
  t.cleanup(function() socket.tcp = tcp end)
  socket.tcp = function()
    local inner = tcp()
    return setmetatable({
      settimeout = function(_, ...) inner:settimeout(...) end,
    }, {
      __index = function(_, name)
        return function(_, ...) return inner[name](inner, ...) end
      end,
    })
  end
  t.equal(https.request(tools.trusted(url)), 1)
  t.equal(http.request(tools.trusted(url, { timeout = 10 })), 1)
end)

test("a program without os makes requests", function(t)
  t.equal(t.output_of(([[
    local https = require("ssl.https")
    os = nil
    print((select(2, https.request(%q))))
  ]]):format(address(t)), nil, "env SSL_CERT_FILE=" .. tools.file("ca.pem")), "200")
end)

test("what is no URL gives an error", function(t)
  for _, request in ipairs({ "", { url = "" } }) do
    local result, message = https.request(request)
    t.equal(result, nil)
    t.equal(message, "invalid url")
  end
end)

-- Odd servers ---------------------------------------------------------------------------------------------

-- A server whose answers begin with this text, a Lua expression, after which it does what `rest` says.
local function answering(text, rest)
  return ([[function(conn)
    if not conn:dohandshake() then
      return
    end
    repeat until (conn:receive() or "") == ""
    conn:send(%s)
    %s
  end]]):format(text, rest or "")
end

test("a body that ends with a reset is not complete", function(t)
  local url = address(t, answering([["HTTP/1.1 200 OK\r\n\r\nhalf"]], [[
    local raw = require("socket").tcp()
    debug.setmetatable(raw, debug.getregistry()["tcp{client}"])
    raw:setfd(conn:getfd())
    raw:setoption("linger", { on = true, timeout = 0 })
    raw:close()]]))
  for _, options in ipairs({ { "all" }, { "all", "ignore_unexpected_eof" } }) do
    local request, chunks = tools.trusted(url, { options = options })
    local result, message = http.request(request)
    t.equal(result, nil)
    t.equal(message, "unexpected eof while reading")
    t.equal(table.concat(chunks), "half")
  end
end)

test("an object that its program has closed says so", function(t)
  local url = address(t)
  local c = https.tcp({ cafile = tools.file("ca.pem") })()
  c:connect("localhost", tonumber(url:match(":(%d+)/")))
  c:close()
  t.returns(t.pack(c:receive()), nil, "closed", "")
end)

test("lines of heads and chunks without an end are errors while they come", function(t)
  local endless = [[repeat until not conn:send(("a"):rep(65536))]]
  for begin, message in pairs({
    [ [["HTTP/1.1 200 "]] ] = "response headers too long",
    [ [["HTTP/1.1 200 OK\r\nX: "]] ] = "response headers too long",
    [ [["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;"]] ] = "invalid chunk size",
    [ [["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb"]] ] = "malformed chunk",
    [ [["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: "]] ] = "response headers too long",
  }) do
    local result, got = http.request(tools.trusted(address(t, answering(begin, endless)), { timeout = 20 }))
    t.equal(result, nil)
    t.equal(got, message)
  end
end)

test("a line may be as long as the request says, with a limit of the program too", function(t)
  local url = address(t, answering([["HTTP/1.1 200 OK\r\nX: " .. ("a"):rep(100000)
    .. "\r\nContent-Length: 0\r\n\r\n"]]))
  t.equal(select(2, http.request(tools.trusted(url))), "response headers too long")
  local _, code, headers = http.request(tools.trusted(url, { limits = { line = 200000 } }))
  t.equal(code, 200)
  t.equal(#headers.x, 100000)
  _, code = http.request(tools.trusted(url, { limits = { line = 99999 } }))
  t.equal(code, "response headers too long")
end)

test("https.tcp: the program's own lines have no limit", function(t)
  local url = address(t, answering([[("a"):rep(100000) .. "\n"]]))
  local c = https.tcp({ cafile = tools.file("ca.pem") })()
  c:connect("localhost", tonumber(url:match(":(%d+)/")))
  c:send("\r\n")
  t.equal(#c:receive(), 100000)
  c:close()
end)

test("a host may be a number, as it may be without TLS", function(t)
  local port = tools.server_process(t, ECHO)
  local result, code = https.request(tools.trusted("https://x/", {
    host = 2130706433, port = port, verifyhost = "localhost",
  }))
  t.equal(code, 200)
  t.equal(result, 1)
end)
