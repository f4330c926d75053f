-- mime.md, wrp and qpwrp, eol, dot: every state, every split.

local R = ...

local mime = require("mime.core")

local function every_split(key, text, f)
  R.call(key .. ", whole", f, text)
  for position = 1, #text - 1 do
    R.call(key .. ", split at " .. position, f, text:sub(1, position), text:sub(position + 1))
  end
end

for _, name in ipairs({ "wrp", "qpwrp" }) do
  local f = mime[name]
  for _, left in ipairs({ -3, 0, 1, 2, 3, 4, 9, 10, 75, 76, 77 }) do
    R.call(name .. ": end with " .. left, f, left)
    R.call(name .. ": end with " .. left .. " of 10", f, left, nil, 10)
    R.call(name .. ": no text with " .. left, f, left, "")
    R.call(name .. ": text with " .. left .. " of 10", f, left, "abcdefghijklmnopqrstuvwxyz", 10)
    R.call(name .. ": signs with " .. left .. " of 10", f, left, "=3D=3D=3D=3D=3D=3Dabc=3D", 10)
  end
  for length = 4, 20 do
    R.call(name .. ": length " .. length, f, length, ("words and =3D"):rep(5) .. "\r\n" .. ("x"):rep(45),
      length)
  end
  for number, text in ipairs({ "ab\r\ncd", "ab\ncd", "ab\rcd", "abcdefghij\r\n", "abcdefghijk",
    "\r\n\r\n\n", "abcdefghi=\r\njk", "\r\r\r", "a\0b\255c", "=", "==========" }) do
    every_split(name .. " " .. number, text, function(first, second)
      local one, left = f(10, first, 10)
      if second then
        local two
        two, left = f(left, second, 10)
        return one, two, left
      end
      return one, left
    end)
  end
  R.call(name .. ": 100 KiB", f, 76, ("words and =3D, \r\n"):rep(6400))
end
for _, length in ipairs({ 0, 1, 2, 3, -5 }) do
  R.call("wrp: length " .. length, mime.wrp, length, "abc", length)
  R.call("qpwrp: length " .. length, mime.qpwrp, length, "=3D=3D", length)
  R.call("wrp: end, length " .. length, mime.wrp, length, nil, length)
end
R.call("qpwrp: plain text, length 1", mime.qpwrp, 1, "ab", 1)

for number, text in ipairs({ "a\nb", "a\rb", "a\r\nb", "a\n\rb", "a\n\nb", "a\r\rb", "a\r\n\r\nb", "a\r\n\nb",
  "a\n\r\n\rb", "a\r", "a\n", "\n\n\n", "\r\r\r\n\n", "a\0b\n", "", "no line end" }) do
  for _, state in ipairs({ 0, 10, 13, 65 }) do
    R.call("eol " .. number .. " after " .. state, mime.eol, state, text)
  end
  for _, marker in ipairs({ "\n", "", "<EOL>" }) do
    R.call("eol " .. number .. " with marker " .. marker, mime.eol, 0, text, marker)
  end
  every_split("eol " .. number, text, function(first, second)
    local one, state = mime.eol(0, first)
    return one, state, mime.eol(state, second)
  end)
end
R.call("eol: end", mime.eol, 13)
R.call("eol: 100 KiB", mime.eol, 0, ("line\r\n\r\r\nmore\n"):rep(7000), "A LONG MARKER")

for number, text in ipairs({ "abc", ".", "..", "\n.", "\r\n.", "a\r\n.\r\n", "a\n.\n", "a\r.\r",
  ".\r\n.\r\n..", "a\r", "a\r\n", "a\r\n\r", "\r\r\n.", "", "abcd.\r\n." }) do
  for state = 0, 3 do
    R.call("dot " .. number .. " after " .. state, mime.dot, state, text)
  end
  every_split("dot " .. number, text, function(first, second)
    local one, state = mime.dot(2, first)
    return one, state, mime.dot(state, second)
  end)
end
R.call("dot: end", mime.dot, 0)
R.call("dot: 100 KiB", mime.dot, 2, (".a\r\n..\r\n\n.\r\n"):rep(9000))
