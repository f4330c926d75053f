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

-- May errors of a program's callback be caught here, to close the connection?
function connection.may_catch()
  return pcall_yields == true or socket.protect == native.protect
end

-- Calls f(...) and closes the connection if that raises, a callback of the program for instance.
function connection.guard(h, f, ...)
  if connection.may_catch() then
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

-- The object for a socket. `settings`: limits and deadline; `reader`: one that has begun on it.
function connection.new(c, settings, reader)
  local h = { c = c, try = nil }
  setmetatable(h, {
    __index = methods, state_of = h,
    limits = settings and settings.limits, deadline = settings and settings.deadline,
    reader = reader, closed = nil,
  })
  h.try = socket.newtry(function() h:close() end)
  return h
end

function connection.open(host, port, create, seconds, settings)
  local h = connection.new(socket.try((create or socket.tcp)()), settings)
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
  local line, message = body.receive_line(h.c, state_of(h).limits, start)
  h.try(line, message == "line too long" and "response headers too long" or message)
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
function connection.with_cookies(headers, cookies)
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
    return connection.with_cookies(self.try(headers, cookies), cookies)
  end
  local headers, cookies = body.receive_fields(reader, function()
    keep_deadline(self)
    return body.receive_line(self.c, state_of(self).limits)
  end)
  return connection.with_cookies(self.try(headers, cookies), cookies)
end

-- Status line and headers in one go: code, line, headers; or, for HTTP/0.9, nil and five bytes.
function connection.read_head(try, reader, c)
  local code, line, headers, cookies = native.read_head(reader, c)
  if code == nil then
    try(nil, line)
  elseif code == false then
    return nil, line
  end
  return code, line, connection.with_cookies(headers, cookies)
end

function connection.receive_head(h)
  if not connection.is_direct(h) then
    local code, line = h:receivestatusline()
    return code, line, code and h:receiveheaders()
  end
  keep_deadline(h)
  return connection.read_head(h.try, reader_of(h), h.c)
end

-- Answers that are not the last one, at most.
local INTERIM_MAX = 64

-- The final head: `read(try, reader, c)` gives one after the other, as read_head does.
function connection.final_head(try, read, reader, c)
  for count = 0, INTERIM_MAX do
    local code, line, headers = read(try, reader, c)
    if not code and count > 0 then
      try(nil, "malformed status line")
    end
    if not code or code == 101 or code < 100 or code >= 200 then
      return code, line, headers
    end
  end
  try(nil, "too many interim responses")
end

-- Programs may have put sources of their own in place of these.
local stock = { length = "by-length", close = "until-closed", chunked = "http-chunked" }
local stock_makers = {}
for kind, name in pairs(stock) do
  stock_makers[kind] = socket.sourcet[name]
end

local function body_source(reader, c, kind, length, headers, limits, late)
  if socket.sourcet[stock[kind]] ~= stock_makers[kind] then
    return socket.source(stock[kind], c, kind == "length" and length or headers)
  end
  return body.source(reader, c, kind, length, limits, late)
end

-- The body that these headers announce, from the socket `c` into the sink. `late`: see body.source.
function connection.read_body(try, reader, c, headers, sink, step, limits, late)
  local kind, length = native.framing(headers["transfer-encoding"], headers["content-length"])
  try(kind, length)
  local source = body_source(reader, c, kind, length, headers, limits, late)
  return try(ltn12.pump.all(source, sink or ltn12.sink.null(), step))
end

local function lateness(h)
  return state_of(h).deadline and function()
    return watch(h)
  end
end

function methods:receivebody(headers, sink, step)
  return connection.read_body(self.try, reader_of(self), self.c, headers, sink, step, state_of(self).limits,
    lateness(self))
end

function methods:receive09body(start, sink, step)
  local source = ltn12.source.rewind(body_source(reader_of(self), self.c, "close", nil, nil,
    state_of(self).limits, lateness(self)))
  source(start)
  return self.try(ltn12.pump.all(source, sink, step))
end

function methods:close()
  state_of(self).closed = true
  return self.c:close()
end

return connection
