-- Sends the lines of standard input to a server and prints what it answers to each:
--
--   lua line_client.lua HOST PORT
local socket = require "socket"

local host, port = arg[1], tonumber(arg[2])
if not port then
  io.stderr:write("usage: lua line_client.lua HOST PORT\n")
  os.exit(2)
end

local server = assert(socket.connect(host, port))
server:settimeout(10)
server:setoption("tcp-nodelay", true) -- a line is short; do not hold it back
for line in io.lines() do
  assert(server:send(line .. "\n"))
  print((assert(server:receive("*l"))))
end
server:close()
