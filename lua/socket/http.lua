-- HTTP/1.1 client.
--
-- Programs replace fields of this table at run time (TIMEOUT, PROXY, open, schemes ...), so everything
-- here looks up what it uses when it is called, through the table.

local socket = require("socket")
local headers_module = require("socket.headers")
local ltn12 = require("ltn12")
local connection = require("moontide.http.connection")
local target = require("moontide.http.target")
local native = require("moontide.native").http()

local type = type

local http = {}
socket.http = http

http.TIMEOUT = 60
http.USERAGENT = socket._VERSION

-- Answers that are not the last one, at most.
local INTERIM_MAX = 64

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

-- Most requests are a GET with nothing in their table that changes what is sent: those need not be taken
-- apart. A hop like those of target.new, without what only other requests need; or nil.
local stock_scheme = http.schemes.http
local stock_create = stock_scheme.create

local function plain_hop(request)
  local scheme = http.schemes.http
  if http.PROXY or scheme ~= stock_scheme or scheme.create ~= stock_create or scheme.port ~= 80 then
    return nil
  end
  local host, port, head = native.plain_request(request, http.USERAGENT, headers_module.canonic)
  return host and {
    is_plain = true, request = request, parts = request, method = "GET", head = head,
    connect_host = host, connect_port = port, create = request.create or socket.tcp,
  }
end

-- The request that follows this answer, or nil.
local function redirected(hop, code, headers)
  if not target.FOLLOWED[code] then
    return nil
  elseif hop.is_plain then
    hop = target.new(http, hop.request)
  end
  return target.redirected(http, hop, code, headers)
end

-- Sending -------------------------------------------------------------------------------------------

local function send_head(h, hop)
  if connection.is_direct(h) then
    connection.send_head(h, hop.head)
    return
  end
  -- The object of a program sees the calls it knows.
  if hop.is_plain then
    hop = target.new(http, hop.request)
  end
  h:sendrequestline(hop.method, hop.uri)
  h:sendheaders(target.headers(hop))
end

-- Receiving -----------------------------------------------------------------------------------------

-- The final head: code, status line, headers; without a code HTTP/0.9, and the second value has begun it.
local function receive_head(h)
  for count = 0, INTERIM_MAX do
    local code, status, headers = connection.receive_head(h)
    if not code and count > 0 then
      h.try(nil, "malformed status line")
    end
    if not code or code == 101 or code < 100 or code >= 200 then
      return code, status, headers
    end
  end
  h.try(nil, "too many interim responses")
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
  local following = redirected(hop, code, headers)
  if not following and native.has_body(hop.method, code) then
    h:receivebody(headers, parts.sink, parts.step)
  end
  h:close()
  return code, headers, status, following
end

-- Forms ---------------------------------------------------------------------------------------------

local function settings_of(request)
  local limits, deadline = request.limits or http.LIMITS, request[target.DEADLINE]
  return (limits or deadline) and { limits = limits, deadline = deadline } or nil
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
    local hop = plain_hop(request) or target.new(http, request)
    local h = http.open(hop.connect_host, hop.connect_port, hop.create, settings_of(request))
    local code, headers, status, following = connection.guard(h, perform, h, hop)
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
