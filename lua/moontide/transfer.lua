-- The data connection of an FTP session: reading, writing and accepting it, under the session's
-- deadline if it has one.

local socket = require("socket")
local deadline = require("moontide.deadline")

local gsub = string.gsub
local huge = math.huge
local lower = string.lower
local min = math.min

local transfer = {}

-- Prepares the next operation on `sock` for the deadline: 1, or nil, "timeout".
function transfer.limit(session, sock)
  local limit = session.tp.deadline
  if limit then
    return limit:limit(sock)
  end
  return 1
end

-- What socket.source and socket.sink are given in place of the data socket.
local function under_deadline(session, data)
  local proxy = {}

  function proxy:send(chunk)
    local ready, late = transfer.limit(session, data)
    if not ready then
      return nil, late
    end
    return data:send(chunk)
  end

  function proxy:receive(count, prefix)
    local ready, late = transfer.limit(session, data)
    if not ready then
      return nil, late, prefix or ""
    end
    local chunk, failure, partial = data:receive(count, prefix)
    if failure == "closed" then
      -- Both ends of the connection are known until it is reset.
      proxy.was_reset = not data:getpeername()
    end
    return chunk, failure, partial
  end

  function proxy:close()
    return data:close()
  end

  function proxy:getfd()
    return data:getfd()
  end

  function proxy:dirty()
    return data:dirty()
  end

  return proxy
end

-- A sink that closes the data connection behind the last chunk.
function transfer.sink(session, data)
  return socket.sink("close-when-done", under_deadline(session, data))
end

-- A source of what arrives, and a function that says whether a reset ended it.
function transfer.source(session, data)
  local proxy = under_deadline(session, data)
  return socket.source("until-closed", proxy), function()
    return proxy.was_reset
  end
end

-- An address without zone, and an IPv4 one in its own form: two ends may see it differently.
local function plain(address)
  return (gsub(gsub(lower(address), "%%.*$", ""), "^::ffff:(%d+%.%d+%.%d+%.%d+)$", "%1"))
end

-- Waits at session.server for a connection from the peer of the control connection; others are
-- closed. `seconds` limits all the waiting; nil or negative is no limit.
function transfer.accept(session, seconds)
  local peer, failure = session.tp:getpeername()
  if not peer then
    return nil, failure
  end
  local limit = deadline.after(seconds and seconds >= 0 and seconds or huge)
  local left = limit:left()
  repeat
    local whole = session.tp.deadline
    session.server:settimeout(min(left, whole and whole:left() or huge))
    local data
    data, failure = session.server:accept()
    if not data then
      return nil, failure
    end
    local address = data:getpeername()
    if address and plain(address) == plain(peer) then
      return data
    end
    data:close()
    left = limit:left()
  until left == 0
  return nil, "timeout"
end

return transfer
