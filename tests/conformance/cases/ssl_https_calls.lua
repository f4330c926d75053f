-- ssl.md, 8: what https.request refuses, errors of the caller's functions, and https.tcp.

local R = ...
local socket, http = require("socket"), require("socket.http")
local https = require("ssl.https")
local ltn12 = require("ltn12")
local tls = R.load("tls")

https.TIMEOUT = 20

local HELLO = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

-- Refusals, before any connection.
local closed = R.net.closed_port()
local function refused(name, changes, request)
  local fields = { url = ("https://127.0.0.1:%d/"):format(closed), verify = "none", sink = ltn12.sink.null() }
  for key, value in pairs(changes) do
    fields[key] = value
  end
  local result, message = (request or https.request)(fields)
  R.values("refused: " .. name, result, message)
end
refused("nobody listens", {})
refused("nobody listens, by socket.http", {}, http.request)
refused("a proxy", { proxy = "http://127.0.0.1:1" })
refused("create", { create = socket.tcp })
refused("redirect", { redirect = true })
http.PROXY = "http://127.0.0.1:1"
refused("a proxy of the module", {})
http.PROXY = nil
refused("no such CA file", { cafile = tls.file("empty.pem") })
tls.raises("a request without anything", https.request)
tls.raises("a request of a number", https.request, 5)
tls.raises("a request without url", https.request, {})
R.call("nobody listens, as text", function()
  local result, message = https.request(("https://127.0.0.1:%d/"):format(closed))
  return result, message
end)

-- Errors of the caller's functions go through.
for _, field in ipairs({ "sink", "source", "step" }) do
  local mark = {}
  local port, stop = tls.front(R.http.peer({ HELLO }))
  local good, raised = pcall(https.request, {
    url = ("https://127.0.0.1:%d/"):format(port), verify = "none", sink = ltn12.sink.null(), method = "POST",
    headers = { ["content-length"] = 4 }, source = ltn12.source.string("text"),
    [field] = function() error(mark) end,
  })
  R.values("an error in " .. field, good, raised == mark)
  stop()
end

-- The original writes into the request (fix 20).
R.moontide_only("a request can be used twice", 'integer 1, integer 1, "sink url verify"', function()
  local port, stop = tls.front(R.http.peer({ HELLO }))
  local request = { url = ("https://127.0.0.1:%d/"):format(port), verify = "none", sink = ltn12.sink.null() }
  local first, second = https.request(request), https.request(request)
  stop()
  return first, second, table.concat(tls.keys(request), " ")
end)

-- The original leaves the socket to the collector (fix 21).
R.moontide_only("a failed connect closes its socket", "integer 0, integer 0", function()
  local port, stop = tls.front(R.http.peer({ HELLO }))
  local before = R.net.socket_count()
  collectgarbage("stop")
  local function opened_by(server_port)
    https.request({
      url = ("https://127.0.0.1:%d/"):format(server_port), verify = "peer", cafile = tls.file("alone.pem"),
    })
    return R.net.open_sockets() - before
  end
  local refused_count, failed_count = opened_by(closed), opened_by(port)
  collectgarbage("restart")
  stop()
  return refused_count, failed_count
end)

-- The original forgets what the request says of TLS (fix 22).
R.moontide_only("from http to https the TLS keys go along",
  'integer 1, integer 200, nil, "certificate verify failed"', function()
    local port, stop = tls.front(R.http.peer({ HELLO }))
    local plain = R.http.peer({
      ("HTTP/1.1 302 Found\r\nLocation: https://localhost:%d/\r\n\r\n"):format(port),
    })
    local function get(authority)
      return http.request({ url = plain:url("/"), sink = ltn12.sink.null(), verify = "peer",
        cafile = tls.file(authority) })
    end
    local result, code = get("trust.pem")
    local refused_result, message = get("alone.pem")
    plain:stop()
    stop()
    return result, code, refused_result, message
  end)

-- https.tcp.
R.values("tcp gives a function", type(https.tcp({})), type(https.tcp()))
R.values("which gives a table", type(https.tcp({ verify = "none" })()))
R.call("a connection of tcp", function()
  local port, stop = tls.front(R.http.peer({ HELLO }))
  local conn = https.tcp({ protocol = "any", mode = "client", verify = "none" })()
  local results = R.pack(conn:settimeout(5), conn:connect("127.0.0.1", port),
    conn:send("GET / HTTP/1.0\r\n\r\n"))
  results[#results + 1] = conn:receive()
  results[#results + 1] = type(conn.sock)
  conn:close()
  stop()
  return R.unpack(results)
end)
R.call("socket.tcp is looked up when it is called", function()
  local original, called = socket.tcp, 0
  socket.tcp = function(...)
    called = called + 1
    return original(...)
  end
  refused("with another socket.tcp", {})
  socket.tcp = original
  return called > 0
end)
R.call("protect gives the message of a failed connect", function()
  local connect = socket.protect(function()
    return https.tcp({ protocol = "any", mode = "client", verify = "none" })():connect("127.0.0.1", closed)
  end)
  return connect()
end)
R.values("TIMEOUT is read at each call", (function()
  local server, port = R.net.listener()
  https.TIMEOUT = 0.2
  local start = socket.gettime()
  local result, message = https.request(("https://127.0.0.1:%d/"):format(port))
  https.TIMEOUT = 20
  server:close()
  return result, message, socket.gettime() - start < 5
end)())
