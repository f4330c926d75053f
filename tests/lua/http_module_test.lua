-- The module, the two forms of request and their errors (contract http.md, 1 to 3).

local test = ...
local http = require("socket.http")
local ltn12 = require("ltn12")
local socket = require("socket")
local tools = require("http_tools")

test("the module is what socket.http holds, and has the documented keys", function(t)
  t.equal(socket.http, http)
  local keys = {}
  for key in pairs(http) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  t.list(keys, { "TIMEOUT", "USERAGENT", "genericform", "open", "request", "schemes" })
  t.integer(http.TIMEOUT, 60)
  t.equal(http.USERAGENT, socket._VERSION)
  t.equal(http.schemes.http.port, 80)
  t.equal(http.schemes.https.port, 443)
  t.is("function", socket.sourcet["http-chunked"])
  t.is("function", socket.sinkt["http-chunked"])
end)

test("simple form: four results, the body as text", function(t)
  local peer = t.http_peer({ tools.OK .. "Content-Length: 5\r\nX-Y: z\r\n\r\nhello" })
  local body, code, headers, status = http.request(peer:url())
  t.equal(body, "hello")
  t.integer(code, 200)
  t.equal(headers["x-y"], "z")
  t.equal(status, "HTTP/1.1 200 OK")
  t.equal(t.pack(http.request(peer:url())).n, 4)
end)

test("simple form: any code is a success, without body the text is empty", function(t)
  for _, answer in ipairs({ "404 Not Found", "204 No Content", "304 Not Modified", "500 Oops" }) do
    local peer = t.http_peer({ "HTTP/1.1 " .. answer .. "\r\nContent-Length: 0\r\n\r\n" })
    local body, code = http.request(peer:url())
    t.equal(body, "")
    t.equal(code, tonumber(answer:match("%d+")))
  end
end)

test("simple form with a body is a POST of a form, also when the body is empty", function(t)
  for _, body in ipairs({ "a=b&c=d", "", 12.5 }) do
    local peer = t.http_peer({ tools.OK .. "\r\n" })
    http.request(peer:url("/p"), body)
    local sent = peer:stop()[1]
    t.matches(sent, "^POST /p HTTP/1.1\r\n")
    t.equal(tools.field(sent, "Content-Length"), ("%d"):format(#tostring(body)))
    t.equal(tools.field(sent, "Content-Type"), "application/x-www-form-urlencoded")
    t.equal(sent:match("\r\n\r\n(.*)$"), tostring(body))
  end
end)

test("simple form: a body of another type is a Lua error", function(t)
  t.raises("string expected", http.request, "http://127.0.0.1:1/", {})
end)

test("generic form: 1, code, headers, status; the body goes to the sink", function(t)
  local results, notes = tools.exchange(t, tools.OK .. "Content-Length: 5\r\n\r\nhello")
  t.equal(results.n, 4)
  t.integer(results[1], 1)
  t.integer(results[2], 200)
  t.equal(results[3]["content-length"], "5")
  t.equal(results[4], "HTTP/1.1 200 OK")
  t.list(notes.chunks, { "hello" })
  t.equal(notes.ended, "end")
end)

test("generic form without a sink drops the body", function(t)
  local peer = t.http_peer({ tools.OK .. "Content-Length: 5\r\n\r\nhello" })
  t.equal((http.request({ url = peer:url() })), 1)
end)

test("the table of the simple form is that of genericform", function(t)
  local request = http.genericform("http://h/", "body")
  t.equal(request.url, "http://h/")
  t.equal(request.method, "POST")
  t.equal(request.headers["content-length"], 4)
  t.equal(request.headers["content-type"], "application/x-www-form-urlencoded")
  t.equal(request.source(), "body")
  request.sink("x")
  t.list(request.target, { "x" })
  t.equal(http.genericform("http://h/").method, nil)
end)

test("genericform and open are looked up at each call", function(t)
  local peer = t.http_peer({ tools.OK .. "Content-Length: 2\r\n\r\nok" })
  local open, genericform = http.open, http.genericform
  local opened, made = 0, 0
  t.cleanup(function() http.open, http.genericform = open, genericform end)
  http.open = function(...)
    opened = opened + 1
    return open(...)
  end
  http.genericform = function(...)
    made = made + 1
    return genericform(...)
  end
  t.equal(http.request(peer:url()), "ok")
  t.equal(opened, 1)
  t.equal(made, 1)
end)

test("socket.tcp is looked up at each call", function(t)
  local log = {}
  local tcp, create = socket.tcp, tools.create_wrapped(log)
  local peer = t.http_peer({ tools.OK .. "Content-Length: 2\r\n\r\nok" })
  t.cleanup(function() socket.tcp = tcp end)
  socket.tcp = function()
    socket.tcp = tcp
    return create()
  end
  t.equal(http.request(peer:url()), "ok")
  t.equal(log[1], "settimeout(60)")
  t.equal(log[#log], "close()")
end)

-- A plain request goes a shorter way than one with a create function: nobody may be able to tell.
test("a create function that makes a usual socket changes no result", function(t)
  local long = ("x"):rep(200000)
  local answers = {
    tools.OK .. "Content-Length: 5\r\n\r\nhello",
    tools.OK .. "Content-Length: 200000\r\n\r\n" .. long,
    tools.OK .. "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Trailer: y\r\n\r\n",
    tools.OK .. "Set-Cookie: a\r\nSet-Cookie: b\r\n\r\nuntil closed",
    tools.OK .. "\r\n",
    tools.OK .. "Content-Length: 9\r\n\r\nshort",
    tools.OK .. "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    tools.OK .. "no colon\r\n\r\n",
    tools.OK .. "A: cut",
    "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
    "HTTP/1.1 100 Continue\r\n\r\n" .. tools.OK .. "Content-Length: 2\r\n\r\nok",
    ("HTTP/1.1 103 Early Hints\r\n\r\n"):rep(65) .. tools.OK .. "\r\n",
    ("HTTP/1.1 103 Early Hints\r\n\r\n"):rep(64) .. tools.OK .. "\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n<html>",
    "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 2\r\n\r\nno",
    "HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\nno",
    "<html>of HTTP/0.9</html>",
    "HTT",
    "",
  }
  local function described(answer, create)
    local results, notes = tools.exchange(t, answer, { create = create })
    local lines = { tostring(results.n) }
    for i = 1, results.n do
      if type(results[i]) == "table" then
        for name, value in pairs(results[i]) do
          lines[#lines + 1] = name .. ": " .. value
        end
        lines[#lines + 1] = table.concat(results[i]["set-cookie-list"] or {}, "|")
        table.sort(lines)
      else
        lines[#lines + 1] = tostring(results[i])
      end
    end
    return table.concat(lines, "\n") .. "\n" .. table.concat(notes.chunks) .. "\n" .. tostring(notes.ended)
  end
  for number, answer in ipairs(answers) do
    local function usual()
      return socket.tcp()
    end
    t.equal(number .. described(answer), number .. described(answer, usual))
  end
end)

test("urls without a host are refused, in both forms", function(t)
  for _, url in ipairs({ "localhost/x", "/x", "http://", "http://:80/", "http:" }) do
    t.returns(t.pack(http.request(url)), nil, "invalid host ''")
    t.returns(t.pack(http.request({ url = url })), nil, "invalid host ''")
  end
  t.returns(t.pack(http.request({ url = "http://h/", host = "" })), nil, "invalid host ''")
end)

test("unknown schemes and empty urls are errors of the request, not of the program", function(t)
  t.returns(t.pack(http.request("ftp://h/")), nil, "unknown scheme 'ftp'")
  t.returns(t.pack(http.request("mailto:a@b")), nil, "unknown scheme 'mailto'")
  t.returns(t.pack(http.request("HTTP://h/")), nil, "unknown scheme 'HTTP'")
  t.returns(t.pack(http.request("")), nil, "invalid url")
end)

test("without url the parts make the request, http is the scheme", function(t)
  local peer = t.http_peer({ tools.OK .. "\r\n" })
  t.equal((http.request({ host = "127.0.0.1", port = peer.port, path = "/x" })), 1)
  t.matches(peer:stop()[1], "^GET /x HTTP")
  t.returns(t.pack(http.request({ scheme = "http", host = "h", port = 1 })), nil, "invalid path 'nil'")
  t.returns(t.pack(http.request({})), nil, "invalid host ''")
end)

test("connecting: the errors are those of the socket", function(t)
  local port = ("%d"):format(t.refusing_port())
  t.returns(t.pack(http.request("http://127.0.0.1:" .. port .. "/")), nil, "connection refused")
  local _, expected = socket.connect("no.such.host.invalid", 80)
  t.returns(t.pack(http.request("http://no.such.host.invalid/")), nil, expected)
  t.returns(t.pack(http.request("http://127.0.0.1:port/")), nil, "service not supported for socket type")
end)

test("https without ssl.https: the error of require goes through", function(t)
  local loaded, preload = package.loaded["ssl.https"], package.preload["ssl.https"]
  local searchers = package.searchers or package.loaders -- luacheck: ignore 143
  package.loaded["ssl.https"] = nil
  package.preload["ssl.https"] = function() error("module 'ssl.https' not found: hidden") end
  t.cleanup(function() package.loaded["ssl.https"], package.preload["ssl.https"] = loaded, preload end)
  t.is("table", searchers)
  t.raises("module 'ssl.https' not found", http.request, "https://127.0.0.1/")
  package.preload["ssl.https"] = nil
  package.loaded["ssl.https"] = {}
  t.raises("LuaSocket: Function tcp() not available from LuaSec", http.request, "https://127.0.0.1/")
end)

test("the table of the program is never changed", function(t)
  local peer = t.http_peer({ "HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n", tools.OK .. "\r\n" })
  local headers = { ["X-A"] = "b" }
  local create = function() return socket.tcp() end
  local request = {
    url = peer:url(), headers = headers, create = create, sink = ltn12.sink.null(), timeout = 20,
  }
  local before = {}
  for key, value in pairs(request) do
    before[key] = value
  end
  t.equal((http.request(request)), 1)
  for key, value in pairs(request) do
    t.equal(value, before[key], key)
  end
  for key, value in pairs(before) do
    t.equal(request[key], value, key)
  end
  t.equal(next(headers), "X-A")
  t.equal(next(headers, "X-A"), nil)
end)

test("TIMEOUT limits each wait", function(t)
  local before = http.TIMEOUT
  t.cleanup(function() http.TIMEOUT = before end)
  http.TIMEOUT = 0.1
  local results = tools.exchange(t, { hold = true })
  t.returns(results, nil, "timeout")
end)
