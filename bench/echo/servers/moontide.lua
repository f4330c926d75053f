-- One task for each connection, in plain blocking style.

local moontide = require("moontide")
local socket = require("socket")

local function echo(client)
  while true do
    local message = client:receive(64)
    if not message then
      return client:close()
    end
    client:send(message)
  end
end

moontide.run(function()
  local server = assert(socket.bind("127.0.0.1", 0, 4096))
  print((select(2, server:getsockname())))
  io.stdout:flush()
  while true do
    moontide.spawn(echo, assert(server:accept()))
  end
end)
