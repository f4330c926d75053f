-- What the fuzz targets in Lua share.

local unix = require("socket.unix")

local tools = {}

-- Takes an input apart from front to back: take() gives a byte, 0 at the end; rest() what is left.
function tools.reader(input)
  local position = 0
  local function take()
    position = position + 1
    return input:byte(position) or 0
  end
  local function rest()
    return input:sub(position + 1)
  end
  return take, rest
end

-- Fails with both values when they differ.
function tools.same(got, wanted, what)
  if got ~= wanted then
    error(("%s: %q is not %q"):format(what, tostring(got), tostring(wanted)), 2)
  end
end

-- Peers ----------------------------------------------------------------------------------------------

-- Of the unix domain, because closed TCP connections would use up the ports.
local path = os.tmpname()
os.remove(path)
local server = assert(unix.stream())
assert(server:bind(path))
assert(server:listen())
tools.remover = setmetatable({}, { __gc = function() os.remove(path) end })

local said = "" -- what peers say
local peers, clients = {}, {}

local master = assert(unix.stream())
local methods = getmetatable(master).__index
local connect = methods.connect
master:close()

-- Wherever a client wants to go, its peer has said everything and nothing more will come.
function methods.connect(client)
  assert(connect(client, path))
  local peer = assert(server:accept())
  peer:settimeout(0)
  tools.same(peer:send(said), #said, "sent")
  assert(peer:shutdown("send"))
  peers[#peers + 1], clients[#clients + 1] = peer, client
  return 1
end

-- A client of which the library knows nothing but its methods.
local function foreign()
  local inner = assert(unix.stream())
  local object = {}
  for _, name in ipairs({ "settimeout", "connect", "send", "receive", "close", "getpeername" }) do
    object[name] = function(_, ...)
      return inner[name](inner, ...)
    end
  end
  return object
end

-- Two ways to read what a peer says: the two values for `create`.
tools.creators = { stream = unix.stream, foreign = foreign }

-- Calls f(...) while peers say `text`. Gives its results.
function tools.with_peers(text, f, ...)
  said = text
  local results = table.pack(f(...))
  for index = 1, #peers do
    peers[index]:close()
    clients[index]:close()
  end
  peers, clients = {}, {}
  return table.unpack(results, 1, results.n)
end

-- As it is, but that each client has been closed by whoever was given it.
function tools.with_peers_to_close(text, f, ...)
  return tools.with_peers(text, function(...)
    local results = table.pack(f(...))
    for _, client in ipairs(clients) do
      tools.same(client:getfd(), -1, "closed descriptor")
    end
    return table.unpack(results, 1, results.n)
  end, ...)
end

return tools
