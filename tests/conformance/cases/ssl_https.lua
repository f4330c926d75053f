-- ssl.md, 8: https.request, https.tcp and socket.http with https URLs. Verification is given in every
-- request, because what happens without is a decision (A1) and no comparison.

local R = ...
local http = require("socket.http")
local https = require("ssl.https")
local ltn12 = require("ltn12")
local tls = R.load("tls")

http.USERAGENT = "conformance"
https.TIMEOUT = 20
http.TIMEOUT = 20

local HELLO = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

local function moved(location, code)
  return "HTTP/1.1 " .. (code or 302) .. " Found\r\nLocation: " .. location
    .. "\r\nContent-Length: 5\r\n\r\nmoved"
end

-- One request with these answers of the server. `make(port)` gives the request, whose missing fields are
-- filled in.
local function compare(name, answers, make, request, identity, options)
  local port, stop = tls.front(R.http.peer(answers), identity, options)
  local sink, told = R.http.sink()
  local fields = make(port)
  fields.url = fields.url or ("https://127.0.0.1:%d/a/b"):format(port)
  fields.sink = fields.sink or sink
  if fields.verify == nil then
    fields.verify = "none"
  end
  local results = R.pack(pcall(request or https.request, fields))
  local shown = {}
  for position = 2, math.min(results.n, 3) do
    shown[position - 1] = results[position]
  end
  R.values(name, results[1], shown[1], shown[2], results[5])
  R.values(name .. ", told", told.data, told.ended)
  local headers = type(results[4]) == "table" and results[4] or {}
  R.values(name .. ", location", (tostring(headers.location):gsub(("%d"):format(port), "PORT")))
  local seen = stop()
  for position, text in ipairs(seen) do
    seen[position] = R.http.sent({ port = port }, text)
  end
  R.values(name .. ", wire", #seen, R.unpack(seen))
end

local function plain() return {} end
compare("get", { HELLO }, plain)
compare("get by socket.http", { HELLO }, plain, http.request)
compare("verified", { HELLO }, function(port)
  return { url = ("https://localhost:%d/"):format(port), verify = "peer", cafile = tls.file("trust.pem") }
end)
compare("refused", { HELLO }, function()
  return { verify = "peer", cafile = tls.file("alone.pem") }
end)
compare("refused, by socket.http", { HELLO }, function()
  return { verify = "peer", cafile = tls.file("alone.pem") }
end, http.request)
compare("expired", { HELLO }, function()
  return { verify = "peer", cafile = tls.file("trust.pem") }
end, https.request, "expired")
compare("post", { HELLO }, function()
  return { method = "POST", headers = { ["content-length"] = 4 }, source = ltn12.source.string("text") }
end)
compare("a port in the host header", { HELLO }, function(port)
  return { url = ("https://localhost:%d/"):format(port) }
end)
compare("http in the url is TLS too", { HELLO }, function(port)
  return { url = ("http://127.0.0.1:%d/x"):format(port) }
end)
compare("user data", { HELLO }, function(port)
  return { url = ("https://me:secret@127.0.0.1:%d/"):format(port) }
end)
compare("one version", { HELLO }, function() return { protocol = "tlsv1_2" } end)
compare("a version that is none", { HELLO }, function() return { protocol = "nosuch" } end)
compare("ciphers that are none", { HELLO }, function() return { ciphers = "nosuch" } end)
compare("options in place of the defaults", { HELLO },
  function() return { options = { "all", "no_tlsv1_3" } } end)
compare("a client certificate", { HELLO }, function()
  return { key = tls.file("client.key"), certificate = tls.file("client-chain.pem") }
end, https.request, "server", "'" .. tls.file("trust.pem") .. "'")

-- Redirects.
R.call("redirect to https", function()
  local port, stop = tls.front(R.http.peer({ HELLO }), "ec")
  local first_port, stop_first = tls.front(R.http.peer({ moved(("https://127.0.0.1:%d/b"):format(port)) }))
  local sink, told = R.http.sink()
  local result, code, headers = https.request({ url = ("https://127.0.0.1:%d/"):format(first_port),
    verify = "none", sink = sink })
  stop_first()
  return result, code, headers.location == ("https://127.0.0.1:%d/b"):format(port), told.data,
    R.http.sent({ port = port }, stop()[1])
end)
for _, code in ipairs({ 301, 308 }) do
  compare("redirect " .. code .. " to http", { moved("http://127.0.0.1:1/b", code), HELLO }, plain)
end
compare("redirect is false", { moved("https://127.0.0.1:1/b"), HELLO },
  function() return { redirect = false } end)
compare("redirect of a POST", { moved("https://127.0.0.1:1/b"), HELLO }, function()
  return { method = "POST", headers = { ["content-length"] = 0 } }
end)
compare("redirect, relative", { moved("/c"), HELLO }, plain)

-- Bodies without a length, ended and truncated.
local ENDLESS = "HTTP/1.1 200 OK\r\n\r\nuntil the end"
compare("a body that ends with the connection", { ENDLESS }, plain)
compare("a body that is truncated", { ENDLESS }, plain, https.request, "server", "truncate")
compare("a truncated one that is taken", { ENDLESS }, function()
  return { options = { "all", "ignore_unexpected_eof" } }
end, https.request, "server", "truncate")
compare("a body that is shorter than it says", { "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort" },
  plain)
compare("a short one that is truncated", { "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort" }, plain,
  https.request, "server", "truncate")
