-- http.md, 1 to 3, 7 and 8: the module, urls that are none, objects of the program, the low level.

local R = ...
local socket = require("socket")
local client = require("socket.http")
local ltn12 = require("ltn12")

client.USERAGENT = "conformance"

for _, key in ipairs({ "TIMEOUT", "PORT", "PROXY", "_VERSION", "LIMITS" }) do
  R.values("module: " .. key, client[key])
end
local keys = {}
for key in pairs(client) do
  keys[#keys + 1] = key
end
table.sort(keys)
R.values("module: keys", table.concat(keys, " "))
R.values("schemes", client.schemes.http.port, client.schemes.https.port)
R.values("scheme http makes", client.schemes.http.create({}) == socket.tcp)
R.values("registered", type(socket.sourcet["http-chunked"]), type(socket.sinkt["http-chunked"]))

for _, url in ipairs({ "localhost/x", "/x", "http://", "http://:80/", "http:", "ftp://h/", "mailto:a@b", "",
  "http://127.0.0.1:1/", "http://127.0.0.1:x/", "HTTP://127.0.0.1:1/" }) do
  R.call("url '" .. url .. "'", client.request, url)
  R.call("url '" .. url .. "', generic", client.request, { url = url })
end
R.call("no url", client.request, {})
R.call("parts without scheme", client.request, { host = "127.0.0.1", port = 1, path = "/x" })
R.call("parts without path", client.request, { scheme = "http", host = "127.0.0.1", port = 1 })
R.call("parts", client.request, { scheme = "http", host = "127.0.0.1", port = 1, path = "/x" })
R.call("empty host", client.request, { url = "http://h/", host = "" })
R.call("create gives nothing", client.request, { url = "http://h/", create = function() return nil,
  "none" end })
R.call("method with line end", client.request, { url = "http://127.0.0.1:1/", method = "GET\r\nX" })
local form = client.genericform("http://h/", "body")
R.values("genericform", form.url, form.method, form.headers, form.source(), type(form.sink), form.target)
R.values("genericform without body", client.genericform("u").method, client.genericform("u").headers)

-- An object that plays back answers and notes the calls.
local function player(answers)
  local log, index = {}, 0
  local object = {}
  for _, name in ipairs({ "settimeout", "connect", "send", "receive", "close" }) do
    object[name] = function(_, ...)
      local shown = {}
      for position = 1, select("#", ...) do
        shown[position] = tostring((select(position, ...)))
      end
      local text = table.concat(shown, ",")
      log[#log + 1] = name .. "(" .. (name == "send" and #text > 40 and "..." or text) .. ")"
      if name == "receive" then
        index = index + 1
        return R.unpack(answers[index] or { nil, "closed", "" })
      end
      return name == "send" and #text or 1
    end
  end
  return object, log
end

for name, answers in pairs({
  ["length"] = { { "HTTP/" }, { "HTTP/1.1 200 OK" }, { "A: b" }, { "Content-Length: 5" }, { "" },
  { "hello" } },
  ["until closed"] = { { "HTTP/" }, { "HTTP/1.1 200 OK" }, { "" }, { nil, "closed", "hello" } },
  ["chunked"] = { { "HTTP/" }, { "HTTP/1.1 200 OK" }, { "Transfer-Encoding: chunked" }, { "" }, { "3" },
  { "abc" },
    { "" }, { "0" }, { "" } },
  ["100"] = { { "HTTP/" }, { "HTTP/1.1 100 C" }, { "" }, { "HTTP/" }, { "HTTP/1.1 204 N" }, { "" } },
  ["bad status"] = { { "HTTP/" }, { "HTTP/2 200" } }, ["bad header"] = { { "HTTP/" },
  { "HTTP/1.1 200 OK" }, { "x" } },
  ["nothing"] = {}, ["timeout"] = { { nil, "timeout", "HT" } },
}) do
  local object, log = player(answers)
  local chunks = {}
  R.call("object, " .. name, client.request, {
    url = "http://h/x", create = function() return object end, sink = (ltn12.sink.table(chunks)),
  })
  R.values("object, " .. name .. ": calls", table.concat(log, " "))
  R.values("object, " .. name .. ": body", table.concat(chunks))
end

local function opened(answers)
  local object, log = player(answers)
  return client.open("h", 80, function() return object end), log
end
local h, log = opened({ { "HTTP/" }, { "HTTP/1.1 200 OK" }, { "A: b" }, { "a: c" }, { "" } })
local fields = {}
for key in pairs(h) do
  fields[#fields + 1] = key
end
table.sort(fields)
R.values("open: fields", table.concat(fields, " "))
R.method("sendrequestline", h, "sendrequestline", "PUT", "/x")
R.method("sendrequestline, default", h, "sendrequestline", nil, "/x")
R.method("sendheaders", h, "sendheaders", { ["X-Y"] = "z" })
R.method("sendbody", h, "sendbody", {}, ltn12.source.string("abc"))
R.method("sendbody, plain", h, "sendbody", { ["content-length"] = 3 }, ltn12.source.string("abc"))
R.method("sendbody, none", h, "sendbody", {})
R.method("receivestatusline", h, "receivestatusline")
R.method("receiveheaders", h, "receiveheaders")
R.method("close", h, "close")
R.values("low level: calls", (table.concat(log, " "):gsub("[\r\n]", "|")))
R.call("failures raise", function()
  local failing = opened({})
  local good, failure = pcall(failing.receivestatusline, failing)
  return good, type(failure), failing.c ~= nil
end)
R.call("HTTP/0.9", function()
  local old = opened({ { "hello" }, { nil, "closed", " world" } })
  local code, start = old:receivestatusline()
  local chunks = {}
  return code, start, old:receive09body(start, (ltn12.sink.table(chunks))), table.concat(chunks)
end)

local function source_results(answers, headers)
  local source = socket.source("http-chunked", (player(answers)), headers)
  local list = {}
  repeat
    local values = R.pack(source())
    list[#list + 1] = values.n .. ":" .. tostring(values[1]) .. ":" .. tostring(values[2])
  until not values[1]
  return table.concat(list, " ")
end
R.values("chunked source", source_results({ { "3" }, { "abc" }, { "" }, { "0" }, { "" } }))
R.values("chunked source, bad size", source_results({ { "q" }, { "q" }, { "q" }, { "q" } }))
R.values("chunked source, cut", source_results({ { "3" } }))
local trailers = {}
source_results({ { "0" }, { "A: b" }, { "" } }, trailers)
R.values("chunked source, trailers", trailers)
local sent_object, sent_log = player({})
local sink = socket.sink("http-chunked", sent_object)
R.call("chunked sink", sink, "abc")
R.call("chunked sink, long", sink, ("x"):rep(26))
R.call("chunked sink, end", sink, nil)
R.values("chunked sink: calls", (table.concat(sent_log, " "):gsub("[\r\n]", "|")))
