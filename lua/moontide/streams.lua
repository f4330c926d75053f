-- Sources and sinks on sockets: what lies behind the entries of socket.sinkt and socket.sourcet.
--
-- Compiled for the first of them, when a program may have replaced any global: so there is none here. The
-- namespace comes with each call, because programs replace its fields.

local setmetatable, min = ...

local streams = {}

-- A callable object that can stand in the lists of socket.select in place of its socket.
local function selectable(sock, call)
  return setmetatable({
    getfd = function() return sock:getfd() end,
    dirty = function() return sock:dirty() end,
  }, { __call = call })
end
streams.selectable = selectable

-- `closes`: the socket, after the last chunk.
function streams.sink(sock, closes)
  return selectable(sock, function(_, chunk)
    if chunk then
      return sock:send(chunk)
    elseif closes then
      sock:close()
    end
    return 1
  end)
end

-- Both sources keep what a failed receive had already got, say when it timed out, and hand it to the
-- next one as prefix, so nothing is lost between two calls. At the end of the stream none will follow.
local function worth_keeping(failure, partial)
  if failure ~= "closed" and partial ~= "" then
    return partial
  end
end

function streams.source_by_length(socket, sock, length)
  local kept
  return selectable(sock, function()
    if length <= 0 then
      return nil
    end
    local chunk, failure, partial = sock:receive(min(socket.BLOCKSIZE, length), kept)
    if not chunk then
      kept = worth_keeping(failure, partial)
      return nil, failure
    end
    kept = nil
    length = length - #chunk
    return chunk
  end)
end

function streams.source_until_closed(socket, sock)
  local kept
  local ended = false
  return selectable(sock, function()
    if ended then
      return nil
    end
    local chunk, failure, partial = sock:receive(socket.BLOCKSIZE, kept)
    if chunk then
      kept = nil
      return chunk
    elseif failure == "closed" then
      sock:close()
      ended = true
      return partial
    end
    kept = worth_keeping(failure, partial)
    return nil, failure
  end)
end

return streams
