-- A TLS server for tests/peers/tls_run, on the library that the interpreter finds:
--
--   tls_server.lua CERTIFICATES PORTS_FILE LARGE_FILE
--
-- Writes NAME=PORT for each of its listeners. To a request for /hello it answers with the protocol and what
-- it knows of the client, for /large with the file, for /length with the count of bytes that came with it.
-- A client that does not ask like a browser has its lines sent back, reversed.

local socket = require("socket")
local ssl = require("ssl")

local certificates, ports_file, large_file = arg[1], arg[2], arg[3]

local function context(changes)
  local params = {
    mode = "server", protocol = "any", options = { "all" }, alpn = { "http/1.1" },
    key = certificates .. "/server.key", certificate = certificates .. "/server-chain.pem",
  }
  for key, value in pairs(changes) do
    params[key] = value
  end
  return assert(ssl.newcontext(params))
end

local asking = { verify = { "peer", "fail_if_no_peer_cert" }, cafile = certificates .. "/trust.pem" }
local listeners, contexts, lines = {}, {}, {}
for name, changes in pairs({
  any = {}, tlsv1_2 = { protocol = "tlsv1_2" }, tlsv1_3 = { protocol = "tlsv1_3" }, asking = asking,
  old = { ciphers = "DEFAULT@SECLEVEL=0" },
  ec = { key = certificates .. "/ec.key", certificate = certificates .. "/ec-chain.pem" },
}) do
  local listener = assert(socket.bind("127.0.0.1", 0, 64))
  listeners[#listeners + 1] = listener
  contexts[listener] = context(changes)
  lines[#lines + 1] = ("%s=%d"):format(name, select(2, listener:getsockname()))
end
local second = context({
  key = certificates .. "/second.key", certificate = certificates .. "/second-chain.pem",
})

local file = assert(io.open(large_file, "rb"))
local large = file:read("*a")
file:close()

local function describe(client)
  local peer = client:getpeercertificate()
  local subject = peer and peer:subject()
  return table.concat({ client:info("protocol"), client:getsniname() or "-", client:getalpn() or "-",
    subject and subject[#subject].value or "-" }, " ")
end

local function answer(client, path)
  local length = 0
  repeat
    local line = client:receive()
    length = line and tonumber(line:match("^[Cc]ontent%-[Ll]ength: (%d+)")) or length
  until not line or line == ""
  local data = length > 0 and client:receive(length) or ""
  local body = path == "/large" and large or path == "/length" and tostring(#data) or describe(client)
  client:send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body)
end

local function serve(client)
  client:settimeout(10)
  client:sni({ ["second.test"] = second })
  if client:dohandshake() then
    local line = client:receive()
    while line do
      local path = line:match("^%u+ (/%S*) HTTP/1")
      if path then
        answer(client, path)
        break
      end
      client:send(line:reverse() .. "\n")
      line = client:receive()
    end
  end
  client:close()
end

local output = assert(io.open(ports_file .. ".new", "w"))
output:write(table.concat(lines, "\n"), "\n")
output:close()
assert(os.rename(ports_file .. ".new", ports_file))
for _ = 1, 100000 do
  local readable = socket.select(listeners, nil, 60)
  for _, listener in ipairs(readable) do
    local client = listener:accept()
    local conn = client and ssl.wrap(client, contexts[listener])
    if conn then
      serve(conn)
    end
  end
end
