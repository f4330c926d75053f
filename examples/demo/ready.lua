-- Waits until a server answers: lua ready.lua unix:/path|127.0.0.1:8080 QUERY SECONDS
--
-- QUERY is what makes it answer, with \r\n for line ends; empty where the server speaks first.
local socket = require "socket"
local unix = require "socket.unix"

local path = arg[1]:match("^unix:(.+)")
local host, port = arg[1]:match("^(.-):(%d+)$")
local query = arg[2]:gsub("\\r", "\r"):gsub("\\n", "\n")
local deadline = socket.gettime() + tonumber(arg[3])

repeat
  local connection = path and unix() or socket.tcp()
  connection:settimeout(math.max(0, deadline - socket.gettime()))
  local connected
  if path then
    connected = connection:connect(path)
  else
    connected = connection:connect(host, port)
  end
  if connected then
    connection:send(query)
    if connection:receive("*l") then os.exit(0) end
  end
  connection:close()
  socket.sleep(0.01) -- no event tells that somebody listens now
until socket.gettime() >= deadline
os.exit(1)
