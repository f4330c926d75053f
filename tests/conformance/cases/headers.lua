-- headers.md: the module and its 91 entries.

local R = ...

local before = {}
for name in pairs(_G) do
  before[name] = true
end
local headers = require("socket.headers")
local socket = require("socket")

R.values("the module is socket.headers", socket.headers == headers)
R.values("package.loaded", package.loaded["socket.headers"] == headers)
R.values("metatables", getmetatable(headers), getmetatable(headers.canonic))
R.call("keys", function()
  local list = {}
  for key, value in pairs(headers) do
    list[#list + 1] = tostring(key) .. ":" .. type(value)
  end
  return table.concat(list, " ")
end)
R.call("globals created", function()
  local list = {}
  for name in pairs(_G) do
    if not before[name] then
      list[#list + 1] = name
    end
  end
  return table.concat(list, " ")
end)
R.call("there is no module of the name headers", function() return (pcall(require, "headers")) end)

local names = {}
for name in pairs(headers.canonic) do
  names[#names + 1] = name
end
table.sort(names)
R.values("number of entries", #names)
for _, name in ipairs(names) do
  R.values("canonic[" .. name .. "]", headers.canonic[name])
end
R.call("every key is its value in lower case", function()
  for name, value in pairs(headers.canonic) do
    if value:lower() ~= name then
      return name
    end
  end
  return true
end)
for _, name in ipairs({ "x-custom", "Content-Type", "origin", "set-cookie", "soapaction", "" }) do
  R.values("no entry for '" .. name .. "'", headers.canonic[name])
end
R.call("entries may be changed", function()
  headers.canonic["soapaction"] = "SOAPAction"
  headers.canonic["host"] = nil
  return headers.canonic["soapaction"], headers.canonic["host"]
end)
