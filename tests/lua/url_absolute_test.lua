-- url.absolute: the rows of the contract's tables, bases that are tables, replaced functions.
local test = ...
local url = require("socket.url")

local function check_rows(t, base, rows)
  for _, row in ipairs(rows) do
    t.equal(url.absolute(base, row[1]), row[2], tostring(row[1]))
  end
end

test("the examples of RFC 3986, section 5.4", function(t)
  check_rows(t, "http://a/b/c/d;p?q", {
    { "g:h", "g:h" }, { "g", "http://a/b/c/g" },
    { "./g", "http://a/b/c/g" }, { "g/", "http://a/b/c/g/" },
    { "/g", "http://a/g" }, { "//g", "http://g" },
    { "?y", "http://a/b/c/d;p?y" }, { "g?y", "http://a/b/c/g?y" },
    { "#s", "http://a/b/c/d;p?q#s" }, { "g#s", "http://a/b/c/g#s" },
    { "g?y#s", "http://a/b/c/g?y#s" }, { ";x", "http://a/b/c/d;x" }, -- the RFC says c/;x
    { "g;x", "http://a/b/c/g;x" }, { "g;x?y#s", "http://a/b/c/g;x?y#s" },
    { "", "http://a/b/c/d;p?q" }, { ".", "http://a/b/c/" }, { "./", "http://a/b/c/" },
    { "..", "http://a/b/" }, { "../", "http://a/b/" }, { "../g", "http://a/b/g" },
    { "../..", "http://a/" }, { "../../", "http://a/" }, { "../../g", "http://a/g" },
    { "../../../g", "http://a/g" }, { "../../../../g", "http://a/g" },
    { "/./g", "http://a/g" }, { "/../g", "http://a/g" },
    { "g.", "http://a/b/c/g." }, { ".g", "http://a/b/c/.g" },
    { "g..", "http://a/b/c/g.." }, { "..g", "http://a/b/c/..g" },
    { "./../g", "http://a/b/g" }, { "./g/.", "http://a/b/c/g/" },
    { "g/./h", "http://a/b/c/g/h" }, { "g/../h", "http://a/b/c/h" },
    { "http:g", "http:g" },
  })
end)

test("behind the path a dot between slashes goes, and no other", function(t)
  check_rows(t, "http://a/b/c/d;p?q", {
    { "g;x=1/./y", "http://a/b/c/g;x=1/y" }, { "g?y/./x", "http://a/b/c/g?y/x" },
    { "g#s/./x", "http://a/b/c/g#s/x" },
    { "g;x=1/../y", "http://a/b/c/g;x=1/../y" }, { "g?y/../x", "http://a/b/c/g?y/../x" },
    { "g#s/../x", "http://a/b/c/g#s/../x" },
  })
end)

test("references meet bases of all kinds", function(t)
  for _, row in ipairs({
    { "http://a", "g", "http://a/g" }, { "http://a", "/g", "http://a/g" },
    { "http://a", "../g", "http://a/g" }, { "http://a", "?q", "http://a?q" },
    { "http://a", "#f", "http://a#f" }, { "http://a", ";p", "http://a;p" },
    { "http://a", "//b", "http://b" }, { "http://a/b", "c//d", "http://a/c//d" },
    { "http://a/b", "///d", "http:///d" }, { "http://a/b?x=/../y", "c", "http://a/c" },
    { "http://a/b", "http://x/a/../y", "http://x/y" },
    { "http://a/b", "http://x/a/./y?q=/./z", "http://x/a/y?q=/z" },
    { "http://a/b/../c", "", "http://a/c" },
    { "http://u:p@a:81/b", "c", "http://u:p@a:81/c" },
    { "http://u:p@a:81/b", "//h/c", "http://h/c" },
    { "http://[::1]:80/b", "c", "http://[::1]:80/c" },
    { "http://a/b", "c:d", "c:d" }, { "http://a/b", "./c:d", "http://a/c:d" },
    { "http://a/b/c/..", "g", "http://a/b/c/g" }, { "http://a/b/c/.", "g", "http://a/b/c/g" },
    { "http://a//b//c", "d", "http://a//b//d" }, { "http://a//b//c", "../d", "http://a//b/d" },
    { "http://a//b//c", "../../d", "http://a//d" },
    { "http://z/a/b/c", "..//", "http://z/a//" }, { "http://z/a/b/c", "../..//", "http://z//" },
    { "http://z/a/b/c", "x/..//", "http://z/a/b//" },
    { "http://z/x", "/..", "http://z/" }, { "http://z/x", "/../..", "http://z/" },
    { "http://z/x", "/../../evil/y", "http://z/evil/y" },
    { "/a/b", "../../../c", "/c" }, { "a/b", "../c", "c" }, { "a/b", "../../c", "../c" },
    { "a", "b", "/b" }, { "a/", "..", "" },
    { "file:///a/b", "c", "file:///a/c" }, { "file:///a/b", "../../c", "file:///c" },
    { "http://h/a/b;x/y", "z", "http://h/a/z" },
    { "http://example.com/", "../.badhost.com/", "http://example.com/.badhost.com/" },
    { "http://example.com/", "...badhost.com/", "http://example.com/...badhost.com/" },
    { "http://example.com", ".badhost.com", "http://example.com/.badhost.com" },
    { "http://a/b", "a\1b", "http://a/a\1b" },
  }) do
    t.equal(url.absolute(row[1], row[2]), row[3], row[1] .. " + " .. row[2])
  end
end)

test("empty segments count when dots go up", function(t)
  check_rows(t, "http://example.com/a/b/c/d/", {
    { "..//../../../q", "http://example.com/a/q" },
    { "..//a/../../../../q", "http://example.com/a/q" },
    { "..//a/..//../../../q", "http://example.com/a/b/q" },
    { "..//a/..///../../../../q", "http://example.com/a/b/q" },
    { "../x/a/../y/z/../../../../q", "http://example.com/a/b/q" },
  })
end)

-- Mended: the original removes dots in the whole text.
test("dots cannot reach the host", function(t)
  check_rows(t, "http://z/", {
    { "http://a/../g", "http://a/g" },
    { "http://a/b/../../c/d", "http://a/c/d" },
    { "http://a/b/../../../evil/d", "http://a/evil/d" },
    { "//a/../../evil", "http://a/evil" },
    { "//../x", "http://../x" },
    { "b?q=/..", "http://z/b?q=/.." },
  })
  t.equal(url.absolute("http://a/b", "?u=http://x/../y"), "http://a/b?u=http://x/../y")
end)

test("without one of the two the other is given, its dots removed", function(t)
  t.equal(url.absolute(nil, "g"), "g")
  t.equal(url.absolute("", "g"), "g")
  t.equal(url.absolute("", "/a/../g"), "/g")
  t.equal(url.absolute("http://a/b", nil), "http://a/b")
  t.equal(url.absolute("http://a/b/../c#f", nil), "http://a/c#f")
  t.equal(url.absolute("http://a/b#f", ""), "http://a/b#f")
  t.equal(url.absolute("", ""), "")
  t.equal(url.absolute(nil, ""), "")
  t.equal(url.absolute(1, 2), "/2")
  t.equal(select("#", url.absolute("http://a", "b")), 1)
end)

test("with neither, or with other values, it raises", function(t)
  t.raises("string expected, got nil", url.absolute, nil, nil)
  t.raises("string expected, got nil", url.absolute, "", nil)
  t.raises("string expected, got table", url.absolute, "http://a", {})
  t.raises("string expected, got boolean", url.absolute, "http://a", true)
  t.raises("string expected, got boolean", url.absolute, true, "a")
end)

test("a base may be a table of parts", function(t)
  t.equal(url.absolute({ scheme = "http", authority = "a", path = "/b/c" }, "d"), "http://a/b/d")
  t.equal(url.absolute({ scheme = "http", host = "a", path = "/b/c" }, ""), "http://a/b/c")
  t.equal(url.absolute({ path = "/b/c" }, "d"), "/b/d")
  t.equal(url.absolute({}, "d"), "/d")
  t.equal(url.absolute({}, nil), "")
  t.equal(url.absolute({ path = "/b" }, "x:/y/../z"), "x:/z")
  t.equal(url.absolute(url.parse("http://u:p@a:8/b/c;d?e#f"), "?g"), "http://u:p@a:8/b/c;d?g")
  t.raises("string expected, got table", url.absolute, { path = {} }, "d")
end)

-- Mended: the original loses the host.
test("a table with a host but no authority keeps its host", function(t)
  t.equal(url.absolute({ scheme = "http", host = "a", path = "/b/c" }, "d"), "http://a/b/d")
  t.equal(url.absolute({ scheme = "http", host = "::1", port = 8, user = "u", password = "p" }, "d"),
    "http://u:p@[::1]:8/d")
  t.equal(url.absolute({ scheme = "http", host = "a" }, "//b"), "http://b")
end)

test("a base table is not changed", function(t)
  local base = { scheme = "http", host = "a", path = "/b/../c" }
  url.absolute(base, "d")
  url.absolute(base, "")
  t.equal(base.path, "/b/../c")
  t.equal(base.authority, nil)
end)

test("the current url.parse takes both apart", function(t)
  local parse = url.parse
  t.cleanup(function() url.parse = parse end)
  local seen = {}
  url.parse = function(...)
    seen[#seen + 1] = (...)
    t.equal(select("#", ...), 1)
    return parse((...))
  end
  t.equal(url.absolute("http://u:p@a/b;c?d", "e#f"), "http://u:p@a/e#f")
  t.equal(url.absolute("http://a/b", "//[::1]:8/../e"), "http://[::1]:8/e")
  t.list(seen, { "http://u:p@a/b;c?d", "e#f", "http://a/b", "//[::1]:8/../e" })
  url.parse = function() return nil, "invalid url" end
  t.equal(url.absolute("http://a/b", "c/../d"), "d")
  url.parse = function(text) return { path = text .. "/x" } end
  t.equal(url.absolute("/b", "c"), "/b/c/x")
end)

test("the current url.build puts the result together", function(t)
  local build = url.build
  t.cleanup(function() url.build = build end)
  local seen
  url.build = function(parts)
    seen = parts
    return build(parts) .. "/./!"
  end
  t.equal(url.absolute("http://u:p@a/b/c;d?e#f", "g?h"), "http://u:p@a/b/g?h/!")
  t.equal(seen.scheme .. seen.authority .. seen.path .. seen.query, "httpu:p@a/b/gh")
  t.equal(url.absolute("http://a/b", "x:y"), "x:y")
  t.equal(url.absolute({ path = "/b" }, ""), "/b/!")
  url.build = function() return nil end
  t.raises("string expected", url.absolute, "http://a/b", "c")
end)

test("long URLs resolve", function(t)
  local long = ("a/../"):rep(20000)
  t.equal(url.absolute("http://h/b", long .. "c"), "http://h/c")
  t.equal(url.absolute("http://h/b", ("a/"):rep(20000)), "http://h/" .. ("a/"):rep(20000))
end)
