-- The `socket` namespace: the native half and, written in Lua, what stands on top of it.
--
-- Programs replace fields of this table at run time, so every function here looks up what it uses
-- when it is called, through the table.

local socket = require("socket.core")
local native = require("moontide.native")
local choose = native.choose()
local open_streams = native.streams

local ipairs = ipairs
local min = math.min
local setmetatable = setmetatable

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

local function streams()
  return open_streams(setmetatable, min)
end

socket.sinkt["keep-open"] = function(sock)
  return streams().sink(sock, false)
end

socket.sinkt["close-when-done"] = function(sock)
  return streams().sink(sock, true)
end

socket.sinkt["default"] = socket.sinkt["keep-open"]

socket.sourcet["by-length"] = function(sock, length)
  return streams().source_by_length(socket, sock, length)
end

socket.sourcet["until-closed"] = function(sock)
  return streams().source_until_closed(socket, sock)
end

socket.sourcet["default"] = socket.sourcet["until-closed"]

return socket
