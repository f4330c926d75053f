-- The module of TLS, loaded with the first that asks for it: a table of the tables core, context, x509,
-- config, and `extra` and `digest`, which scripts do not see.

local type = type

local tls = require("moontide.native").tls(require("moontide.native_tls"))

-- What is wrong with the types of these parameters; nil for nothing.
function tls.name_mistake(servername, verifyhost)
  if servername ~= nil and type(servername) ~= "string" then
    return "bad parameter 'servername' (string expected, got " .. type(servername) .. ")"
  elseif verifyhost and verifyhost ~= true and type(verifyhost) ~= "string" then
    return "bad parameter 'verifyhost' (string or true expected, got " .. type(verifyhost) .. ")"
  end
end

return tls
