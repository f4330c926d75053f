-- serve: a server with one task per connection.

local arguments = require("moontide.arguments")
local coroutines = require("moontide.coroutines")
local native = require("moontide.native").loop()
local sync = require("moontide.sync")
local task = require("moontide.task")

local error = error
local pairs = pairs
local pcall = pcall
local type = type

local serve = {}

-- Where connections come from -------------------------------------------------------------------------

-- "host:port", "[::1]:port", "unix:path", or a port of all addresses.
local function listen(address, options)
  local backlog = options.backlog or 128
  local path = type(address) == "string" and address:match("^unix:(.+)$")
  if path then
    local server = require("socket.unix").stream()
    local done, message = server:bind(path)
    if done then
      done, message = server:listen(backlog)
    end
    if not done then
      server:close()
      return nil, message
    end
    return server
  end
  local host, port = tostring(address):match("^%[(.+)%]:(%d+)$")
  if not host then
    host, port = tostring(address):match("^(.-):?(%d+)$")
  end
  if not port then
    return nil, "invalid address '" .. tostring(address) .. "'"
  end
  return require("socket").bind(host ~= "" and host or "*", tonumber(port), backlog, options)
end

local function listener_of(address, options)
  if type(address) == "string" or type(address) == "number" then
    return listen(address, options)
  elseif (type(address) == "table" or type(address) == "userdata") and address.accept then
    address:settimeout(nil)
    return address
  end
  error(("bad argument #1 to 'serve' (listening socket or address expected, got %s)")
    :format(type(address)), 3)
end

-- Connections -----------------------------------------------------------------------------------------

-- What refuses a connection only for now. The texts do not follow the locale.
local TRANSIENT = {
  ["Too many open files"] = true, ["Too many open files in system"] = true,
  ["Cannot allocate memory"] = true, ["No buffer space available"] = true,
  ["Protocol error"] = true, ["Network is down"] = true, ["Network is unreachable"] = true,
  ["Host is down"] = true, ["No route to host"] = true,
}

-- Descriptors may be freed elsewhere, too: then it tries again after so many seconds.
local RETRY_SECONDS = 0.1

-- Owns the tasks of its connections.
local Server = {}
Server.__index = Server

-- A connection is over, by whatever end of its handler. An error is reported, not raised.
function Server:_child_ended(child)
  self.connections[child]:close()
  self.connections[child] = nil
  self.count = self.count - 1
  self.changed:notify_all()
  return false
end

-- TLS comes before the handler, which a peer that does not manage it in time never sees.
local function shake_hands(server, client)
  local settings = server.tls
  local host, port
  if client.getpeername then
    host, port = client:getpeername()
  end
  local conn, message = settings.wrap(client, settings.context)
  if conn then
    server.connections[native.current()] = conn
    conn:settimeout(settings.timeout, "t")
    local done
    done, message = conn:dohandshake()
    if done then
      conn:settimeout(nil, "t")
      return server.handler(conn)
    elseif message == "wantread" or message == "wantwrite" then
      message = "timeout"
    end
  end
  if settings.onrefuse then
    settings.onrefuse(message, host, port)
  end
end

local function hand_over(server, client)
  return server.handler(client)
end

function Server:start(client)
  self.served = self.served + 1
  local child = task.spawn_owned(self, "connection " .. self.served, self.greet, self, client)
  child.detached = true -- nobody joins it
  self.connections[child] = client
  self.count = self.count + 1
end

-- Until the listening socket is closed. nil, message when it cannot go on.
function Server:accept_all()
  while not self.closing do
    if self.count >= self.limit then
      self.changed:wait()
    else
      local client, message = self.listener:accept()
      if client then
        self:start(client)
      elseif TRANSIENT[message] then
        self.changed:wait(nil, RETRY_SECONDS)
      elseif message ~= "timeout" and not self.closing then
        return nil, message
      end
    end
  end
  return true
end

function Server:close()
  if not self.closing then
    self.closing = true
    self.listener:close()
    self.changed:notify_all()
  end
end

function Server:drain()
  while self.count > 0 do
    self.changed:wait()
  end
end

function Server:cancel()
  for child in pairs(self.connections) do
    child:cancel()
  end
end

local function run(server, stopping)
  local watcher = task.spawn("stop accepting", function()
    stopping:wait()
    server:close()
  end)
  local succeeded, result, message = coroutines.pcall(function()
    local done, failure = server:accept_all()
    server:close()
    server:drain()
    return done, failure
  end)
  server:close()
  watcher:cancel()
  if not succeeded then
    server:cancel()
    native.shield(true)
    server:drain()
    native.shield(false)
    error(result, 0)
  elseif not result then
    return nil, message
  end
  return true
end

-- TLS ---------------------------------------------------------------------------------------------------

-- From the options of serve: what shake_hands needs, false without TLS; or nil, message.
local function tls_settings(options)
  local seconds = arguments.number(options.handshake_timeout or 10, 3, "serve", 2)
  if options.onrefuse then
    arguments.callable(options.onrefuse, 3, "serve", 2)
  end
  local context = options.tls
  if not context then
    return false
  end
  local ssl = require("ssl")
  if type(context) == "table" then
    local params = { mode = "server", protocol = "any" }
    for key, value in pairs(context) do
      params[key] = value
    end
    local message
    context, message = ssl.newcontext(params)
    if not context then
      return nil, message
    end
  elseif not pcall(require("ssl.context").setmode, context, "server") then
    error("bad argument #3 to 'serve' (tls: a context or parameters expected)", 3)
  end
  seconds = math.max(seconds, 0) -- a negative one would be none
  return { context = context, wrap = ssl.wrap, timeout = seconds, onrefuse = options.onrefuse }
end

-- The function moontide.serve.
function serve.bind(moontide)
  -- Serves until moontide.stop is called, and returns true when the last connection has ended; or nil,
  -- message when it cannot listen. handler(client): the connection is closed when it returns. `options`:
  -- limit (connections at a time), onready(host, port), backlog, reuseport (see
  -- socket.bind); with tls (a context of ssl.newcontext, or its parameters) also handshake_timeout (seconds,
  -- 10) and onrefuse(message, host, port).
  return function(address, handler, options)
    arguments.callable(handler, 2, "serve")
    options = options == nil and {} or arguments.table(options, 3, "serve")
    local limit = arguments.count(options.limit or math.huge, 1, 3, "serve")
    local tls, mistake = tls_settings(options)
    if tls == nil then
      return nil, mistake
    end
    local function start()
      local listener, message = listener_of(address, options)
      if not listener then
        return nil, message
      end
      local server = setmetatable({
        listener = listener, handler = handler, limit = limit, connections = {}, count = 0, served = 0,
        changed = sync.condition(), tls = tls, greet = tls and shake_hands or hand_over,
      }, Server)
      if options.onready then
        options.onready(listener:getsockname())
      end
      return run(server, moontide.stopping)
    end
    if native.current() then
      return start()
    end
    return moontide.run(start)
  end
end

return serve
