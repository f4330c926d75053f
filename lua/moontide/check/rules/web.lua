-- Rules of `moontide check` about TLS and HTTP. Their form is described in ../rules.lua.

local is = require("moontide.check.conditions")

local https = { "ssl.https.request", "ssl.https.tcp" }
local requests = { "ssl.https.request", "socket.http.request" }
local contexts = { "ssl.newcontext", "ssl.wrap" }

local function https_url(call)
  return is.url(call):lower():find("^https:") ~= nil
end

local function goes_to_https(call)
  return call.path:find("^ssl%.https") ~= nil or https_url(call)
end

local function without_field(name)
  return function(call)
    return is.field(call, 1, name) == nil
  end
end

local function has_field(name)
  return function(call)
    return is.field(call, 1, name) ~= nil
  end
end

local function is_method_token(text)
  return text:find("^[%w!#$%%&'*+.^_`|~-]+$") ~= nil
end

-- A line end that is not at the end, or in a name.
local function has_line_end(text, name)
  return text:gsub("[\r\n]+$", ""):find("[\r\n%z]") ~= nil or (name or ""):find("[\r\n:%s]") ~= nil
end

local function bad_headers(holds)
  return function(call)
    return is.some_text(is.field(call, 1, "headers"), holds)
  end
end

local function secret_headers(call)
  local headers = is.field(call, 1, "headers")
  for name in pairs(headers and headers.fields or {}) do
    if name:lower() == "authorization" or name:lower() == "cookie" then
      return true
    end
  end
  return false
end

return {
  -- TLS ---------------------------------------------------------------------------------------------------

  {
    name = "https-is-verified",
    calls = { "ssl.https.request", "ssl.https.tcp", "socket.http.request" },
    when = is.all(goes_to_https, without_field("verify"), without_field("create"),
      is.none(is.assigned("ssl.https.VERIFY"))),
    differs = "the server's certificate and name are checked, LuaSec checks nothing",
    advice = 'trust a private authority by cafile, or say verify = "none"',
  },
  {
    name = "https-name-is-checked",
    calls = requests,
    when = is.all(is.field_matches(1, "verify", "^peer$"), without_field("verifyhost"),
      is.none(is.assigned("ssl.https.VERIFYHOST"))),
    differs = "the name in the certificate is checked as well, LuaSec checks the chain alone",
    advice = 'if the server is reached by another name say verifyhost = "name", or false',
  },
  {
    name = "https-system-store",
    calls = requests,
    when = is.all(is.field_matches(1, "verify", "^peer$"), without_field("cafile"), without_field("capath"),
      without_field("systemca"), is.none(is.assigned("ssl.https.SYSTEMCA"))),
    differs = "without cafile and capath the system's store is trusted, LuaSec trusts nothing",
    advice = "to trust nothing say systemca = false",
  },
  {
    name = "https-redirect",
    calls = https,
    when = is.field_is(1, "redirect", "true"),
    differs = "redirects are followed, LuaSec refuses redirect = true",
    advice = "to get the redirect itself say redirect = false",
  },
  {
    name = "context-mode",
    calls = contexts,
    when = function(call)
      local table_place = call.path == "ssl.wrap" and 2 or 1
      local mode = is.field(call, table_place, "mode")
      return mode ~= nil and mode.text ~= nil and mode.text ~= "client" and mode.text ~= "server"
    end,
    differs = "a wrong mode is refused when the context is made, in LuaSec only by ssl.wrap",
    advice = "look at the result of newcontext",
  },
  {
    name = "context-setmode",
    calls = { "ssl.context.setmode" },
    when = is.all(is.text_matches(2, "."), is.none(is.text_matches(2, "^client$")),
      is.none(is.text_matches(2, "^server$"))),
    differs = "a wrong mode gives false and a message, in LuaSec the message, which counts as true",
    advice = "test the first result",
  },
  {
    name = "context-curve",
    calls = contexts,
    when = is.any(is.field_matches(1, "curve", "^X%d+$"), is.field_matches(2, "curve", "^X%d+$")),
    differs = "the curves X25519 and X448 are accepted, LuaSec refuses them here",
    advice = "drop what was done in place of them",
  },
  {
    name = "loadkey-password",
    calls = { "ssl.context.loadkey" },
    when = is.count_below(3),
    differs = "needs no password, and asks nobody for it on a terminal, LuaSec raises",
    advice = "give a password, or a function that asks for it",
  },
  {
    name = "context-setdane",
    calls = { "ssl.context.setdane" },
    differs = "gives true where it worked, LuaSec gives false if flags are given",
    advice = "test for true",
  },
  {
    name = "setdane-address",
    methods = { "setdane" },
    when = function(call)
      return call.arguments[1] ~= nil and is.is_address(call.arguments[1].text or "")
    end,
    differs = "an address is refused, for DANE is about names",
    advice = "give the name of the server",
  },
  {
    name = "exporter-length",
    methods = { "exportkeyingmaterial" },
    when = is.number(2, function(number) return number == 0 end),
    differs = "a length of 0 gives an empty string, LuaSec an error",
    advice = "ask for a length above 0",
  },

  -- HTTP --------------------------------------------------------------------------------------------------

  {
    name = "http-head-redirect",
    calls = requests,
    when = is.all(is.field_matches(1, "method", "^HEAD$"), is.none(is.field_is(1, "redirect", "false"))),
    differs = "HEAD stays HEAD at a redirect, LuaSocket goes on with GET",
    advice = "expect no body; or say redirect = false",
  },
  {
    name = "http-secrets-stay",
    calls = requests,
    when = is.all(is.any(secret_headers, has_field("user")), is.none(is.field_is(1, "redirect", "false"))),
    differs = "Authorization, Cookie, user and password are not given to another host after a redirect",
    advice = "say redirect = false and follow by yourself, if the other host shall get them",
  },
  {
    name = "http-method",
    calls = requests,
    when = function(call)
      local method = is.field(call, 1, "method")
      return method ~= nil and method.text ~= nil and not is_method_token(method.text)
    end,
    differs = 'a method with blanks or line ends is refused: nil, "invalid method"',
    advice = "send what stood behind the method as a header",
  },
  {
    name = "http-headers",
    calls = requests,
    when = bad_headers(has_line_end),
    differs = 'a line end in a header is refused: nil, "invalid header"',
    advice = "give each header a field of its own",
  },
  {
    name = "http-control-characters",
    calls = requests,
    when = is.url_matches("[%z\1-\31\127]"),
    differs = 'control characters in a URL are refused: nil, "invalid url"',
    advice = "escape them by socket.url.escape",
  },
  {
    name = "http-blanks",
    calls = requests,
    when = is.url_matches("^https?://[^/]*/.* "),
    differs = "blanks in the path are sent as %20, LuaSocket sends them as they are",
    advice = "write %20",
  },
  {
    name = "http-fragment",
    calls = requests,
    when = is.url_matches("^https?://.*#"),
    differs = "the fragment of the URL is not sent",
    advice = "if the server needs it, set uri",
  },
  {
    name = "http-userinfo",
    calls = requests,
    when = is.url_matches("^https?://[^/@]*%%%x%x[^/@]*@"),
    differs = "user and password of the URL are unescaped, LuaSocket sends them with their %",
    advice = "escape % itself as %25 if it is meant",
  },
  {
    name = "http-scheme",
    calls = { "socket.http.request" },
    when = is.all(is.url_matches("^%a[%w+.-]*://"), is.none(is.url_matches("^https?://"))),
    differs = "an unknown scheme gives nil and a message, LuaSocket raises",
    advice = "test the result instead of pcall",
  },
  {
    name = "http-empty-url",
    calls = { "socket.http.request" },
    when = function(call)
      local value = is.field(call, 1, "url") or call.arguments[1] or {}
      return value.text == ""
    end,
    differs = 'an empty URL gives nil, "invalid url", LuaSocket raises',
    advice = "test the result instead of pcall",
  },
  {
    name = "http-proxy",
    uses = { "socket.http.PROXY" },
    when = function(site) return site.assigned end,
    differs = "https goes through the proxy by CONNECT, LuaSocket sends it in the clear",
    advice = "say proxy = false in requests that shall go there directly",
  },
  {
    name = "http-proxy-of-request",
    calls = { "socket.http.request" },
    when = is.all(has_field("proxy"), https_url),
    differs = "https goes through the proxy by CONNECT, with a create of your own it is refused",
    advice = "let the request make its sockets itself",
  },
}
