-- socket.url as require sees it.
local test = ...
local url = require("socket.url")

local keys_of = require("keys_of")

test("the module has exactly the keys of the contract", function(t)
  t.equal(t.output_of(keys_of .. "print(keys(require('socket.url')))"),
    "_VERSION absolute build build_path escape parse parse_path unescape")
  t.equal(url._VERSION, "URL 1.0.3")
  t.equal(getmetatable(url), nil)
end)

test("loading it loads socket, where it is the field url", function(t)
  t.equal(t.output_of([[
    local url = require("socket.url")
    print(package.loaded["socket"].url == url, package.loaded["socket.url"] == url)]]), "true\ttrue")
  t.equal(t.output_of([[print(require("socket").url)]]), "nil")
end)

test("it creates no globals", function(t)
  t.equal(t.output_of(keys_of .. [[
    local before = {}
    for name in pairs(_G) do before[name] = true end
    require("socket.url")
    local added = {}
    for name in pairs(_G) do if not before[name] then added[name] = true end end
    print(keys(added))]]), "")
end)

test("bytes above 127 are letters in no locale", function(t)
  t.equal(t.output_of([[
    os.setlocale("")
    local url = require("socket.url")
    print(url.escape("\228"), url.parse("\228:x").scheme)]]), "%e4\tnil")
end)
