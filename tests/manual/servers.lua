-- A server for examples, until its standard input ends:
--
--   servers.lua NAME CERTIFICATE_DIRECTORY READY_FILE
--
-- Writes the globals of the example into READY_FILE, as KEY=VALUE, once it listens.

local here = arg[0]:match("^(.*)/[^/]*$")
local moontide = require("moontide")
local socket = require("socket")
local answer = dofile(here .. "/web.lua")

local name, certificates, ready = arg[1], arg[2], arg[3]
local tls = { key = certificates .. "/server.key", certificate = certificates .. "/server.pem" }

-- All at once: who waits for the file finds it whole.
local function tell(globals)
  local file = assert(io.open(ready .. ".new", "wb"))
  for key, value in pairs(globals) do
    file:write(key, "=", value, "\n")
  end
  file:close()
  assert(os.rename(ready .. ".new", ready))
end

local function echo_lines(client)
  for line in function() return client:receive() end do
    client:send(line .. "\n")
  end
end

local function serve(handler, scheme, host, context)
  assert(moontide.serve("127.0.0.1:0", handler, {
    tls = context,
    onready = function(_, port)
      tell({ host = host, port = port, url = scheme and ("%s://%s:%d"):format(scheme, host, port) })
    end,
  }))
end

local servers = {}

function servers.echo()
  serve(echo_lines, nil, "127.0.0.1")
end

function servers.http()
  serve(answer, "http", "127.0.0.1")
end

function servers.https()
  serve(answer, "https", "localhost", tls)
end

function servers.tls_echo()
  serve(echo_lines, nil, "localhost", tls)
end

function servers.udp_echo()
  local udp = assert(socket.udp4())
  assert(udp:setsockname("127.0.0.1", 0))
  local host, port = udp:getsockname()
  tell({ host = host, port = port })
  while true do
    local datagram, from, from_port = udp:receivefrom()
    if datagram then
      udp:sendto(datagram, from, from_port)
    end
  end
end

function servers.unix_echo()
  local function onready()
    tell({ path = "echo.sock" })
  end
  assert(moontide.serve("unix:echo.sock", echo_lines, { onready = onready }))
end

moontide.run(function()
  moontide.spawn(function()
    assert(moontide.waitfd(0, "r"))
    os.exit(0)
  end)
  servers[name]()
end)
