-- A small web server over TLS:
--
--   lua tls_server.lua KEY.pem CERTIFICATE.pem [HOST:PORT]
--
-- A key and a certificate for tries, which no browser trusts:
--
--   openssl req -x509 -newkey rsa:2048 -nodes -days 7 -subj /CN=localhost \
--     -addext subjectAltName=DNS:localhost -keyout key.pem -out certificate.pem
local moontide = require "moontide"

io.stdout:setvbuf("line") -- what is printed can be read at once, also through a pipe

local key, certificate, address = arg[1], arg[2], arg[3] or "127.0.0.1:0"
if not certificate then
  io.stderr:write("usage: lua tls_server.lua KEY.pem CERTIFICATE.pem [HOST:PORT]\n")
  os.exit(2)
end

local started = os.time()
local served = 0

local pages = {
  ["/"] = function() return "text/html", "<p>Hello. <a href='/status'>How are you?</a></p>\n" end,
  ["/status"] = function()
    return "text/plain", ("up %d s, request %d\n"):format(os.time() - started, served)
  end,
}

-- The method and the path of the next request; nil at the end of the connection, or of what makes sense.
local function read_request(client)
  local method, path = (client:receive() or ""):match("^(%u+) ([^%s?]*)%S* HTTP/1%.[01]$")
  local line = method and client:receive()
  while line and line ~= "" do
    line = client:receive()
  end
  if line then
    return method, path
  end
end

-- The handshake is over when a client gets here.
local function answer(client)
  local method, path = moontide.timeout(10, read_request, client)
  if not method then return end
  served = served + 1
  local status, kind, body = "404 Not Found", "text/plain", "There is no such page.\n"
  if pages[path] then
    status = "200 OK"
    kind, body = pages[path]()
  end
  client:send({
    "HTTP/1.1 ", status, "\r\nContent-Type: ", kind, "\r\nContent-Length: ", #body,
    "\r\nConnection: close\r\n\r\n", method == "HEAD" and "" or body,
  })
end

assert(moontide.serve(address, answer, {
  limit = 1000,
  tls = { key = key, certificate = certificate, protocol = "any", options = { "all", "no_sslv3" } },
  onrefuse = function(message, host) print(tostring(host) .. ": " .. message) end,
  onready = function(host, port)
    print("listening on " .. host .. ":" .. port)
  end,
}))
