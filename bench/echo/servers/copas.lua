local copas = require("copas")
local socket = require("socket")

local server = assert(socket.bind("127.0.0.1", 0, 4096))
print((select(2, server:getsockname())))
io.stdout:flush()
copas.addserver(server, function(client)
  client = copas.wrap(client)
  while true do
    local message = client:receive(64)
    if not message then
      return
    end
    client:send(message)
  end
end)
copas.loop()
