-- ssl.md, 3.4: the tables of ssl.config.

local R = ...
local tls = R.load("tls")
local config = require("ssl").config

-- A set by its names; each name is its own comparison. `more` is a name that one side may lack.
local function compare_set(name, set, more)
  local keys = tls.keys(set)
  for _, key in ipairs(keys) do
    if key ~= more then
      R.values(name .. "." .. key, set[key])
    end
  end
  R.values(name .. ": number of names", #keys)
end

for _, name in ipairs({ "algorithms", "capabilities", "protocols", "options" }) do
  R.values("kind of " .. name, type(config[name]), getmetatable(config[name]))
  compare_set(name, config[name], "psk")
end
R.values("capabilities.psk", config.capabilities.psk)
R.values("number of curves", #tls.keys(config.curves))
for _, curve in ipairs({ "P-256", "P-384", "P-521", "X25519", "X448", "prime256v1", "secp384r1", "secp521r1",
    "secp256k1", "brainpoolP256r1", "sect571r1", "P-999", "x25519" }) do
  R.values("curve " .. curve, config.curves[curve])
end
R.values("all curves", table.concat(tls.keys(config.curves), " "))
