-- Asks a TLS server of 127.0.0.1 for a path and prints the body, on the library that the interpreter finds:
--
--   tls_visit.lua PORT CA_FILE NAME PATH VERSION

local socket = require("socket")
local ssl = require("ssl")

local port, authority, name, path, version = arg[1], arg[2], arg[3], arg[4], arg[5]
local conn = assert(ssl.wrap(assert(socket.connect("127.0.0.1", port)), {
  mode = "client", protocol = version, verify = "peer", cafile = authority, alpn = "http/1.1",
}))
conn:settimeout(20)
conn:sni(name)
assert(conn:dohandshake())
assert(conn:send("GET " .. path .. " HTTP/1.1\r\n\r\n"))
local answer = assert(conn:receive("*a"))
io.write((answer:gsub("^.-\r\n\r\n", "", 1)))
conn:close()
