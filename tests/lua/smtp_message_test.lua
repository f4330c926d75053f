-- Goal: what smtp.message makes, and where it is better than the original: no coroutine, no injected
-- headers, a fixed order. Equality is in tests/conformance/cases/smtp_message.lua.

local test = ...

local ltn12 = require("ltn12")
local smtp = require("socket.smtp")

local function text_of(source)
  local sink, chunks = ltn12.sink.table()
  local done, failure = ltn12.pump.all(source, sink)
  return done and table.concat(chunks), failure
end

local function fixed(mesgt)
  mesgt.headers = mesgt.headers or {}
  mesgt.headers.date = "DATE"
  mesgt.headers["x-mailer"] = "ME"
  return smtp.message(mesgt)
end

test("the program's headers come sorted, then those that were added", function(t)
  local source = smtp.message({ headers = { To = "t", ["x-foo"] = "f", Subject = "s", From = "a" },
    body = "b" })
  local text = text_of(source):gsub("Date: [^\r]*", "Date: D"):gsub("Mailer: [^\r]*", "Mailer: M")
  t.equal(text, "From: a\r\nSubject: s\r\nTo: t\r\nx-foo: f\r\n"
    .. 'Content-Type: text/plain; charset="iso-8859-1"\r\nDate: D\r\nMIME-Version: 1.0\r\n'
    .. 'X-Mailer: M\r\n\r\nb')
end)

test("a multipart of the contract, piece by piece", function(t)
  local source = fixed({ headers = { Subject = "m" }, body = { preamble = "pre", { body = "one" },
    { headers = { ["content-type"] = "text/html" }, body = ltn12.source.string("two") },
    epilogue = "epi" } })
  local text = text_of(source)
  local boundary = text:match('boundary="([^"]+)"')
  t.matches(boundary, "^%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d==%d%d%d%d%d$")
  text = text:gsub(boundary:gsub("%p", "%%%0"), "B")
  t.equal(text, "Date: DATE\r\nSubject: m\r\nX-Mailer: ME\r\n"
    .. "Content-Type: multipart/mixed; boundary=\"B\"\r\nMIME-Version: 1.0\r\n\r\npre\r\n\r\n--B\r\n"
    .. "Content-Type: text/plain; charset=\"iso-8859-1\"\r\n\r\none"
    .. "\r\n--B\r\nContent-Type: text/html\r\n\r\ntwo\r\n--B--\r\n\r\nepi\r\n")
end)

test("every multipart has a boundary of its own", function(t)
  local text = text_of(fixed({ body = { { body = { { body = "a" } } } } }))
  local seen = {}
  for boundary in text:gmatch('boundary="([^"]+)"') do
    t.equal(seen[boundary], nil)
    seen[boundary] = true
  end
end)

test("a boundary that the program gives is used, quoted or not, and not doubled", function(t)
  for given, boundary in pairs({
    ['multipart/x; boundary="a b"; y=z'] = "a b", ["multipart/x;Boundary=ab"] = "ab",
  }) do
    local text = text_of(fixed({ headers = { ["content-type"] = given }, body = { { body = "x" } } }))
    t.ok(text:find("Content-Type: " .. given .. "\r\n", 1, true))
    t.ok(text:find("\r\n--" .. boundary .. "\r\n", 1, true))
    t.ok(text:find("\r\n--" .. boundary .. "--\r\n", 1, true))
  end
end)

local bad_values = { "a\r\nBcc: x", "a\nBcc: x", "a\rBcc: x",
  "a\r\n", "a\n", "a\r\n\r\nbody", "\0", "a\r\n b\r\nc" }
for index, value in ipairs(bad_values) do
  test("header value that would inject, number " .. index, function(t)
    t.returns(t.pack(smtp.message({ headers = { Subject = value }, body = "x" })()),
      nil, "invalid header value: subject")
    local part = text_of(smtp.message({ body = { { headers = { ["X-Y"] = value }, body = "x" } } }))
    t.equal(part, nil)
  end)
end

test("header names that would inject are refused", function(t)
  for _, name in ipairs({ "a\r\nb", "a\nb", "a b", "a:b", "a\0b", "a\tb", "a\r" }) do
    t.returns(t.pack(smtp.message({ headers = { [name] = "v" }, body = "x" })()), nil, "invalid header name")
  end
end)

test("folding stays legal", function(t)
  local text = text_of(fixed({ headers = { Subject = "a\r\n b\n\tc" }, body = "x" }))
  t.ok(text:find("Subject: a\r\n b\n\tc\r\n", 1, true))
end)

test("the end is nil, nil, and nil afterwards", function(t)
  local source = smtp.message({ body = "x" })
  source()
  source()
  t.returns(t.pack(source()), nil, nil)
  t.returns(t.pack(source()), nil)
end)

test("a source that raised stays broken, so that what is missing cannot pass for the end", function(t)
  local source = smtp.message({ body = function() error("lost", 0) end })
  source()
  t.returns(t.pack(source()), nil, "lost")
  t.returns(t.pack(source()), nil, "lost")
end)

test("a body source may yield to the scheduler of the caller", function(t)
  local count = 0
  local source = smtp.message({ body = { { body = function()
    count = count + 1
    if count <= 3 then
      return coroutine.yield("wait " .. count)
    end
  end } } })
  local waits = {}
  local thread = coroutine.create(function() return text_of(source) end)
  local good, value = coroutine.resume(thread)
  while coroutine.status(thread) == "suspended" do
    waits[#waits + 1] = value
    good, value = coroutine.resume(thread, "chunk " .. #waits .. ";")
  end
  t.equal(good, true)
  t.equal(table.concat(waits, ","), "wait 1,wait 2,wait 3")
  t.ok(value:find("chunk 1;chunk 2;chunk 3;", 1, true))
end)

test("the program's random numbers are left alone", function(t)
  math.randomseed(7)
  local expected = math.random(1000000)
  math.randomseed(7)
  text_of(smtp.message({ body = { { body = "x" } } }))
  t.equal(math.random(1000000), expected)
end)

test("the date is UTC and English, with the zone behind it", function(t)
  local mesgt = { zone = "+0200", body = "x" }
  smtp.message(mesgt)
  t.matches(mesgt.headers.date, "^%u%l%l, %d%d %u%l%l %d%d%d%d %d%d:%d%d:%d%d %+0200$")
  local hour = os.date("!%H")
  t.ok(mesgt.headers.date:find(" " .. hour .. ":", 1, true) or os.date("!%H") ~= hour)
end)

test("parts nested a thousand times are written without recursion", function(t)
  local body = "core"
  for _ = 1, 1000 do
    body = { { body = body } }
  end
  t.ok(text_of(smtp.message({ body = body })):find("core", 1, true))
end)
