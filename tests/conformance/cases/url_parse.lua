-- url.parse: all sorts of texts, and defaults.
local R = ...
local url = require("socket.url")

local texts = [=[
http://host
http://host/
http://host:80/p
HTTP://Host/P
http://host:/p
http://:80/p
http:///p
http://
http:
:
//
///p
//host
host/path
host:80/path
localhost:8080
127.0.0.1:80/x
1http://x
a+b-c.d://h
+a:x
-a:x
.a:x
a_b://h
a%41:x
mailto:me@x.org
c:\dir\x
/p;a;b?c;d?e#f#g
;params
?q
#f
?
#
;
/;?#
p#f?q
p#f;x
p?q;x
http://h;p
http://h?q
http://h#f
http://h?q=a/b
http://h/?q=http://x/y;z
http://u@h/
http://u:p@h/
http://u:@h/
http://:p@h/
http://@h/
http://:@h/
http://@/
http://@
http://u:p:q@h/
http://a@b@h/
http://u:p@:80/
http://u:p@/
http://u%40x:p%3a@h/
http://[::1]/
http://[::1]:8080/
http://[::1]:/
http://u:p@[::1]:8080/
http://[fe80::1%25eth0]:80/
http://[::1
http://::1/
http://[]:80/
http://[]
http://[
http://]
http://[h]
http://[a]b]
http://[[a]]
http://[::1]x:80/
http://h:80:90/
http://h:]
http://h:x]:1
http://a b/c d?e f#g h
file:///etc/x
file:/etc/x
ftp://u:p@h/d/f;type=i
http://user:pa/ss@h/
http://user:pa?ss@h/
http://user:pa#ss@h/
http://user:80?x@h/
http://h?x@evil/
scheme://user:pass$%?#wd@host:port/path;params?query#fragment
http://h/%zz
http://h/a?b?c;d;e
http://h/a;b;c
http://h//a//b
http:a//b
x://y://z
a:b:c
//a:b:c
//u@[::1]
//h/:@
@
/@
//%40@%3a
.
..
./a:b
a/b:c
]=]

for text in texts:gmatch("[^\n]+") do
  R.call(text, url.parse, text)
end
R.call("leading blank", url.parse, " http://h/")
R.call("line ends", url.parse, "http://h/\r\nX: y")
R.call("nul", url.parse, "http://h\0x/p\0q?a\0#b\0")
R.call("high bytes", url.parse, "http://\195\164\255/\128?\129#\130")
R.call("long", url.parse, "http://" .. ("h"):rep(5000) .. "/" .. ("p"):rep(5000))
R.call("nil", url.parse, nil)
R.call("no argument", url.parse)
R.call("empty", url.parse, "")
R.call("false", url.parse, false)
R.call("empty with a default", url.parse, "", { path = "/" })
R.call("a number", url.parse, 5)
R.call("a fraction", url.parse, 5.5)

local defaults = {
  { "p", { scheme = "http", host = "d", path = "/", x = 1 } },
  { "http://h", { path = "/", scheme = "http" } },
  { "?q", { path = "/d", port = 80 } },
  { "//h2/", { host = "h1", authority = "zzz", port = 9 } },
  { "x", { authority = "u@h:1" } },
  { "x", { userinfo = "a:b" } },
  { "x", { authority = "h:8", userinfo = "a:b" } },
  { "//", { userinfo = "a:b" } },
  { "//", { host = "d", authority = "u@x" } },
  { "//h", { userinfo = "u", user = "q", password = "w" } },
  { "//@h", { userinfo = "u", user = "q", password = "w" } },
  { "x", { authority = "" } },
  { "x", { authority = "", host = "d", port = "p" } },
  { "x", { authority = false, host = "d" } },
  { "x", { authority = 5 } },
  { "x", { authority = "h", userinfo = 5 } },
  { "x", { "first", [true] = 1 } },
  { "x", { url = "kept", params = "z", fragment = "f" } },
  { "a:", { scheme = "b", path = "c" } },
}
for number, row in ipairs(defaults) do
  R.call("default " .. number, url.parse, row[1], row[2])
end
R.call("default false", url.parse, "x", false)

-- Whose name stands in the message depends on the implementation.
local function refused(name, ...)
  local fine, message = pcall(...)
  R.values(name, fine, tostring(message):match("%(([^()]*)%)$"))
end
refused("a table", url.parse, {})
refused("true", url.parse, true)
refused("a function", url.parse, print)
refused("default text", url.parse, "x", "y")
refused("default number", url.parse, "x", 5)
refused("default true", url.parse, "x", true)
refused("default text, nothing to parse", url.parse, nil, "y")
refused("default authority table", url.parse, "x", { authority = {} })
refused("default authority true", url.parse, "x", { authority = true })
refused("default userinfo true", url.parse, "//h", { userinfo = true })

local default = { path = "/", authority = "u:p@h:1" }
R.values("new table", url.parse("x", default) ~= default, rawequal(url.parse("x"), url.parse("x")))
R.values("default stays", default)
local from_pairs = setmetatable({ raw = 1 }, { __pairs = function() return next, { given = 2 }, nil end })
R.call("default with __pairs", url.parse, "x", from_pairs)
R.call("default with __index", url.parse, "x", setmetatable({}, { __index = { path = "/", host = "h" } }))
R.values("result count", select("#", url.parse("x")), select("#", url.parse("")))
