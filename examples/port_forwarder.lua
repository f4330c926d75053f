-- Passes every connection to one address on to another one:
--
--   lua port_forwarder.lua FROM_HOST:PORT TO_HOST:PORT
--
-- Port 0 is any free one.
local moontide = require "moontide"
local socket = require "socket"

io.stdout:setvbuf("line") -- what is printed can be read at once, also through a pipe

local source, target = arg[1], arg[2]
local host, port = (target or ""):match("^%[?(.-)%]?:(%d+)$")
if not host then
  io.stderr:write("usage: lua port_forwarder.lua FROM_HOST:PORT TO_HOST:PORT\n")
  os.exit(2)
end

-- Passes on what comes, and then its end; the other direction may last longer.
local function pump(from, to)
  local data = from:receive("*b")
  local count = 0
  while data and to:send(data) do
    count = count + #data
    data = from:receive("*b")
  end
  to:shutdown("send")
  return count
end

local number = 0

local function forward(client)
  number = number + 1
  local label = "connection " .. number
  local upstream, message = moontide.timeout(10, socket.connect, host, tonumber(port))
  if not upstream then
    print(label .. ": " .. target .. ": " .. message)
    return
  end
  local counts = moontide.all({
    function() return pump(client, upstream) end,
    function() return pump(upstream, client) end,
  })
  upstream:close()
  print(("%s: %d bytes there, %d back"):format(label, counts[1], counts[2]))
end

assert(moontide.serve(source, forward, {
  onready = function(own_host, own_port)
    print("listening on " .. own_host .. ":" .. own_port)
  end,
}))
