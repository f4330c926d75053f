-- Whom a client over TLS trusts, and what it calls the other side: the parameters in the table of a call,
-- the defaults of a module, and contexts made of them.

local ssl = require("ssl")
local contexts = require("moontide.https_contexts")
local tls = require("moontide.tls")

local error = error
local ipairs = ipairs
local pairs = pairs
local pcall = pcall
local type = type

local trust = {}

-- What holds for a request unless it says otherwise; a key of its own replaces the value whole.
trust.DEFAULTS = {
  protocol = "any",
  options = { "all", "no_sslv2", "no_sslv3", "no_tlsv1" },
  verify = "peer",
}

-- The first that is not nil.
local function chosen(value, default, last)
  if value ~= nil then
    return value
  elseif default ~= nil then
    return default
  end
  return last
end

-- Does this value of the parameter `verify` ask for a certificate? Any word but "none" does.
local function verifies(words)
  if type(words) ~= "table" then
    return words and words ~= "none" or false
  end
  for _, word in ipairs(words) do
    if word ~= "none" then
      return true
    end
  end
  return false
end

-- The parameters of ssl.newcontext for a connection, but for names. `module`: ssl.https or the like, whose
-- fields VERIFY, VERIFYHOST and SYSTEMCA are the defaults of a program.
local function parameters_of(request, module)
  local params = {}
  for key, value in pairs(trust.DEFAULTS) do
    params[key] = value
  end
  if module.VERIFY ~= nil then
    params.verify = module.VERIFY
  end
  for key, value in pairs(request or {}) do
    params[key] = value
  end
  params.mode, params.servername, params.verifyhost = "client", nil, nil
  if verifies(params.verify) and not params.cafile and not params.capath then
    params.systemca = chosen(params.systemca, module.SYSTEMCA, true)
  end
  return params
end

-- The names to send and to expect for a connection to `host`.
local function names_of(request, module, host, params)
  local name = host:gsub("%.$", "")
  request = request or {}
  local expected = chosen(request.verifyhost, module.VERIFYHOST, name)
  if expected == true then
    expected = name
  end
  return chosen(request.servername, name), verifies(params.verify) and expected or nil
end

-- Raises for names of a wrong type.
function trust.check_names(request, module)
  local name = request and request.servername
  local mistake = tls.name_mistake(name, chosen(request and request.verifyhost, module.VERIFYHOST))
  if mistake then
    error(mistake, 0)
  end
end

-- What connections are made of for a request, whose keys count before the module's; `request` may be nil.
-- Or nil, message. `entry` is where sessions are kept (moontide.https_contexts), and `resumes` whether they
-- are to be used.
function trust.prepare(request, module)
  local params = parameters_of(request, module)
  local ctx, entry = contexts.get(params)
  if not ctx then
    return nil, entry
  end
  return {
    ctx = ctx, params = params, request = request, module = module, entry = entry,
    resumes = chosen(request and request.resume, module.RESUME, true) and verifies(params.verify),
  }
end

-- Wraps a socket that is connected to `host`: a connection before its handshake, the name that it sends
-- and the one that it expects; or nil, message. The descriptor stays with the socket or is closed.
function trust.wrap(sock, host, settings)
  local conn, message = ssl.wrap(sock, settings.ctx)
  if not conn then
    return nil, message
  end
  local name, expected = names_of(settings.request, settings.module, host, settings.params)
  if not pcall(tls.extra.sethost, conn, name, expected) then
    conn:close()
    return nil, "invalid host name"
  end
  return conn, name, expected
end

return trust
