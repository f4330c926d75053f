-- forwarder.lua PORT: passes one connection on to a port of this machine, both ways, in one select loop.
local socket = require("socket")

local server = assert(socket.bind("127.0.0.1", 0))
io.write((select(2, server:getsockname())), "\n")
io.flush()

local client = assert(server:accept())
server:close()
local target = assert(socket.connect("127.0.0.1", tonumber((...))))
client:settimeout(0)
target:settimeout(0)

local other = { [client] = target, [target] = client }
local pending = { [client] = "", [target] = "" } -- still to be sent to
local ended = {}
local total = 0

local function receive(from)
  local to = other[from]
  local data, message, partial = from:receive(8192)
  data = data or partial or ""
  total = total + #data
  pending[to] = pending[to] .. data
  if message == "closed" then
    ended[from] = true
  end
end

local function send(to)
  local last, _, partial = to:send(pending[to])
  pending[to] = pending[to]:sub((last or partial or 0) + 1)
end

while not (ended[client] and ended[target] and pending[client] == "" and pending[target] == "") do
  local readers, writers = {}, {}
  for from, to in pairs(other) do
    if not ended[from] and #pending[to] < 65536 then
      readers[#readers + 1] = from
    end
    if pending[to] ~= "" then
      writers[#writers + 1] = to
    end
  end
  local readable, writable = socket.select(readers, writers, 10)
  for _, from in ipairs(readable) do
    receive(from)
  end
  for _, to in ipairs(writable) do
    send(to)
  end
  for from, to in pairs(other) do
    if ended[from] and pending[to] == "" and not ended[to] then
      to:shutdown("send")
    end
  end
end
client:close()
target:close()
io.write(total, " bytes\n")
