-- Callbacks.

local uv = require("luv")

local server = uv.new_tcp()
server:bind("127.0.0.1", 0)
server:listen(4096, function()
  local client = uv.new_tcp()
  server:accept(client)
  client:read_start(function(failure, message)
    if failure or not message then
      client:close()
    else
      client:write(message)
    end
  end)
end)
print(server:getsockname().port)
io.stdout:flush()
uv.run()
