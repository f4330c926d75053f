-- url.build: the rows of the contract's table, and what is asked of the fields.
local test = ...
local url = require("socket.url")

test("build joins the parts that are there", function(t)
  for _, row in ipairs({
    { "", {} },
    { "//hp", { host = "h", path = "p" } },
    { "//h:80", { host = "h", port = 80 } },
    { "//h:", { host = "h", port = "" } },
    { "//[::1]:80", { host = "::1", port = 80 } },
    { "//[[::1]]", { host = "[::1]" } },
    { "//[::1]:9", { authority = "[::1]:9" } },
    { "//b", { authority = "a", host = "b" } },
    { "//a", { authority = "a", port = 80 } },
    { "///x", { authority = "", path = "/x" } },
    { "///x", { host = "", path = "/x" } },
    { "http:", { scheme = "http" } },
    { "http:/p", { scheme = "http", path = "/p" } },
    { "//u:p@h", { user = "u", password = "p", host = "h" } },
    { "//h", { password = "p", host = "h" } },
    { "//h", { user = "u", authority = "h" } },
    { "//x:y@h", { userinfo = "x:y", host = "h" } },
    { "//u@h", { userinfo = "x:y", user = "u", host = "h" } },
    { ";?#", { params = "", query = "", fragment = "" } },
    { "mailto:a@b", { scheme = "mailto", path = "a@b" } },
    { "//h:80" .. (math.type and ".0" or ""), { host = "h", port = 80.0 } }, -- luacheck: ignore 143
    { "s://u:p@h:1/p;a?q#f", { scheme = "s", user = "u", password = "p", host = "h", port = "1",
      path = "/p", params = "a", query = "q", fragment = "f" } },
    { "a b%zz\0", { path = "a b%zz\0" } },
  }) do
    t.equal(url.build(row[2]), row[1])
  end
end)

test("what parse takes apart, build puts together", function(t)
  for _, text in ipairs({ "http://u:p@h:80/p;a?q#f", "//@h", "//h:", "http://[::1]:80/", "/a//b/", ";?#",
      "mailto:a@b", "http://:80/", "file:///x" }) do
    t.equal(url.build(url.parse(text)), text)
  end
end)

test("a changed host or port wins over the authority", function(t)
  local parts = url.parse("http://h:1/p", { port = 443 })
  parts.port = 443
  t.equal(url.build(parts), "http://h:443/p")
  parts.host = "x"
  t.equal(url.build(parts), "http://x:443/p")
  t.equal(parts.authority, "h:1")
  t.equal(url.build(url.parse("https://h/", { port = 443 })), "https://h:443/")
end)

test("false is like nil, fields may come from __index", function(t)
  t.equal(url.build({ scheme = false, host = "h", port = false, user = false, path = false }), "//h")
  t.equal(url.build(setmetatable({}, { __index = { host = "h", path = "/q" } })), "//h/q")
end)

test("numbers are joined as Lua joins them, a port as tostring shows it", function(t)
  t.equal(url.build({ scheme = 5, user = 1, password = 2, host = 3, path = 4, params = 6, query = 7,
    fragment = 8 }), "5://1:2@34;6?7#8")
  t.equal(url.build({ host = "h", port = true }), "//h:true")
  t.equal(url.build({ host = "h", port = setmetatable({}, { __tostring = function() return "p" end }) }),
    "//h:p")
  t.matches(url.build({ host = "h", port = {} }), "^//h:table: ")
end)

test("a path alone comes back as it is", function(t)
  t.equal(url.build({ path = 5 }), 5)
end)

test("what cannot be joined raises", function(t)
  for _, name in ipairs({ "scheme", "authority", "params", "query", "fragment" }) do
    t.raises("attempt to concatenate a", url.build, { [name] = {}, path = "/" })
  end
  for _, name in ipairs({ "user", "userinfo", "path" }) do
    t.raises("attempt to concatenate a", url.build, { [name] = {}, host = "h" })
  end
  t.raises("string expected, got table", url.build, { host = {} })
  for _, value in ipairs({ 1, true, print }) do
    t.raises("attempt to index a", url.build, value)
  end
  t.raises("attempt to index a nil value", url.build)
end)
