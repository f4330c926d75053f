-- The data connection of an FTP session: reading, writing and accepting it, under the session's
-- deadline if it has one.

local socket = require("socket")
local deadline = require("moontide.deadline")

local gsub = string.gsub
local huge = math.huge
local lower = string.lower
local min = math.min

local transfer = {}

local CUT = "unexpected eof while reading"

-- Prepares the next operation on `sock` for the deadline: 1, or nil, "timeout".
function transfer.limit(session, sock)
  local limit = session.tp.deadline
  if limit then
    return limit:limit(sock)
  end
  return 1
end

-- What socket.source and socket.sink are given in place of the data socket. `private` (ftp_security), of a
-- connection over TLS, tells an end from a cut, and makes one.
local function under_deadline(session, data, private)
  local proxy = {}
  local function is_cut(failure)
    return failure == CUT or failure == "closed" and not private.has_ended(data)
  end

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
    if private and is_cut(failure) then
      -- What there is of it comes first, as from a connection in the clear.
      if partial and partial ~= "" then
        return partial
      end
      failure = CUT
    elseif failure == "closed" then
      -- Both ends of the connection are known until it is reset.
      proxy.was_reset = not data:getpeername()
    end
    return chunk, failure, partial
  end

  function proxy:close()
    if private and not proxy.is_torso then
      private.part()
    end
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

-- A sink that closes the data connection behind the last chunk. A source that fails leaves a torso.
function transfer.sink(session, data, private)
  local proxy = under_deadline(session, data, private)
  local sink = socket.sink("close-when-done", proxy)
  if not private then
    return sink
  end
  return function(chunk, failure)
    if not chunk and failure then
      proxy.is_torso = true
      private.abandon()
    end
    return sink(chunk, failure)
  end
end

-- A source of what arrives, and a function that says whether a reset ended it.
function transfer.source(session, data, private)
  local proxy = under_deadline(session, data, private)
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
