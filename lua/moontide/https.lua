-- Connections for https: TCP, a tunnel through a proxy if there is one, then TLS, verified.

local socket = require("socket")
local body = require("moontide.http.body")
local connection = require("moontide.http.connection")
local contexts = require("moontide.https_contexts")
local deadline = require("moontide.deadline")
local guard = require("moontide.guard")
local trust = require("moontide.trust")

local extra = require("moontide.tls").extra

local concat = table.concat
local error = error
local pcall = pcall
local rawget = rawget
local select = select
local setmetatable = setmetatable
local tostring = tostring
local type = type

local https = {}

-- What sessions are kept by: where they were made, and the names that were sent and expected.
local function server_of(...)
  local parts = { ... }
  for i = 1, 4 do
    parts[i] = tostring(parts[i])
  end
  return concat(parts, " ")
end

-- Asks a proxy for a tunnel to the target.
local function open_tunnel(sock, tunnel)
  local try = socket.try
  local fields = { "Host", tunnel.authority, "User-Agent", tunnel.user_agent }
  if tunnel.credentials then
    local count = #fields
    fields[count + 1], fields[count + 2] = "Proxy-Authorization", tunnel.credentials
  end
  try(sock:send(try(connection.compose("CONNECT", tunnel.authority, fields))))
  local h = connection.new(sock, nil, body.reader())
  local code, status = connection.final_head(try, function()
    return connection.receive_head(h)
  end)
  if not code then
    try(nil, "malformed status line")
  elseif code < 200 or code >= 300 then
    try(nil, "proxy refused the tunnel (" .. status:gsub("^HTTP/%S+ ", "") .. ")")
  end
end

-- The object -------------------------------------------------------------------------------------------

local methods = {}
local states = setmetatable({}, { __mode = "k" })

-- Methods that are not listed are those of the connection.
local forwarders = {}
local function forwarder(name)
  local forward = forwarders[name]
  if not forward then
    forward = function(self, ...)
      local sock = self.sock
      return sock[name](sock, ...)
    end
    forwarders[name] = forward
  end
  return forward
end

local metatable = {
  __index = function(self, name)
    local method = methods[name]
    if method then
      return method
    end
    local sock = rawget(self, "sock")
    local value = sock and sock[name]
    if type(value) == "function" then
      return forwarder(name)
    end
    return value
  end,
}

-- A time limit for all that follows, on any socket. Some that programs put in place of socket.tcp give
-- nothing.
local function set_limits(self, sock)
  local state = states[self]
  sock:settimeout(state.module.TIMEOUT)
  if state.deadline then
    socket.try(state.deadline:limit(sock))
  end
end

-- Before it is connected the limit is the module's, but for one on all that comes: that is kept.
function methods:settimeout(seconds, mode)
  local state = states[self]
  if state.connected then
    return self.sock:settimeout(seconds, mode)
  end
  local letter = mode and mode:sub(1, 1)
  if (letter == "t" or letter == "r") and seconds and seconds >= 0 then
    state.deadline = deadline.after(seconds)
  end
  return self.sock:settimeout(state.module.TIMEOUT) or 1
end

-- What a connection that was cut off gives is no end: whoever cut it off decided where.
local function judged(self, ...)
  local got, message = ...
  local conn = self.sock
  if got == nil and message == "closed" and states[self].conn == conn and conn:getfd() ~= -1
    and not extra.ended(conn) then
    return nil, "unexpected eof while reading", select(3, ...)
  end
  return ...
end

function methods:receive(...)
  return judged(self, self.sock:receive(...))
end

local function with_prefix(prefix, line, message, partial, ...)
  if line then
    return prefix .. line, message, partial, ...
  end
  return line, message, prefix .. (partial or ""), ...
end

-- For body.line_readers.
local function receive_line(self, bytes_max, prefix)
  local conn = self.sock
  if rawget(self, "receive") or conn ~= states[self].conn then -- the program's own
    if prefix then
      return self:receive("*l", prefix)
    end
    return self:receive()
  end
  prefix = prefix or ""
  local room = bytes_max > #prefix and bytes_max - #prefix or 0
  return judged(self, with_prefix(prefix, extra.receive_line(conn, room)))
end

-- A connection that was never made leaves nothing.
function methods:close()
  local state, conn = states[self], self.sock
  if state.server and state.connected and conn == state.conn then
    pcall(contexts.keep, state.entry, conn, state.server) -- memory may run out
    state.server = nil
  end
  return conn:close()
end

-- Offers the session of an earlier connection, if this one would have been judged alike.
local function resume(self, conn, settings, ...)
  local state, entry = states[self], settings.entry
  if entry and settings.resumes then
    state.entry, state.server = entry, server_of(...)
    contexts.offer(entry, conn, state.server)
  end
end

-- Wraps the socket, and tells the connection whom it speaks with.
local function wrap(self, host, port)
  local state = states[self]
  local settings = socket.try(trust.prepare(state.request, state.module))
  local conn, name, expected = trust.wrap(self.sock, host, settings)
  socket.try(conn, name)
  self.sock, state.conn = conn, conn
  resume(self, conn, settings, host, port, name, expected)
  return conn
end

local function connect(self, host, port)
  local state = states[self]
  local try = socket.try
  local plain, tunnel = self.sock, state.tunnel
  host = tostring(host)
  set_limits(self, plain)
  if tunnel then
    try(plain:connect(tunnel.host, tunnel.port))
    open_tunnel(plain, tunnel)
  else
    try(plain:connect(host, port))
  end
  local conn = wrap(self, host, port)
  set_limits(self, conn)
  try(conn:dohandshake())
  state.connected = true
  return 1
end

local function settle(self, good, ...)
  if good then
    return ...
  end
  self.sock:close()
  error((...), 0)
end

-- Raises what socket.try raises; the socket is closed then.
function methods:connect(host, port)
  if connection.may_catch() then
    return settle(self, guard.pcall(connect, self, host, port))
  end
  return connect(self, host, port)
end

-- A function that makes objects to connect. `module` is ssl.https; `tunnel`, if there is one, a proxy:
-- host, port, credentials, user_agent, and the authority it is to connect to.
function https.connector(request, module, tunnel)
  return function()
    trust.check_names(request, module)
    local sock, message = socket.tcp()
    if not sock then
      return nil, message
    end
    local object = setmetatable({ sock = sock }, metatable)
    states[object] = {
      request = request, module = module, tunnel = tunnel, deadline = nil, connected = nil, conn = nil,
      entry = nil, server = nil,
    }
    body.line_readers[object] = receive_line
    return object
  end
end

return https
