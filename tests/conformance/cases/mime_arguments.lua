-- mime.md, Common rules: arguments of all types, in all places. Only mime.core is loaded, so that the names
-- in messages are the same on both sides.

local R = ...

local mime = require("mime.core")

local function keys(t)
  local list = {}
  for key, value in pairs(t) do
    list[#list + 1] = tostring(key) .. ":" .. type(value)
  end
  table.sort(list)
  return table.concat(list, " ")
end
R.values("keys of mime.core", keys(mime))
R.values("metatable", getmetatable(mime))
R.values("_VERSION", mime._VERSION)
R.values("loads nothing else", package.loaded.ltn12, package.loaded.socket, package.loaded.mime)

local wrong = { { "table", {} }, { "true", true }, { "false", false }, { "function", print },
  { "coroutine", coroutine.create(function() end) } }

for _, name in ipairs({ "b64", "unb64", "qp", "unqp" }) do
  local f = mime[name]
  R.call(name .. ": nothing", f)
  R.call(name .. ": nil", f, nil)
  R.call(name .. ": nil and text", f, nil, "x")
  R.call(name .. ": nil and a table", f, nil, {})
  R.call(name .. ": empty", f, "")
  R.call(name .. ": empty twice", f, "", "")
  R.call(name .. ": number", f, 12)
  R.call(name .. ": fraction", f, 12.5)
  R.call(name .. ": number as second", f, "", 1234)
  R.call(name .. ": extra arguments", f, "ab", "cd", nil, {}, 5)
  for _, case in ipairs(wrong) do
    R.call(name .. "(" .. case[1] .. ")", f, case[2])
    R.call(name .. "('a', " .. case[1] .. ")", f, "a", case[2])
    R.call(name .. "('a', 'b', " .. case[1] .. ")", f, "a", "b", case[2])
    R.call(name .. "(nil, 'b', " .. case[1] .. ")", f, nil, "b", case[2])
  end
  R.call(name .. ": all wrong", f, {}, true, print)
  R.call(name .. ": second and third wrong", f, "a", {}, true)
  R.method(name .. ": as a method", mime, name)
end

for _, name in ipairs({ "wrp", "qpwrp", "eol", "dot" }) do
  local f = mime[name]
  R.call(name .. ": nothing", f)
  R.call(name .. ": nil", f, nil, "x")
  R.call(name .. ": text", f, "x", "y")
  R.call(name .. ": numeric text", f, "2", "y.\n")
  R.call(name .. ": hexadecimal text", f, "0x0d", "\ny")
  R.call(name .. ": state alone", f, 2)
  R.call(name .. ": number as text", f, 2, 123.5)
  R.call(name .. ": fraction as state", f, 2.5, ".\n")
  R.call(name .. ": extra arguments", f, 2, "y", nil, {}, 5)
  for _, case in ipairs(wrong) do
    R.call(name .. "(" .. case[1] .. ")", f, case[2])
    R.call(name .. "(2, " .. case[1] .. ")", f, 2, case[2])
    R.call(name .. "(2, 'b', " .. case[1] .. ")", f, 2, "b", case[2])
    R.call(name .. "(2, nil, " .. case[1] .. ")", f, 2, nil, case[2])
  end
  R.call(name .. ": all wrong", f, {}, true, print)
end

R.call("wrp: text as length", mime.wrp, 5, "abcdefgh", "5")
R.call("wrp: fraction as length", mime.wrp, 5, "abcdefghijk", 5.9)
R.call("qpwrp: text as length", mime.qpwrp, 5, "abcdefgh", "5")
R.call("qp: number as marker", mime.qp, "a\r\nb", "", 5)
R.call("eol: number as marker", mime.eol, 0, "a\nb", 5)
R.call("qp: marker with a NUL", mime.qp, "a\r\nb", "", "1\0002")
R.call("eol: marker with a NUL", mime.eol, 0, "a\nb", "1\0002")
