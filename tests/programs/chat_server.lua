-- A chat server of one select loop: what a client says goes to the others. "/quit" leaves, "/shutdown" ends.
local socket = require("socket")

local server = assert(socket.bind("127.0.0.1", 0))
server:settimeout(0)
io.write((select(2, server:getsockname())), "\n")
io.flush()

local clients, names, count = { server }, {}, 0

local function say(line, except)
  for index = 2, #clients do
    if clients[index] ~= except then
      clients[index]:send(line .. "\n")
    end
  end
end

local function leave(client)
  for index, other in ipairs(clients) do
    if other == client then
      table.remove(clients, index)
      break
    end
  end
  client:close()
  say("* " .. names[client] .. " left")
  names[client] = nil
end

local running = true
while running do
  local readable = socket.select(clients, nil)
  for _, ready in ipairs(readable) do
    if ready == server then
      local client = server:accept()
      if client then
        client:settimeout(0)
        count = count + 1
        names[client] = "guest" .. count
        clients[#clients + 1] = client
        say("* " .. names[client] .. " joined")
      end
    else
      local line, message = ready:receive()
      if line == "/shutdown" then
        running = false
      elseif line == "/quit" or message == "closed" then
        leave(ready)
      elseif line then
        say(names[ready] .. ": " .. line, ready)
      end
    end
  end
end
say("* bye")
for _, object in ipairs(clients) do
  object:close()
end
io.write(count, " guests\n")
