-- A server that plays one scene per connection, for clients whose dialogue is known beforehand: it says
-- its part at once and leaves in the way the scene wants. Runs in a process of its own:
--
--   misbehaving_peer(address, scenes)      prints its port, then serves each scene in turn
--
-- A scene: { text = bytes to send, ending = "close" | "reset" | "hold" | "drip" | "flood" }. "hold" says
-- nothing more and waits for the client to leave; "drip" sends the text byte by byte with pauses, and
-- its last byte over and over; "flood" repeats the text for ever. In the text, PORT stands for the port
-- of a listener for data connections; `data` is what is sent on each of those, before `data_ending`.

local socket = require("socket")

local SECONDS = 20 -- after which a scene is over in any case

local function leave(connection, ending)
  if ending == "reset" then
    connection:setoption("linger", { on = true, timeout = 0 })
    connection:close()
  elseif ending == "close" then
    connection:shutdown("send")
  end
end

-- Answers data connections, and throws away what the client says, until it leaves.
local function attend(connection, listener, scene)
  local until_then = socket.gettime() + SECONDS
  local held = {}
  connection:settimeout(0)
  while socket.gettime() < until_then and connection:getfd() >= 0 do
    local ready = socket.select({ connection, listener }, nil, 1)
    if ready[listener] then
      local data = listener:accept()
      if data then
        data:send(scene.data or "content")
        leave(data, scene.data_ending or "close")
        held[#held + 1] = data
      end
    end
    if ready[connection] then
      local _, failure = connection:receive(4096)
      if failure == "closed" then
        break
      end
    end
  end
  for _, data in ipairs(held) do
    data:close()
  end
end

local function drip(connection, text)
  connection:settimeout(1)
  for index = 1, #text + 500 do
    if not connection:send(text:sub(math.min(index, #text), math.min(index, #text))) then
      return
    end
    if socket.select({ connection }, nil, 0.02)[1] then
      local _, failure = connection:receive(1)
      if failure == "closed" then
        return
      end
    end
  end
end

local function flood(connection, text)
  local block = text:rep(math.ceil(65536 / #text))
  connection:settimeout(1)
  for _ = 1, 2000 do
    if not connection:send(block) then
      return
    end
  end
end

return function(address, scenes)
  local server = assert(socket.bind(address, 0, 16))
  local listener = assert(socket.bind(address, 0, 16))
  listener:settimeout(1)
  server:settimeout(SECONDS)
  local _, port = server:getsockname()
  local _, data_port = listener:getsockname()
  print(port)
  io.flush()
  for _, scene in ipairs(scenes) do
    local connection = server:accept()
    if not connection then
      return
    end
    local text = scene.text:gsub("PORT", ("%d"):format(data_port))
    if scene.ending == "drip" then
      drip(connection, text)
    elseif scene.ending == "flood" then
      flood(connection, text)
    else
      if text ~= "" then
        connection:send(text)
      end
      leave(connection, scene.ending)
      attend(connection, listener, scene)
    end
    connection:close()
  end
end
