-- A plain GET is made in a shorter way: what a program sees of it is the same as on the long way, which
-- any field in `headers` leads to.

local test = ...
local http = require("socket.http")
local ltn12 = require("ltn12")
local socket = require("socket")
local tasks = require("tasks")
local tools = require("http_tools")

local OK = tools.OK
local HELLO = OK .. "Content-Length: 5\r\n\r\nhello and more than was announced"

-- A sink that notes each call, its arguments counted, and gives what `answers` has for it.
local function listening_sink(answers)
  local calls = {}
  return function(...)
    local call = { select("#", ...), tostring((...)), tostring((select(2, ...))) }
    calls[#calls + 1] = table.concat(call, ",")
    local answer = answers[#calls]
    if answer == nil then
      return 1
    end
    return answer[1], answer[2]
  end, calls
end

local function outcome(t, answer, answers, fields)
  local sink, calls = listening_sink(answers)
  fields.sink = sink
  local peer = t.http_peer(type(answer) == "table" and answer or { answer })
  fields.url = peer:url("/x")
  local results = t.pack(http.request(fields))
  local shown = {}
  for index = 1, results.n do
    shown[index] = type(results[index]) == "table" and "table" or tostring(results[index])
  end
  peer:stop()
  return table.concat(shown, "|") .. "|" .. table.concat(calls, "|")
end

local SINKS = {
  {}, { { nil } }, { { nil, "full" } }, { { false, "no" } }, { { 1 }, { nil, "late" } }, { { 1 }, { nil } },
}
local ANSWERS = {
  HELLO, OK .. "Content-Length: 0\r\n\r\n", "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.1 304 Same\r\n\r\n", "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno",
  "HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 103 On\r\n\r\n" .. HELLO, "HTTP/1.1 101 Up\r\nContent-Length: 2\r\n\r\nhi",
  "HTTP/1.1 100 Go\r\n\r\nHELLO of 0.9", "HTTP/1.1 301 Moved\r\nContent-Length: 2\r\n\r\nno",
  OK .. "Content-Length: 2, 2\r\n\r\nhi", OK .. "Content-Length: two\r\n\r\nhi",
  OK .. "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nhi",
}

test("sinks are called the same way, whatever they say and whatever the answer is", function(t)
  for which, answer in ipairs(ANSWERS) do
    for index, sink in ipairs(SINKS) do
      t.equal(outcome(t, answer, sink, {}), outcome(t, answer, sink, { headers = {} }),
        ("answer %d, sink %d"):format(which, index))
    end
  end
end)

test("steps get the same pieces", function(t)
  local function with_step(fields)
    local steps = 0
    fields.step = function(source, sink)
      steps = steps + 1
      return ltn12.pump.step(source, sink)
    end
    return outcome(t, HELLO, {}, fields), steps
  end
  local short, short_steps = with_step({})
  local long, long_steps = with_step({ headers = {} })
  t.equal(short, long)
  t.equal(short_steps, long_steps)
  t.matches(short, "|2,hello,nil|2,nil,nil$")
end)

test("a redirect is followed, and its body is nobody's", function(t)
  local peer = t.http_peer({
    "HTTP/1.1 302 There\r\nLocation: /there\r\nContent-Length: 2\r\n\r\nno", HELLO,
  })
  local results, notes = tools.request(t, peer, "/here")
  t.equal(results[2], 200)
  t.equal(results[3].location, "/there")
  t.list(notes.chunks, { "hello" })
  t.matches(peer:stop()[2], "^GET /there ")
end)

test("without a sink the body goes nowhere", function(t)
  local peer = t.http_peer({ HELLO })
  t.equal(select(2, http.request({ url = peer:url() })), 200)
end)

test("what a program changed is used", function(t)
  local function with(table_, key, value)
    local before, used = table_[key], 0
    table_[key] = value(before, function() used = used + 1 end)
    local peer = t.http_peer({ OK .. "Content-Length: 3000\r\n\r\n" .. ("x"):rep(3000) })
    local results, notes = tools.request(t, peer)
    table_[key] = before
    t.equal(results[2], 200)
    return used, notes.chunks
  end
  local function spy(before, note)
    return function(...)
      note()
      return before(...)
    end
  end
  t.equal(with(ltn12.pump, "all", spy), 1)
  t.equal(with(ltn12.pump, "step", spy), 2)
  t.equal(with(socket.sourcet, "by-length", spy), 1)
  t.equal(with(socket, "tcp", spy), 1)
  local _, chunks = with(socket, "BLOCKSIZE", function() return 1000 end)
  t.equal(#chunks, 3)
end)

test("a timeout that is no number is the program's mistake", function(t)
  local before = http.TIMEOUT
  http.TIMEOUT = "soon"
  local good, failure = pcall(http.request, { url = "http://127.0.0.1:1/" })
  http.TIMEOUT = before
  t.equal(good, false)
  t.matches(failure, "number expected, got string")
end)

test("a url that a metamethod gives lasts as long as it is needed", function(t)
  local canonic = require("socket.headers").canonic
  local peer = t.http_peer({ HELLO })
  local request = setmetatable({}, { __index = function(_, key)
    return key == "url" and peer:url("/x" .. ("y"):rep(300)) or nil
  end })
  local before = canonic.host
  canonic.host = nil
  setmetatable(canonic, { __index = function(_, name)
    collectgarbage()
    return name == "host" and "Host" or nil
  end })
  local results = t.pack(pcall(http.request, request))
  setmetatable(canonic, nil)
  canonic.host = before
  t.equal(results[3], 200)
  t.matches(peer:stop()[1], "^GET /xy+ HTTP/1.1\r\n")
end)

test("requests within a sink, and after one that failed, are whole", function(t)
  local peer = t.http_peer({ HELLO, HELLO, HELLO })
  local inner
  local code = select(2, http.request({
    url = peer:url(),
    sink = function()
      inner = inner or http.request(peer:url())
      return 1
    end,
  }))
  t.equal(code, 200)
  t.equal(inner, "hello")
  t.equal(pcall(http.request, { url = peer:url(), sink = function() error("mine") end }), false)
  t.equal(http.request("http://127.0.0.1:" .. t.refusing_port() .. "/"), nil)
  local again = t.http_peer({ HELLO })
  t.equal(http.request(again:url()), "hello")
end)

-- What a plain GET drives belongs to it until it is over ---------------------------------------------------

local native = require("moontide.native").http()
local moontide = require("moontide")
local canonic = require("socket.headers").canonic

local function plain_get(reader, sock, url, names)
  return native.plain_get(reader, sock, { url = url }, "agent", names or canonic, 5)
end

test("the reader and the socket of a plain GET are busy for all others", function(t)
  local server, port = t.server()
  local peer, other = t.pair()
  local first, again, head, sent, connected
  tasks.run(function()
    local reader, sock = native.reader(), t.keep(socket.tcp())
    local url = ("http://127.0.0.1:%d/x"):format(port)
    local get = moontide.spawn(function() first = t.pack(plain_get(reader, sock, url)) end)
    local accepted = t.keep(server:accept())
    accepted:receive()
    again = t.pack(plain_get(reader, t.keep(socket.tcp()), url))
    head = t.pack(native.read_head(reader, peer))
    sent = t.pack(sock:send(("s"):rep(100000)))
    connected = t.pack(sock:connect("127.0.0.1", port))
    other:close()
    accepted:send(OK .. "Content-Length: 2\r\n\r\nhi")
    get:join()
  end)
  t.returns(again, nil, "Operation already in progress")
  t.returns(head, nil, "Operation already in progress")
  t.returns(sent, nil, "Operation already in progress", 0)
  t.returns(connected, nil, "Operation already in progress")
  t.equal(first[1], 200)
  t.equal(first[5], "hi")
end)

test("a plain GET that another began while its head was composed is not disturbed", function(t)
  local server, port = t.server()
  local url = ("http://127.0.0.1:%d/"):format(port)
  local inner, outer
  tasks.run(function()
    local reader, sock = native.reader(), t.keep(socket.tcp())
    local nested
    local names = setmetatable({}, { __index = function(_, key)
      if not nested then
        nested = moontide.spawn(function() inner = t.pack(plain_get(reader, sock, url .. "inner")) end)
        ;("x"):gsub("x", function() moontide.sleep(0.001) end) -- lets it begin, whatever is in between
      end
      return key
    end })
    outer = t.pack(plain_get(reader, sock, url .. "outer", names))
    local accepted = t.keep(server:accept())
    t.matches(accepted:receive(), "inner")
    accepted:send(OK .. "Content-Length: 2\r\n\r\nhi")
    nested:join()
  end)
  t.returns(outer, nil, "Operation already in progress")
  t.equal(inner[1], 200)
  t.equal(inner[5], "hi")
end)
