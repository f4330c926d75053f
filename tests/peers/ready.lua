-- Waits until both servers answer: ready.lua HTTP_PORT PROXY_PORT PID...
-- Ends with failure after ten seconds, or when one of the processes is gone.

local socket = require("socket")

local function is_alive(pid)
  local file = io.open("/proc/" .. pid .. "/stat")
  if not file then
    return false
  end
  file:close()
  return true
end

for _, port in ipairs({ arg[1], arg[2] }) do
  local connection
  for _ = 1, 200 do
    connection = socket.connect("127.0.0.1", port)
    if connection or not is_alive(arg[3]) or not is_alive(arg[4]) then
      break
    end
    socket.sleep(0.05)
  end
  if not connection then
    os.exit(1)
  end
  connection:close()
end
