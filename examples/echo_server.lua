-- An echo server for many clients in one loop around socket.select:
--
--   lua echo_server.lua [PORT | PATH]
--
-- Listens on the loopback interface; port 0, the default, is any free one. A PATH, something with a
-- slash, is a unix socket. Sends back what it gets until it is stopped.
local socket = require "socket"

local unsent_max = 65536 -- bytes; a client that does not read is not read from either

local function listen(where)
  if not where:find("/", 1, true) then
    local server = assert(socket.bind("127.0.0.1", tonumber(where)))
    return server, table.concat({server:getsockname()}, " ", 1, 2)
  end
  local server = require("socket.unix")()
  assert(server:bind(where))
  assert(server:listen())
  return server, where
end

local server, name = listen(arg[1] or "0")
server:settimeout(0) -- never wait for one socket: select waits for all of them
print("listening on " .. name)
io.stdout:flush()

-- For each connection: what it still has to get, and whether more can come from it.
local clients = {}

local function accept()
  local connection = server:accept()
  if not connection then return end -- it went away again
  connection:settimeout(0)
  clients[connection] = {unsent = "", open = true}
end

local function read(connection, client)
  -- With a timeout of 0 this takes what is there; if that is less, it is the partial result.
  local data, problem, partial = connection:receive(8192)
  client.unsent = client.unsent .. (data or partial)
  client.open = not problem or problem == "timeout"
end

local function write(connection, client)
  local last, problem, last_before = connection:send(client.unsent)
  client.unsent = client.unsent:sub((last or last_before) + 1)
  if problem and problem ~= "timeout" then client.unsent, client.open = "", false end
end

while true do
  local readers, writers = {server}, {}
  for connection, client in pairs(clients) do
    if client.open and #client.unsent < unsent_max then readers[#readers + 1] = connection end
    if client.unsent ~= "" then writers[#writers + 1] = connection end
  end
  local readable, writable = socket.select(readers, writers)
  if readable[server] then accept() end
  for connection, client in pairs(clients) do
    if readable[connection] then read(connection, client) end
    if writable[connection] then write(connection, client) end
    if not client.open and client.unsent == "" then
      connection:close()
      clients[connection] = nil
    end
  end
end
