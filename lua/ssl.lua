-- TLS connections: contexts made from tables of parameters, and sockets wrapped with them.

local context = require("ssl.context")
local core = require("ssl.core")
local x509 = require("ssl.x509")
local alpn = require("moontide.alpn")
local tls = require("moontide.tls")

local error = error
local type = type
local unpack = table.unpack or unpack -- luacheck: ignore 143

local ssl = {
  _VERSION = "1.3.2",
  _COPYRIGHT = core.copyright(),
  config = require("ssl.config"),
  loadcertificate = x509.load,
}

-- A parameter that is one word or a list of words, as the words.
local function words(value)
  if type(value) == "table" then
    return unpack(value)
  end
  return value
end

-- Each of these puts one group of parameters into effect: nil, or the message of what is wrong. They are
-- called in this order, and the first message is the result.

local function load_identity(ctx, identity)
  if identity.pkcs12 then
    if identity.key or identity.certificate then
      return "pkcs12 stands in place of key and certificate"
    end
    local good, message = tls.extra.pkcs12(ctx, identity.pkcs12, identity.password)
    return not good and message or nil
  end
  if identity.key then
    local good, message = context.loadkey(ctx, identity.key, identity.password)
    if not good then
      return message
    end
  end
  if identity.certificate then
    local good, message = context.loadcert(ctx, identity.certificate)
    if not good then
      return message
    end
    if identity.key and not context.checkkey(ctx) then
      return "private key does not match public key"
    end
  end
end

local function load_identities(ctx, params)
  if not params.certificates then
    return load_identity(ctx, params)
  end
  for _, identity in ipairs(params.certificates) do
    local message = load_identity(ctx, identity)
    if message then
      return message
    end
  end
end

local function load_trust(ctx, params)
  if params.cafile or params.capath then
    local good, message = context.locations(ctx, params.cafile, params.capath)
    if not good then
      return message
    end
  end
  if params.systemca then
    local good, message = tls.extra.systemca(ctx)
    if not good then
      return message
    end
  end
end

-- A function of ssl.context that takes a parameter as it is, or as words.
local function setter(name, set, takes_words)
  return function(ctx, params)
    local value = params[name]
    if value then
      local good, message
      if takes_words then
        good, message = set(ctx, words(value))
      else
        good, message = set(ctx, value)
      end
      return not good and message or nil
    end
  end
end

local function set_dh(ctx, params)
  local callback = params.dhparam
  if callback then
    if type(callback) ~= "function" then
      return "invalid DH parameter type"
    end
    context.setdhparam(ctx, callback)
  end
end

local function set_curves(ctx, params)
  local good, message = true, nil
  if params.curveslist then
    good, message = context.setcurveslist(ctx, params.curveslist)
  elseif params.curve then
    good, message = context.setcurve(ctx, params.curve)
  end
  return not good and message or nil
end

local function set_alpn(ctx, params)
  if params.alpn == nil then
    return nil
  elseif params.mode == "client" then
    local wire, message = alpn.client_wire(params.alpn)
    if not wire then
      return message
    end
    local good, failure = context.setalpn(ctx, wire)
    return not good and failure or nil
  end
  local callback, message = alpn.server_callback(params.alpn)
  if not callback then
    return message
  end
  context.setalpncb(ctx, callback)
end

local INVALID_PSK = "invalid PSK configuration"

local function set_psk(ctx, params)
  local psk = params.psk
  if psk == nil then
    return nil
  elseif params.mode == "client" then
    if type(psk) ~= "function" then
      return INVALID_PSK
    end
    context.setclientpskcb(ctx, psk)
    return nil
  end
  local callback, hint = psk, nil
  if type(psk) == "table" then
    callback, hint = psk.callback, psk.hint
  end
  if type(callback) ~= "function" or (hint ~= nil and type(hint) ~= "string") then
    return INVALID_PSK
  end
  if hint and not context.setpskhint(ctx, hint) then
    return INVALID_PSK
  end
  context.setserverpskcb(ctx, callback)
end

local function set_dane(ctx, params)
  local dane = params.dane
  if dane then
    local good
    if type(dane) == "table" then
      good = context.setdane(ctx, unpack(dane))
    else
      good = context.setdane(ctx)
    end
    return not good and "error enabling DANE" or nil
  end
end

local function set_host(ctx, params)
  local name, expected = params.servername, params.verifyhost
  local mistake = tls.name_mistake(name, expected)
  if mistake then
    error(mistake, 4)
  end
  if expected == true then
    if not name then
      return "no name to verify"
    end
    expected = name
  end
  if expected and (expected == "" or expected:sub(1, 1) == "." or expected:find("\0", 1, true)) then
    return "no name to verify"
  end
  if name or expected then
    tls.extra.sethost(ctx, name, expected or nil)
  end
end

local STEPS = {
  setter("mode", context.setmode),
  load_identities,
  load_trust,
  setter("ciphers", context.setcipher),
  setter("ciphersuites", context.setciphersuites),
  setter("verify", context.setverify, true),
  setter("options", context.setoptions, true),
  setter("depth", context.setdepth),
  set_dh,
  set_curves,
  setter("verifyext", function(ctx, ...)
    return ctx:setverifyext(...)
  end, true),
  set_alpn,
  set_psk,
  set_dane,
  set_host,
  setter("ocsp", context.setocsp),
  setter("keylog", tls.extra.keylog),
  setter("ticketkeys", context.setticketkeys, true),
}

local function check_parameters(params)
  if type(params) ~= "table" then
    error("bad argument #1 to 'newcontext' (table expected, got " .. type(params) .. ")", 3)
  end
  local mode = type(params.mode)
  if mode ~= "string" and mode ~= "number" then
    error("bad parameter 'mode' (string expected, got " .. mode .. ")", 3)
  end
end

-- A context; or nil, message.
local function new_context(params)
  local ctx, message = context.create(params.protocol)
  if not ctx then
    return nil, message
  end
  for _, step in ipairs(STEPS) do
    message = step(ctx, params)
    if message then
      return nil, message
    end
  end
  return ctx
end

function ssl.newcontext(params)
  check_parameters(params)
  return new_context(params)
end

-- Takes the descriptor of `sock`, which may be anything with these two methods.
function ssl.wrap(sock, settings)
  local ctx = settings
  if type(settings) == "table" then
    local message
    ctx, message = ssl.newcontext(settings)
    if not ctx then
      return nil, message
    end
  end
  local conn, message = core.create(ctx)
  if not conn then
    return nil, message
  end
  local getfd, setfd = sock.getfd, sock.setfd
  if not getfd or not setfd then
    error("bad argument #1 to 'wrap' (socket with methods 'getfd' and 'setfd' expected)", 2)
  end
  local descriptor = getfd(sock)
  if type(descriptor) ~= "number" then
    error("bad argument #1 to 'wrap' (its method 'getfd' gave no number)", 2)
  end
  setfd(sock, core.SOCKET_INVALID)
  core.setfd(conn, descriptor)
  return conn
end

return ssl
