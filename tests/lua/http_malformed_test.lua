-- A server that says what it should not: each request ends before its deadline with a clear error,
-- whatever kind of socket reads it, and leaves neither descriptors (the harness counts them) nor memory.

local test = ...
local http = require("socket.http")
local socket = require("socket")
local tools = require("http_tools")

local OK = tools.OK
local CHUNKED = OK .. "Transfer-Encoding: chunked\r\n\r\n"
local TIMEOUT_SECONDS = 20

local function sized(length, body)
  return OK .. "Content-Length: " .. length .. "\r\n\r\n" .. body
end

-- Each answer with the error it has to lead to.
local MALFORMED = {
  -- status lines
  { "HTTP/1.1\r\n\r\n", "HTTP/1.1" }, { "HTTP/1.1 \r\n\r\n", "HTTP/1.1 " }, { "HTTP/\r\n\r\n", "HTTP/" },
  { "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1  200 OK" }, { "HTTP/1.1 2 0\r\n\r\n", "HTTP/1.1 2 0" },
  { "HTTP/1.1 OK 200\r\n\r\n", "HTTP/1.1 OK 200" }, { "HTTP/2 200\r\n\r\n", "HTTP/2 200" },
  { "HTTP/one.one 200\r\n\r\n", "HTTP/one.one 200" }, { "HTTP/1.1\t200\r\n\r\n", "HTTP/1.1\t200" },
  { "HTTP/1.1 -200\r\n\r\n", "HTTP/1.1 -200" }, { "HTTP/1,1 200\r\n\r\n", "HTTP/1,1 200" },
  { "HTTP/1.1 200 O\0K\r\n\r\n", "HTTP/1.1 200 O\0K", one_line = true },
  { "HTTP/1.1 200\0\r\n\r\n", "HTTP/1.1 200\0", one_line = true },
  { "HTTP/ 1.1 200\r\n\r\n", "HTTP/ 1.1 200" }, { "HTTP/-1.1 200\r\n\r\n", "HTTP/-1.1 200" },
  { "HTTP/1.1200 OK\r\n\r\n", "HTTP/1.1200 OK" }, { "HTTP/1.1 0x1F\r\n\r\n", "HTTP/1.1 0x1F" },
  { "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 20" }, { "HTTP/1.1 000 x\r\n\r\n", "HTTP/1.1 000 x" },
  { "HTTP/1.1 \255\25500\r\n\r\n", "HTTP/1.1 \255\25500" },
  -- interim answers
  { "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 x\r\n\r\n", "HTTP/1.1 x" },
  { "HTTP/1.1 100 C\r\n\r\nplain text", "malformed status line" },
  { { { "HTTP/1.1 100 C\r\n\r\n", 100 } }, "too many interim responses" },
  { { { "HTTP/1.1 103 E\r\nLink: <x>\r\n\r\n", 100 } }, "too many interim responses" },
  { "HTTP/1.1 103 E\r\n\r\n", "closed" },
  { "HTTP/1.1 102 P\r\nnone\r\n\r\n", "malformed response headers" },
  { "HTTP/1.1 100 C\r\nContent-Length: 2\r\n\r\nhi" .. sized("2", "hi"), "malformed status line" },
  -- heads
  { OK .. "none\r\n\r\n", "malformed response headers" },
  { OK .. ": v\r\n\r\n", "malformed response headers" },
  { OK .. " a: v\r\n\r\n", "malformed response headers" },
  { OK .. "\ta: v\r\n\r\n", "malformed response headers" },
  { OK .. "a: v\r\nb\r\n\r\n", "malformed response headers" },
  { OK .. "a\0b: v\r\n\r\n", "malformed response headers" },
  { OK .. "a: v\0\r\n\r\n", "malformed response headers" },
  { OK .. "\0\r\n\r\n", "malformed response headers" },
  { OK .. "HTTP/1.1 200 OK\r\n\r\n", "malformed response headers" },
  { OK .. ":\r\n\r\n", "malformed response headers" },
  { OK .. "a: v\r\n: w\r\n\r\n", "malformed response headers" },
  { OK .. "a: v\r\n\0b: v\r\n\r\n", "malformed response headers" },
  { OK .. "a: v\r\n\v\r\n\r\n", "malformed response headers" },
  { OK .. "a: v\r\n\255\r\n\r\n", "malformed response headers" },
  { OK .. "GET / HTTP/1.1\r\n\r\n", "malformed response headers" },
  { OK .. "<html>\r\n</html>\r\n\r\n", "malformed response headers" },
  { OK .. " \r\n\r\n", "malformed response headers" },
  { OK .. "\t\r\na: b\r\n\r\n", "malformed response headers" },
  { OK .. "a: v\r\n \0\r\n\r\n", "malformed response headers" },
  { "HTTP/1.1 204 N\r\nnone\r\n\r\n", "malformed response headers" },
  { "HTTP/1.1 302 F\r\nLocation: /x\r\nnone\r\n\r\n", "malformed response headers" },
  { { OK, { "A: " .. ("b"):rep(1000) .. "\r\n", 300 }, "\r\n" }, "response headers too long" },
  { { OK .. "A: b\r\n ", { "c", 1000000 } }, "response headers too long", one_line = true },
  { { OK, { "A: b\r\n", 1001 }, "\r\n" }, "response headers too long" },
  { { OK, { "A: b\r\n", 100000 } }, "response headers too long" },
  { { OK .. "A: b\r\n", { " c\r\n", 100000 } }, "response headers too long" },
  { { OK .. "A: ", { "b", 1000000 } }, "response headers too long", one_line = true },
  { { OK, { "a", 1000000 } }, "response headers too long", one_line = true },
  { { "HTTP/1.1 200 ", { "x", 1000000 } }, "response headers too long", one_line = true },
  { { "HTTP/1.1 100 C\r\n", { "A: b\r\n", 2000 } }, "response headers too long" },
  -- lengths
  { sized("5\r\nContent-Length: 6", "hello!"), "contradictory content-length" },
  { sized("5, 6", "hello!"), "contradictory content-length" },
  { sized("0, 6", "hello!"), "contradictory content-length" },
  { sized("5, 5, 7", "hello!"), "contradictory content-length" },
  { sized("0\r\nContent-Length: 5", "hello"), "contradictory content-length" },
  { sized("5\r\nContent-Length: 5, 6", "hello!"), "contradictory content-length" },
  { sized("18446744073709551615", "x"), "closed" },
  { sized("9\r\nTransfer-Encoding: identity", "x"), "closed" },
  { sized("5", ""), "closed" }, { sized("5", "hell"), "closed" }, { sized("50000", "x"), "closed" },
  { sized("99999999999999999999", "x"), "closed" }, { sized("18446744073709551616", "x"), "closed" },
  { sized("9223372036854775808", "x"), "closed" },
  -- chunks
  { CHUNKED .. "zz\r\n", "invalid chunk size" }, { CHUNKED .. "\r\n", "invalid chunk size" },
  { CHUNKED .. "-1\r\n", "invalid chunk size" }, { CHUNKED .. "+1\r\n", "invalid chunk size" },
  { CHUNKED .. "0x1\r\na\r\n", "invalid chunk size" }, { CHUNKED .. "1 1\r\na\r\n", "invalid chunk size" },
  { CHUNKED .. ";a=b\r\n", "invalid chunk size" }, { CHUNKED .. "1,\r\na\r\n", "invalid chunk size" },
  { CHUNKED .. "10000000000000000\r\n", "invalid chunk size" },
  { CHUNKED .. "1.0\r\na\r\n", "invalid chunk size" }, { CHUNKED .. "1\0\r\na\r\n", "invalid chunk size" },
  { CHUNKED .. "<html>\r\n", "invalid chunk size" }, { CHUNKED .. "  \r\n", "invalid chunk size" },
  { CHUNKED .. "g\r\n", "invalid chunk size" }, { CHUNKED .. "1_0\r\n", "invalid chunk size" },
  { CHUNKED .. "1\t2\r\na\r\n", "invalid chunk size" }, { CHUNKED .. "0x0\r\n\r\n", "invalid chunk size" },
  { CHUNKED .. "\239\188\145\r\na\r\n", "invalid chunk size" },
  { CHUNKED .. "00000000000000000\r\n\r\n", "invalid chunk size" },
  { CHUNKED .. "3\r\nabc\r\n-3\r\n", "invalid chunk size" },
  { CHUNKED .. "3\r\nabc\r\n\r\n0\r\n\r\n", "invalid chunk size" },
  { "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nplain\r\n", "invalid chunk size" },
  { OK .. "Transfer-Encoding: gzip, chunked\r\n\r\nzz\r\n", "invalid chunk size" },
  { OK .. "Transfer-Encoding: chunked, chunked\r\n\r\nzz\r\n", "invalid chunk size" },
  { CHUNKED .. "3\r\nabcd\r\n0\r\n\r\n", "malformed chunk" },
  { CHUNKED .. "3\r\nabc0\r\n\r\n", "malformed chunk" },
  { CHUNKED .. "3\r\nabc \r\n0\r\n\r\n", "malformed chunk" },
  { CHUNKED .. "4\r\nab\r\n0\r\n\r\n", "malformed chunk" },
  { CHUNKED .. "1\r\na\r\nzz\r\n", "invalid chunk size" },
  { CHUNKED .. "ffffffffffffffff\r\nabc", "closed" }, { CHUNKED .. "7fffffffffffffff\r\nabc", "closed" },
  { CHUNKED .. "FFFFFF\r\nabc", "closed" },
  { CHUNKED .. "0\r\nno colon\r\n\r\n", "malformed response headers" },
  { CHUNKED .. "0\r\n: v\r\n\r\n", "malformed response headers" },
  { CHUNKED .. "0\r\n v\r\n\r\n", "malformed response headers" },
  { CHUNKED .. "0\r\na: b\0\r\n\r\n", "malformed response headers" },
  { { CHUNKED .. "0\r\nA: b\r\n", { " c\r\n", 100000 } }, "response headers too long" },
  { { CHUNKED .. "0\r\n", { "A: b\r\n", 2000 } }, "response headers too long" },
  { { CHUNKED .. "0\r\nA: ", { "b", 100000 } }, "response headers too long", one_line = true },
  { sized("5\r\nTransfer-Encoding: chunked", "hello\r\n"), "invalid chunk size" },
  -- connections that are reset
  { { "", last = "reset" }, "closed" }, { { "HTTP/1.", 0.02, last = "reset" }, "closed" },
  { { OK .. "A: b\r\n", 0.02, last = "reset" }, "closed" },
  { { "HTTP/1.1 100 C\r\n\r\n", 0.02, last = "reset" }, "closed" },
  { { sized("10", "12345"), 0.02, last = "reset" }, "closed" },
  { { CHUNKED .. "5\r\nab", 0.02, last = "reset" }, "closed" },
  { { CHUNKED .. "3\r\nabc", 0.02, last = "reset" }, "closed" },
  { { CHUNKED .. "0\r\nA: b\r\n", 0.02, last = "reset" }, "closed" },
}

-- What a reading by lines cannot see: CRs inside lines, how long a size line is, and what is wrong with
-- a line that breaks off.
local STREAMS_ONLY = {
  { "HTTP/1.1\r200 OK\r\n\r\n", "HTTP/1.1\r200 OK" },
  { OK .. "a: v\rx\r\n\r\n", "malformed response headers" },
  { OK .. "a\r: v\r\n\r\n", "malformed response headers" },
  { CHUNKED .. "1\r1\r\na\r\n", "invalid chunk size" },
  { CHUNKED .. "3\r\nabc\rX\n0\r\n\r\n", "malformed chunk" },
  { CHUNKED .. "3\r\nabc\n\r0\r\n\r\n", "invalid chunk size" },
  { sized("4\r\nTransfer-Encoding: chunked", "3\r\nabcd"), "malformed chunk" },
  { { CHUNKED .. "1;", { "x", 1000000 } }, "invalid chunk size" },
  { { CHUNKED .. "1", { " ", 1000000 } }, "invalid chunk size" },
}

-- Requests every answer in turn and compares the errors.
local function run(t, cases, create)
  local answers = {}
  for index, case in ipairs(cases) do
    answers[index] = case[1]
  end
  local peer = t.http_peer(answers)
  local sink = function() return 1 end
  local worst = 0
  for index, case in ipairs(cases) do
    local seconds, result, message = t.timed(http.request, {
      url = peer:url("/" .. index), sink = sink, create = create, timeout = TIMEOUT_SECONDS,
    })
    t.equal(result, nil, "case " .. index)
    t.equal(message, case[2], "case " .. index)
    worst = math.max(worst, seconds)
  end
  t.between(worst, 0, TIMEOUT_SECONDS)
  peer:stop()
end

-- The heap after a full collection, in KiB.
local function heap()
  collectgarbage()
  collectgarbage()
  return collectgarbage("count")
end

local function run_twice(t, cases, create)
  run(t, cases, create) -- what only the first time needs is no leak
  local before = heap()
  run(t, cases, create)
  t.between(heap() - before, -1e9, 100)
end

test("malformed answers, read by streams of ours", function(t)
  run_twice(t, MALFORMED, socket.tcp)
  run_twice(t, STREAMS_ONLY, socket.tcp)
end)

test("malformed answers, read by objects of the program", function(t)
  local cases = {}
  for _, case in ipairs(MALFORMED) do
    -- What is in a status line, and how long one line is, is the object's own affair.
    if not case.one_line then
      cases[#cases + 1] = case
    end
  end
  t.between(#cases, 100, #MALFORMED)
  run_twice(t, cases, tools.create_wrapped())
end)

-- Cut off after every byte: incomplete answers are errors, and so is nothing else.
local COMPLETE = {
  sized("5", "hello"), CHUNKED .. "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nA: b\r\n\r\n",
  "HTTP/1.1 100 Continue\r\nA: b\r\n\r\n" .. sized("2", "hi"),
}

test("answers cut off after every byte", function(t)
  local count = 0
  for _, create in ipairs({ socket.tcp, tools.create_wrapped() }) do
    for _, complete in ipairs(COMPLETE) do
      local cases = {}
      for size = 0, #complete - 1 do
        cases[#cases + 1] = { complete:sub(1, size), "closed" }
      end
      run(t, cases, create)
      count = count + #cases
    end
  end
  t.between(count, 300, 1000)
end)

test("answers that drip, byte by byte, are the same answers", function(t)
  local answers = {}
  for index, complete in ipairs(COMPLETE) do
    local parts = {}
    for byte in complete:gmatch(".") do
      parts[#parts + 1] = byte
      parts[#parts + 1] = 0.001
    end
    parts[#parts + 1] = complete:sub(-1) == "\n" and "" or nil
    answers[index] = parts
  end
  for _, create in ipairs({ socket.tcp, tools.create_wrapped() }) do
    local expected = { "hello", "abcdefg", "hi" }
    local peer = t.http_peer(answers)
    for index in ipairs(COMPLETE) do
      local chunks = {}
      local result, code = http.request({
        url = peer:url(), create = create, sink = (require("ltn12").sink.table(chunks)),
      })
      t.equal(result, 1, code)
      t.equal(table.concat(chunks), expected[index])
    end
  end
end)

test("answers that stop in the middle and hold the connection time out", function(t)
  for index, complete in ipairs(COMPLETE) do
    for _, size in ipairs({ 3, 12, 30, #complete - 1 }) do
      local peer = t.http_peer({ { complete:sub(1, size), hold = true } })
      local result, message = http.request({ url = peer:url(), timeout = 0.05 })
      t.equal(result, nil, index)
      t.equal(message, "timeout", index)
    end
  end
end)
