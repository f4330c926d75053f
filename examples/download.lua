-- Downloads a file, HTTP/1.0 spoken by hand:
--
--   lua download.lua http://HOST[:PORT]/PATH [FILE]
--
-- Without FILE, it goes to standard output.
local socket = require "socket"

local host, port, path = (arg[1] or ""):match("^http://([^/:]+):?(%d*)(/?.*)$")
if not host then
  io.stderr:write("usage: lua download.lua http://HOST[:PORT]/PATH [FILE]\n")
  os.exit(2)
end

-- socket.try raises a table that socket.protect turns into nil and the message again; the function
-- that newtry gets closes the connection on the way out.
local connection
local try = socket.newtry(function()
  if connection then connection:close() end
end)

local function read_headers()
  local status = try(connection:receive("*l"))
  local code = tonumber(status:match("^HTTP/%d%.%d (%d%d%d)"))
  try(code == 200 or nil, "the server says: " .. status)
  local headers = {}
  local line = try(connection:receive("*l"))
  while line ~= "" do
    local name, value = line:match("^(.-):%s*(.-)%s*$")
    if name then headers[name:lower()] = value end
    line = try(connection:receive("*l"))
  end
  return headers
end

local download = socket.protect(function(file)
  connection = try(socket.connect(host, tonumber(port) or 80))
  connection:settimeout(30)
  local request = "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n"
  try(connection:send(request:format(path == "" and "/" or path, host)))
  local left = tonumber(read_headers()["content-length"]) -- nil: until the server closes
  local total = 0
  while not left or left > 0 do
    local block, problem, partial = connection:receive(math.min(left or 65536, 65536))
    local data = block or partial
    try(file:write(data))
    total = total + #data
    if left then left = left - #data end
    if problem == "closed" and not left then break end
    try(block, problem)
  end
  connection:close()
  return total
end)

local file = arg[2] and assert(io.open(arg[2], "wb")) or io.stdout
local total, problem = download(file)
if not total then
  io.stderr:write(arg[1], ": ", problem, "\n")
  os.exit(1)
end
if arg[2] then
  file:close()
  print(total .. " bytes")
end
