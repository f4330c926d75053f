-- A scripted HTTP server in a process of its own: says exactly what the script says, byte for byte,
-- and tells what it was sent.
--
--   local peer = loadfile(".../http_peer.lua")().start(interpreter command, file name, answers)
--   peer.port
--   peer:stop()  -> list of what each connection was sent
--
-- One answer per connection, in order. An answer is a string, or a list:
--   "text"        is sent                    { "x", 70000 }   is sent that many times
--   number        pause in seconds           "reset"          as the field `last`: ends by a reset
--   hold = true   the client closes first    early = bytes    answers after so many bytes, unread the rest
-- The last answer serves all further connections.

local peer = {}

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function literal(value)
  if type(value) == "string" then
    return (("%q"):format(value):gsub("\r", "\\r"):gsub("%z", "\\0"))
  elseif type(value) ~= "table" then
    return tostring(value)
  end
  local parts = {}
  for key, item in pairs(value) do
    parts[#parts + 1] = "[" .. literal(key) .. "]=" .. literal(item)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

-- The server ------------------------------------------------------------------------------------------

local function receive_chunks(client, seen)
  repeat
    local line = client:receive()
    if not line then
      return
    end
    local data = client:receive(tonumber(line, 16) + 2)
    seen[#seen + 1] = line .. "\r\n" .. (data or "")
  until tonumber(line, 16) == 0
end

-- Reads one request, head and body; gives all its bytes.
local function receive_request(client)
  local seen = {}
  local length, chunked
  repeat
    local line, _, partial = client:receive()
    if not line then
      seen[#seen + 1] = partial
      return table.concat(seen)
    end
    seen[#seen + 1] = line .. "\r\n"
    length = line:lower():match("^content%-length: (%d+)") or length
    chunked = line:lower():find("^transfer%-encoding:") or chunked
  until line == ""
  if length then
    local data, _, partial = client:receive(tonumber(length))
    seen[#seen + 1] = data or partial
  elseif chunked then
    receive_chunks(client, seen)
  end
  return table.concat(seen)
end

local function send_many(client, text, count)
  local per_block = math.max(1, math.floor(65536 / #text))
  local block = text:rep(per_block)
  while count > 0 do
    local sent = client:send(count >= per_block and block or text:rep(count))
    if not sent then
      return
    end
    count = count - per_block
  end
end

local function answer_client(socket, client, answer)
  for _, part in ipairs(type(answer) == "table" and answer or { answer }) do
    if type(part) == "number" then
      socket.sleep(part)
    elseif type(part) == "table" then
      send_many(client, part[1], part[2])
    else
      client:send(part)
    end
  end
  if type(answer) == "table" and answer.hold then
    client:receive("*a")
  elseif type(answer) == "table" and answer.last == "reset" then
    client:setoption("linger", { on = true, timeout = 0 })
  end
  client:close()
end

function peer.serve(answers_file)
  local socket = require("socket")
  local answers = dofile(answers_file)
  local server = assert(socket.bind("127.0.0.1", 0, 64))
  local _, port = server:getsockname()
  io.write(port, "\n")
  io.flush()
  server:settimeout(30)
  for index = 1, 100000 do
    local client = server:accept()
    if not client then
      return
    end
    client:settimeout(10)
    local answer = answers[index] or answers[#answers]
    local early = type(answer) == "table" and answer.early
    local request = early and client:receive(early) or receive_request(client)
    if request:sub(1, 9) == "STOP PEER" then
      return
    end
    io.write(literal(request), ",\n")
    io.flush()
    answer_client(socket, client, answer)
  end
end

-- The client's side -----------------------------------------------------------------------------------

local Peer = {}
Peer.__index = Peer

function peer.start(interpreter, this_file, answers)
  local answers_file = os.tmpname()
  local file = assert(io.open(answers_file, "wb"))
  file:write("return ", literal(answers))
  file:close()
  local script = ("assert(loadfile(%s))().serve(%s)"):format(literal(this_file), literal(answers_file))
  local pipe = assert(io.popen("timeout -k 5 100 " .. interpreter .. " -e " .. quote(script) .. " 2>&1"))
  local line = pipe:read("*l")
  local port = tonumber(line)
  if not port then
    error("the scripted server does not start: " .. tostring(line) .. " " .. tostring(pipe:read("*a")))
  end
  return setmetatable({ port = port, pipe = pipe, file = answers_file }, Peer)
end

function Peer:url(path)
  return "http://127.0.0.1:" .. ("%d"):format(self.port) .. (path or "/")
end

-- Ends it; what it was sent, one string per connection. A second call gives the same.
function Peer:stop()
  if not self.seen then
    local client = require("socket").connect("127.0.0.1", self.port)
    if client then
      client:send("STOP PEER\r\n\r\n")
      client:close()
    end
    local text = self.pipe:read("*a")
    self.pipe:close()
    os.remove(self.file)
    local make = assert((loadstring or load)("return {" .. text .. "}")) -- luacheck: ignore 113
    self.seen = make()
  end
  return self.seen
end

return peer
