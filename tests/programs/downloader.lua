-- downloader.lua PORT PATH...: fetches several files at once, each in a coroutine, with a dispatcher of its
-- own around socket.select.
local socket = require("socket")

local port = tonumber((...))
local paths = { select(2, ...) }

local function receive(connection)
  connection:settimeout(0)
  local data, status, partial = connection:receive(1024)
  if status == "timeout" then
    coroutine.yield(connection)
  end
  return data or partial, status
end

local sizes = {}

local function download(path)
  local connection = assert(socket.connect("127.0.0.1", port))
  connection:send("GET " .. path .. " HTTP/1.0\r\n\r\n")
  local count = 0
  while true do
    local data, status = receive(connection)
    count = count + #data
    if status == "closed" then
      break
    end
  end
  connection:close()
  sizes[path] = count
end

local threads = {}
for _, path in ipairs(paths) do
  threads[#threads + 1] = coroutine.create(function() download(path) end)
end

while #threads > 0 do
  local connections = {}
  for index = #threads, 1, -1 do
    local good, connection = coroutine.resume(threads[index])
    assert(good, connection)
    if coroutine.status(threads[index]) == "dead" then
      table.remove(threads, index)
    else
      connections[#connections + 1] = connection
    end
  end
  if #threads > 0 and #connections == #threads then
    socket.select(connections, nil, 10)
  end
end

for _, path in ipairs(paths) do
  io.write(path, " ", sizes[path], "\n")
end
