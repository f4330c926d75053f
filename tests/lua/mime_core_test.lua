-- mime.core: the low-level functions, row by row as the contract lists them.
local test = ...
local mime = require("mime.core")

-- Calls f with the first `count` of the arguments and expects exactly these two results.
local function expect(t, f, arguments, first, second)
  local results = t.pack(f(t.unpack(arguments)))
  if not (results.n == 2 and results[1] == first and results[2] == second) then
    local shown = {}
    for index = 1, arguments.n do
      shown[index] = ("%q"):format(tostring(arguments[index]))
    end
    error(("(%s) gives (%q, %q), expected (%q, %q)"):format(table.concat(shown, ", "),
      tostring(results[1]), tostring(results[2]), tostring(first), tostring(second)))
  end
end

-- rows: { call as t.pack(...), first, second }
local function rows(t, f, list)
  for index = 1, #list do
    expect(t, f, list[index][1], list[index][2], list[index][3])
  end
end

test("b64: the table of the contract", function(t)
  local p = t.pack
  rows(t, mime.b64, {
    { p(), nil, nil }, { p(nil), nil, nil }, { p(nil, "x"), nil, nil }, { p(nil, {}), nil, nil },
    { p(""), nil, nil }, { p("", nil), nil, nil }, { p("", ""), "", "" },
    { p("a"), "YQ==" }, { p("ab"), "YWI=" }, { p("abc"), "YWJj" }, { p("abcd"), "YWJjZA==" },
    { p("a", ""), "", "a" }, { p("abc", ""), "YWJj", "" }, { p("abcd", ""), "YWJj", "d" },
    { p("a", "bc"), "YWJj", "" }, { p("a", "bcd"), "YWJj", "d" }, { p("ab", "cde"), "YWJj", "de" },
    { p("ab", "cdefg"), "YWJjZGVm", "g" }, { p("", "abcd"), "YWJj", "d" },
    { p("\0\255\16"), "AP8Q" }, { p(12), "MTI=" }, { p(12.5), "MTIuNQ==" },
    { p("diego:password"), "ZGllZ286cGFzc3dvcmQ=" },
  })
end)

test("unb64: the table of the contract", function(t)
  local p = t.pack
  rows(t, mime.unb64, {
    { p(""), nil, nil }, { p(), nil, nil }, { p(nil, "x"), nil, nil }, { p("", ""), "", "" },
    { p("YQ=="), "a" }, { p("YWI="), "ab" }, { p("YWJj"), "abc" },
    { p("AA=="), "\0" }, { p("AAAA"), "\0\0\0" }, { p("YWJ"), nil }, { p("YQ"), nil },
    { p("YWJjZA"), "abc" }, { p("YW", ""), "", "YW" }, { p("YW", "Jj"), "abc", "" },
    { p("YWJ", "j\r\nZGV"), "abc", "ZGV" }, { p("Y W\nJ\tj!", ""), "abc", "" },
    { p("YQ==YWI="), "aab" }, { p("YQ==", "YWJj"), "aabc", "" }, { p("YQ=", "=YWJj"), "aabc", "" },
    { p("YQ=x"), "a" }, { p("Y==="), "`" }, { p("===="), "\0" },
    { p("=YWJ"), "\1\133\137" }, { p("Y=WJ"), "`\5\137" }, { p("-_-_"), nil },
  })
end)

test("qp: the table of the contract", function(t)
  local p = t.pack
  rows(t, mime.qp, {
    { p(""), nil, nil }, { p("", nil), nil, nil }, { p(nil, "x"), nil, nil }, { p("", ""), "", "" },
    { p("a"), "a" }, { p("ma\231\227"), "ma=E7=E3" }, { p("a b"), "a=20b=\r\n" },
    { p("a b", ""), "a", " b" }, { p("a ", ""), "a", " " }, { p("a "), "a=20=\r\n" },
    { p("a\t"), "a=09=\r\n" }, { p("a \r\nb", ""), "a=20\r\nb", "" }, { p("a \r", ""), "a", " \r" },
    { p("a \r"), "a=20=0D=\r\n" }, { p("a\r", ""), "a", "\r" }, { p("a\r"), "a=0D=\r\n" },
    { p("a\r", "\n"), "a\r\n", "" }, { p("a\n", ""), "a=0A", "" }, { p("a\r\nb\r\n"), "a\r\nb\r\n" },
    { p("a\r\nb\r\n", "", "=0D=0A"), "a=0D=0Ab=0D=0A", "" },
    { p("a \r\n", nil, "=0D=0A"), "a=20=0D=0A" },
    { p("a\r\nb", "", "MARK"), "aMARKb", "" }, { p("a\r\nb", "", 5), "a5b", "" },
    { p("=", ""), "=3D", "" }, { p("  ", ""), "", "  " }, { p("   ", ""), " ", "  " },
    { p("    ", "x"), "   ", " x" }, { p("  \r\n", ""), " =20\r\n", "" },
    { p(" ", "\r\n"), "=20\r\n", "" }, { p(" \r", "\n"), "=20\r\n", "" }, { p(" ", "\rx"), " =0Dx", "" },
    { p("\r\r\n", ""), "=0D\r\n", "" }, { p("\r \r\n", ""), "=0D=20\r\n", "" },
    { p("\n\r", ""), "=0A", "\r" }, { p("\0\1\127\128", ""), "=00=01=7F=80", "" },
    { p("!~<>=?@^_`{|}", ""), "!~<>=3D?@^_`{|}", "" },
  })
end)

test("qp: the whole marker counts, also behind a NUL", function(t)
  t.returns(t.pack(mime.qp("a\r\nb", "", "1\0002")), "a1\0002b", "")
end)

test("unqp: the table of the contract", function(t)
  local p = t.pack
  rows(t, mime.unqp, {
    { p(""), nil, nil }, { p(nil, "x"), nil, nil }, { p("", ""), "", "" },
    { p("ma=E7=E3="), "ma\231\227" }, { p("ma=E7=E3=", ""), "ma\231\227", "=" },
    { p("a=\r\nb", ""), "ab", "" }, { p("a=\nb", ""), "a=\nb", "" }, { p("a=\n", ""), "a", "=\n" },
    { p("a=3", ""), "a", "=3" }, { p("a=3"), "a" }, { p("a=3", "D"), "a=", "" },
    { p("a=3d=3D", ""), "a==", "" }, { p("a=ZZb", ""), "a=ZZb", "" }, { p("a=3", "Z"), "a=3Z", "" },
    { p("==3D", ""), "==3D", "" }, { p("a=", "=3D"), "a==3D", "" },
    { p("a\r\nb", ""), "a\r\nb", "" }, { p("a\rb", ""), "a", "" }, { p("a\nb", ""), "ab", "" },
    { p("a\r\rb", ""), "ab", "" }, { p("a\r", ""), "a", "\r" }, { p("a\r"), "a" },
    { p("a\r", "\nb"), "a\r\nb", "" }, { p("a=\r", "\nb"), "ab", "" },
    { p("a \t\r\n", ""), "a \t\r\n", "" }, { p("a= \r\nb", ""), "a= \rb", "" },
    { p("a\0b\127c\200d", ""), "abcd", "" }, { p("=00=0D=0A=FF", ""), "\0\r\n\255", "" },
  })
end)

test("unqp: text that starts with a NUL byte is text, not the end", function(t)
  t.returns(t.pack(mime.unqp("=00abc")), "\0abc", nil)
end)

test("wrp: the table of the contract", function(t)
  local p = t.pack
  rows(t, mime.wrp, {
    { p(76), nil, 76 }, { p(75), "\r\n", 76 }, { p(0, nil, 10), "\r\n", 10 }, { p(9, nil, 10), "\r\n", 10 },
    { p(10, "", 10), "", 10 }, { p(3, "", 10), "", 3 }, { p(10, "abcdefghij", 10), "abcdefghij", 0 },
    { p(10, "abcdefghijk", 10), "abcdefghij\r\nk", 9 }, { p(5, "abcdefghijk", 10), "abcde\r\nfghijk", 4 },
    { p(0, "abc", 10), "\r\nabc", 7 }, { p(-3, "abc", 10), "\r\nabc", 7 },
    { p(10, "ab\r\ncd", 10), "ab\r\ncd", 8 }, { p(10, "ab\ncd", 10), "ab\r\ncd", 8 },
    { p(10, "ab\rcd", 10), "abcd", 6 }, { p(10, "abcdefghij\r\n", 10), "abcdefghij\r\n", 10 },
    { p(4, "\r\n\r\n", 4), "\r\n\r\n", 4 }, { p(1, "abc", 1), "a\r\nb\r\nc", 0 },
    { p(0, "abc", 0), "\r\na\r\nb\r\nc", -1 }, { p("5", "abcdef", "5"), "abcde\r\nf", 4 },
    { p(5.9, "abcdef", 5), "abcde\r\nf", 4 }, { p(5, 123456, 5), "12345\r\n6", 4 },
  })
end)

test("qpwrp: the table of the contract", function(t)
  local p = t.pack
  rows(t, mime.qpwrp, {
    { p(76), nil, 76 }, { p(75), "=\r\n", 76 }, { p(9, nil, 10), "=\r\n", 10 }, { p(10, "", 10), "", 10 },
    { p(10, "abcdefghi", 10), "abcdefghi", 1 }, { p(10, "abcdefghij", 10), "abcdefghi=\r\nj", 9 },
    { p(10, "abcdefghij\r\n", 10), "abcdefghi=\r\nj\r\n", 10 }, { p(10, "abcdef=3D", 10), "abcdef=3D", 1 },
    { p(10, "abcdefg=3D", 10), "abcdefg=\r\n=3D", 7 },
    { p(10, "=3D=3D=3D=3D", 10), "=3D=3D=3D=\r\n=3D", 7 },
    { p(10, "abc\r\nde", 10), "abc\r\nde", 8 }, { p(10, "abc\nde", 10), "abc\r\nde", 8 },
    { p(10, "abc\rde", 10), "abcde", 5 }, { p(10, "abcdefghi=\r\njk", 10), "abcdefghi=\r\n=\r\njk", 8 },
    { p(4, "=3D=3D", 4), "=3D=\r\n=3D", 1 }, { p(0, "ab", 10), "=\r\nab", 8 },
  })
end)

test("qpwrp: a length below 4 counts as 4, so that =XX stays whole", function(t)
  for length = -1, 3 do
    t.returns(t.pack(mime.qpwrp(4, "=3D=3D", length)), "=3D=\r\n=3D", 1)
    t.returns(t.pack(mime.qpwrp(4, nil, length)), nil, 4)
    t.returns(t.pack(mime.qpwrp(1, nil, length)), "=\r\n", 4)
  end
end)

test("eol: the table of the contract", function(t)
  local p = t.pack
  rows(t, mime.eol, {
    { p(0), nil, 0 }, { p(13), nil, 0 }, { p(0, ""), "", 0 }, { p(13, ""), "", 13 },
    { p(0, "a\nb"), "a\r\nb", 0 }, { p(0, "a\rb"), "a\r\nb", 0 }, { p(0, "a\r\nb"), "a\r\nb", 0 },
    { p(0, "a\n\rb"), "a\r\nb", 0 }, { p(0, "a\n\nb"), "a\r\n\r\nb", 0 }, { p(0, "a\r\rb"), "a\r\n\r\nb", 0 },
    { p(0, "a\r\n\r\nb"), "a\r\n\r\nb", 0 }, { p(0, "a\r\n\nb"), "a\r\n\r\nb", 0 },
    { p(0, "a\n\r\n\rb"), "a\r\n\r\nb", 0 }, { p(0, "a\r"), "a\r\n", 13 }, { p(0, "a\n"), "a\r\n", 10 },
    { p(13, "\nb"), "b", 0 }, { p(10, "\rb"), "b", 0 }, { p(13, "b"), "b", 0 },
    { p(13, "\rb"), "\r\nb", 0 }, { p(10, "\nb"), "\r\nb", 0 }, { p(0, "a\r\nb", "\n"), "a\nb", 0 },
    { p(0, "a\nb", ""), "ab", 0 }, { p(0, "a\nb", "<EOL>"), "a<EOL>b", 0 }, { p(0, "a\nb", 5), "a5b", 0 },
    { p(0, "a\0b\n"), "a\0b\r\n", 10 }, { p(65, "\n"), "\r\n", 10 },
    { p(0, "\n\n\n"), "\r\n\r\n\r\n", 10 },
  })
end)

test("eol: the whole marker counts, also behind a NUL", function(t)
  t.returns(t.pack(mime.eol(0, "a\nb", "\0x")), "a\0xb", 0)
end)

test("dot: the table of the contract", function(t)
  local p = t.pack
  rows(t, mime.dot, {
    { p(2), nil, 2 }, { p(0), nil, 2 }, { p(2, ""), "", 2 }, { p(2, "abc"), "abc", 0 },
    { p(2, "."), "..", 0 }, { p(2, ".."), "...", 0 }, { p(0, "."), ".", 0 }, { p(1, "."), ".", 0 },
    { p(1, "\n."), "\n..", 0 }, { p(0, "\n."), "\n.", 0 }, { p(2, "\r\n."), "\r\n..", 0 },
    { p(0, "a\r\n.\r\n"), "a\r\n..\r\n", 2 }, { p(0, "a\n.\n"), "a\n.\n", 0 },
    { p(0, "a\r.\r"), "a\r.\r", 1 }, { p(2, ".\r\n.\r\n.."), "..\r\n..\r\n...", 0 },
    { p(2, "a\r"), "a\r", 1 }, { p(2, "a\r\n"), "a\r\n", 2 }, { p(2, "a\r\n\r"), "a\r\n\r", 1 },
    { p(2, "\r\r\n."), "\r\r\n..", 0 }, { p("2", "."), "..", 0 },
  })
  for input, output in pairs({
    abc = "abc", [""] = "", ["\r\n"] = "\r\n", ["\r\n."] = "\r\n..", [".\r\n."] = "..\r\n..",
    ["abcd.\r\n."] = "abcd.\r\n..",
  }) do
    t.equal((mime.dot(2, input)), output)
  end
end)

test("state numbers are floats, even where they were given as integers", function(t)
  t.float(select(2, mime.wrp(76)), 76)
  t.float(select(2, mime.wrp(10, "abc", 10)), 7)
  t.float(select(2, mime.qpwrp(76, "abc")), 73)
  t.float(select(2, mime.eol(0, "a\r")), 13)
  t.float(select(2, mime.eol(0)), 0)
  t.float(select(2, mime.dot(2, "a\r")), 1)
  t.float(select(2, mime.dot(2)), 2)
end)

test("arguments of a wrong type raise the argument errors of the original", function(t)
  for _, name in ipairs({ "b64", "unb64", "qp", "unqp" }) do
    for _, wrong in ipairs({ {}, true, false, print }) do
      t.bad_argument(1, "string expected, got " .. type(wrong), mime[name], wrong)
      t.bad_argument(2, "string expected, got " .. type(wrong), mime[name], "a", wrong)
    end
  end
  t.bad_argument(3, "string expected, got table", mime.qp, "a", "", {})
  t.bad_argument(3, "string expected, got table", mime.qp, nil, "", {})
  for _, name in ipairs({ "wrp", "qpwrp", "eol", "dot" }) do
    t.bad_argument(1, "number expected, got no value", mime[name])
    t.bad_argument(1, "number expected, got nil", mime[name], nil)
    t.bad_argument(1, "number expected, got string", mime[name], "x")
    t.bad_argument(2, "string expected, got boolean", mime[name], 1, true)
  end
  t.bad_argument(3, "number expected, got table", mime.wrp, 1, nil, {})
  t.bad_argument(3, "number expected, got table", mime.qpwrp, 1, "x", {})
  t.bad_argument(3, "string expected, got table", mime.eol, 0, nil, {})
end)

test("a fraction is dropped, but eol refuses one where integers are a type", function(t)
  t.returns(t.pack(mime.dot(2.9, ".")), "..", 0)
  if rawget(math, "type") then
    t.bad_argument(1, "number has no integer representation", mime.eol, 0.5, "x")
  else
    t.returns(t.pack(mime.eol(13.9, "\nx")), "x", 0)
  end
end)

test("numbers beyond all bounds neither hang nor break anything", function(t)
  for _, number in ipairs({ 1e300, -1e300, 2 ^ 31, -2 ^ 31, 2 ^ 63, 0 / 0, math.huge, -math.huge }) do
    for _, name in ipairs({ "wrp", "qpwrp" }) do
      t.is("string", (mime[name](number, "abc\ndef", 5)))
      t.is("string", (mime[name](5, "abc\ndef", number)))
      t.is("number", select(2, mime[name](number, nil, number)))
    end
    t.is("string", (mime.dot(number, "\r\n.")))
  end
end)
