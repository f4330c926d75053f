-- socket.md: skip drops arguments.

local R = ...
local socket = require("socket")
local skip = socket.skip

for count = 0, 6 do
  R.call("skip(" .. count .. ", a, nil, c, nil, 5)", skip, count, "a", nil, "c", nil, 5)
end
R.call("skip(0)", skip, 0)
R.call("skip(1)", skip, 1)
R.call("skip(1, x)", skip, 1, "x")
R.call("skip(100, x)", skip, 100, "x")
R.call("skip(2147483647, x)", skip, 2147483647, "x")
R.call("skip()", skip)
R.call("skip(nil)", skip, nil)
R.call("skip(word)", skip, "word", 1, 2)
R.call("skip(table)", skip, {}, 1)
R.call("skip(boolean)", skip, true, 1)
R.call("skip(numeric string)", skip, "1", "a", "b")
R.call("skip(2.0)", skip, 2.0, "a", "b", "c")
R.call("skip(1.5)", skip, 1.5, "a", "b", "c")
R.call("skip('1.5')", skip, "1.5", "a", "b", "c")
R.call("skip with trailing nils", skip, 1, "a", nil, nil)
R.call("skip(-1)", skip, -1, "a", "b")
R.moontide_only("skip(-2)", '"a", "b"', skip, -2, "a", "b")
R.moontide_only("skip(-2147483647)", '"a"', skip, -2147483647, "a")
R.moontide_only("skip of a very negative number alone", "(none)", skip, -1000000)
R.call("skip(2, string.find())", function() return skip(2, ("key=value"):find("(%a+)=(%a+)")) end)
R.call("skip keeps identity", function()
  local object = {}
  return skip(1, nil, object) == object
end)
