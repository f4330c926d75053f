-- mime.md, High level: the module table and its filters, fed with chunks of every size.

local R = ...

local mime = require("mime")
local ltn12 = require("ltn12")

local function names(t)
  local list = {}
  for key, value in pairs(t) do
    list[#list + 1] = tostring(key) .. ":" .. type(value)
  end
  table.sort(list)
  return table.concat(list, " ")
end
R.values("keys", names(mime))
for _, name in ipairs({ "encodet", "decodet", "wrapt" }) do
  R.values("keys of " .. name, names(mime[name]))
  R.values("metatable of " .. name, getmetatable(mime[name]))
end
R.values("one table", mime == require("mime.core"))
R.values("one wrap function", mime.wrapt.text == mime.wrapt.base64, mime.wrapt.text == mime.wrapt.default)
R.values("needs no socket", package.loaded.socket, package.loaded["socket.core"])
R.values("no global", rawget(_G, "mime"))

local function text(value)
  return value == nil and "nil" or "`" .. tostring(value) .. "`"
end

-- What the filter gives for each input; false stands for nil.
local function feed(filter, inputs)
  local outputs = {}
  for _, input in ipairs(inputs) do
    outputs[#outputs + 1] = text(filter(input or nil))
  end
  return table.concat(outputs, " ")
end

local makers = {
  { "encode base64", function() return mime.encode("base64") end },
  { "decode base64", function() return mime.decode("base64") end },
  { "encode qp", function() return mime.encode("quoted-printable") end },
  { "encode qp binary", function() return mime.encode("quoted-printable", "binary") end },
  { "encode qp text", function() return mime.encode("quoted-printable", "text") end },
  { "decode qp", function() return mime.decode("quoted-printable") end },
  { "wrap", function() return mime.wrap() end },
  { "wrap 5", function() return mime.wrap(5) end },
  { "wrap nil, 10", function() return mime.wrap(nil, 10) end },
  { "wrap text 7", function() return mime.wrap("text", 7) end },
  { "wrap base64", function() return mime.wrap("base64") end },
  { "wrap qp", function() return mime.wrap("quoted-printable") end },
  { "wrap qp 10", function() return mime.wrap("quoted-printable", 10) end },
  { "normalize", function() return mime.normalize() end },
  { "normalize LF", function() return mime.normalize("\n") end },
  { "stuff", function() return mime.stuff() end },
  { "base64 and wrap", function() return ltn12.filter.chain(mime.encode("base64"), mime.wrap()) end },
  { "qp and wrap", function()
    return ltn12.filter.chain(mime.encode("quoted-printable"), mime.wrap("quoted-printable"))
  end },
  { "normalize, qp, wrap", function()
    return ltn12.filter.chain(mime.normalize(), mime.encode("quoted-printable"),
      mime.wrap("quoted-printable"))
  end },
}

local inputs = {
  { "a", "", "bc", "defg", false, false, "x", false },
  { "YW", "Jj", "YQ", "==", "YW", false },
  { "a ", "", "\r\nb ", false, false },
  { "a\r\n", "\r", "\n", false },
  { "a=", "3", "D=\r", "\nb=4", false },
  { ".", "\r", "\n", ".", "\r\n.", false, "." },
  { ("a"):rep(75), "b", false },
  { false, false },
  { "", "", false },
}
local document = "Some text.\r\n.with dots \r\n\t\r\nna\195\175ve = \255\0\r\r\n\nand a long line: "
  .. ("abcdef "):rep(20) .. "\n.\r\nend"

for _, maker in ipairs(makers) do
  for number, input in ipairs(inputs) do
    -- A chain takes what this feeds it only in the order of the protocol; the next ones do that.
    if not maker[1]:find("and") and not maker[1]:find(",") or number > 7 then
      R.call(maker[1] .. ", inputs " .. number, function() return feed(maker[2](), input) end)
    end
  end
  for _, size in ipairs({ 1, 2, 3, 5, 16, 57, 76, 1000 }) do
    R.call(maker[1] .. ", chunks of " .. size, function()
      local position = 1
      local sink, results = ltn12.sink.table()
      ltn12.pump.all(ltn12.source.chain(function()
        local chunk = document:sub(position, position + size - 1)
        position = position + size
        return chunk ~= "" and chunk or nil
      end, maker[2]()), sink)
      return #results, table.concat(results, "|")
    end)
  end
end

for _, name in ipairs({ "encode", "decode", "wrap" }) do
  for _, wrong in ipairs({ "nope", "BASE64", "" }) do
    R.call(name .. "('" .. wrong .. "')", mime[name], wrong)
  end
  R.call(name .. "({})", function() return type(mime[name]({})) end)
  R.call(name .. "()", function() return type(mime[name]()) end)
  R.call(name .. "(5)", function() return type(mime[name](5)) end)
  R.call(name .. ", the caller's caller is named", function()
    local function inner() local made = mime[name]("nope") return made end
    local made = inner()
    return made
  end)
end

R.call("a replaced low-level function", function()
  local original = mime.b64
  local before = mime.encode("base64")
  mime.b64 = function() return "mine", "" end
  local after = mime.encode("base64")
  mime.b64 = original
  return before("abc"), after("abc")
end)
R.call("an added entry and its arguments", function()
  mime.encodet.mine = function(...) return select("#", ...), ... end
  return mime.encode("mine", 1, 2, 3)
end)
R.call("an added default and its arguments", function()
  mime.encodet.default = function(...) return select("#", ...), ... end
  return mime.encode(1, 2, 3)
end)
R.call("a default of nil and an argument", function() return mime.encode(nil, "x") end)
