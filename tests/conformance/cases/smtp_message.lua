-- smtp.md, message(): the chunks of messages of every kind. Header lines are sorted and what differs
-- from run to run is replaced, since their order is free.

local R = ...

local ltn12 = require("ltn12")
local smtp = require("socket.smtp")

local function normalised()
  local names, count = {}, 0
  return function(chunk)
    if type(chunk) ~= "string" then
      return chunk
    end
    chunk = chunk:gsub("%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d==%d%d%d%d%d", function(boundary)
      if not names[boundary] then
        count = count + 1
        names[boundary] = "BOUNDARY" .. count
      end
      return names[boundary]
    end)
    chunk = chunk:gsub("%a%a%a, %d%d %a%a%a %d%d%d%d %d%d:%d%d:%d%d", "DATE")
    chunk = chunk:gsub("LuaSocket %d%.%d%.%d", "LuaSocket")
    local block = chunk:match("^(%a.*\r\n)\r\n$")
    if block and block:find("^[%w-]+: ") then
      local lines = {}
      for line in block:gmatch("[^\r\n]+") do
        lines[#lines + 1] = line
      end
      table.sort(lines)
      return table.concat(lines, "\r\n") .. "\r\n\r\n"
    end
    return chunk
  end
end

-- Everything up to the end or up to `limit` results.
local function drain(source, limit)
  local normal = normalised()
  local list = {}
  for _ = 1, limit or 40 do
    local results = R.pack(source())
    local failure = results[2]
    if type(failure) == "string" then
      failure = R.error_text(failure)
    end
    list[#list + 1] = { normal(results[1]), failure, results.n }
    if results[1] == nil and (failure == nil or not limit) then
      break
    end
  end
  return list
end

local function message(name, mesgt, limit)
  R.call(name, function()
    local list = drain(smtp.message(mesgt), limit)
    for index, item in ipairs(list) do
      R.values(name .. ", chunk " .. index, item[1], item[2], item[3])
    end
    return #list
  end)
end

message("a string", { headers = { Subject = "s" }, body = "text\r\n" })
message("an empty string", { body = "" })
message("a number", { body = 17 })
message("no body", {})
message("a source", { body = ltn12.source.string("from a source") })
message("a source with empty chunks", { body = ltn12.source.table({ "", "a", "", "b" }) })
message("an empty table", { body = {} })
message("two parts", { headers = { Subject = "m" }, body = {
  preamble = "pre", { body = "one" },
  { headers = { ["content-type"] = "text/html" }, body = ltn12.source.string("two") }, epilogue = "epi",
} })
message("empty preamble and epilogue", { body = { preamble = "", { body = "x" }, epilogue = "" } })
message("false preamble and epilogue", { body = { preamble = false, { body = "x" }, epilogue = false } })
message("nested parts", { body = { { body = { { body = "a" }, { body = "b" } } }, { body = "c" } } })
message("parts end at a hole", { body = { { body = "a" }, nil, { body = "c" } } })
message("a given multipart type", {
  headers = { ["Content-Type"] = "multipart/alternative" }, body = { { body = "a" } },
})
message("a part of a callable table", {
  body = setmetatable({}, { __call = function() return "called" end }),
})
message("headers in any case", { headers = {
  TO = "a", cC = "b", ["x-UNKNOWN"] = "c", ["message-ID"] = "<d>", ["Content-MD5"] = "e",
}, body = "x" })
message("numbers as header values", { headers = { ["X-Priority"] = 3 }, body = "x" })
message("folded header", { headers = { Subject = "a\r\n b\r\n\tc" }, body = "x" })
message("own date, mailer and version", {
  headers = { Date = "today", ["X-Mailer"] = "me", ["MIME-Version"] = "2.0" }, body = "x",
})
message("zone", { zone = "+0100", body = "x" })
message("an attachment", { body = { { body = "text" }, {
  headers = { ["content-transfer-encoding"] = "BASE64", ["content-type"] = 'image/png; name="a.png"',
    ["content-disposition"] = 'attachment; filename="a.png"', ["content-description"] = "a picture" },
  body = ltn12.source.chain(ltn12.source.string(("\0\255x"):rep(60)),
    ltn12.filter.chain(require("mime").encode("base64"), require("mime").wrap())),
} } })
message("content type of a part in mixed case", {
  body = { { headers = { ["CONTENT-type"] = "text/x" }, body = "a" } },
})
message("a body source that fails", { body = ltn12.source.error("broken source") })
message("a body source that raises", { body = function() error("raised in a source") end })
message("a body source that raises a table", { body = function() error({ "value" }) end })
message("a header of a wrong type", { headers = { Subject = {} }, body = "x" })
message("a header that is true", { headers = { Subject = true }, body = "x" })
message("a part of a wrong type", { body = { 5 } })
do
  local calls = 0
  message("reading on after a failure", { body = function()
    calls = calls + 1
    if calls == 2 then
      return nil, "for a moment"
    end
    return calls < 4 and "chunk " .. calls or nil
  end }, 5)
end

R.call("message(nil)", smtp.message)
R.call("message with a text as headers", smtp.message, { headers = "x" })
R.call("headers are replaced in the caller's table", function()
  local given = { Subject = "s", ["X-Foo"] = "f" }
  local mesgt = { headers = given, body = "x" }
  smtp.message(mesgt)
  local names = {}
  for name in pairs(mesgt.headers) do
    names[#names + 1] = name
  end
  table.sort(names)
  return mesgt.headers ~= given, given.Subject, table.concat(names, " ")
end)
R.call("headers of parts are left alone", function()
  local headers = { ["Content-TYPE"] = "text/x" }
  drain(smtp.message({ body = { { headers = headers, body = "x" } } }))
  return next(headers)
end)
R.call("nothing is read before the first call", function()
  local read = false
  local source = smtp.message({ body = function() read = true end })
  local before = read
  source()
  local after_headers = read
  source()
  return before, after_headers, read
end)
R.call("a second message keeps the date", function()
  local mesgt = { headers = { date = "first" }, body = "x" }
  smtp.message(mesgt)
  smtp.message(mesgt)
  return mesgt.headers.date
end)
R.call("headers changed after message()", function()
  local mesgt = { headers = { Subject = "s" }, body = "x" }
  local source = smtp.message(mesgt)
  mesgt.headers.subject = "changed"
  return (source():find("Subject: changed", 1, true)) ~= nil
end)
R.call("canonic is looked up late", function()
  local canonic = require("socket.headers").canonic
  local source = smtp.message({ headers = { ["x-odd"] = "1" }, body = "x" })
  canonic["x-odd"] = "X-oDD"
  local found = source():find("X-oDD: 1", 1, true)
  canonic["x-odd"] = nil
  return found ~= nil
end)
R.call("after the end", function()
  local source = smtp.message({ body = "x" })
  source()
  source()
  source()
  return source()
end)
R.call("the program's random sequence", function()
  math.randomseed(42)
  local expected = math.random(1000000)
  math.randomseed(42)
  drain(smtp.message({ body = { { body = "x" } } }))
  return math.random(1000000) == expected
end)
R.call("a boundary that the program gives", function()
  local source = smtp.message({
    headers = { ["content-type"] = 'multipart/mixed; boundary="mine"' }, body = { { body = "x" } },
  })
  local headers = source()
  local _, count = headers:gsub("boundary=", "")
  return count, (source():gsub("[^%c]*==[^%c]*", "--GENERATED"))
end)
R.call("pumped into a table", function()
  local sink, list = ltn12.sink.table()
  local results = R.pack(ltn12.pump.all(smtp.message({ body = "text" }), sink))
  return #list, R.unpack(results, 1, results.n)
end)
