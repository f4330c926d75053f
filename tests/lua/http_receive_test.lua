-- What is received (contract http.md, 5 and 9).

local test = ...
local http = require("socket.http")
local socket = require("socket")
local tools = require("http_tools")

local OK = tools.OK

local function joined(notes)
  return table.concat(notes.chunks)
end

-- HTTP/0.9 and status lines --------------------------------------------------------------------------

test("what does not begin with HTTP/ is HTTP/0.9: all of it is the body", function(t)
  local results, notes = tools.exchange(t, "ICY 200 OK\r\n\r\nmusic")
  t.returns(results, 1, 200)
  t.equal(joined(notes), "ICY 200 OK\r\n\r\nmusic")
  t.equal(notes.chunks[1], "ICY 2")
  local peer = t.http_peer({ "hello world" })
  t.returns(t.pack(http.request(peer:url())), "hello world", 200, nil, nil)
end)

test("fewer than five bytes, and a status line that breaks off: closed", function(t)
  for _, answer in ipairs({ "", "HTT", "hell", "HTTP/", "HTTP/1.1 200 OK" }) do
    t.returns((tools.exchange(t, answer)), nil, "closed")
  end
end)

test("odd status lines that are taken", function(t)
  for line, code in pairs({
    ["HTTP/1.1 200"] = 200, ["HTTP/. 200 OK"] = 200, ["HTTP/1.1 2000 X"] = 200, ["HTTP/1.0 404 "] = 404,
    ["HTTP/x HTTP/12.34 599 Y"] = 599,
  }) do
    for _, line_end in ipairs({ "\r\n", "\n", "\r\r\n" }) do
      local results = tools.exchange(t, line .. line_end .. "Content-Length: 0" .. line_end .. line_end)
      t.equal(results[2], code, line)
      t.equal(results[4], line)
    end
  end
end)

test("a status line that is none is the error", function(t)
  for _, line in ipairs({ "HTTP/2 200 OK", "HTTP/1.1 abc", "HTTP/1.1  200 OK", "HTTP/1.1 20 OK" }) do
    t.returns((tools.exchange(t, line .. "\r\n\r\n")), nil, line)
  end
end)

test("interim answers are skipped, 101 is final, 408 is an answer like any other", function(t)
  local interim = "HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"
  local results, notes = tools.exchange(t, interim .. OK .. "Content-Length: 2\r\n\r\nhi")
  t.equal(results[2], 200)
  t.equal(results[3].x, nil)
  t.equal(joined(notes), "hi")
  results = tools.exchange(t, "HTTP/1.1 101 Switching\r\n\r\n")
  t.equal(results[2], 101)
  results, notes = tools.exchange(t, "HTTP/1.1 408 Slow\r\nA: b\r\nContent-Length: 2\r\n\r\nhi")
  t.equal(results[2], 408)
  t.equal(results[3].a, "b")
  t.equal(joined(notes), "hi")
end)

test("64 interim answers are taken, 65 are not", function(t)
  local interim = { "HTTP/1.1 100 C\r\n\r\n", 64 }
  t.equal(tools.exchange(t, { interim, OK .. "\r\n" })[2], 200)
  interim[2] = 65
  t.returns((tools.exchange(t, { interim, OK .. "\r\n" })), nil, "too many interim responses")
end)

-- Headers ----------------------------------------------------------------------------------------------

test("headers: lower case, cut at the first colon, joined, folded", function(t)
  local headers = tools.exchange(t, OK .. "Abc:  x:y \r\nodd name : v\r\nA: 1\r\na: 2\r\nFold: one\r\n"
    .. "  two\r\n\tthree\r\nEmpty:\r\n\r\n")[3]
  t.equal(headers.abc, "x:y ")
  t.equal(headers["odd name "], "v")
  t.equal(headers.a, "1, 2")
  t.equal(headers.fold, "one  two\tthree")
  t.equal(headers.empty, "")
end)

test("set-cookie is joined as before, its values stay apart in set-cookie-list", function(t)
  local headers = tools.exchange(t, OK .. "Set-Cookie: a=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT\r\n"
    .. "SET-COOKIE: b=2\r\n\r\n")[3]
  t.equal(headers["set-cookie"], "a=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT, b=2")
  t.list(headers["set-cookie-list"], { "a=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT", "b=2" })
  for key in pairs(headers) do
    t.equal(key, "set-cookie")
  end
  t.equal(tools.exchange(t, OK .. "\r\n")[3]["set-cookie-list"], nil)
end)

test("malformed headers", function(t)
  for _, line in ipairs({ "no colon", " fold: first", ": no name", "a: b\0c", "a: b\rc" }) do
    t.returns((tools.exchange(t, OK .. line .. "\r\n\r\n")), nil, "malformed response headers")
  end
end)

-- Bodies -----------------------------------------------------------------------------------------------

test("no body, no call of the sink: HEAD, 204, 304, 101", function(t)
  local cases = { { "GET", "204 x" }, { "GET", "304 x" }, { "HEAD", "200 x" }, { "GET", "101 x" } }
  for _, case in ipairs(cases) do
    local results, notes = tools.exchange(t, "HTTP/1.1 " .. case[2] .. "\r\nContent-Length: 2\r\n\r\nhi",
      { method = case[1] })
    t.equal(results[1], 1)
    t.equal(#notes.chunks, 0)
    t.equal(notes.ended, nil)
  end
end)

test("framing: what counts as a length and what does not", function(t)
  local all = "hello!"
  for length, body in pairs({
    ["5"] = "hello", ["05"] = "hello", ["0"] = "", ["5, 5"] = "hello", ["5 "] = "hello",
    ["0x3"] = all, ["1e1"] = all, ["-1"] = all, ["+5"] = all, ["3.5"] = all, ["abc"] = all, [""] = all,
  }) do
    local results, notes = tools.exchange(t, OK .. "Content-Length: " .. length .. "\r\n\r\n" .. all)
    t.equal(results[2], 200, length)
    t.equal(joined(notes), body, length)
  end
end)

test("contradictory lengths are an error", function(t)
  local results, notes = tools.exchange(t, OK .. "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")
  t.returns(results, nil, "contradictory content-length")
  t.equal(#notes.chunks, 0)
end)

test("transfer-encoding: counts before the length; the last coding decides", function(t)
  for _, coding in ipairs({ "chunked", "Chunked", "gzip, CHUNKED" }) do
    local _, notes = tools.exchange(t, OK .. "Transfer-Encoding: " .. coding
      .. "\r\nContent-Length: 1\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
    t.equal(joined(notes), "abc")
  end
  local _, notes = tools.exchange(t, OK .. "Transfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\n3\r\nabc")
  t.equal(joined(notes), "3\r\nabc")
  _, notes = tools.exchange(t, OK .. "Transfer-Encoding: identity\r\nContent-Length: 1\r\n\r\nabc")
  t.equal(joined(notes), "a")
end)

test("chunks: one call each, blanks and extensions are fine, trailers do not appear", function(t)
  local results, notes = tools.exchange(t, OK .. "Transfer-Encoding: chunked\r\n\r\n 3 \r\nabc\r\n"
    .. "4;x=\"y\"\r\ndefg\r\n00001 ;z\nh\n0\r\nTrailer: x\r\n\r\n")
  t.list(notes.chunks, { "abc", "defg", "h" })
  t.equal(notes.ended, "end")
  t.equal(results[3].trailer, nil)
end)

test("a chunk is one call up to a limit, beyond it comes in pieces", function(t)
  local function sizes(count, fields)
    local notes = select(2, tools.exchange(t, {
      OK .. ("Transfer-Encoding: chunked\r\n\r\n%x\r\n"):format(count), { "x", count }, "\r\n0\r\n\r\n",
    }, fields))
    t.equal(#joined(notes), count)
    return #notes.chunks
  end
  t.equal(sizes(300000), 1)
  t.equal(sizes(1048576), 1)
  t.between(sizes(1048577), 2, 100)
  t.between(sizes(100000, { limits = { chunk = 99999 } }), 2, 7)
end)

test("blocks have at least 16 KiB, unless the program set BLOCKSIZE", function(t)
  local head = OK .. "Content-Length: 300000\r\n\r\n"
  for _, answer in ipairs({ { head, { "x", 300000 } }, { OK .. "\r\n", { "x", 300000 } } }) do
    local notes = select(2, tools.exchange(t, answer))
    t.equal(#joined(notes), 300000)
    for index = 1, #notes.chunks - 1 do
      t.between(#notes.chunks[index], 16384, 65536)
    end
  end
  local before = socket.BLOCKSIZE
  t.cleanup(function() socket.BLOCKSIZE = before end)
  socket.BLOCKSIZE = 2000
  local notes = select(2, tools.exchange(t, OK .. "Content-Length: 5000\r\n\r\n" .. ("x"):rep(5000)))
  t.list({ #notes.chunks[1], #notes.chunks[2], #notes.chunks[3] }, { 2000, 2000, 1000 })
end)

test("a pause in the stream hands over what has come", function(t)
  local first
  tools.exchange(t, { OK .. "\r\n", { "x", 4000 }, 1, { "y", 4000 } }, {
    sink = function(chunk)
      first = first or chunk
      return 1
    end,
  })
  t.equal(first, ("x"):rep(4000))
end)

test("a body cut short: the sink gets what there is, then the error", function(t)
  for _, case in ipairs({
    { "Content-Length: 50\r\n\r\n12345", "12345" },
    { "Content-Length: 6000\r\n\r\n" .. ("x"):rep(5000), ("x"):rep(5000) },
    { "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5\r\nde", "abcde" },
    { "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "abc" },
    { "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", "abc" },
    { "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n", "abc" },
  }) do
    local results, notes = tools.exchange(t, OK .. case[1])
    t.returns(results, nil, "closed")
    t.equal(joined(notes), case[2])
    t.equal(notes.ended, "closed")
  end
end)

test("chunk framing that is none", function(t)
  for _, case in ipairs({
    { "zz\r\nabc\r\n", "invalid chunk size", "" }, { "\r\nabc\r\n", "invalid chunk size", "" },
    { "0x5\r\nabcde\r\n", "invalid chunk size", "" }, { "-3\r\nabc\r\n", "invalid chunk size", "" },
    { "3 3\r\nabc\r\n", "invalid chunk size", "" }, { ";x\r\nabc\r\n", "invalid chunk size", "" },
    { "00000000000000003\r\nabc\r\n", "invalid chunk size", "" },
    { "3\r\nabcJUNK\r\n0\r\n\r\n", "malformed chunk", "abc" },
    { "3\r\nabc\r\n0\r\nno colon\r\n\r\n", "malformed response headers", "abc" },
  }) do
    local results, notes = tools.exchange(t, OK .. "Transfer-Encoding: chunked\r\n\r\n" .. case[1])
    t.returns(results, nil, case[2])
    t.equal(joined(notes), case[3])
    t.equal(notes.ended, case[2])
  end
end)

test("without a length a reset ends the body, with one it cuts it short", function(t)
  local results, notes = tools.exchange(t, { OK .. "\r\nabc", 0.1, last = "reset" })
  t.equal(results[2], 200)
  t.equal(joined(notes), "abc")
  results, notes = tools.exchange(t, { OK .. "Content-Length: 9\r\n\r\nabc", 0.1, last = "reset" })
  t.returns(results, nil, "closed")
  t.equal(joined(notes), "abc")
end)

test("an empty body without length is one empty piece, as before", function(t)
  local notes = select(2, tools.exchange(t, OK .. "\r\n"))
  t.list(notes.chunks, { "" })
  t.equal(notes.ended, "end")
end)

-- Sinks and sources that stop ---------------------------------------------------------------------------

test("a sink that fails, stops or raises", function(t)
  local answer = OK .. "Content-Length: 5\r\n\r\nhello"
  t.returns((tools.exchange(t, answer, { sink = function() return nil, "disk full" end })), nil, "disk full")
  t.equal(tools.exchange(t, answer, { sink = function() return nil end })[2], 200)
  local marker = {}
  for _, field in ipairs({ "sink", "step", "source" }) do
    local good, failure = pcall(tools.exchange, t, answer, { [field] = function() error(marker) end })
    t.equal(good, false)
    t.equal(failure, marker)
  end
end)

test("a source that fails: its message, and no last chunk", function(t)
  local results, _, sent = tools.exchange(t, OK .. "\r\n", {
    source = function() return nil, "srcbad" end,
  })
  t.returns(results, nil, "srcbad")
  t.matches(sent(), "\r\n\r\n$")
end)

test("an early answer to a large upload is the result", function(t)
  local answer = { "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig", early = 10 }
  local results, notes = tools.exchange(t, answer, {
    method = "PUT", source = require("ltn12").source.string(("x"):rep(20000000)),
  })
  t.equal(results[2], 413)
  t.equal(joined(notes), "big")
  results = tools.exchange(t, { "HTT", early = 10 }, {
    method = "PUT", source = require("ltn12").source.string(("x"):rep(20000000)),
  })
  t.returns(results, nil, "closed")
end)

-- Limits ------------------------------------------------------------------------------------------------

test("heads beyond the limits are errors, as are trailers", function(t)
  local long = "response headers too long"
  t.returns((tools.exchange(t, { OK, { "A: b\r\n", 1001 }, "\r\n" })), nil, long)
  t.equal(tools.exchange(t, { OK, { "A: b\r\n", 1000 }, "\r\n" })[2], 200)
  t.returns((tools.exchange(t, { OK .. "A: ", { "b", 65536 }, "\r\n\r\n" })), nil, long)
  t.returns((tools.exchange(t, { OK, { "A: " .. ("b"):rep(60000) .. "\r\n", 5 }, "\r\n" })), nil, long)
  t.returns((tools.exchange(t, { { "HTTP/1.1 200 OK ", 10000 }, hold = true })), nil, long)
  t.returns((tools.exchange(t, { OK .. "Transfer-Encoding: chunked\r\n\r\n0\r\n", { "A: b\r\n", 1001 } })),
    nil, long)
  t.returns((tools.exchange(t, { OK .. "Transfer-Encoding: chunked\r\n\r\n1;", { "x", 70000 } })),
    nil, "invalid chunk size")
end)

test("limits per request and per module", function(t)
  local answer = OK .. "A: b\r\nC: d\r\nE: f\r\n\r\n"
  local long = "response headers too long"
  t.returns((tools.exchange(t, answer, { limits = { fields = 2 } })), nil, long)
  t.returns((tools.exchange(t, answer, { limits = { head = 30 } })), nil, long)
  t.returns((tools.exchange(t, answer, { limits = { line = 10 } })), nil, long)
  http.LIMITS = { fields = 2 }
  t.cleanup(function() http.LIMITS = nil end)
  t.returns((tools.exchange(t, answer)), nil, long)
  t.equal(tools.exchange(t, answer, { limits = { fields = 3 } })[2], 200)
end)
