-- What is sent (contract http.md, 4), and what is refused before a byte is (9).

local test = ...
local http = require("socket.http")
local ltn12 = require("ltn12")
local socket = require("socket")
local tools = require("http_tools")

test("request line and default headers", function(t)
  local sent = tools.sent(t, { at = "/a;b?c=d&e#frag" })
  t.matches(sent, "^GET /a;b%?c=d&e HTTP/1.1\r\n")
  t.matches(tools.field(sent, "Host"), "^127%.0%.0%.1:%d+$")
  t.equal(tools.field(sent, "User-Agent"), socket._VERSION)
  t.equal(tools.field(sent, "Connection"), "close, TE")
  t.equal(tools.field(sent, "TE"), "trailers")
  t.matches(sent, "\r\n\r\n$")
  local _, lines = sent:gsub("\n", "")
  t.equal(lines, 6)
end)

test("a url that ends with the host asks for /, with or without a query", function(t)
  local peer = t.http_peer({ tools.OK .. "\r\n" })
  local base = peer:url(""):gsub("/$", "")
  http.request(base)
  http.request(base .. "?a=b")
  local seen = peer:stop()
  t.matches(seen[1], "^GET / HTTP")
  t.matches(seen[2], "^GET /%?a=b HTTP")
end)

test("blanks in the path leave as %20, other bytes as they are", function(t)
  t.matches(tools.sent(t, { at = "/a b\195\169?c d" }), "^GET /a%%20b\195\169%?c%%20d HTTP/1.1\r\n")
end)

test("uri takes the place of path and query; the method is sent as given", function(t)
  local sent = tools.sent(t, { at = "/x", uri = "*", method = "OPTIONS" })
  t.matches(sent, "^OPTIONS %* HTTP/1.1\r\n")
  t.matches(tools.sent(t, { method = "get" }), "^get / ")
  t.matches(tools.sent(t, { method = "" }), "^GET / ")
end)

test("headers of the program: lower-cased, they replace the defaults, spelled by canonic", function(t)
  local sent = tools.sent(t, { headers = {
    HOST = "zz", TE = "", ["x-CUSTOM"] = 5, ["content-md5"] = "q", ["user-agent"] = "me",
  } })
  t.equal(tools.field(sent, "Host"), "zz")
  t.equal(tools.field(sent, "TE"), "")
  t.equal(tools.field(sent, "x-custom"), "5")
  t.equal(tools.field(sent, "Content-MD5"), "q")
  t.equal(tools.field(sent, "User-Agent"), "me")
end)

test("entries of canonic count when the header is written", function(t)
  local canonic = require("socket.headers").canonic
  canonic.soapaction = "SOAPAction"
  t.cleanup(function() canonic.soapaction = nil end)
  t.equal(tools.field(tools.sent(t, { headers = { soapaction = "x" } }), "SOAPAction"), "x")
end)

test("USERAGENT nil sends no such header", function(t)
  local before = http.USERAGENT
  t.cleanup(function() http.USERAGENT = before end)
  http.USERAGENT = nil
  t.equal(tools.field(tools.sent(t), "User-Agent"), nil)
end)

-- Goal: the short way of plain requests must not be visible on the wire.
-- Method: the same request again with a table of headers that is empty, which takes the long way.
test("a request without headers and one with an empty table of them send the same fields", function(t)
  local function lines_of(fields)
    local lines = {}
    for line in tools.sent(t, fields):gsub("127%.0%.0%.1:%d+", "HOST"):gmatch("[^\r\n]+") do
      lines[#lines + 1] = line
    end
    table.sort(lines)
    return table.concat(lines, "\n")
  end
  for _, at in ipairs({ "/", "/a;b?c#d", "/a%20b?", "/;p", "/?", "/x#", "//x/../y", "/a'\"<>[]" }) do
    t.equal(lines_of({ at = at }), lines_of({ at = at, headers = {} }))
  end
end)

test("a name that canonic spells as none can be is refused by plain requests too", function(t)
  local canonic = require("socket.headers").canonic
  local before = canonic.te
  t.cleanup(function() canonic.te = before end)
  canonic.te = "T E"
  t.matches((select(2, http.request("http://127.0.0.1:1/"))), "^invalid header")
end)

test("a header value that is no text is a Lua error", function(t)
  t.raises("string or a number", http.request, { url = "http://127.0.0.1:1/", headers = { a = {} } })
end)

test("user and password become Authorization", function(t)
  local peer = t.http_peer({ tools.OK .. "\r\n" })
  local place = "127.0.0.1:" .. ("%d"):format(peer.port)
  http.request("http://diego:password@" .. place .. "/")
  http.request("http://diego:@" .. place .. "/")
  http.request("http://diego@" .. place .. "/")
  http.request("http://a%40b:c%3ad@" .. place .. "/")
  http.request({ url = "http://x:y@" .. place .. "/", user = "diego", password = "pass%77ord" })
  http.request({ url = "http://x:y@" .. place .. "/", headers = { authorization = "mine" } })
  local expected = {
    "Basic ZGllZ286cGFzc3dvcmQ=", "Basic ZGllZ286", nil, "Basic YUBiOmM6ZA==",
    "Basic ZGllZ286cGFzc3dvcmQ=", "mine",
  }
  local seen = peer:stop()
  for index = 1, 6 do
    t.equal(tools.field(seen[index], "Authorization"), expected[index], index)
  end
end)

test("a body without content-length is chunked, with one as it comes", function(t)
  local source = function() return ltn12.source.table({ "abc", "", "0123456789abcdefg" }) end
  local sent = tools.sent(t, { method = "PUT", source = source() })
  t.equal(tools.field(sent, "Transfer-Encoding"), "chunked")
  t.matches(sent, "\r\n\r\n3\r\nabc\r\n11\r\n0123456789abcdefg\r\n0\r\n\r\n$")
  sent = tools.sent(t, { source = source(), headers = { ["CONTENT-length"] = 20 } })
  t.equal(tools.field(sent, "Transfer-Encoding"), nil)
  t.matches(sent, "^GET / .*\r\n\r\nabc0123456789abcdefg$")
  sent = tools.sent(t, { source = source(), headers = { ["transfer-encoding"] = "identity" } })
  t.equal(tools.field(sent, "Transfer-Encoding"), "identity")
  t.matches(sent, "\r\n\r\n3\r\nabc\r\n")
end)

test("step drives both directions", function(t)
  local steps = 0
  local sent = tools.sent(t, {
    source = ltn12.source.string("abc"),
    step = function(...)
      steps = steps + 1
      return ltn12.pump.step(...)
    end,
  }, tools.OK .. "Content-Length: 2\r\n\r\nhi")
  t.matches(sent, "3\r\nabc\r\n0")
  t.equal(steps, 4)
end)

test("request line and headers leave in one segment", function(t)
  local server, port = t.server()
  -- The client times out waiting for the answer; what it sent lies in the server's queue.
  http.request({ host = "127.0.0.1", port = port, path = "/", timeout = 2,
                 headers = { ["x-long"] = ("y"):rep(2000) } })
  local client = t.keep(server:accept())
  client:settimeout(0)
  local _, _, partial = client:receive(65536)
  t.matches(partial, "^GET / HTTP/1.1\r\n.*\r\n\r\n$")
end)

-- Refused -----------------------------------------------------------------------------------------------

test("CR, LF and NUL in method, url, host and headers: an error before anything is opened", function(t)
  local opened = 0
  local function refuse(message, fields)
    fields.create = function()
      opened = opened + 1
      return socket.tcp()
    end
    t.returns(t.pack(http.request(fields)), nil, message)
  end
  for _, bad in ipairs({ "\r", "\n", "\0", "\r\nX: y" }) do
    local url = "http://127.0.0.1:1/"
    refuse("invalid url", { url = url .. "a" .. bad })
    refuse("invalid url", { url = url, uri = "/a" .. bad .. "b" })
    refuse("invalid url", { url = url, path = "/a" .. bad .. "b" })
    refuse("invalid url", { url = url, query = bad })
    refuse("invalid url", { url = url, host = "127.0.0.1" .. bad })
    refuse("invalid method", { url = url, method = "GET" .. bad })
    refuse("invalid header 'X-A'", { url = url, headers = { ["X-A"] = "b" .. bad .. "c" } })
    refuse("invalid header 'X" .. bad .. "'", { url = url, headers = { ["X" .. bad] = "b" } })
    refuse("invalid header 'Host'", { url = url, headers = { Host = "a" .. bad .. "b" } })
  end
  refuse("invalid method", { url = "http://127.0.0.1:1/", method = "GET /x HTTP/1.0" })
  refuse("invalid header ''", { url = "http://127.0.0.1:1/", headers = { [""] = "b" } })
  refuse("invalid header 'a:b'", { url = "http://127.0.0.1:1/", headers = { ["a:b"] = "b" } })
  t.equal(opened, 0)
end)

test("line ends behind a value are dropped", function(t)
  local sent = tools.sent(t, { headers = { authorization = "Basic abc=\r\n", ["x-y"] = "z\n\n" } })
  t.equal(tools.field(sent, "Authorization"), "Basic abc=")
  t.equal(tools.field(sent, "x-y"), "z")
end)

test("Host of an IPv6 address is in brackets", function(t)
  t.needs_ipv6()
  local server, port = t.server("::1")
  http.request({ url = ("http://[::1]:%d/"):format(port), timeout = 2 })
  local client = t.keep(server:accept())
  client:settimeout(0)
  local _, _, partial = client:receive(65536)
  t.equal(tools.field(partial, "Host"), ("[::1]:%d"):format(port))
end)
