-- http.md, 4: what is sent. Every request goes to a scripted server, which tells what it got.

local R = ...
local socket = require("socket")
local ltn12 = require("ltn12")
local client = require("socket.http")
local http = R.http

client.USERAGENT = "conformance"
client.TIMEOUT = 20

local string_source = function(text) return function() return ltn12.source.string(text) end end

-- name, path, fields of the request; source is a function that makes it
local REQUESTS = {
  { "plain", "/" }, { "no path", "" }, { "all parts", "/a;b?c=d&e" },
  { "escapes stay", "/a%20b%zz?%2f" }, { "bytes stay", "/\195\169" }, { "empty query", "/a?" },
  { "dots stay", "/a/../b/./c" }, { "double slash", "//a//b" },
  { "fragment", "/a#b" }, { "blank in the path", "/a b" }, { "blank in the query", "/a?b c" },
  { "method", "/", { method = "PUT" } }, { "lower-case method", "/", { method = "get" } },
  { "empty method", "/", { method = "" } }, { "HEAD", "/", { method = "HEAD" } },
  { "uri", "/x", { uri = "*", method = "OPTIONS" } }, { "path field", "/x", { path = "/y" } },
  { "query field", "/x?a", { query = "b=c" } }, { "params field", "/x", { params = "p" } },
  { "fragment field", "/x", { fragment = "f" } },
  { "user data", "/", { user = "diego", password = "password" } },
  { "empty password", "/", { user = "diego", password = "" } },
  { "user alone", "/", { user = "diego" } }, { "password alone", "/", { password = "p" } },
  { "escaped password", "/", { user = "a%40b", password = "c%3ad" } },
  { "authorization header", "/", { user = "a", password = "b", headers = { authorization = "mine" } } },
  { "user-agent header", "/", { headers = { ["USER-agent"] = "x" } } },
  { "host header", "/", { headers = { HOST = "zz" } } }, { "te empty", "/", { headers = { te = "" } } },
  { "connection header", "/", { headers = { connection = "keep-alive" } } },
  { "unknown header", "/", { headers = { ["X-Custom"] = "a" } } },
  { "spelled headers", "/", { headers = { etag = "a", ["content-md5"] = "b",
    ["WWW-authenticate"] = "c" } } },
  { "number as value", "/", { headers = { ["x-n"] = 5 } } },
  { "blanks in a value", "/", { headers = { ["x-n"] = "  a  b  " } } },
  { "empty value", "/", { headers = { ["x-n"] = "" } } },
  { "expect", "/", { headers = { expect = "100-continue" }, source = string_source("abc") } },
  { "body", "/", { source = string_source("hello") } },
  { "body with method", "/", { method = "POST", source = string_source("hello") } },
  { "empty body", "/", { source = string_source("") } },
  { "long body", "/", { source = string_source(("0123456789"):rep(1000)) } },
  { "body with length", "/", { source = string_source("hello"), headers = { ["Content-LENGTH"] = 5 } } },
  { "identity", "/", { source = string_source("abc"), headers = { ["transfer-encoding"] = "identity" } } },
  { "chunked by hand", "/", { source = string_source("abc"),
    headers = { ["transfer-encoding"] = "chunked" } } },
  { "chunks", "/", { source = function() return ltn12.source.table({ "a", "bcd", ("x"):rep(30) }) end } },
  { "length without source", "/", { headers = { ["content-length"] = 0 } } },
}

local OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

local peer = http.peer({ OK })
local order = {}
local function made(fields)
  local request = {}
  for key, value in pairs(fields or {}) do
    request[key] = value
  end
  request.source = request.source and request.source()
  return request
end
for _, entry in ipairs(REQUESTS) do
  local request = made(entry[3])
  request.url = "http://127.0.0.1:" .. ("%d"):format(peer.port) .. entry[2]
  local good, _, code = pcall(client.request, request)
  R.values(entry[1] .. ": result", good, code)
  order[#order + 1] = entry[1]
end
local function simple(name, ...)
  R.values(name .. ": result", (select(2, client.request(...))))
  order[#order + 1] = name
end
local base = ("127.0.0.1:%d"):format(peer.port)
simple("simple form", "http://" .. base .. "/s")
simple("simple form with a body", "http://" .. base .. "/s", "a=b")
simple("simple form with an empty body", "http://" .. base .. "/s", "")
simple("simple form with a number", "http://" .. base .. "/s", 12)
simple("user data in the url", "http://diego:password@" .. base .. "/")
simple("user alone in the url", "http://diego@" .. base .. "/")
simple("escaped password in the url", "http://diego:a%3ab@" .. base .. "/")
simple("no slash", "http://" .. base)
local proxy = "http://" .. base
for name, request in pairs({
  ["proxy"] = { url = "http://example.test:81/a;b?c=d", proxy = proxy },
  ["proxy, default port"] = { url = "http://example.test/", proxy = proxy },
  ["proxy with user data"] = { url = "http://example.test:81/", proxy = "http://me:secret@" .. base },
}) do
  R.values(name .. ": result", (select(2, client.request(request))))
  order[#order + 1] = name
end
for index, text in ipairs(peer:stop()) do
  R.values(order[index] .. ": sent", http.sent(peer, text))
end

peer = http.peer({ OK })
R.values("query alone: result", (select(2, client.request(peer:url("?a=b")))))
R.values("query alone: sent", http.sent(peer, peer:stop()[1]))

R.call("a table as value", function()
  return client.request({ url = "http://127.0.0.1:1/", create = socket.tcp, headers = { a = "b",
    c = "d" } })
end)
