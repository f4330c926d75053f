-- ssl.md, 1 to 3 and 8: what each module is made of, and that each can be required alone.

local R = ...

local modules = { "ssl", "ssl.core", "ssl.context", "ssl.x509", "ssl.config", "ssl.https" }

-- Each in a process of its own: what require gives, which globals it sets, and whether it loads socket.
local PROBE = [[
local before = {}
for key in pairs(_G) do before[key] = true end
local good, module = pcall(require, %q)
local new = {}
for key in pairs(_G) do if not before[key] then new[#new + 1] = tostring(key) end end
table.sort(new)
io.write(tostring(good), " ", type(module), " globals: ", table.concat(new, " "),
  " socket: ", tostring(package.loaded.socket ~= nil))
]]

local function run(script)
  local pipe = assert(io.popen(R.http.interpreter() .. " -e '" .. script .. "' 2>&1"))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

for _, name in ipairs(modules) do
  if name ~= "ssl.config" then
    R.values("require " .. name .. " alone", run(PROBE:format(name)))
  end
end
-- This one ends the original's process.
R.moontide_only("require ssl.config alone", '"true table globals:  socket: false"', run,
  PROBE:format("ssl.config"))
R.values("require in the other order", run([[
for name in ("ssl.https ssl.config ssl.x509 ssl.context ssl.core ssl"):gmatch("%S+") do
  io.write(type(require(name)), " ")
end]]))

local ssl = require("ssl")
local core, context = require("ssl.core"), require("ssl.context")
local x509, config, https = require("ssl.x509"), require("ssl.config"), require("ssl.https")

-- Every key that the contract names, and those that it does not. Additions of Moontide are none of those.
local additions = {
  ssl = { _MOONTIDE = true },
  ["ssl.https"] = { VERIFY = true, VERIFYHOST = true, SYSTEMCA = true },
}

local function compare_keys(name, module, wanted)
  local unknown, known = {}, additions[name] or {}
  for key in wanted:gmatch("%S+") do
    R.values(name .. "." .. key, type(module[key]))
    known[key] = true
  end
  for key in pairs(module) do
    if not known[key] then
      unknown[#unknown + 1] = key
    end
  end
  table.sort(unknown)
  R.values(name .. ": other keys", table.concat(unknown, " "))
end

compare_keys("ssl", ssl, "_VERSION _COPYRIGHT config loadcertificate newcontext wrap context core x509 https")
compare_keys("ssl.core", core, "SOCKET_INVALID compression copyright create info setfd setmethod")
compare_keys("ssl.context", context, "checkkey create loadcert loadkey locations setalpn setalpncb setcipher "
  .. "setciphersuites setclientpskcb setcurve setcurveslist setdane setdepth setdhparam setmode setoptions "
  .. "setpskhint setserverpskcb setverify")
compare_keys("ssl.x509", x509, "load")
compare_keys("ssl.config", config, "algorithms capabilities curves options protocols")
compare_keys("ssl.https", https, "PORT TIMEOUT _COPYRIGHT _VERSION request tcp")

R.values("ssl.config is the field config", ssl.config == config)
R.values("ssl.loadcertificate is ssl.x509.load", ssl.loadcertificate == x509.load)
R.values("SOCKET_INVALID", core.SOCKET_INVALID == -1)
R.values("PORT and TIMEOUT", https.PORT == 443, https.TIMEOUT == 60)
R.values("versions in three numbers", ssl._VERSION:find("^%d+%.%d+%.%d+$") ~= nil,
  https._VERSION:find("^%d+%.%d+%.%d+$") ~= nil)
R.moontide_only("version is at least 1.3.2", "true", function()
  local major, minor, patch = ssl._VERSION:match("^(%d+)%.(%d+)%.(%d+)$")
  return major * 10000 + minor * 100 + patch >= 10302
end)
R.values("copyright is text", type(core.copyright()))
R.values("metatables of the modules", getmetatable(ssl), getmetatable(context), getmetatable(config))
