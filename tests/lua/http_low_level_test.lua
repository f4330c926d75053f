-- The object that http.open gives, and http-chunked (contract http.md, 8).

local test = ...
local http = require("socket.http")
local ltn12 = require("ltn12")
local socket = require("socket")
local tools = require("http_tools")

-- A connection object on one end of a pair, and the other end.
local function connected(t)
  local client, server = t.pair()
  local h = http.open("ignored", 1, function()
    return {
      settimeout = function() return 1 end, connect = function() return 1 end,
      close = function() return 1 end,
    }
  end)
  h.c = client
  client:settimeout(2)
  server:settimeout(2)
  return h, server, client
end

test("open: the fields c and try; create has a default; failures raise", function(t)
  local server, port = t.server()
  local h = http.open("127.0.0.1", port)
  local keys = {}
  for key in pairs(h) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  t.list(keys, { "c", "try" })
  t.float(h:close(), 1)
  server:close()
  local open = socket.protect(http.open)
  t.returns(t.pack(open("127.0.0.1", t.refusing_port(), socket.tcp)), nil, "connection refused")
end)

test("sendrequestline, sendheaders: bytes and results", function(t)
  local h, server = connected(t)
  local sent = t.pack(h:sendrequestline(nil, "/x"))
  t.returns(sent, 17, nil, nil)
  t.equal(h:sendrequestline("PUT", "/y"), 17)
  t.equal(h:sendheaders({ host = "z", Foo = 1 }), 1)
  t.equal(server:receive(), "GET /x HTTP/1.1")
  t.equal(server:receive(), "PUT /y HTTP/1.1")
  local lines = { server:receive(), server:receive() }
  table.sort(lines)
  t.list(lines, { "Foo: 1", "Host: z" })
  t.equal(server:receive(), "")
end)

test("sendheaders and sendrequestline refuse line ends, and close", function(t)
  local h, _, client = connected(t)
  local send = socket.protect(function(...) return h:sendheaders(...) end)
  t.returns(t.pack(send({ a = "b\r\nc" })), nil, "invalid header 'a'")
  t.equal(client:getfd(), -1)
  h = connected(t)
  send = socket.protect(function() return h:sendrequestline("A B", "/") end)
  t.returns(t.pack(send()), nil, "invalid method")
end)

test("sendbody: plain with a content-length, else chunked; no source is an empty one", function(t)
  local h, server = connected(t)
  t.equal(h:sendbody({ ["content-length"] = 3 }, ltn12.source.string("abc")), 1)
  t.equal(server:receive(3), "abc")
  t.equal(h:sendbody({}, ltn12.source.string("abc")), 1)
  t.equal(server:receive(13), "3\r\nabc\r\n0\r\n\r\n")
  t.equal(h:sendbody({}), 1)
  t.equal(server:receive(5), "0\r\n\r\n")
end)

test("receivestatusline, receiveheaders, receivebody one after the other", function(t)
  local h, server = connected(t)
  server:send("HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\n\r\nhello")
  local code, line = h:receivestatusline()
  t.integer(code, 200)
  t.equal(line, "HTTP/1.1 200 OK")
  local headers = h:receiveheaders()
  t.equal(headers.a, "b")
  local chunks = {}
  t.equal(h:receivebody(headers, (ltn12.sink.table(chunks))), 1)
  t.list(chunks, { "hello" })
end)

test("HTTP/0.9: nil and five bytes, then receive09body", function(t)
  local h, server = connected(t)
  server:send("hello world")
  server:close()
  t.returns(t.pack(h:receivestatusline()), nil, "hello")
  local chunks = {}
  t.equal(h:receive09body("hello", (ltn12.sink.table(chunks))), 1)
  t.equal(table.concat(chunks), "hello world")
end)

test("failures raise, and close the socket", function(t)
  local h, server, client = connected(t)
  server:send("HTTP/1.1 abc\r\n")
  t.returns(t.pack(socket.protect(function() return h:receivestatusline() end)()), nil, "HTTP/1.1 abc")
  t.equal(client:getfd(), -1)
end)

-- http-chunked ------------------------------------------------------------------------------------------

test("sink http-chunked: upper-case size, data, one send each; empty chunks are skipped", function(t)
  local client, server = t.pair()
  local sink = socket.sink("http-chunked", client)
  t.returns(t.pack(sink("abc")), 8, nil, nil)
  t.equal(sink(("x"):rep(27)), 33)
  t.equal(sink(""), 1)
  t.returns(t.pack(sink(nil)), 5, nil, nil)
  t.equal(server:receive(46), "3\r\nabc\r\n1B\r\n" .. ("x"):rep(27) .. "\r\n0\r\n\r\n")
  t.equal(sink.getfd(), client:getfd())
  t.equal(sink.dirty(), false)
end)

test("source http-chunked: a chunk each, then no values; trailers go into the table", function(t)
  local client, server = t.pair()
  server:send("3\r\nabc\r\n2;x\r\nde\r\n0\r\nX-Sum: 1\r\nA: b\r\n\r\nrest\n")
  for _, sock in ipairs({ client }) do
    local headers = { a = "first" }
    local source = socket.source("http-chunked", sock, headers)
    t.returns(t.pack(source()), "abc", nil)
    t.returns(t.pack(source()), "de", nil)
    t.equal(t.pack(source()).n, 0)
    t.equal(headers["x-sum"], "1")
    t.equal(headers.a, "first, b")
    t.equal(sock:receive(), "rest")
    t.equal(source.getfd(), sock:getfd())
  end
end)

test("source http-chunked on an object of the program: the same", function(t)
  local client, server = t.pair()
  server:send("3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\nrest\n")
  local object = { receive = function(_, ...) return client:receive(...) end }
  local headers = {}
  local source = socket.source("http-chunked", object, headers)
  t.returns(t.pack(source()), "abc", nil)
  t.equal(t.pack(source()).n, 0)
  t.equal(headers["x-sum"], "1")
  t.equal(client:receive(), "rest")
end)

test("source http-chunked: errors", function(t)
  for text, message in pairs({
    ["zz\r\n"] = "invalid chunk size", ["0\r\nbad\r\n\r\n"] = "malformed response headers", [""] = "closed",
  }) do
    local client, server = t.pair()
    server:send(text)
    server:close()
    t.returns(t.pack(socket.source("http-chunked", client)()), nil, message)
  end
end)

test("source http-chunked: a timeout loses nothing", function(t)
  local client, server = t.pair()
  client:settimeout(0)
  local object = { receive = function(_, ...) return client:receive(...) end }
  local like_tls = { receive = function(_, ...)
    local data, message, partial = client:receive(...)
    return data, message == "timeout" and "wantread" or message, partial
  end }
  for _, sock in ipairs({ client, object, like_tls }) do
    local source = socket.source("http-chunked", sock)
    local text = "5\r\nabcde\r\n0\r\na: b\r\nc: d\r\n\r\n"
    local got
    for index = 1, #text do
      local chunk, message = source()
      got = got or chunk
      t.ok(chunk or message == "wantread" or message == "timeout", message)
      server:send(text:sub(index, index))
      socket.select({ client }, nil, 5)
    end
    got = got or source()
    t.equal(got, "abcde")
    local chunk, message = source()
    t.equal(chunk, nil)
    t.equal(message, nil)
  end
end)

test("sources and sinks that a program puts in their place are used", function(t)
  local before = socket.sourcet["http-chunked"]
  t.cleanup(function() socket.sourcet["http-chunked"] = before end)
  local used = 0
  socket.sourcet["http-chunked"] = function(...)
    used = used + 1
    return before(...)
  end
  local _, notes = tools.exchange(t, tools.OK .. "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n")
  t.list(notes.chunks, { "a" })
  t.equal(used, 1)
end)
