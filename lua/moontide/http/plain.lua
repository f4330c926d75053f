-- A GET that needs nothing special, on a socket of ours: most requests are such. Nobody sees the objects
-- of one, so it is made without them, and takes half the time. What it does and what comes of it are those of
-- http.open and what follows there.

local socket = require("socket")
local headers_module = require("socket.headers")
local ltn12 = require("ltn12")
local body = require("moontide.http.body")
local connection = require("moontide.http.connection")
local guard = require("moontide.guard")
local target = require("moontide.http.target")
local native = require("moontide.native").http()

local error = error

local plain = {}

-- What programs may replace, as it was: open, scheme, create.
plain.stock = {}

-- Host, port and head if `request` is such a one.
function plain.request(http, request)
  local stock, scheme = plain.stock, http.schemes.http
  if request.create or http.PROXY or http.LIMITS or http.open ~= stock.open or scheme ~= stock.scheme
    or scheme.create ~= stock.create or scheme.port ~= 80 or socket.tcp ~= native.tcp
    or not connection.may_catch() then
    return nil
  end
  return native.plain_request(request, http.USERAGENT, headers_module.canonic)
end

-- A reader that has finished serves the next request: to make one takes as long as to read an answer.
local spare_reader

-- Code, headers, status and the request to go on with.
local function exchange(c, http, request, host, port, head)
  local try = socket.try
  try(c:settimeout(http.TIMEOUT))
  try(c:connect(host, port))
  try(c:send(head))
  local reader = spare_reader or body.reader()
  spare_reader = nil
  local code, status, headers = connection.final_head(try, connection.read_head, reader, c)
  if not code then
    connection.new(c, nil, reader):receive09body(status, request.sink or ltn12.sink.null(), request.step)
    return 200
  end
  local following = target.FOLLOWED[code]
    and target.redirected(http, target.new(http, request), code, headers) or nil
  if not following and native.has_body("GET", code) then
    connection.read_body(try, reader, c, headers, request.sink, request.step)
  end
  spare_reader = reader
  return code, headers, status, following
end

local function settle(c, succeeded, ...)
  c:close()
  if succeeded then
    return ...
  end
  error((...), 0)
end

-- `host`, `port`, `head`: what plain.request gave.
function plain.get(http, request, host, port, head)
  local c = socket.try(native.tcp())
  return settle(c, guard.pcall(exchange, c, http, request, host, port, head))
end

return plain
