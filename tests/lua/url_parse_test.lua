-- url.parse: the rows of the contract's tables, defaults, and what it does not do.
local test = ...
local url = require("socket.url")

local order = { "scheme", "authority", "userinfo", "user", "password", "host", "port", "path", "params",
  "query", "fragment" }

-- "scheme=<http> host=<h>": the parts in their order, then any other field.
local function words(parts)
  local list, known = {}, {}
  for _, name in ipairs(order) do
    known[name] = true
    if parts[name] ~= nil then
      list[#list + 1] = name .. "=<" .. tostring(parts[name]) .. ">"
    end
  end
  for name, value in pairs(parts) do
    if not known[name] then
      list[#list + 1] = tostring(name) .. "=<" .. tostring(value) .. ">"
    end
  end
  return table.concat(list, " ")
end

local function check_rows(t, rows)
  for _, row in ipairs(rows) do
    t.equal(words(url.parse(row[1], row.default)), row[2], row[1])
  end
end

test("scheme, authority and path are cut from the front", function(t)
  check_rows(t, {
    { "http://host", "scheme=<http> authority=<host> host=<host>" },
    { "http://host/", "scheme=<http> authority=<host> host=<host> path=</>" },
    { "http://host:80/p", "scheme=<http> authority=<host:80> host=<host> port=<80> path=</p>" },
    { "HTTP://Host/P", "scheme=<HTTP> authority=<Host> host=<Host> path=</P>" },
    { "http://host:/p", "scheme=<http> authority=<host:> host=<host> port=<> path=</p>" },
    { "http://:80/p", "scheme=<http> authority=<:80> port=<80> path=</p>" },
    { "http:///p", "scheme=<http> authority=<> path=</p>" },
    { "http://", "scheme=<http> authority=<>" },
    { "http:", "scheme=<http>" },
    { ":", "path=<:>" },
    { "//", "authority=<>" },
    { "///p", "authority=<> path=</p>" },
    { "//host", "authority=<host> host=<host>" },
    { "host/path", "path=<host/path>" },
    { "host:80/path", "scheme=<host> path=<80/path>" },
    { "localhost:8080", "scheme=<localhost> path=<8080>" },
    { "127.0.0.1:80/x", "scheme=<127.0.0.1> path=<80/x>" },
    { "1http://x", "scheme=<1http> authority=<x> host=<x>" },
    { "a+b-c.d://h", "scheme=<a+b-c.d> authority=<h> host=<h>" },
    { "a_b://h", "path=<a_b://h>" },
    { "mailto:me@x.org", "scheme=<mailto> path=<me@x.org>" },
    { "c:\\dir\\x", "scheme=<c> path=<\\dir\\x>" },
    { "file:///etc/x", "scheme=<file> authority=<> path=</etc/x>" },
    { "file:/etc/x", "scheme=<file> path=</etc/x>" },
    { "ftp://u:p@h/d/f;type=i", "scheme=<ftp> authority=<u:p@h> userinfo=<u:p> user=<u> "
      .. "password=<p> host=<h> path=</d/f> params=<type=i>" },
  })
end)

test("fragment, query and params are cut from the back, in this order", function(t)
  check_rows(t, {
    { "/p;a;b?c;d?e#f#g", "path=</p> params=<a;b> query=<c;d?e> fragment=<f#g>" },
    { ";params", "params=<params>" },
    { "?q", "query=<q>" },
    { "#f", "fragment=<f>" },
    { "?", "query=<>" },
    { "#", "fragment=<>" },
    { ";", "params=<>" },
    { "/;?#", "path=</> params=<> query=<> fragment=<>" },
    { "p#f?q", "path=<p> fragment=<f?q>" },
    { "p#f;x", "path=<p> fragment=<f;x>" },
    { "p?q;x", "path=<p> query=<q;x>" },
    { "http://h;p", "scheme=<http> authority=<h;p> host=<h;p>" },
    { "http://h/?q=http://x/y;z",
      "scheme=<http> authority=<h> host=<h> path=</> query=<q=http://x/y;z>" },
  })
end)

-- Mended: in releases of the original the query becomes part of the host.
test("an authority ends at a query or a fragment too", function(t)
  check_rows(t, {
    { "http://h?q", "scheme=<http> authority=<h> host=<h> query=<q>" },
    { "http://h#f", "scheme=<http> authority=<h> host=<h> fragment=<f>" },
    { "http://h?q=a/b", "scheme=<http> authority=<h> host=<h> query=<q=a/b>" },
    { "http://h?x@evil/", "scheme=<http> authority=<h> host=<h> query=<x@evil/>" },
    { "http://user:80?x@h/",
      "scheme=<http> authority=<user:80> host=<user> port=<80> query=<x@h/>" },
    { "http://[::1]:80?x@evil/",
      "scheme=<http> authority=<[::1]:80> host=<::1> port=<80> query=<x@evil/>" },
  })
end)

test("a question mark or a hash may stand in a password", function(t)
  check_rows(t, {
    { "http://user:pa?ss@h/", "scheme=<http> authority=<user:pa?ss@h> userinfo=<user:pa?ss> "
      .. "user=<user> password=<pa?ss> host=<h> path=</>" },
    { "scheme://user:pass$%?#wd@host:port/path;params?query#fragment",
      "scheme=<scheme> authority=<user:pass$%?#wd@host:port> userinfo=<user:pass$%?#wd> user=<user> "
        .. "password=<pass$%?#wd> host=<host> port=<port> path=</path> params=<params> query=<query> "
        .. "fragment=<fragment>" },
    { "http://user:pa/ss@h/", "scheme=<http> authority=<user:pa> host=<user> port=<pa> "
      .. "path=</ss@h/>" },
  })
end)

test("userinfo, user and password are cut from the authority", function(t)
  check_rows(t, {
    { "http://u@h/", "scheme=<http> authority=<u@h> userinfo=<u> user=<u> host=<h> path=</>" },
    { "http://u:p@h/", "scheme=<http> authority=<u:p@h> userinfo=<u:p> user=<u> password=<p> "
      .. "host=<h> path=</>" },
    { "http://u:@h/", "scheme=<http> authority=<u:@h> userinfo=<u:> user=<u> password=<> host=<h> "
      .. "path=</>" },
    { "http://:p@h/", "scheme=<http> authority=<:p@h> userinfo=<:p> user=<> password=<p> host=<h> "
      .. "path=</>" },
    { "http://@h/", "scheme=<http> authority=<@h> userinfo=<> user=<> host=<h> path=</>" },
    { "http://u:p:q@h/", "scheme=<http> authority=<u:p:q@h> userinfo=<u:p:q> user=<u:p> "
      .. "password=<q> host=<h> path=</>" },
    { "http://a@b@h/", "scheme=<http> authority=<a@b@h> userinfo=<a> user=<a> host=<b@h> path=</>" },
    { "http://u:p@:80/", "scheme=<http> authority=<u:p@:80> userinfo=<u:p> user=<u> password=<p> "
      .. "port=<80> path=</>" },
    { "http://u:p@/", "scheme=<http> authority=<u:p@> userinfo=<u:p> user=<u> password=<p> path=</>" },
    { "http://u%40x:p%3a@h/", "scheme=<http> authority=<u%40x:p%3a@h> userinfo=<u%40x:p%3a> "
      .. "user=<u%40x> password=<p%3a> host=<h> path=</>" },
  })
end)

test("host and port part at the last colon, brackets are dropped", function(t)
  check_rows(t, {
    { "http://[::1]/", "scheme=<http> authority=<[::1]> host=<::1> path=</>" },
    { "http://[::1]:8080/", "scheme=<http> authority=<[::1]:8080> host=<::1> port=<8080> path=</>" },
    { "http://u:p@[::1]:8080/", "scheme=<http> authority=<u:p@[::1]:8080> userinfo=<u:p> user=<u> "
      .. "password=<p> host=<::1> port=<8080> path=</>" },
    { "http://[fe80::1%25eth0]:80/", "scheme=<http> authority=<[fe80::1%25eth0]:80> "
      .. "host=<fe80::1%25eth0> port=<80> path=</>" },
    { "http://[::1", "scheme=<http> authority=<[::1> host=<[:> port=<1>" },
    { "http://::1/", "scheme=<http> authority=<::1> host=<:> port=<1> path=</>" },
    { "http://[]:80/", "scheme=<http> authority=<[]:80> host=<[]> port=<80> path=</>" },
    { "http://[::1]x:80/", "scheme=<http> authority=<[::1]x:80> host=<[::1]x> port=<80> path=</>" },
    { "http://h:80:90/", "scheme=<http> authority=<h:80:90> host=<h:80> port=<90> path=</>" },
  })
end)

test("nothing is trimmed, decoded or refused", function(t)
  check_rows(t, {
    { "http://a b/c d?e f#g h",
      "scheme=<http> authority=<a b> host=<a b> path=</c d> query=<e f> fragment=<g h>" },
    { " http://h/", "path=< http://h/>" },
    { "http://h/\r\nX: y", "scheme=<http> authority=<h> host=<h> path=</\r\nX: y>" },
    { "http://h/%zz", "scheme=<http> authority=<h> host=<h> path=</%zz>" },
    { "http://h/p\0q", "scheme=<http> authority=<h> host=<h> path=</p\0q>" },
  })
end)

test("fields of a default stand where the URL has none", function(t)
  check_rows(t, {
    { "p", "scheme=<http> host=<d> path=<p> x=<1>",
      default = { scheme = "http", host = "d", path = "/", x = 1 } },
    { "http://h", "scheme=<http> authority=<h> host=<h> path=</>",
      default = { path = "/", scheme = "http" } },
    { "?q", "port=<80> path=</d> query=<q>", default = { path = "/d", port = 80 } },
    { "//h2/", "authority=<h2> host=<h2> port=<9> path=</>",
      default = { host = "h1", authority = "zzz", port = 9 } },
    { "x", "authority=<u@h:1> userinfo=<u> user=<u> host=<h> port=<1> path=<x>",
      default = { authority = "u@h:1" } },
    { "x", "userinfo=<a:b> path=<x>", default = { userinfo = "a:b" } },
    { "?q", "params=<z> query=<q> url=<k>", default = { params = "z", url = "k" } },
    { "x", "authority=<h:8> userinfo=<a:b> user=<a> password=<b> host=<h> port=<8> path=<x>",
      default = { authority = "h:8", userinfo = "a:b" } },
    { "//", "authority=<> userinfo=<a:b> user=<a> password=<b>", default = { userinfo = "a:b" } },
    { "//h", "authority=<h> userinfo=<u> user=<u> password=<w> host=<h>",
      default = { userinfo = "u", user = "q", password = "w" } },
    { "x", "authority=<> host=<d> path=<x>", default = { authority = "", host = "d" } },
    { "x", "authority=<5> host=<5> path=<x>", default = { authority = 5 } },
  })
  t.equal(type(url.parse("x", { port = 80 }).port), "number")
  t.equal(url.parse("x", { "first" })[1], "first")
end)

test("a default is neither changed nor returned", function(t)
  local default = { path = "/", authority = "u:p@h:1" }
  local parts = url.parse("x", default)
  t.different(parts, default)
  t.equal(words(default), "authority=<u:p@h:1> path=</>")
  t.equal(getmetatable(url.parse("x", setmetatable({}, {}))), nil)
end)

test("a default is read as pairs reads it", function(t)
  local default = setmetatable({ raw = 1 }, {
    __pairs = function() return next, { path = "/", given = 2 }, nil end,
    __index = function() error("not to be asked") end,
  })
  local seen = {}
  for name in pairs(default) do
    seen[name] = true
  end
  local parts = url.parse("#f", default)
  t.equal(words(parts), seen.raw and "fragment=<f> raw=<1>" or "path=</> fragment=<f> given=<2>")
end)

test("each call gives a new table without the field url", function(t)
  t.different(url.parse("x"), url.parse("x"))
  t.equal(url.parse("http://h/").url, nil)
end)

test("nothing to parse is an invalid url", function(t)
  t.returns(t.pack(url.parse(nil)), nil, "invalid url")
  t.returns(t.pack(url.parse("")), nil, "invalid url")
  t.returns(t.pack(url.parse()), nil, "invalid url")
  t.returns(t.pack(url.parse("", { path = "/" })), nil, "invalid url")
end)

test("numbers are text, other values raise", function(t)
  t.equal(words(url.parse(5)), "path=<5>")
  for _, value in ipairs({ {}, true, print }) do
    t.raises("string expected, got " .. type(value), url.parse, value)
  end
  for _, value in ipairs({ "text", 5, true }) do
    t.raises("table expected, got " .. type(value), url.parse, "x", value)
  end
  t.raises("string expected, got table", url.parse, "x", { authority = {} })
  t.raises("string expected, got boolean", url.parse, "//h", { userinfo = true })
  t.equal(words(url.parse("x", false)), "path=<x>")
end)

test("a successful parse gives one value", function(t)
  t.equal(select("#", url.parse("x")), 1)
  t.equal(select("#", url.parse("x", {}, "ignored")), 1)
end)
