-- HTTP/1.1 client.
--
-- Programs replace fields of this table at run time (TIMEOUT, PROXY, open, schemes ...), so everything
-- here looks up what it uses when it is called, through the table.

local socket = require("socket")
local ltn12 = require("ltn12")
local connection = require("moontide.http.connection")
local plain = require("moontide.http.plain")
local target = require("moontide.http.target")
local native = require("moontide.native").http()

local type = type

local http = {}
socket.http = http

http.TIMEOUT = 60
http.USERAGENT = socket._VERSION

http.schemes = {
  http = {
    port = 80,
    create = function()
      return socket.tcp
    end,
  },
  https = {
    port = 443,
    create = function(request)
      local https = require("ssl.https")
      if type(https.tcp) ~= "function" then
        error("LuaSocket: Function tcp() not available from LuaSec")
      end
      return https.tcp(request)
    end,
  },
}

-- A fourth parameter is for `request` alone: limits and deadline.
function http.open(host, port, create, settings)
  return connection.open(host, port, create, http.TIMEOUT, settings)
end

-- Sending -------------------------------------------------------------------------------------------

local function send_head(h, hop)
  if connection.is_direct(h) then
    connection.send_head(h, hop.head)
    return
  end
  -- The object of a program sees the calls it knows.
  h:sendrequestline(hop.method, hop.uri)
  h:sendheaders(target.headers(hop))
end

-- Receiving -----------------------------------------------------------------------------------------

local function receive_head(h)
  return connection.final_head(h.try, function()
    return connection.receive_head(h)
  end)
end

-- A server may answer before it has read the whole body, and close. The answer is worth more than the
-- error of the send, if it is complete. All of it is there: nothing comes behind a reset.
local function receive_early_head(h)
  if connection.is_direct(h) then
    h.c:settimeout(0)
  end
  local code, status, headers = receive_head(h)
  h.try(code, "closed")
  return code, status, headers
end

-- Sends the body, if there is one, and receives the head of the answer.
local function exchange(h, hop)
  local source = hop.parts.source
  if not source then
    return receive_head(h)
  end
  local sent, message = connection.pump_body(h, target.headers(hop), source, hop.parts.step)
  if sent then
    return receive_head(h)
  elseif message ~= "closed" then
    h.try(nil, message)
  end
  local get = socket.protect(function()
    return true, receive_early_head(h)
  end)
  local received, code, status, headers = get()
  h.try(received, "closed")
  return code, status, headers
end

-- Results of one request and its answer: code, headers, status, and the request to go on with.
local function perform(h, hop)
  local parts = hop.parts
  send_head(h, hop)
  local code, status, headers = exchange(h, hop)
  if not code then
    h:receive09body(status, parts.sink or ltn12.sink.null(), parts.step)
    h:close()
    return 200
  end
  local following = target.redirected(http, hop, code, headers)
  if not following and native.has_body(hop.method, code) then
    h:receivebody(headers, parts.sink, parts.step)
  end
  h:close()
  return code, headers, status, following
end

-- What plain.run and target.new compare with.
target.stock_https_create = http.schemes.https.create
plain.stock = { open = http.open, scheme = http.schemes.http, create = http.schemes.http.create }

-- Forms ---------------------------------------------------------------------------------------------

local function settings_of(request)
  local limits, deadline = request.limits or http.LIMITS, request[target.DEADLINE]
  return (limits or deadline) and { limits = limits, deadline = deadline } or nil
end

-- One request and its answer: as perform.
local function run(request)
  local code, headers, status, following = plain.run(http, request)
  if code then
    return code, headers, status, following
  end
  local hop = target.new(http, request)
  local h = http.open(hop.connect_host, hop.connect_port, hop.create, settings_of(request))
  return connection.guard(h, perform, h, hop)
end

local function request_generic(request)
  if request.timeout then
    local given = request
    request = {}
    for key, value in pairs(given) do
      request[key] = value
    end
    request[target.DEADLINE] = native.now() + request.timeout
  end
  local location
  while true do
    local code, headers, status, following = run(request)
    if not following then
      if location then
        headers = headers or {}
        headers.location = headers.location or location
      end
      if not headers then
        return 1, code -- HTTP/0.9
      end
      return 1, code, headers, status
    end
    location = headers.location
    request = following
  end
end

function http.genericform(url, body)
  local chunks = {}
  local request = { url = url, sink = (ltn12.sink.table(chunks)), target = chunks }
  if body then
    request.source = ltn12.source.string(body)
    request.method = "POST"
    request.headers = {
      ["content-length"] = ("").len(body),
      ["content-type"] = "application/x-www-form-urlencoded",
    }
  end
  return request
end

local function request_simple(url, body)
  local request = http.genericform(url, body)
  local _, code, headers, status = request_generic(request)
  return table.concat(request.target), code, headers, status
end

http.request = socket.protect(function(request, body)
  if type(request) == "string" then
    return request_simple(request, body)
  end
  return request_generic(request)
end)

return http
