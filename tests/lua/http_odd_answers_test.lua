-- A server that says odd things which still have a documented meaning (docs/reference/http.md): each request
-- ends with that result, whatever kind of socket reads it.

local test = ...
local http = require("socket.http")
local ltn12 = require("ltn12")
local socket = require("socket")
local tools = require("http_tools")

local OK = tools.OK
local CHUNKED = OK .. "Transfer-Encoding: chunked\r\n\r\n"
local FOUND = "HTTP/1.1 302 F\r\n"

local function sized(length, body)
  return OK .. "Content-Length: " .. length .. "\r\n\r\n" .. body
end

-- Each answer with the code and the body it leads to, or nil and the error; how many requests it takes
-- with two redirects at most.
local ODD = {
  -- status lines
  { "HTTP/.1 200\r\n\r\nb", 200, "b" }, { "HTTP/1. 200\r\n\r\nb", 200, "b" },
  { "HTTP/1.1 099 x\r\n\r\nb", 99, "b" }, { "HTTP/1.1 999 x\r\n\r\nb", 999, "b" },
  { "HTTP/1.1 2000\r\n\r\nb", 200, "b" }, { "HTTP/1.1 200x\r\n\r\nb", 200, "b" },
  { "HTTP/1.1 101 S\r\n\r\nraw", 101, "" },
  -- no status line: the body of an answer of HTTP/0.9
  { "HTP/1.1 200\r\n\r\n", 200, "HTP/1.1 200\r\n\r\n" },
  { "\r\nHTTP/1.1 200 OK\r\n\r\n", 200, "\r\nHTTP/1.1 200 OK\r\n\r\n" },
  { "http/1.1 200 OK\r\n\r\n", 200, "http/1.1 200 OK\r\n\r\n" },
  { "\0\0\0\0\0\0", 200, "\0\0\0\0\0\0" }, { "\22\3\1\2\0\1\0\1", 200, "\22\3\1\2\0\1\0\1" },
  -- heads
  { OK .. "content-length : 1\r\n\r\nbc", 200, "bc" }, { OK .. "a b: v\r\n\r\nb", 200, "b" },
  { OK .. "{\"json\": 1}\r\n\r\nb", 200, "b" },
  { OK .. "Content-Length:\r\n 1\r\n\r\nbc", 200, "b" },
  -- lengths that are none: the body ends with the connection
  { sized("-5", "hello"), 200, "hello" }, { sized("+3", "hello"), 200, "hello" },
  { sized("0x3", "hello"), 200, "hello" }, { sized("", "hello"), 200, "hello" },
  { sized("3.0", "hello"), 200, "hello" }, { sized("3 3", "hello"), 200, "hello" },
  { sized("3;", "hello"), 200, "hello" }, { sized("1e0", "hello"), 200, "hello" },
  { sized("3,,3", "hello"), 200, "hello" }, { sized("three, 3", "hello"), 200, "hello" },
  -- lengths that are one
  { sized("03, 3", "hello"), 200, "hel" }, { sized("00000000000000000000000003", "hello"), 200, "hel" },
  { sized("3", "hello"), 200, "hel" }, { sized("0", "hello"), 200, "" },
  -- chunks
  { CHUNKED .. "3\r\nabc\r\n3\r\nab\r\n0\r\n\r\n", 200, "abcab\r" },
  { CHUNKED .. "1;\0\r\na\r\n0\r\n\r\n", 200, "a" }, { CHUNKED .. "1;a=\"\r\nb\r\n0\r\n\r\n", 200, "b" },
  { CHUNKED .. "0\r\nContent-Length: 3\r\n\r\nabc", 200, "" }, { CHUNKED .. "0\r\n\r\n0\r\n\r\n", 200, "" },
  { OK .. "Transfer-Encoding: chunked, gzip\r\n\r\nzz", 200, "zz" },
  { OK .. "Transfer-Encoding: xchunked\r\nContent-Length: 9\r\n\r\nzz", 200, "zz" },
  { OK .. "Transfer-Encoding: \r\nContent-Length: 9\r\n\r\nzz", 200, "zz" },
  -- what follows an answer without body is not read
  { "HTTP/1.1 204 N\r\nContent-Length: 5, 6\r\n\r\nhello", 204, "" },
  { "HTTP/1.1 204 N\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 204, "" },
  { "HTTP/1.1 304 N\r\nContent-Length: 50\r\n\r\nhel", 304, "" },
  -- redirects
  { FOUND .. "\r\nbody", 302, "body", 1 }, { FOUND .. "Location: \r\n\r\nbody", 302, "body", 1 },
  { FOUND .. "Location: gopher://x/\r\n\r\n", 302, "", 1 },
  { FOUND .. "Location: /a\r\nLocation: /b\r\n\r\n", 302, "", 3 },
  { FOUND .. "Location: /a\r\nContent-Length: 50\r\n\r\nshort", nil, "closed", 3 },
  { FOUND .. "Location: /a\r\nContent-Length: 1, 2\r\n\r\n", nil, "contradictory content-length", 3 },
  { FOUND .. "Location: //\r\n\r\n", nil, "invalid host ''", 1 },
  { FOUND .. "Location: http://:80/\r\n\r\n", nil, "invalid host ''", 1 },
  { FOUND .. "Location: http://127.0.0.1:99999/\r\n\r\n", nil, "service not supported for socket type", 1 },
}

for index, case in ipairs(ODD) do
  local shown = ("%q"):format(case[1]):gsub("\r", "\\r"):gsub("\\?\n", "\\n"):gsub("[^ -~]", "?")
  test(("odd answer %d: %s"):format(index, shown), function(t)
    local peer = t.http_peer({ case[1] })
    for _, create in ipairs({ socket.tcp, tools.create_wrapped() }) do
      local sink, chunks = ltn12.sink.table()
      local result, code = http.request({
        url = peer:url(), sink = sink, create = create, maxredirects = 2, timeout = 20,
      })
      if case[2] then
        t.equal(result, 1, code)
        t.equal(code, case[2])
        t.equal(table.concat(chunks), case[3])
      else
        t.equal(result, nil)
        t.equal(code, case[3])
      end
    end
    t.equal(#peer:stop(), 2 * (case[4] or 1))
  end)
end

test("a body that ends with the connection ends with a reset too", function(t)
  local peer = t.http_peer({ { OK .. "\r\nuntil close", 0.05, last = "reset" } })
  local body, code = http.request(peer:url())
  t.equal(body, "until close")
  t.equal(code, 200)
end)
