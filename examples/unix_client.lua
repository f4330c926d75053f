-- Sends all of standard input through a unix socket and prints all that comes back:
--
--   lua unix_client.lua PATH
--
-- The answer is read while the question is still going out, so neither can block the other.
local socket = require "socket"
local unix = require "socket.unix"

local path = arg[1]
if not path then
  io.stderr:write("usage: lua unix_client.lua PATH\n")
  os.exit(2)
end

local server = unix()
assert(server:connect(path))
server:settimeout(0)

local question = io.read("*a")
local sent, asked, answered = 0, false, false
while not answered do
  local readable, writable = socket.select({server}, asked and {} or {server})
  if writable[server] then
    local last, problem, last_before = server:send(question, sent + 1)
    assert(last or problem == "timeout", problem)
    sent = last or last_before
    asked = sent == #question
    if asked then server:shutdown("send") end -- tells the server that this was all
  end
  if readable[server] then
    local answer, problem, partial = server:receive(8192)
    io.write(answer or partial)
    answered = problem == "closed"
    assert(answer or answered or problem == "timeout", problem)
  end
end
server:close()
