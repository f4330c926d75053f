-- A web server for the download example: prints its port, then serves a page of arg[1] bytes, as
-- /sized with its length, as /open without, and cut short as /cut; anything else is not found.
local socket = require "socket"

local page = ("0123456789abcdef"):rep(math.ceil(arg[1] / 16)):sub(1, tonumber(arg[1]))
local answers = {
  ["/sized"] = "200 OK\r\nContent-Length: " .. #page .. "\r\n\r\n" .. page,
  ["/open"] = "200 OK\r\n\r\n" .. page,
  ["/cut"] = "200 OK\r\nContent-Length: " .. #page + 1 .. "\r\n\r\n" .. page,
}

local server = assert(socket.bind("127.0.0.1", 0))
local _, port = server:getsockname()
print(port)
io.stdout:flush()
while true do
  local client = assert(server:accept())
  local path
  repeat
    local line = client:receive("*l")
    path = path or (line or ""):match("^GET (%S+) HTTP/1%.0$")
  until not line or line == ""
  client:send("HTTP/1.0 " .. (answers[path] or "404 Not Found\r\n\r\n"))
  client:close()
end
