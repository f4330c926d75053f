local cqueues = require("cqueues")
local socket = require("cqueues.socket")

local server = assert(socket.listen({ host = "127.0.0.1", port = 0 }))
server:listen()
local _, _, port = server:localname()
print(port)
io.stdout:flush()
local loop = cqueues.new()
loop:wrap(function()
  while true do
    local client = server:accept()
    client:setmode("b", "bn")
    loop:wrap(function()
      while true do
        local message = client:read(64)
        if not message then
          return client:close()
        end
        client:write(message)
      end
    end)
  end
end)
assert(loop:loop())
