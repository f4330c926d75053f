-- LuaSocket's way: select over all sockets.

local socket = require("socket")

local server = assert(socket.bind("127.0.0.1", 0, 4096))
server:settimeout(0)
print((select(2, server:getsockname())))
io.stdout:flush()

local sockets = { server }
while true do
  for _, one in ipairs(socket.select(sockets)) do
    if one == server then
      local client = server:accept()
      if client then
        client:settimeout(0)
        sockets[#sockets + 1] = client
      end
    else
      local message, failure, partial = one:receive(64)
      message = message or partial
      if #message > 0 then
        one:send(message)
      elseif failure == "closed" then
        for index, other in ipairs(sockets) do
          if other == one then
            table.remove(sockets, index)
            break
          end
        end
        one:close()
      end
    end
  end
end
