-- Sessions of text protocols (socket.tp) over TLS: for socket.smtp and socket.ftp.

local line = require("moontide.line")
local tls = require("moontide.tls")
local trust = require("moontide.trust")

local pairs = pairs
local tostring = tostring
local type = type

local extra = tls.extra

local secure = {}

-- What connections are made of for the table of a call. The password in it is that of a user, never that
-- of a key. Or nil, message.
function secure.prepare(t, module)
  local request = {}
  for key, value in pairs(t or {}) do
    request[key] = value
  end
  request.password = nil
  trust.check_names(request, module)
  return trust.prepare(request, module)
end

-- Wraps a socket, which may be of the program's own making: a connection before its handshake, or nil,
-- message. What was read of the plain socket and not taken yet is lost with it: nobody vouches for it.
function secure.wrap(sock, host, settings, seconds)
  if type(sock.getfd) ~= "function" or type(sock.setfd) ~= "function" then
    return nil, "not a socket that TLS can use"
  end
  local conn, message = trust.wrap(sock, tostring(host), settings)
  if not conn then
    return nil, message
  end
  conn:settimeout(seconds)
  line.readers[conn] = extra.receive_line
  return conn
end

-- Makes the connection of `control` one over TLS: 1, or nil, message.
function secure.upgrade(control, host, settings, seconds)
  local conn, message = secure.wrap(control.c, host, settings, seconds)
  if not conn then
    return nil, message
  end
  control.c = conn -- has the descriptor now, whatever comes
  if control.deadline then
    local ready, late = control.deadline:limit(conn)
    if not ready then
      return nil, late
    end
  end
  local done, failure = conn:dohandshake()
  return done and 1 or nil, failure
end

-- A try in whose messages a time-out has one name, whatever TLS was waiting for.
function secure.told(try)
  return function(value, message, ...)
    if not value and (message == "wantread" or message == "wantwrite") then
      message = "timeout"
    end
    return try(value, message, ...)
  end
end

return secure
