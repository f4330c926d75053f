-- http.md, 5: what is received, and what comes of it.

local R = ...
local client = require("socket.http")
local http = R.http

client.TIMEOUT = 20

local OK = "HTTP/1.1 200 OK\r\n"
local CHUNKED = OK .. "Transfer-Encoding: chunked\r\n\r\n"

local function sized(length, body)
  return OK .. "Content-Length: " .. length .. "\r\n\r\n" .. body
end

local ANSWERS = {
  { "length", sized("5", "hello") }, { "length, more comes", sized("5", "hello world") },
  { "length 0", sized("0", "") }, { "length with blanks", sized(" 5 ", "hello") },
  { "length 05", sized("05", "hello") }, { "length twice", sized("5\r\nContent-Length: 5", "hello!") },
  { "lengths differ", sized("5\r\nContent-Length: 6", "hello!") }, { "length abc", sized("abc", "hello!") },
  { "length hexadecimal", sized("0x3", "hello!") }, { "length exponent", sized("1e1", "hello world!!") },
  { "length negative", sized("-1", "hello!") }, { "length empty", sized("", "hello!") },
  { "until closed", OK .. "\r\nhello" }, { "until closed, empty", OK .. "\r\n" },
  { "5000 bytes", sized("5000", ("x"):rep(5000)) }, { "300000 bytes", { OK .. "\r\n", { "x", 300000 } } },
  { "short by 45", sized("50", "hello") }, { "short by 1000", sized("6000", ("x"):rep(5000)) },
  { "line feeds alone", "HTTP/1.1 200 OK\nA: b\nContent-Length: 2\n\nhi" },
  { "several returns", "HTTP/1.1 200 OK\r\r\nA: b\r\r\nContent-Length: 2\r\n\r\nhi" },
  { "HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nhello" }, { "code 404", "HTTP/1.1 404 Not Found\r\n\r\nno" },
  { "code 500", "HTTP/1.1 500 Oops\r\n\r\nno" }, { "code 999", "HTTP/1.1 999 Odd\r\n\r\nno" },
  { "code 204", "HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\nhi" },
  { "code 304", "HTTP/1.1 304 No\r\nContent-Length: 2\r\n\r\nhi" },
  { "code 101", "HTTP/1.1 101 Up\r\n\r\nhi" }, { "code 102", "HTTP/1.1 102 P\r\n\r\n" .. sized("2", "hi") },
  { "code 100", "HTTP/1.1 100 C\r\nX: y\r\n\r\n" .. sized("2", "hi") },
  { "code 100 three times", ("HTTP/1.1 100 C\r\n\r\n"):rep(3) .. sized("2", "hi") },
  { "code 408", "HTTP/1.1 408 T\r\nA: b\r\n\r\nslow" },
  { "code 401", "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\n\r\nno" },
  { "no reason", "HTTP/1.1 200\r\n\r\nhello" }, { "version without digits", "HTTP/. 200 OK\r\n\r\nhi" },
  { "four digits", "HTTP/1.1 2000 X\r\n\r\nhi" }, { "HTTP/2", "HTTP/2 200 OK\r\n\r\nhi" },
  { "two blanks", "HTTP/1.1  200 OK\r\n\r\nhi" }, { "no code", "HTTP/1.1 abc\r\n\r\nhi" },
  { "two digits", "HTTP/1.1 20\r\n\r\nhi" },
  { "found later in the line", "HTTP/x HTTP/1.1 201 Y\r\n\r\nhi" },
  { "HTTP/0.9", "hello world" }, { "ICY", "ICY 200 OK\r\n\r\nmusic" }, { "HTTP/0.9, five bytes", "hello" },
  { "nothing", "" }, { "four bytes", "hell" }, { "HTTP/ alone", "HTTP/" },
  { "cut in the status", "HTTP/1.1 2" },
  { "cut in a header", OK .. "A: b" }, { "cut behind a header", OK .. "A: b\r\n" },
  { "header names", OK .. "ABC-Def: x\r\nx: Y\r\n\r\n" }, { "colons in a value", OK .. "A: b:c:d\r\n\r\n" },
  { "blanks around a value", OK .. "A: \t b \t\r\n\r\n" },
  { "blank before the colon", OK .. "A : b\r\n\r\n" },
  { "no value", OK .. "A:\r\n\r\n" }, { "repeated", OK .. "A: b\r\na: c\r\nA: d\r\n\r\n" },
  { "set-cookie", OK .. "Set-Cookie: a=1\r\nset-cookie: b=2\r\n\r\n" },
  { "folded", OK .. "A: b\r\n  c\r\n\td\r\nE: f\r\n\r\n" }, { "odd name", OK .. "(a b)\127: c\r\n\r\n" },
  { "bytes above 127", OK .. "A: \195\169\r\n\r\n" }, { "no colon", OK .. "abc\r\n\r\n" },
  { "no colon behind a good one", OK .. "A: b\r\nabc\r\n\r\n" },
  { "fold first", OK .. " a: b\r\n\r\n" }, { "no name", OK .. ": b\r\n\r\n" },
  { "return in a value", OK .. "A: b\rc\r\n\r\n" }, { "NUL in a value", OK .. "A: b\0c\r\n\r\n" },
  { "chunks", CHUNKED .. "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n" }, { "no chunks", CHUNKED .. "0\r\n\r\n" },
  { "chunk extensions", CHUNKED .. "3;a=b\r\nabc\r\n0;c\r\n\r\n" },
  { "chunk blanks", CHUNKED .. " 3 \r\nabc\r\n0\r\n\r\n" },
  { "chunk zeros", CHUNKED .. "0003\r\nabc\r\n00\r\n\r\n" },
  { "chunk upper case", CHUNKED .. "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n" },
  { "chunk line feeds", CHUNKED .. "3\nabc\n0\n\n" },
  { "trailers", CHUNKED .. "1\r\na\r\n0\r\nA: b\r\nC: d\r\n\r\n" },
  { "bad trailer", CHUNKED .. "1\r\na\r\n0\r\nabc\r\n\r\n" },
  { "chunk size zz", CHUNKED .. "zz\r\nabc\r\n" },
  { "chunk size empty", CHUNKED .. "\r\nabc\r\n" }, { "chunk size 0x5", CHUNKED .. "0x5\r\nabcde\r\n" },
  { "chunk cut", CHUNKED .. "3\r\nabc\r\n5\r\nde" }, { "chunk cut between", CHUNKED .. "3\r\nabc\r\n" },
  { "no last chunk", CHUNKED .. "3\r\nabc\r\n" },
  { "cut in the trailers", CHUNKED .. "3\r\nabc\r\n0\r\nA: b\r\n" },
  { "junk behind a chunk", CHUNKED .. "3\r\nabcJUNK\r\n0\r\n\r\n" },
  { "large chunk", { CHUNKED .. "30d40\r\n", { "x", 200000 }, "\r\n0\r\n\r\n" } },
  { "Chunked", OK .. "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" },
  { "gzip, chunked", OK .. "Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" },
  { "identity", OK .. "Transfer-Encoding: identity\r\nContent-Length: 1\r\n\r\nabc" },
  { "chunked and length",
    OK .. "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n3\r\nabc\r\n0\r\n\r\n" },
  { "gzip alone", OK .. "Transfer-Encoding: gzip\r\n\r\n3\r\nabc\r\n0\r\n\r\n" },
  { "reset behind the body", { OK .. "\r\nabc", 0.2, last = "reset" } },
  { "reset in a sized body", { sized("9", "abc"), 0.2, last = "reset" } },
}

local answers = {}
for index, entry in ipairs(ANSWERS) do
  answers[index] = entry[2]
end
local peer = http.peer(answers)
for _, entry in ipairs(ANSWERS) do
  local sink, told = http.sink()
  R.call(entry[1], client.request, { url = peer:url(), sink = sink })
  R.values(entry[1] .. ": sink", told.called, told.data, told.ended)
end
peer:stop()

peer = http.peer({ OK .. "Content-Length: 2\r\n\r\nhi" })
R.call("HEAD", function()
  local sink, told = http.sink()
  return client.request({ url = peer:url(), method = "HEAD", sink = sink }), told.called, told.ended
end)
R.call("head in lower case has a body", function()
  local sink, told = http.sink()
  return client.request({ url = peer:url(), method = "head", sink = sink }), told.data
end)
R.call("simple form", client.request, peer:url())
R.call("no sink", client.request, { url = peer:url() })
R.call("sink fails", client.request, { url = peer:url(), sink = function() return nil, "disk full" end })
R.call("sink stops", client.request, { url = peer:url(), sink = function() return nil end })
R.call("sink raises", client.request, { url = peer:url(), sink = function() error("mine", 0) end })
R.call("step raises", client.request, { url = peer:url(), step = function() error("mine", 0) end })
R.call("step stops", client.request, { url = peer:url(), step = function() return nil, "enough" end })
R.call("source raises", client.request, { url = peer:url(), source = function() error("mine", 0) end })
R.call("source fails", client.request, { url = peer:url(), source = function() return nil, "srcbad" end })
client.TIMEOUT = 0.1
peer:stop()
peer = http.peer({ { OK .. "Content-Length: 9\r\n\r\nhello", hold = true } })
R.call("timeout in the body", client.request, peer:url())
peer:stop()
