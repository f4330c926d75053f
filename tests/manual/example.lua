-- Runs one example, in the current directory:
--
--   example.lua CODE_FILE PAGE CERTIFICATE_DIRECTORY SETUP...

local here = arg[0]:match("^(.*)/[^/]*$")
local setups = dofile(here .. "/setups.lua")

local file = assert(io.open(arg[1], "rb"))
local code = file:read("*a")
file:close()
local chunk = assert((loadstring or load)(code, "@" .. arg[2]))

setups.prepare(here, arg[3], { select(4, (unpack or table.unpack)(arg)) })

io.stdout:setvbuf("no")
local done, message = xpcall(chunk, function(value)
  return debug.traceback(tostring(value), 2)
end)
if not done then
  io.stderr:write(message, "\n")
end
-- Objects are finalised as in any program; the exit code tells the rest.
collectgarbage()
os.exit(done and 0 or 1)
