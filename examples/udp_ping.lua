-- Measures how long datagrams take to a server and back:
--
--   lua udp_ping.lua server [PORT]         answers each datagram; port 0, the default, is any free one
--   lua udp_ping.lua HOST PORT [COUNT]     sends COUNT datagrams (3), a second at most for each answer
local socket = require "socket"

local function serve(port)
  local server = assert(socket.udp4())
  assert(server:setsockname("127.0.0.1", port))
  print("listening on " .. table.concat({server:getsockname()}, " ", 1, 2))
  io.stdout:flush()
  while true do
    local datagram, host, from = server:receivefrom()
    if datagram then server:sendto(datagram, host, from) end
  end
end

local function ping(host, port, count)
  local server = assert(socket.udp())
  assert(server:setpeername(host, port)) -- from here on only this peer is heard
  local lost = 0
  for number = 1, count do
    local question = string.format("ping %d of %d", number, count)
    local start = socket.gettime()
    local answer, problem
    server:send(question)
    -- A late answer to an earlier question is not the one that is waited for.
    repeat
      server:settimeout(math.max(0, start + 1 - socket.gettime()))
      answer, problem = server:receive()
    until answer == question or not answer
    if answer then
      print(string.format("%s: %.3f ms", answer, (socket.gettime() - start) * 1000))
    else
      lost = lost + 1
      print(string.format("%s: %s", question, problem))
    end
  end
  print(string.format("%d sent, %d lost", count, lost))
  os.exit(lost == 0 and 0 or 1)
end

if arg[1] == "server" then
  serve(tonumber(arg[2] or 0))
elseif tonumber(arg[2]) then
  ping(arg[1], tonumber(arg[2]), tonumber(arg[3] or 3))
else
  io.stderr:write("usage: lua udp_ping.lua server [PORT] | HOST PORT [COUNT]\n")
  os.exit(2)
end
