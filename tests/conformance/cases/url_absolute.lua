-- url.absolute: the examples of RFC 3986, section 5.4, odd references on odd bases, table bases.
local R = ...
local url = require("socket.url")

local function resolve(base, references)
  for reference in references:gmatch("%S+") do
    R.call(base .. " + " .. reference, url.absolute, base, reference)
  end
end

local base = "http://a/b/c/d;p?q"
resolve(base, [[g:h g ./g g/ /g //g ?y g?y #s g#s g?y#s ;x g;x g;x?y#s . ./ .. ../ ../g ../.. ../../ ../../g
  ../../../g ../../../../g /./g /../g g. .g g.. ..g ./../g ./g/. g/./h g/../h g;x=1/./y g;x=1/../y
  g?y/./x g?y/../x g#s/./x g#s/../x http:g ? # ; //g:1/h //u:p@g //[::1]:8/x //h:1:2 //[h] //a@b@h
  /g?x#y ..;x ..?x .#x g//h //g//h g/.. g/../.. ...]])
resolve("http://a", "g /g ../g ?q #f ;p //b ./ .. . a/..")
resolve("http://a/b", "c//d ///d http://x/a/../y http://x/a/./y?q=/./z c:d ./c:d http://x #f?g;h /..//c")
resolve("http://a//b//c", "d ../d ../../d ../../../d .//d")
resolve("http://z/a/b/c", "..// ../..// x/..// ../../../../..")
resolve("http://z/x", "/.. /../.. /../../evil/y")
resolve("http://z/", "http://a/../g http://a/b/../../c/d http://a/b/../../../evil/d b?q=/.. /./../. .././.")
resolve("http://example.com/a/b/c/d/", [[..//../../../q ..//a/../../../../q ..//a/..//../../../q
  ..//a/..///../../../../q ../x/a/../y/z/../../../../q]])
resolve("http://example.com/", "../.badhost.com/ ...badhost.com/")
resolve("http://u:p@a:81/b", "c //h/c")
resolve("http://[::1]:80/b", "c")
resolve("http://a/b?x=/../y", "c ?z #f")
resolve("http://h/a/b;x/y", "z ?z ;z")
resolve("http://a/b/c/..", "g")
resolve("http://a/b/c/.", "g")
resolve("/a/b", "../../../c ../c c ?x //h")
resolve("a/b", "../c ../../c ../../../c ./c .. . ../.. ?x")
resolve("a", "b ../b ./b #c")
resolve("a/", ".. ../.. . b")
resolve("x:", "b /b ../b ?c")
resolve("x:a/b", "c ../c ../../c")
resolve("file:///a/b", "c ../../c")
resolve("mailto:a@b", "c ?d")
resolve("?q#f", "x ?y")
resolve("http://a/b", "?u=http://x/../y")

for path in ([[. .. ./ ../ ./. ../. ../.. ../../ ./.. a/.. a/. a/../ a/./ a/b/.. a/b/. a/../.. a/../../
    a/../../b ../a/.. ../a/../ a//.. a//../b a/..//b .//a ..//a a/.//b ./a ././a a/././b .a/.. a/b/../..
    a/../. a/.././b ..a/../b /.. /. / /a/.. /a/../ /a/../.. /a//.. /a//../ /..// /.// /./ /.//b a/...
    /.../.. ... /a/./ ./../.. a/./.. a// /a/..// /a/..//b a/..// http://a/b/../c#f/./g]]):gmatch("%S+") do
  R.call("alone " .. path, url.absolute, "", path)
  R.call("as base " .. path, url.absolute, path, nil)
end

R.call("no base", url.absolute, nil, "g")
R.call("no base, empty", url.absolute, nil, "")
R.call("both empty", url.absolute, "", "")
R.call("false base", url.absolute, false, "g")
R.call("base alone", url.absolute, "http://a/b/../c;d?e#f", nil)
R.call("false reference", url.absolute, "http://a/b/../c;d?e#f", false)
R.call("empty reference", url.absolute, "http://a/b/../c;d?e#f", "")
R.call("numbers", url.absolute, 1, 2)
R.call("byte 1", url.absolute, "http://a/b", "a\1b")
R.call("nul and line ends", url.absolute, "http://a/b", "c\0/../d\r\n")
R.values("both nil", (pcall(url.absolute, nil, nil)))
R.values("table reference", (pcall(url.absolute, "http://a", {})))
R.values("true base", (pcall(url.absolute, true, "x")))
R.values("true reference", (pcall(url.absolute, "x", true)))

local tables = {
  { scheme = "http", authority = "a", path = "/b/c" },
  { scheme = "http", host = "a", path = "/b/c" },
  { scheme = "http", host = "a", authority = "b", path = "/b/c" },
  { path = "/b/c", query = "q" },
  {},
  url.parse("http://u:p@a:8/b/c;d?e#f"),
}
for number, parts in ipairs(tables) do
  for _, reference in ipairs({ "", "d", "/d", "?d", "#d", ";d", "//d", "x:d", "../../d" }) do
    R.call("table " .. number .. " + " .. reference, url.absolute, parts, reference)
  end
  R.call("table " .. number .. " + nil", url.absolute, parts, nil)
end

-- What is looked up when.
local parse, build = url.parse, url.build
local seen = {}
url.parse = function(...)
  seen[#seen + 1] = { "parse", (...) }
  return parse((...))
end
url.build = function(...)
  seen[#seen + 1] = { "build", (...) }
  return build((...))
end
local function watched(name, ...)
  seen = {}
  R.call(name, url.absolute, ...)
  R.values(name .. ", calls", seen)
end
watched("watched", "http://u@a/b/c;p?q#f", "d")
watched("watched scheme", "http://a/b", "x:y")
watched("watched empty", "http://a/b", "")
watched("watched nil", nil, "x")
watched("watched authority", "http://a/b", "//c:1/d")
watched("watched query", "http://a/b;c?d", "?e")
watched("watched table", { path = "/b" }, "c")
watched("watched table alone", { path = "/b" }, nil)
url.build = function() return "http://x/y/../z" end
R.call("own build", url.absolute, "http://a/b", "c")
url.build = build
url.parse = function() return nil, "invalid url" end
R.call("own parse that fails", url.absolute, "http://a/b", "c/../d")
url.parse = parse
