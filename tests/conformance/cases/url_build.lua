-- url.build: each field alone and beside a host, of all types.
local R = ...
local url = require("socket.url")

local fields = { "scheme", "authority", "host", "port", "user", "password", "userinfo", "path", "params",
  "query", "fragment" }
local values = {
  text = "t", empty = "", colon = "a:b", brackets = "[a]", number = 5, fraction = 5.5, whole = 5.0,
  yes = true, no = false, table = {},
}
local names = {}
for name in pairs(values) do
  names[#names + 1] = name
end
table.sort(names)

-- The words about the variable differ, and a table's address.
local function build(name, parts)
  local fine, result = pcall(url.build, parts)
  if fine and type(result) ~= "table" then
    R.values(name, (tostring(result):gsub("0x%x+", "ADDR")))
  elseif fine then
    R.values(name, "a table")
  else
    R.values(name, fine, (tostring(result):match("boolean") or tostring(result):match("table")))
  end
end

for _, field in ipairs(fields) do
  for _, name in ipairs(names) do
    build(field .. " " .. name, { [field] = values[name] })
    local parts = { host = "h", user = "u" }
    parts[field] = values[name]
    build(field .. " " .. name .. " beside host and user", parts)
    parts.user = nil
    parts.authority = parts.authority or "a:1"
    build(field .. " " .. name .. " beside host and authority", parts)
  end
end

R.call("nothing", url.build, {})
R.call("all", url.build, { scheme = "s", user = "u", password = "p", host = "h", port = "1", path = "/p",
  params = "a", query = "q", fragment = "f", authority = "ignored", userinfo = "ignored" })
R.call("path alone", url.build, { path = "a b%zz\0" })
R.call("number path alone", url.build, { path = 5 })
R.call("empty host and path", url.build, { host = "", path = "/x" })
R.call("port with tostring", url.build,
  { host = "h", port = setmetatable({}, { __tostring = function() return "p" end }) })
R.call("fields from __index", url.build, setmetatable({}, { __index = { host = "h", path = "/q" } }))
R.call("a string", url.build, "text")
R.call("a number", url.build, 5)
R.call("nil", url.build, nil)
R.call("true", url.build, true)
R.call("no argument", url.build)

for _, text in ipairs({
  "http://u:p@h:80/p;a?q#f", "//@h", "//h:", "http://[::1]:80/", "/a//b/", ";?#", "mailto:a@b", "//h:1:2",
  "//[h]", "//[]:80", "//a@b@h", "file:///x", "http://[::1", "//u:p:q@h", "//:p@h", "//:@:", "http://:80/",
}) do
  local parts = url.parse(text)
  R.values("rebuilt " .. text, url.build(parts))
  parts.port = 443
  R.values("other port " .. text, url.build(parts))
end
