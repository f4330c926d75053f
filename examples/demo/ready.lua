-- Waits until a web server answers on the unix socket arg[1]; gives up after arg[2] seconds.
local socket = require "socket"
local unix = require "socket.unix"

local deadline = socket.gettime() + tonumber(arg[2])
repeat
  local connection = unix()
  connection:settimeout(math.max(0, deadline - socket.gettime()))
  if connection:connect(arg[1]) then
    connection:send("HEAD / HTTP/1.0\r\n\r\n")
    local status = connection:receive("*l")
    if status and status:find("^HTTP/") then os.exit(0) end
  end
  connection:close()
  socket.sleep(0.01) -- no event tells that somebody listens now
until socket.gettime() >= deadline
os.exit(1)
