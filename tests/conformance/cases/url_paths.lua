-- url.parse_path, url.build_path, and the module itself.
local R = ...
local url = require("socket.url")

local names = {}
for name in pairs(url) do
  names[#names + 1] = name
end
table.sort(names)
R.values("keys", table.concat(names, " "))
R.values("version", url._VERSION)
R.values("in socket", package.loaded["socket"] and package.loaded["socket"].url == url)
R.values("metatable", getmetatable(url))

for _, path in ipairs({ "/", "//", "", "/a", "a/", "/a/", "a", "/a//b", "a//", "a%2fb/c%20d", "/./../x",
    "/a;p?q#f", "%2f", "%", "a/%zz/%41", "///a///b///", " / ", "a\0b/c", "%00/%0a" }) do
  R.call("parse " .. path, url.parse_path, path)
  R.call("normal " .. path, function() return url.build_path(url.parse_path(path)) end)
  R.call("raw " .. path, function() return url.build_path(url.parse_path(path), true) end)
end
R.call("parse nil", url.parse_path, nil)
R.call("parse nothing", url.parse_path)
R.call("parse false", url.parse_path, false)
R.call("parse number", url.parse_path, 5.5)
R.values("parse table", (pcall(url.parse_path, {})))
R.values("parse true", (pcall(url.parse_path, true)))

for code = 0, 255 do
  R.values("build byte " .. code, url.build_path({ string.char(code) }))
end
for number, row in ipairs({
  { {} }, { { is_directory = 1 } }, { { is_absolute = 1 } }, { { is_absolute = 1, is_directory = 1 } },
  { { "a", "b", is_absolute = true, is_directory = 1 } }, { { "a", is_absolute = 0, is_directory = "" } },
  { { "a", is_absolute = false, is_directory = false } },
  { { "a b", "c/d", "e?f", "g#h", "i;j", "k%l" } }, { { "a b", "c/d" }, true }, { { "a b", "c/d" }, 0 },
  { { "a b" }, false }, { { "-_.!~*'():@&=+$," } }, { { "", "a", "" } }, { { "", "", "" }, true },
  { { 1, 2 } }, { { 1, 2 }, true }, { { 1.5 } }, { { "{eu}", "|diego\127" } }, { { "" } }, { { "/" } },
  { { "", is_absolute = 1, is_directory = 1 } },
}) do
  R.call("build " .. number, url.build_path, row[1], row[2])
end
for name, value in pairs({ ["nothing"] = false, number = 5, text = "abc", yes = true }) do
  R.values("build of " .. name, (pcall(url.build_path, value or nil)))
end
R.values("build of true", (pcall(url.build_path, { true })))
R.values("build of true, raw", (pcall(url.build_path, { true }, 1)))
R.values("build of a table", (pcall(url.build_path, { "a", {} })))
R.values("counts", select("#", url.parse_path("a")), select("#", url.build_path({ "a b" })))

local unescape = url.unescape
local seen = {}
url.unescape = function(...)
  seen[#seen + 1] = { n = select("#", ...), ... }
  return "<" .. (...) .. ">"
end
R.call("own unescape", url.parse_path, "/a%20b//c/")
R.values("own unescape, calls", seen)
url.unescape = unescape
