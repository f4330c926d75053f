-- Sends all of standard input through a unix socket and prints all that comes back:
--
--   lua unix_client.lua PATH
--
-- The answer is read while the question is still going out, so neither can block the other.
local moontide = require "moontide"
local unix = require "socket.unix"

local path = arg[1]
if not path then
  io.stderr:write("usage: lua unix_client.lua PATH\n")
  os.exit(2)
end

-- Reading a file blocks all tasks, and the server may want to be read from meanwhile: so it comes first.
local question = io.read("*a")

moontide.run(function()
  local server = assert(unix.stream())
  assert(server:connect(path))
  local sender = moontide.spawn("sender", function()
    assert(server:send(question))
    server:shutdown("send") -- tells the server that this was all
  end)
  local answer, message = server:receive("*b")
  while answer do
    io.write(answer)
    answer, message = server:receive("*b")
  end
  assert(message == "closed", message)
  sender:join() -- raises what went wrong in it
  server:close()
end)
