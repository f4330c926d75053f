-- A GET that needs nothing special, on a socket of ours: most requests are such. Nobody sees the objects
-- of one, so it is made without them: connecting, sending and reading are one call of the native module.
-- What it does and what comes of it are those of http.open and what follows there.

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

local stock_source = socket.sourcet["by-length"]
local stock_pump, stock_step = ltn12.pump.all, ltn12.pump.step
local stock_block = socket.BLOCKSIZE

local function is_stock(http)
  local stock, scheme, pump = plain.stock, http.schemes.http, ltn12.pump
  return http.open == stock.open and scheme == stock.scheme and scheme.create == stock.create
    and scheme.port == 80 and socket.tcp == native.tcp and socket.sourcet["by-length"] == stock_source
    and pump.all == stock_pump and pump.step == stock_step and socket.BLOCKSIZE == stock_block
    and not (http.PROXY or http.LIMITS)
end

-- A socket and a reader that have finished serve the next request: to make them takes as long as to read an
-- answer.
local spare_socket, spare_reader

-- One head after the other, the first of which has come already.
local function reading_on(code, status, headers)
  return function(try, reader, c)
    if code then
      local first = code
      code = nil
      return first, status, headers
    end
    return connection.read_head(try, reader, c)
  end
end

-- The final head of an answer of which one has come; see connection.final_head.
local function final_head(reader, c, code, status, headers)
  if code and code >= 100 and code < 200 and code ~= 101 then
    return connection.final_head(socket.try, reading_on(code, status, headers), reader, c)
  end
  return code, status, headers
end

-- A body that came with its head goes into the sink as ltn12.pump.all would do it.
local function deliver(bytes, sink, step)
  local went_on, message = true, nil
  if step then
    local rest = bytes ~= "" and bytes or nil
    went_on, message = ltn12.pump.all(function()
      local piece = rest
      rest = nil
      return piece
    end, sink or ltn12.sink.null(), step)
  elseif sink then
    if bytes ~= "" then
      went_on, message = sink(bytes, nil)
    end
    if went_on then
      went_on, message = sink(nil, nil)
    end
  end
  if not went_on and message then
    socket.try(nil, message)
  end
end

-- Code, headers, status and the request to go on with; nothing when it is no plain request.
local function exchange(http, request, reader, c)
  local code, status, headers, cookies, bytes =
    native.plain_get(reader, c, request, http.USERAGENT, headers_module.canonic, http.TIMEOUT)
  if code == nil then
    return status and socket.try(nil, status)
  elseif code then
    connection.with_cookies(headers, cookies)
  end
  local is_over = bytes ~= nil
  if not is_over then
    code, status, headers = final_head(reader, c, code, status, headers)
    if not code then
      connection.new(c, nil, reader):receive09body(status, request.sink or ltn12.sink.null(), request.step)
      c:close()
      return 200
    end
  end
  local following = target.FOLLOWED[code]
    and target.redirected(http, target.new(http, request), code, headers) or nil
  if bytes and not following then
    deliver(bytes, request.sink, request.step)
  elseif not is_over then
    if not following and native.has_body("GET", code) then
      connection.read_body(socket.try, reader, c, headers, request.sink, request.step)
    end
    c:close()
  end
  return code, headers, status, following
end

local function settle(reader, c, succeeded, ...)
  if succeeded then
    spare_reader, spare_socket = reader, c
    return ...
  end
  c:close()
  error((...), 0)
end

-- As perform in socket.http; nothing when the request needs more than this.
function plain.run(http, request)
  if not is_stock(http) or request.create or not connection.may_catch() then
    return nil
  end
  local reader, c = spare_reader or body.reader(), spare_socket or native.tcp()
  spare_reader, spare_socket = nil, nil
  return settle(reader, c, guard.pcall(exchange, http, request, reader, c))
end

return plain
