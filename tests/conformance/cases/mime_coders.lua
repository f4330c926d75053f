-- mime.md, b64 and unb64, qp and unqp: texts of all kinds, whole and split at every position.

local R = ...

local mime = require("mime.core")

local function every_byte()
  local bytes = {}
  for byte = 0, 255 do
    bytes[#bytes + 1] = string.char(byte)
  end
  return table.concat(bytes)
end

local texts = {
  b64 = { "a", "ab", "abc", "abcd", "foobar", "\0\255\16", "diego:password", every_byte(),
    ("long "):rep(100) },
  unb64 = { "YQ==", "YWI=", "YWJj", "YWJjZA", "AA==", "YQ==YWI=", "YQ=x", "Y===", "====", "=YWJ", "Y=WJ",
    "-_-_", "Y W\nJ\tj!", "YWJj\r\nZGVm\r\n", every_byte(), ("YWJj"):rep(19) .. "\r\n" .. ("ZGVm"):rep(19),
    ("QUJD"):rep(40) .. "=" .. ("QUJD"):rep(40), ("QUJD"):rep(16) .. "Q\r\nUJD" .. ("QUJD"):rep(16) },
  qp = { "plain", "ma\231\227", "a b", "a ", "a\t", "a \r\nb", "a \r", "a\r", "a\n", "a\r\nb\r\n", "=", "  ",
    "   ", "    x", "  \r\n", " \t \r\n\t\r\n", " \rx", "\r\r\n", "\r \r\n", "\n\r", "\0\1\127\128",
    every_byte(), "1234567 \r\n12345678 \r\n123456\t\r\n", ("word "):rep(60) .. "\r\n",
    ("\255="):rep(100), "eight by", "\r\n\r\n\r\n" },
  unqp = { "ma=E7=E3=", "a=\r\nb", "a=\nb", "a=3", "a=3d=3D", "a=ZZb", "==3D", "a\r\nb", "a\rb", "a\nb",
    "a\r\rb", "a\r", "a \t\r\n", "a= \r\nb", "a\0b\127c\200d", "x=00=0D=0A=FF", "=\r", "=", "=\255\255=",
    every_byte(), ("word "):rep(30) .. "=\r\n" .. ("=41"):rep(30), "=4\r\n=\r4=\n4", "\r\n\r\n\r\r\n" },
}

for _, name in ipairs({ "b64", "unb64", "qp", "unqp" }) do
  local f = mime[name]
  for number, text in ipairs(texts[name]) do
    local key = name .. " " .. number
    R.call(key .. ", whole", f, text)
    R.call(key .. ", more to come", f, text, "")
    R.call(key .. ", behind nothing", f, "", text)
    local step = #text > 40 and 13 or 1
    for position = 1, #text - 1, step do
      R.call(key .. ", split at " .. position, f, text:sub(1, position), text:sub(position + 1))
    end
    -- Byte by byte, as a filter gets it.
    R.call(key .. ", byte by byte", function()
      local results, left = {}, ""
      for position = 1, #text do
        local part
        part, left = f(left, text:sub(position, position))
        results[#results + 1] = part .. "|" .. left
      end
      return table.concat(results, ","), f(left)
    end)
  end
end

for number, text in ipairs(texts.qp) do
  for _, marker in ipairs({ "=0D=0A", "MARK", "", "\n" }) do
    R.call("qp " .. number .. " with marker " .. marker, mime.qp, text, nil, marker)
    R.call("qp " .. number .. " with marker " .. marker .. ", more to come", mime.qp, text, "", marker)
  end
end

R.call("unqp: a NUL first, at the end", mime.unqp, "=00abc")
R.call("unqp: a NUL first, more to come", mime.unqp, "=00abc", "")
R.call("unqp: only a NUL", mime.unqp, "=00")

local large = every_byte():rep(400)
R.call("b64 of 100 KiB", mime.b64, large)
R.call("unb64 of 100 KiB", mime.unb64, (mime.b64(large)))
R.call("qp of 100 KiB", mime.qp, large)
R.call("unqp of 100 KiB", mime.unqp, "x" .. mime.qp(large))
