-- mime.core on inputs that are larger than what fits the frame of a call, in pieces, and while the
-- collector runs.
local test = ...
local mime = require("mime.core")

local function binary(size)
  local state = 7
  local bytes = {}
  for index = 1, size do
    state = (state * 16807) % 2147483647
    bytes[index] = string.char(state % 256)
  end
  return table.concat(bytes)
end

-- Calls a function of the two-chunk protocol on pieces of `size` bytes.
local function in_pieces(f, data, size, ...)
  local results = {}
  local left = ""
  for first = 1, #data, size do
    results[#results + 1], left = f(left, data:sub(first, first + size - 1), ...)
  end
  results[#results + 1] = f(left, nil, ...) or nil
  return table.concat(results)
end

test("a megabyte comes back from Base64 and from quoted-printable", function(t)
  local data = binary(1024 * 1024)
  local text = mime.b64(data)
  t.equal(#text, 1398104)
  t.ok(mime.unb64(text) == data)
  t.ok(mime.unb64((mime.wrp(76, text))) == data)
  local quoted = mime.qp(data)
  t.ok(mime.unqp(quoted) == data)
  t.ok(mime.unqp((mime.qpwrp(76, quoted))) == data)
end)

test("pieces of every size give what the whole gives", function(t)
  local data = binary(700) .. " \r\n\t\r\n \t x\r\r\n =\n" .. ("long plain line "):rep(30)
  local encoded, quoted = mime.b64(data), mime.qp(data)
  local lines = mime.wrp(76, encoded)
  for size = 1, #data + 1 do
    t.ok(in_pieces(mime.b64, data, size) == encoded, "b64 " .. size)
    t.ok(in_pieces(mime.unb64, lines, size) == data, "unb64 " .. size)
    t.ok(in_pieces(mime.qp, data, size) == quoted, "qp " .. size)
    t.ok(in_pieces(mime.unqp, quoted, size) == data, "unqp " .. size)
  end
end)

test("results of all sizes around those of the frame are right", function(t)
  for size = 0, 2000, 7 do
    local dots, ends = (".\r\n"):rep(size), ("\n"):rep(size)
    t.ok(mime.dot(2, dots) == ("..\r\n"):rep(size), "dot " .. size)
    t.ok(mime.eol(0, ends) == ("\r\n"):rep(size), "eol " .. size)
    t.ok(mime.eol(0, ends, "marker") == ("marker"):rep(size), "eol, long marker " .. size)
    t.ok(mime.qp(("\r\n"):rep(size), "", "marker") == ("marker"):rep(size), "qp " .. size)
    t.ok(mime.wrp(0, ("x"):rep(size), 0) == ("\r\nx"):rep(size), "wrp " .. size)
    t.ok((mime.qp(("\255"):rep(size)) or "") == ("=FF"):rep(size), "qp " .. size)
  end
end)

test("a finaliser that calls the same functions disturbs nothing", function(t)
  local data = binary(5000)
  local expected = mime.b64(data)
  local calls = 0
  local function leave_garbage()
    local garbage
    if rawget(_G, "newproxy") then
      garbage = newproxy(true)
      getmetatable(garbage).__gc = function()
        calls = calls + 1
        mime.b64(("x"):rep(9000))
      end
    else
      setmetatable({}, { __gc = function()
        calls = calls + 1
        mime.b64(("x"):rep(9000))
      end })
    end
  end
  for _ = 1, 2000 do
    leave_garbage()
    t.ok(mime.b64(data) == expected)
  end
  collectgarbage()
  t.ok(calls > 0)
end)
