-- Where a request goes and what its head says: from the table a program gives to all that is needed to
-- connect and to send. Everything is checked here, before a socket exists.

local socket = require("socket")
local mime = require("mime")
local url = require("socket.url")
local headers_module = require("socket.headers")
local connection = require("moontide.http.connection")

local pairs = pairs
local tonumber = tonumber
local tostring = tostring

local target = {}

-- Keys under which a request that continues another carries what programs do not see.
target.CREDENTIALS = {} -- the value of Authorization, if URL and fields give none
target.DEADLINE = {} -- on the monotonic clock

local PROXY_PORT = 3128

local function refuse(message)
  socket.try(nil, message)
end

local function has_control(text)
  return tostring(text):find("%c") ~= nil
end

-- Ports are compared and written as text; a float of integral value, as JSON readers produce, is that
-- integer.
local function port_text(port)
  if type(port) == "string" then
    return port
  end
  local number = type(port) == "number" and port
  if number and number % 1 == 0 and number >= 0 and number < 65536 then
    return ("%d"):format(number)
  end
  return tostring(port)
end

-- URL parts, then the fields of the request, which win.
local URL_DEFAULTS = { path = "/", scheme = "http" }

local function adjust(request)
  local parts = {}
  local text = request.url
  if text ~= nil then
    if has_control(text) then
      refuse("invalid url")
    end
    parts = socket.try(url.parse(text, URL_DEFAULTS))
  end
  for key, value in pairs(request) do
    parts[key] = value
  end
  parts.scheme = parts.scheme or "http"
  return parts
end

local function find_scheme(http, name)
  local scheme = http.schemes[name]
  if not scheme then
    refuse("unknown scheme '" .. tostring(name) .. "'")
  end
  return scheme
end

local function check_host(host)
  if not host or host == "" then
    refuse("invalid host ''")
  elseif has_control(host) then
    refuse("invalid url")
  end
end

local function bracketed(host)
  host = tostring(host)
  return host:find(":", 1, true) and "[" .. host .. "]" or host
end

-- Path, parameters and query. The fragment is the client's own business.
local function origin_form(parts)
  if parts.path == nil then
    refuse("invalid path 'nil'")
  end
  return url.build({ path = parts.path, params = parts.params, query = parts.query })
end

-- What a proxy is asked for. User data of the target are no business of the proxy.
local function absolute_form(parts, port)
  return url.build({
    scheme = parts.scheme, host = parts.host, port = port_text(port), path = parts.path,
    params = parts.params, query = parts.query,
  })
end

local function basic(user, password)
  return "Basic " .. mime.b64(user .. ":" .. password)
end

-- User and password of a URL are escaped, a user given as field is as it is.
local function credentials(request, parts)
  if parts.user and parts.password then
    local user = request.user or url.unescape(parts.user)
    return basic(user, url.unescape(parts.password))
  end
  return request[target.CREDENTIALS]
end

-- The proxy's URL parts, or nil.
local function find_proxy(http, request)
  local proxy = request.proxy
  if proxy == nil then
    proxy = http.PROXY
  end
  if not proxy then
    return nil
  end
  local parts = socket.try(url.parse(proxy))
  check_host(parts.host)
  if not parts.port or parts.port == "" then
    parts.port = PROXY_PORT
  end
  return parts
end

-- Lower-case names; what the program gives replaces the defaults. The second result has the names as
-- the program wrote them.
local function header_table(hop)
  local headers, names = {
    host = hop.host_header,
    ["user-agent"] = hop.user_agent,
    connection = "close, TE",
    te = "trailers",
    authorization = hop.credentials,
    ["proxy-authorization"] = hop.proxy_credentials,
  }, {}
  for name, value in pairs(hop.parts.headers or {}) do
    local lower = name:lower()
    headers[lower] = value
    names[lower] = name
  end
  if hop.parts.source and not headers["content-length"] and not headers["transfer-encoding"] then
    headers["transfer-encoding"] = "chunked"
  end
  return headers, names
end

-- What header_table and connection.spelled give for most requests, without making a table of headers.
local function plain_list(hop)
  local canonic = headers_module.canonic
  return {
    canonic.host or "host", hop.host_header,
    canonic["user-agent"] or "user-agent", hop.user_agent,
    canonic.connection or "connection", "close, TE",
    canonic.te or "te", "trailers",
  }
end

-- The text of the head. Sets `headers` of the hop unless it is a plain request.
local function compose_head(hop)
  local parts = hop.parts
  if not (parts.headers or parts.source or hop.credentials or hop.proxy_credentials)
    and hop.user_agent ~= nil then
    return socket.try(connection.compose(hop.method, hop.uri, plain_list(hop)))
  end
  local headers, names = header_table(hop)
  hop.headers = headers
  return socket.try(connection.compose(hop.method, hop.uri, connection.spelled(headers), names))
end

-- The headers of a hop as a table by lower-case name.
function target.headers(hop)
  return hop.headers or (header_table(hop))
end

-- The create function for a target that a proxy only leads to: it connects to the target by itself.
local function tunnelled(http, parts, scheme, hop)
  if parts.create or scheme.create ~= target.stock_https_create then
    -- Asking the proxy in the clear for what was to be secret is worse than not asking.
    refuse("proxy not supported")
  end
  local proxy = hop.proxy
  find_scheme(http, proxy.scheme)
  if proxy.scheme ~= "http" then
    refuse("proxy not supported") -- TLS to the proxy, that is: we would send its password in the clear
  end
  return require("moontide.https").connector(parts, require("ssl.https"), {
    host = proxy.host, port = proxy.port, credentials = hop.tunnel_credentials,
    authority = bracketed(hop.host) .. ":" .. port_text(hop.port),
    user_agent = hop.user_agent or socket._VERSION,
  })
end

-- The headers but for what is meant for the proxy, and that: within a tunnel the target would see it.
local function without_proxy_field(headers)
  local rest, taken = {}, nil
  for name, value in pairs(headers) do
    if name:lower() == "proxy-authorization" then
      taken = value
    else
      rest[name] = value
    end
  end
  return rest, taken
end

-- Host, port and create function of the connection.
local function choose_connection(http, parts, port, scheme, hop)
  local create, proxy = parts.create, hop.proxy
  if hop.tunnels then
    return parts.host, port, tunnelled(http, parts, scheme, hop)
  elseif not proxy then
    return parts.host, port, create or scheme.create(parts)
  end
  return proxy.host, proxy.port, create or find_scheme(http, proxy.scheme).create(parts)
end

-- One request on its way:
--   request, parts          as given; with the parts of the URL
--   method, uri             what is sent; `head` is the text of it all, with the fields
--   headers                 by lower-case name, nil for a plain request: see target.headers
--   host, port, host_header of the target
--   connect_host, connect_port, create
--                           where the connection goes, and who makes it
--   credentials             the value of Authorization, unless the program's headers have one
--   proxy_credentials, user_agent
--                           values of other fields
--   proxy, tunnels, tunnel_credentials
--                           the parts of its URL; whether it is to make a tunnel, and what it wants to see
function target.new(http, request)
  local parts = adjust(request)
  local scheme = find_scheme(http, parts.scheme)
  local port = parts.port
  if port == nil or port == "" then
    port = scheme.port
  end
  parts.port = port
  local host = parts.host
  check_host(host)
  local method = parts.method
  local proxy = find_proxy(http, request)
  local tunnels = proxy and parts.scheme == "https"
  local proxy_credentials = proxy and proxy.user and proxy.password
    and basic(proxy.user, proxy.password) or nil
  if tunnels and parts.headers then
    local own
    parts.headers, own = without_proxy_field(parts.headers)
    proxy_credentials = own or proxy_credentials
  end
  local is_default = port == scheme.port or port_text(port) == port_text(scheme.port)
  local hop = {
    request = request, parts = parts, host = host, port = port,
    method = (method == nil or method == "") and "GET" or method,
    uri = parts.uri or (proxy and not tunnels and absolute_form(parts, port)) or origin_form(parts),
    host_header = is_default and bracketed(host) or bracketed(host) .. ":" .. port_text(port),
    user_agent = http.USERAGENT,
    credentials = credentials(request, parts),
    proxy_credentials = not tunnels and proxy_credentials or nil,
    proxy = proxy, tunnels = tunnels, tunnel_credentials = proxy_credentials,
    headers = nil, head = nil, connect_host = nil, connect_port = nil, create = nil,
  }
  hop.head = compose_head(hop)
  hop.connect_host, hop.connect_port, hop.create = choose_connection(http, parts, port, scheme, hop)
  return hop
end

-- Redirects -----------------------------------------------------------------------------------------

target.FOLLOWED = { [301] = true, [302] = true, [303] = true, [307] = true, [308] = true }
local REDIRECTS_MAX = 5

-- Parts of the old URL and of the old place: the new one has its own.
local LEFT_BEHIND = {
  url = true, scheme = true, authority = true, userinfo = true, user = true, password = true, host = true,
  port = true, path = true, params = true, query = true, fragment = true, uri = true,
}

-- Secrets of one server that another must not see, and the name of that server.
local SECRET = { authorization = true, cookie = true, ["proxy-authorization"] = true, host = true }

local function public_headers(headers)
  local public = {}
  for name, value in pairs(headers or {}) do
    if not SECRET[name:lower()] then
      public[name] = value
    end
  end
  return public
end

-- The location as one URL, nil unless it is one that is followed.
local function resolve(hop, location)
  if type(location) ~= "string" or has_control(location:gsub("\t", " ")) then
    return nil
  end
  location = location:match("^%s*(.-)%s*$")
  if location == "" then
    return nil
  end
  local parts = hop.parts
  local base = hop.request.url or url.build({
    scheme = parts.scheme, host = parts.host, port = parts.port, path = parts.path,
    params = parts.params, query = parts.query,
  })
  return url.absolute(base, (location:gsub("%s", "%%20")))
end

local function may_follow(hop, code, redirects)
  local request = hop.request
  local most = request.maxredirects
  if most == nil then
    most = REDIRECTS_MAX
  end
  return target.FOLLOWED[code] and request.redirect ~= false and not request.source
    and (hop.method == "GET" or hop.method == "HEAD")
    and (most == false or redirects < tonumber(most))
end

local function is_same_origin(hop, scheme, parts, port)
  return parts.scheme == hop.parts.scheme
    and tostring(parts.host):lower() == tostring(hop.host):lower()
    and port_text(port or scheme.port) == port_text(hop.port)
end

-- The request that follows this answer, or nil if the answer is the result.
function target.redirected(http, hop, code, headers)
  local request = hop.request
  local redirects = request.nredirects or 0
  if not may_follow(hop, code, redirects) then
    return nil
  end
  local location = resolve(hop, headers.location)
  local parts = location and url.parse(location, { path = "/" })
  local scheme = parts and parts.scheme and http.schemes[parts.scheme]
  if not scheme or (hop.parts.scheme == "https" and parts.scheme ~= "https") then
    return nil
  end
  local next_request = {}
  for key, value in pairs(request) do
    -- Without a user it is that of a key, which goes along.
    if not LEFT_BEHIND[key] or (key == "password" and request.user == nil) then
      next_request[key] = value
    end
  end
  next_request.url = location
  next_request.method = hop.method
  next_request.nredirects = redirects + 1
  local port = parts.port ~= "" and parts.port or nil
  if is_same_origin(hop, scheme, parts, port) then
    next_request.user, next_request.password = request.user, request.password
    next_request[target.CREDENTIALS] = hop.credentials
  else
    next_request.headers = public_headers(request.headers)
    next_request[target.CREDENTIALS] = nil
  end
  if parts.scheme ~= hop.parts.scheme then
    next_request.create = nil
  end
  return next_request
end

return target
