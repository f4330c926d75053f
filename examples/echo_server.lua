-- Sends back what it gets, to any number of clients at once:
--
--   lua echo_server.lua [HOST:PORT | unix:PATH]
--
-- Port 0, the default on the loopback interface, is any free one. It serves until it is stopped.
local moontide = require "moontide"

io.stdout:setvbuf("line") -- what is printed can be read at once, also through a pipe

local function echo(client)
  -- "*b" takes what is there; this task alone waits until there is something.
  local data = client:receive("*b")
  while data and client:send(data) do
    data = client:receive("*b")
  end
end

assert(moontide.serve(arg[1] or "127.0.0.1:0", echo, {
  limit = 10000,
  onready = function(host, port)
    print("listening on " .. (port and host .. ":" .. port or arg[1]))
  end,
}))
