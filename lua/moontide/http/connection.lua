-- One HTTP connection: the object that socket.http's `open` gives, and its methods.
--
-- Scripts see two fields, `c` (the socket) and `try`. Everything else is the object's state: the fields of
-- its metatable, which is its own.

local socket = require("socket")
local headers_module = require("socket.headers")
local ltn12 = require("ltn12")
local body = require("moontide.http.body")
local guard = require("moontide.guard")
local native = require("moontide.native").http()

local error = error
local getmetatable = getmetatable
local pairs = pairs
local pcall = pcall
local setmetatable = setmetatable
local tostring = tostring

local connection = {}
local methods = {}

-- States of what programs made themselves and call our methods with.
local foreign_states = setmetatable({}, { __mode = "k" })

-- A table with the fields reader, limits, deadline, closed; all may be absent.
local function state_of(h)
  local metatable = getmetatable(h)
  if metatable and metatable.state_of == h then
    return metatable
  end
  local state = foreign_states[h]
  if not state then
    state = {}
    foreign_states[h] = state
  end
  return state
end

local function reader_of(h)
  local state = state_of(h)
  local reader = state.reader
  if not reader then
    reader = body.reader(state.limits)
    state.reader = reader
  end
  return reader
end

-- Guarding ------------------------------------------------------------------------------------------

-- Does a yield pass through pcall? Everywhere but on plain 5.1. There, a program that has put another
-- function into socket.protect may yield in its sockets, and a pcall of ours must not be in the way.
local pcall_yields = coroutine.wrap(function()
  return pcall(coroutine.yield, true)
end)()

local function settle(h, good, ...)
  if good then
    return ...
  end
  if not state_of(h).closed then
    pcall(h.close, h)
  end
  error((...), 0)
end

-- Calls f(...) and closes the connection if that raises, a callback of the program for instance.
function connection.guard(h, f, ...)
  if pcall_yields == true or socket.protect == native.protect then
    return settle(h, guard.pcall(f, ...))
  end
  return f(...)
end

-- Time ----------------------------------------------------------------------------------------------

-- Gives the socket what is left until the deadline, as its total timeout; "timeout" if that is nothing.
local function watch(h)
  local deadline = state_of(h).deadline
  if deadline then
    local left = deadline - native.now()
    if left <= 0 then
      return "timeout"
    end
    h.c:settimeout(left, "t")
  end
end

local function keep_deadline(h)
  local failure = watch(h)
  if failure then
    h.try(nil, failure)
  end
end

-- A step for pumps that keeps the deadline.
local function watched_step(h, step)
  if not state_of(h).deadline then
    return step
  end
  step = step or ltn12.pump.step
  return function(...)
    local failure = watch(h)
    if failure then
      return nil, failure
    end
    return step(...)
  end
end

-- Opening -------------------------------------------------------------------------------------------

local function connect(h, host, port, seconds)
  local c = h.c
  h.try(c:settimeout(seconds))
  keep_deadline(h)
  h.try(c:connect(host, port))
  return h
end

-- `settings`: limits and deadline.
function connection.open(host, port, create, seconds, settings)
  local c = socket.try((create or socket.tcp)())
  local h = { c = c, try = nil }
  setmetatable(h, {
    __index = methods, state_of = h,
    limits = settings and settings.limits, deadline = settings and settings.deadline,
    reader = nil, closed = nil,
  })
  h.try = socket.newtry(function() h:close() end)
  return connection.guard(h, connect, h, host, port, seconds)
end

-- An object of ours on a stream of ours: what follows may use the native module.
function connection.is_direct(h)
  return getmetatable(h).state_of == h and native.is_stream(h.c)
end

-- Sending -------------------------------------------------------------------------------------------

-- The list {name, value, ...} for native.compose, names as they are written.
function connection.spelled(headers)
  local canonic = headers_module.canonic
  local list, count = {}, 0
  for name, value in pairs(headers) do
    list[count + 1] = canonic[name] or name
    list[count + 2] = value
    count = count + 2
  end
  return list
end

-- The text of a head; or nil, message. `names`, if given, says how the program wrote a lower-case name.
function connection.compose(method, target, fields, names)
  local text, message, name = native.compose(method, target, fields)
  if text then
    return text
  elseif name then
    name = names and (names[name] or names[tostring(name):lower()]) or name
    return nil, message .. " '" .. name .. "'"
  end
  return nil, message
end

function connection.send_head(h, head)
  keep_deadline(h)
  return h.try(h.c:send(head))
end

function methods:sendrequestline(method, uri)
  return connection.send_head(self, self.try(connection.compose(method or "GET", uri)))
end

function methods:sendheaders(headers)
  connection.send_head(self, self.try(connection.compose(nil, nil, connection.spelled(headers))))
  return 1
end

-- Gives what the pump gives.
function connection.pump_body(h, headers, source, step)
  local mode = headers["content-length"] and "keep-open" or "http-chunked"
  return ltn12.pump.all(source or ltn12.source.empty(), socket.sink(mode, h.c), watched_step(h, step))
end

function methods:sendbody(headers, source, step)
  return self.try(connection.pump_body(self, headers, source, step))
end

-- Receiving -----------------------------------------------------------------------------------------

local function receive_status_line(h)
  local start = h.try(h.c:receive(5))
  if start ~= "HTTP/" then
    return nil, start
  end
  keep_deadline(h)
  local line = h.try(h.c:receive("*l", start))
  return h.try(native.status_code(line), line), line
end

function methods:receivestatusline()
  keep_deadline(self)
  if not native.is_stream(self.c) then
    return receive_status_line(self)
  end
  local code, line = native.read_status(reader_of(self), self.c)
  if code == nil then
    self.try(nil, line)
  end
  return code or nil, line
end

-- The single values of set-cookie stay beside their joined form, where pairs does not see them.
local function with_cookies(headers, cookies)
  if cookies then
    setmetatable(headers, { __index = { ["set-cookie-list"] = cookies } })
  end
  return headers
end

function methods:receiveheaders()
  keep_deadline(self)
  local reader = reader_of(self)
  if native.is_stream(self.c) then
    local headers, cookies = native.read_fields(reader, self.c)
    return with_cookies(self.try(headers, cookies), cookies)
  end
  local headers, cookies = body.receive_fields(reader, function()
    keep_deadline(self)
    return self.c:receive()
  end)
  return with_cookies(self.try(headers, cookies), cookies)
end

-- Status line and headers in one go: code, line, headers; or, for HTTP/0.9, nil and five bytes.
function connection.receive_head(h)
  if not connection.is_direct(h) then
    local code, line = h:receivestatusline()
    return code, line, code and h:receiveheaders()
  end
  keep_deadline(h)
  local code, line, headers, cookies = native.read_head(reader_of(h), h.c)
  if code == nil then
    h.try(nil, line)
  elseif code == false then
    return nil, line
  end
  return code, line, with_cookies(headers, cookies)
end

-- Programs may have put sources of their own in place of these.
local stock = { length = "by-length", close = "until-closed", chunked = "http-chunked" }
local stock_makers = {}
for kind, name in pairs(stock) do
  stock_makers[kind] = socket.sourcet[name]
end

local function body_source(h, kind, length, headers)
  if socket.sourcet[stock[kind]] ~= stock_makers[kind] then
    return socket.source(stock[kind], h.c, kind == "length" and length or headers)
  end
  local state = state_of(h)
  return body.source(reader_of(h), h.c, kind, length, state.limits, state.deadline and function()
    return watch(h)
  end)
end

function methods:receivebody(headers, sink, step)
  local kind, length = native.framing(headers["transfer-encoding"], headers["content-length"])
  self.try(kind, length)
  local source = body_source(self, kind, length, headers)
  return self.try(ltn12.pump.all(source, sink or ltn12.sink.null(), step))
end

function methods:receive09body(start, sink, step)
  local source = ltn12.source.rewind(body_source(self, "close"))
  source(start)
  return self.try(ltn12.pump.all(source, sink, step))
end

function methods:close()
  state_of(self).closed = true
  return self.c:close()
end

return connection
