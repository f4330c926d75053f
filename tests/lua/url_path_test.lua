-- url.parse_path and url.build_path.
local test = ...
local url = require("socket.url")

local function check_path(t, path, segments, is_absolute, is_directory)
  local list = url.parse_path(path)
  t.list(list, segments, path)
  t.equal(list.is_absolute, is_absolute, path)
  t.equal(list.is_directory, is_directory, path)
  local count = 0
  for _ in pairs(list) do
    count = count + 1
  end
  t.equal(count, #segments + (is_absolute or 0) + (is_directory or 0), path)
end

test("parse_path lists the pieces that are not empty", function(t)
  check_path(t, "/", {}, 1, 1)
  check_path(t, "//", {}, 1, 1)
  check_path(t, "", {})
  check_path(t, nil, {})
  check_path(t, "/a", { "a" }, 1)
  check_path(t, "a/", { "a" }, nil, 1)
  check_path(t, "/a//b", { "a", "b" }, 1)
  check_path(t, "/./../x", { ".", "..", "x" }, 1)
  check_path(t, "/a;p?q#f", { "a;p?q#f" }, 1)
  check_path(t, 5, { "5" })
  t.integer(url.parse_path("/").is_absolute, 1)
  t.integer(url.parse_path("/").is_directory, 1)
end)

test("parse_path decodes each piece after it has been cut", function(t)
  check_path(t, "a%2fb/c%20d", { "a/b", "c d" })
  check_path(t, "%2f", { "/" })
end)

test("parse_path decodes with the current url.unescape", function(t)
  local unescape = url.unescape
  local seen = {}
  t.cleanup(function() url.unescape = unescape end)
  url.unescape = function(text)
    seen[#seen + 1] = text
    return #seen
  end
  t.list(url.parse_path("/a%20b//c"), { 1, 2 })
  t.list(seen, { "a%20b", "c" })
end)

test("build_path encodes the pieces with upper-case digits", function(t)
  t.equal(url.build_path({ "a b", "c/d", "e?f", "g#h", "i;j", "k%l" }),
    "a%20b/c%2Fd/e%3Ff/g%23h/i%3Bj/k%25l")
  t.equal(url.build_path({ "{eu}", "|diego\127" }), "%7Beu%7D/%7Cdiego%7F")
  t.equal(url.build_path({ "-_.!~*'():@&=+$," }), "-_.!~*'():@&=+$,")
  for code = 0, 255 do
    local byte = string.char(code)
    local kept = code < 128 and byte:find("^[%w%-_.!~*'():@&=+$,]$")
    t.equal(url.build_path({ byte }), kept and byte or ("%%%02X"):format(code))
  end
end)

test("build_path adds slashes where the flags are true", function(t)
  t.equal(url.build_path({}), "")
  t.equal(url.build_path({ is_directory = 1 }), "")
  t.equal(url.build_path({ is_absolute = 1 }), "/")
  t.equal(url.build_path({ is_absolute = 1, is_directory = 1 }), "/")
  t.equal(url.build_path({ "a", "b", is_absolute = true, is_directory = 1 }), "/a/b/")
  t.equal(url.build_path({ "a", is_absolute = false, is_directory = false }), "a")
  t.equal(url.build_path({ "", "a", "" }), "/a/")
end)

test("build_path leaves the pieces alone when the second argument is true", function(t)
  t.equal(url.build_path({ "a b", "c/d" }, true), "a b/c/d")
  t.equal(url.build_path({ "a b", "c/d" }, 0), "a b/c/d")
  t.equal(url.build_path({ "a b" }, false), "a%20b")
  t.equal(url.build_path({ 1, 2 }), "1/2")
  t.equal(url.build_path({ 1, 2 }, true), "1/2")
end)

test("paths of many and of long pieces are built", function(t)
  local list = {}
  for index = 1, 20000 do
    list[index] = "a b"
  end
  t.equal(url.build_path(list), ("a%20b/"):rep(19999) .. "a%20b")
  t.equal(#url.parse_path(url.build_path(list)), 20000)
  t.equal(url.build_path({ ("%"):rep(10000) }), ("%25"):rep(10000))
end)

test("build_path of parse_path normalises the escapes", function(t)
  t.equal(url.build_path(url.parse_path("/a%2fb/%7euser//c%20d/")), "/a%2Fb/~user/c%20d/")
end)

test("other values raise", function(t)
  t.raises("string expected, got boolean", url.parse_path, true)
  t.raises("string expected, got table", url.parse_path, {})
  t.raises("table expected", url.build_path, nil)
  t.raises("table expected", url.build_path, 5)
  t.raises("string expected, got boolean", url.build_path, { true })
  t.raises("string expected, got table", url.build_path, { "a", {} }, true)
end)
