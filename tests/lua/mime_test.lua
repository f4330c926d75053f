-- mime: the module and its filters.
local test = ...
local mime = require("mime")
local ltn12 = require("ltn12")

-- What a filter gives for each input in turn; "nil" in the list stands for nil.
local function feed(filter, inputs)
  local outputs = {}
  for index, input in ipairs(inputs) do
    if input == "nil" then
      outputs[index] = tostring(filter(nil))
    else
      outputs[index] = tostring(filter(input))
    end
  end
  return outputs
end

local keys_of = require("keys_of") .. "print(keys(require(%q)))"

test("mime and mime.core are one table with exactly their keys", function(t)
  t.equal(mime, require("mime.core"))
  t.equal(t.output_of(keys_of:format("mime.core")), "_VERSION b64 dot eol qp qpwrp unb64 unqp wrp")
  t.equal(t.output_of(keys_of:format("mime")), "_VERSION b64 decode decodet dot encode encodet eol "
    .. "normalize qp qpwrp stuff unb64 unqp wrap wrapt wrp")
  t.equal(mime._VERSION, "MIME 1.0.3")
end)

test("mime needs ltn12 and no socket, and sets no global", function(t)
  t.equal(t.output_of([[
    require("mime")
    print(package.loaded.ltn12 ~= nil, package.loaded.socket, package.loaded["socket.core"],
      rawget(_G, "mime"))]]), "true\tnil\tnil\tnil")
end)

test("the tables of filters have exactly their entries", function(t)
  local function names(filters)
    local list = {}
    for name in pairs(filters) do
      list[#list + 1] = name
    end
    table.sort(list)
    return table.concat(list, " ")
  end
  t.equal(names(mime.encodet), "base64 quoted-printable")
  t.equal(names(mime.decodet), "base64 quoted-printable")
  t.equal(names(mime.wrapt), "base64 default quoted-printable text")
  t.equal(mime.wrapt.text, mime.wrapt.base64)
  t.equal(mime.wrapt.text, mime.wrapt.default)
end)

test("a filter gives for each chunk what the contract says", function(t)
  local plain75 = ("a"):rep(75)
  for _, case in ipairs({
    { mime.encode("base64"), { "a", "", "bc", "defg", "nil", "nil", "x" },
      { "", "", "YWJj", "ZGVm", "Zw==", "nil", "nil" } },
    { mime.decode("base64"), { "YW", "Jj", "YQ", "==", "YW", "nil" }, { "", "abc", "", "a", "", "nil" } },
    { mime.encode("quoted-printable"), { "a ", "", "\r\nb ", "nil", "nil" },
      { "a", "", "=20\r\nb", "=20=\r\n", "nil" } },
    { mime.encode("quoted-printable", "binary"), { "a\r\n", "\r", "\n", "nil" },
      { "a=0D=0A", "", "=0D=0A", "nil" } },
    { mime.encode("quoted-printable", "text"), { "a\r\n", "nil" }, { "a\r\n", "nil" } },
    { mime.decode("quoted-printable"), { "a=", "3", "D=\r", "\nb=4", "nil" },
      { "a", "", "=", "b", "nil" } },
    { mime.wrap(5), { "abc", "def", "", "gh\r\n", "nil" }, { "abc", "de\r\nf", "", "gh\r\n", "nil" } },
    { mime.wrap(5), { "abcde", "nil", "nil" }, { "abcde", "\r\n", "nil" } },
    { mime.wrap("quoted-printable"), { plain75, "b", "nil" }, { plain75, "=\r\nb", "=\r\n" } },
    { mime.normalize(), { "a\r", "\nb\r", "c\n", "\n", "nil" },
      { "a\r\n", "b\r\n", "c\r\n", "\r\n", "nil" } },
    { mime.stuff(), { ".", "\r", "\n", ".", "\r\n.", "nil", "." },
      { "..", "\r", "\n", "..", "\r\n..", "nil", ".." } },
  }) do
    t.list(feed(case[1], case[2]), case[3])
  end
end)

test("wrap: a name that is no string makes room for the length", function(t)
  local long = ("x"):rep(80)
  local at_76 = ("x"):rep(76) .. "\r\nxxxx"
  t.equal(mime.wrap()(long), at_76)
  t.equal(mime.wrap(nil, 10)(long), at_76)
  t.equal(mime.wrap("text")(long), at_76)
  t.equal(mime.wrap("base64", 78)(long), ("x"):rep(78) .. "\r\nxx")
  t.equal(mime.wrap(60)(long), ("x"):rep(60) .. "\r\n" .. ("x"):rep(20))
  t.equal(mime.wrap("quoted-printable", 10)(long), ("x"):rep(75) .. "=\r\nxxxxx")
end)

test("normalize takes another marker", function(t)
  t.equal(mime.normalize("\n")("a\r\nb\rc"), "a\nb\nc")
end)

test("an unknown name raises, and names are case sensitive", function(t)
  for _, make in ipairs({ mime.encode, mime.decode }) do
    t.raises("unknown key (nope)", make, "nope")
    t.raises("unknown key (BASE64)", make, "BASE64")
    t.raises("unknown key (default)", make)
    t.raises("unknown key (default)", make, 5)
  end
  t.raises("unknown key (nope)", mime.wrap, "nope")
end)

test("programs add entries, also a default, and get their arguments", function(t)
  t.cleanup(function()
    mime.encodet["mine"], mime.encodet["default"] = nil, nil
  end)
  local function arguments(...)
    return t.pack(...)
  end
  mime.encodet["mine"], mime.encodet["default"] = arguments, arguments
  t.list(mime.encode("mine", 1, 2), { 1, 2 })
  t.list(mime.encode(1, 2), { 1, 2 })
  local given = mime.encode(nil, "second")
  t.equal(given[1], nil)
  t.equal(given[2], "second")
end)

test("a replaced low-level function serves filters that are made later", function(t)
  local original = mime.b64
  t.cleanup(function()
    mime.b64 = original
  end)
  local before = mime.encode("base64")
  mime.b64 = function()
    return "mine", ""
  end
  t.equal(before("abc"), "YWJj")
  t.equal(mime.encode("base64")("abc"), "mine")
end)

local function pump(chunks, ...)
  local sink, results = ltn12.sink.table()
  local position = 0
  assert(ltn12.pump.all(ltn12.source.chain(function()
    position = position + 1
    return chunks[position]
  end, ltn12.filter.chain(...)), sink))
  return table.concat(results)
end

test("Base64 that is wrapped ends its last line, and nothing stays nothing", function(t)
  local function encoded(size)
    return pump({ ("\0"):rep(size) }, mime.encode("base64"), mime.wrap())
  end
  t.equal(encoded(57), ("A"):rep(76) .. "\r\n")
  t.equal(encoded(60), ("A"):rep(76) .. "\r\nAAAA\r\n")
  t.equal(pump({}, mime.encode("base64"), mime.wrap()), "")
end)

test("quoted-printable that is wrapped closes its last line softly", function(t)
  t.equal(pump({ ("7"):rep(80) .. "\r\nend" }, mime.encode("quoted-printable"),
    mime.wrap("quoted-printable")), ("7"):rep(75) .. "=\r\n77777\r\nend=\r\n")
end)

test("every text comes back through encoding, wrapping and decoding, for chunks of every size", function(t)
  local all = {}
  for byte = 0, 255 do
    all[#all + 1] = string.char(byte)
  end
  local text = table.concat(all) .. "\r\n \r\n\t\r\n\r\r\n\n\n\r= =\r\n" .. ("word "):rep(40)
  local binary = { { mime.encode, "quoted-printable", "binary" }, { mime.encode, "quoted-printable" },
    { mime.encode, "base64" } }
  for size = 1, #text do
    local chunks = { "" }
    for first = 1, #text, size do
      chunks[#chunks + 1] = text:sub(first, first + size - 1)
    end
    for _, coding in ipairs(binary) do
      local name = coding[2]
      t.ok(pump(chunks, mime.encode(name, coding[3]), mime.wrap(name), mime.decode(name)) == text,
        name .. " " .. size)
    end
  end
end)
