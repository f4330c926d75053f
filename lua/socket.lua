-- The `socket` namespace: the native half and, written in Lua, what stands on top of it.
--
-- Programs replace fields of this table at run time, so every function here looks up what it uses
-- when it is called, through the table.

local socket = require("socket.core")
local native = require("moontide.native")
local choose = native.choose()
local selectable = native.selectable -- compiled by the first call

local ipairs = ipairs
local min = math.min

-- Connections -------------------------------------------------------------------------------------

function socket.connect4(address, port, local_address, local_port)
  return socket.connect(address, port, local_address, local_port, "inet")
end

function socket.connect6(address, port, local_address, local_port)
  return socket.connect(address, port, local_address, local_port, "inet6")
end

-- Makes `server` listen at one address, or closes it and gives the reason.
local function listen_at(server, address, port, backlog, reuseport)
  server:setoption("reuseaddr", true)
  local done, failure = true, nil
  if reuseport then
    done, failure = server:setoption("reuseport", true)
  end
  if done then
    done, failure = server:bind(address, port)
  end
  if done then
    done, failure = server:listen(backlog)
  end
  if not done then
    server:close()
  end
  return done, failure
end

-- `options`: reuseport, for several sockets that listen at one port and share its connections.
function socket.bind(host, port, backlog, options)
  local reuseport = type(options) == "table" and options.reuseport
  if host == "*" then
    host = "0.0.0.0"
  end
  local entries, failure = socket.dns.getaddrinfo(host)
  if not entries then
    return nil, failure
  end
  failure = "no info on address"
  for _, entry in ipairs(entries) do
    local create = entry.family == "inet" and socket.tcp4 or socket.tcp6
    local server, done
    server, failure = create()
    if not server then
      return nil, failure
    end
    done, failure = listen_at(server, entry.addr, port, backlog, reuseport)
    if done then
      return server
    end
  end
  return nil, failure
end

-- Exceptions --------------------------------------------------------------------------------------

socket.try = socket.newtry()

-- Sinks and sources -------------------------------------------------------------------------------

socket.BLOCKSIZE = 2048
socket.sinkt = {}
socket.sourcet = {}

socket.choose = choose
socket.sink = socket.choose(socket.sinkt)
socket.source = socket.choose(socket.sourcet)

socket.sinkt["keep-open"] = function(sock)
  return selectable()(sock, function(_, chunk)
    if chunk then
      return sock:send(chunk)
    end
    return 1
  end)
end

socket.sinkt["close-when-done"] = function(sock)
  return selectable()(sock, function(_, chunk)
    if chunk then
      return sock:send(chunk)
    end
    sock:close()
    return 1
  end)
end

socket.sinkt["default"] = socket.sinkt["keep-open"]

-- Both sources keep what a failed receive had already got, say when it timed out, and hand it to the
-- next one as prefix, so nothing is lost between two calls. At the end of the stream none will follow.
local function worth_keeping(failure, partial)
  if failure ~= "closed" and partial ~= "" then
    return partial
  end
end

socket.sourcet["by-length"] = function(sock, length)
  local kept
  return selectable()(sock, function()
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

socket.sourcet["until-closed"] = function(sock)
  local kept
  local ended = false
  return selectable()(sock, function()
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

socket.sourcet["default"] = socket.sourcet["until-closed"]

return socket
