-- https: requests over TLS, by way of socket.http.

local http = require("socket.http")
local url = require("socket.url")
local ssl = require("ssl")
local connections = require("moontide.https")

local type = type

-- Programs may set VERIFY, VERIFYHOST, SYSTEMCA and RESUME too: defaults of their own for the parameters of
-- these names. All fields are read at each request.
local https = {
  _VERSION = ssl._VERSION,
  _COPYRIGHT = ssl._COPYRIGHT,
  PORT = 443,
  TIMEOUT = 60,
}

-- A function that makes connections for http.open, and for what socket.http does with https URLs.
function https.tcp(params)
  return connections.connector(params, https)
end

-- The URL as one of https: TLS whatever the scheme says, to our port unless it says another. What is no
-- URL stays as it is: socket.http says what is wrong with it.
local function https_url(text)
  local parts = url.parse(text, { scheme = "https", path = "/" })
  if not parts then
    return text
  end
  parts.scheme = "https"
  if not parts.port or parts.port == "" then
    parts.port = https.PORT
  end
  parts.authority = nil
  return url.build(parts)
end

-- A copy of the request, as socket.http takes it.
local function adjusted(request)
  local copy = {}
  for key, value in pairs(request) do
    copy[key] = value
  end
  copy.url = https_url(request.url)
  copy.scheme = "https"
  copy.proxy = false
  return copy
end

function https.request(request, body)
  local simple = type(request) == "string"
  if simple then
    request = http.genericform(request, body)
  elseif type(request) ~= "table" then
    error("bad argument #1 to 'request' (URL or table expected, got " .. type(request) .. ")", 2)
  elseif type(request.url) ~= "string" then
    error("bad argument #1 to 'request' (field 'url' expected)", 2)
  end
  if http.PROXY or request.proxy then
    return nil, "proxy not supported"
  elseif request.create then
    return nil, "create function not permitted"
  end
  local result, code, headers, status = http.request(adjusted(request))
  if result and simple then
    return table.concat(request.target), code, headers, status
  end
  return result, code, headers, status
end

return https
