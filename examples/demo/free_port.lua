-- Prints a port that is free on the address arg[1]: the kernel chooses it. It may be taken again
-- before anyone else binds it, so whoever uses it has to be ready to ask once more.
local socket = require "socket"
local listener, problem = socket.bind(arg[1], 0)
if not listener then
  io.stderr:write(problem, "\n")
  os.exit(1)
end
local _, port = listener:getsockname()
listener:close()
print(port)
