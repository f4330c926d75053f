-- url.escape and url.unescape.
local test = ...
local url = require("socket.url")

local bytes = {}
for code = 0, 255 do
  bytes[code + 1] = string.char(code)
end
bytes = table.concat(bytes)

test("escape keeps letters, digits and the underscore, and nothing else", function(t)
  for code = 0, 255 do
    local byte = string.char(code)
    local kept = byte:find("^[A-Za-z0-9_]$") and code < 128
    t.equal(url.escape(byte), kept and byte or ("%%%02x"):format(code))
  end
end)

test("escape writes lower-case digits and no plus sign", function(t)
  t.equal(url.escape("a b/\195\169?#"), "a%20b%2f%c3%a9%3f%23")
  t.equal(url.escape("ABCxyz019_-.~!*'()"), "ABCxyz019_%2d%2e%7e%21%2a%27%28%29")
  t.equal(url.escape("%20"), "%2520")
  t.equal(url.escape("/#?;"), "%2f%23%3f%3b")
  t.equal(url.escape(""), "")
end)

test("unescape decodes two digits of either case behind a percent sign", function(t)
  t.equal(url.unescape("%2F%2f%20+"), "// +")
  t.equal(url.unescape("%00%0d%0A"), "\0\r\n")
  t.equal(url.unescape("%41%7a"), "Az")
end)

test("unescape leaves anything else and goes over the text once", function(t)
  t.equal(url.unescape("%4"), "%4")
  t.equal(url.unescape("%zz%41"), "%zzA")
  t.equal(url.unescape("%%41"), "%A")
  t.equal(url.unescape("%2541"), "%41")
  t.equal(url.unescape(""), "")
  t.equal(url.unescape("%"), "%")
end)

test("all bytes survive both, whatever the length", function(t)
  t.equal(url.unescape(url.escape(bytes)), bytes)
  t.equal(url.unescape(bytes), bytes)
  for _, length in ipairs({ 1, 2, 3, 2729, 2730, 2731, 8189, 8190, 8191, 8192, 8193, 100000 }) do
    local text = bytes:rep(math.ceil(length / 256)):sub(1, length)
    local escaped = url.escape(text)
    t.equal(#escaped, #text + 2 * select(2, text:gsub("[^A-Za-z0-9_]", "")))
    t.equal(url.unescape(escaped), text)
  end
  t.equal(url.escape(("x"):rep(100000)), ("x"):rep(100000))
  t.equal(url.escape(("%"):rep(8193)), ("%25"):rep(8193))
end)

test("numbers are text, further arguments are ignored, one value comes back", function(t)
  t.equal(url.escape(5), "5")
  t.equal(url.escape(-5), "%2d5")
  t.equal(url.unescape(5), "5")
  t.equal(url.unescape(("a+b"):gsub("+", " ")), "a b")
  t.equal(select("#", url.escape("a b")), 1)
  t.equal(select("#", url.unescape("%41")), 1)
end)

test("other values raise", function(t)
  for _, f in ipairs({ url.escape, url.unescape }) do
    t.raises("string expected, got nil", f, nil)
    t.raises("string expected, got nil", f)
    t.raises("string expected, got table", f, {})
    t.raises("string expected, got boolean", f, true)
  end
end)
