-- The create hook and sockets of the program's own (contract http.md, 7 and 11); every socket is closed
-- whatever happens.

local test = ...
local http = require("socket.http")
local ltn12 = require("ltn12")
local socket = require("socket")
local tools = require("http_tools")

local OK = tools.OK

local function calls_of(t, answer, fields)
  local log = {}
  fields = fields or {}
  fields.create = tools.create_wrapped(log)
  local results, notes = tools.exchange(t, answer, fields)
  return table.concat(log, "\n"):gsub("send%(([^\n]*)\r\n\r\n%)", "send(%1)"), results, notes, log
end

test("the calls an object of the program sees, in their order", function(t)
  local log = {}
  local peer = t.http_peer({ OK .. "A: b\r\nContent-Length: 5\r\n\r\nhello" })
  http.request({ url = peer:url("/x"), create = tools.create_wrapped(log) })
  t.equal(log[1], "settimeout(60)")
  t.equal(log[2], "connect(127.0.0.1," .. ("%d"):format(peer.port) .. ")")
  t.equal(log[3], "send(GET /x HTTP/1.1\r\n)")
  t.matches(log[4], "^send%(.*\r\n\r\n%)$")
  t.list({ log[5], log[6], log[7], log[8], log[9], log[10], log[11] }, {
    "receive(5)", "receive(*l,HTTP/)", "receive()", "receive()", "receive()", "receive(5)", "close()",
  })
  t.equal(#log, 11)
end)

test("chunked bodies by receive: a line, the data, a line", function(t)
  local _, results, notes, log = calls_of(t, OK
    .. "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n")
  t.equal(results[2], 200)
  t.list(notes.chunks, { "abc" })
  local tail = {}
  for index = #log - 6, #log do
    tail[#tail + 1] = log[index]
  end
  t.list(tail, {
    "receive()", "receive(3)", "receive()", "receive()", "receive()", "receive()", "close()",
  })
end)

test("an error is followed by nothing but close", function(t)
  for _, answer in ipairs({ "HTTP/2 200 OK\r\n\r\n", OK .. "no colon\r\n\r\n", "HTT" }) do
    local _, results, _, log = calls_of(t, answer)
    t.equal(results[1], nil)
    t.equal(log[#log], "close()")
    local closed = 0
    for _, call in ipairs(log) do
      closed = closed + (call == "close()" and 1 or 0)
    end
    t.equal(closed, 1)
  end
end)

test("create that gives nothing, settimeout and connect that fail", function(t)
  local url = "http://127.0.0.1:1/"
  t.returns(t.pack(http.request({ url = url, create = function() return nil, "none left" end })),
    nil, "none left")
  local closed = 0
  local function failing(name)
    local object = {
      settimeout = function() return 1 end,
      connect = function() return 1 end,
      close = function()
        closed = closed + 1
        return 1
      end,
    }
    object[name] = function() return nil, name .. " failed" end
    return { url = url, create = function() return object end }
  end
  t.returns(t.pack(http.request(failing("settimeout"))), nil, "settimeout failed")
  t.returns(t.pack(http.request(failing("connect"))), nil, "connect failed")
  t.equal(closed, 2)
end)

-- Both kinds of objects give the same -------------------------------------------------------------------

local ANSWERS = {
  { OK .. "Content-Length: 5\r\n\r\nhello" }, { OK .. "\r\nuntil the end" }, { OK .. "\r\n" },
  { OK .. "Content-Length: 50\r\n\r\nhello" }, { "plain" }, { "HTT" }, { "HTTP/1.1 204 No\r\n\r\n" },
  { OK .. "A: 1\r\nA: 2\r\n fold\r\nSet-Cookie: x\r\nSet-Cookie: y\r\n\r\n" },
  { "HTTP/1.1 100 C\r\nX: y\r\n\r\n" .. OK .. "Content-Length: 2\r\n\r\nhi" },
  { OK .. "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x\r\ndefg\r\n0\r\nT: u\r\n\r\n" },
  { OK .. "Transfer-Encoding: chunked\r\n\r\n3\r\nabcJUNK\r\n0\r\n\r\n" },
  { OK .. "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5\r\nde" },
  { OK .. "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n" },
  { OK .. "Transfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n" },
  { OK .. "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!" },
  { OK, { "A: b\r\n", 1001 }, "\r\n" }, { OK .. "no colon\r\n\r\n" }, { OK .. " fold: first\r\n\r\n" },
  { OK .. "Transfer-Encoding: chunked\r\n\r\n124f80\r\n", { "x", 1200000 }, "\r\n0\r\n\r\n" },
  { "HTTP/1.1 abc\r\n\r\n" }, { OK .. "A: b" },
}

local function outcome(t, answer, create)
  local results, notes = tools.exchange(t, answer, { create = create })
  local lines = {
    tostring(results[1]), tostring(results[2]), tostring(results[4]), tostring(notes.ended),
    #table.concat(notes.chunks), (table.concat(notes.chunks):sub(1, 100)),
  }
  local names = {}
  for name, value in pairs(results[3] or {}) do
    names[#names + 1] = name .. "=" .. value
  end
  table.sort(names)
  local cookies = results[3] and results[3]["set-cookie-list"]
  return table.concat(lines, "|") .. "|" .. table.concat(names, "|") .. "|"
    .. table.concat(cookies or {}, "|")
end

test("objects of the program give what our own streams give", function(t)
  for index, answer in ipairs(ANSWERS) do
    t.equal(outcome(t, answer, tools.create_wrapped()), outcome(t, answer, nil), "answer " .. index)
  end
end)

test("a unix socket through create", function(t)
  local server, path = t.unix_server()
  local answered
  local results = t.pack(http.request({
    url = "http://localhost/x",
    create = function()
      local stream = require("socket.unix").stream()
      return {
        settimeout = function(_, ...) return stream:settimeout(...) end,
        connect = function()
          local connected, message = stream:connect(path)
          local accepted = t.keep(server:accept())
          accepted:send(OK .. "Content-Length: 2\r\n\r\nhi")
          answered = accepted
          return connected, message
        end,
        send = function(_, ...) return stream:send(...) end,
        receive = function(_, ...) return stream:receive(...) end,
        close = function() return stream:close() end,
      }
    end,
  }))
  t.equal(results[2], 200)
  t.matches(answered:receive(), "^GET /x HTTP/1.1$")
end)

test("a connected unix stream is read natively", function(t)
  local client, accepted = t.unix_pair()
  accepted:send(OK .. "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
  local h = http.open("ignored", 80, function()
    return {
      settimeout = function() return 1 end,
      connect = function() return 1 end,
      close = function() return 1 end,
    }
  end)
  h.c = client
  t.equal(h:receivestatusline(), 200)
  local sink, notes = tools.noting_sink()
  t.equal(h:receivebody(h:receiveheaders(), sink), 1)
  t.list(notes.chunks, { "abc" })
end)

-- Closing ------------------------------------------------------------------------------------------------

test("whatever raises, the socket is closed", function(t)
  local answer = OK .. "Content-Length: 5\r\n\r\nhello"
  local function raise() error("mine", 0) end
  for _, fields in ipairs({
    { sink = raise }, { step = raise }, { source = raise },
    { source = ltn12.source.string("x"), step = raise },
    { headers = { a = function() end } },
  }) do
    local kept
    fields.create = function()
      kept = socket.tcp()
      return kept
    end
    local good = pcall(tools.exchange, t, answer, fields)
    t.equal(good, false)
    if kept then
      t.equal(kept:getfd(), -1)
    end
  end
end)

test("a connect that raises: closed too", function(t)
  local closed = 0
  local marker = {}
  local good, failure = pcall(http.request, { url = "http://h/", create = function()
    return {
      settimeout = function() return 1 end,
      connect = function() error(marker) end,
      close = function() closed = closed + 1 end,
    }
  end })
  t.equal(good, false)
  t.equal(failure, marker)
  t.equal(closed, 1)
end)

-- Yielding -----------------------------------------------------------------------------------------------

local yields_pass = coroutine.wrap(function() return pcall(coroutine.yield, true) end)() == true

test("sources, sinks, steps and sockets of the program may yield", function(t)
  if not yields_pass then
    t.skip("this Lua cannot yield through pcall")
  end
  local peer = t.http_peer({ OK .. "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" })
  local create = function()
    local object = tools.wrapped()
    for _, name in ipairs({ "connect", "send", "receive" }) do
      local plain = object[name]
      object[name] = function(...)
        coroutine.yield(name)
        return plain(...)
      end
    end
    return object
  end
  for _, make in ipairs({ create, socket.tcp }) do
    local yields = 0
    local thread = coroutine.create(function()
      local given
      return http.request({
        url = peer:url(), create = make, method = "PUT",
        source = function()
          coroutine.yield("source")
          given, yields = not given, yields
          return given and "x" or nil
        end,
        sink = function()
          coroutine.yield("sink")
          return 1
        end,
        step = function(...)
          coroutine.yield("step")
          return ltn12.pump.step(...)
        end,
      })
    end)
    local results
    repeat
      results = t.pack(coroutine.resume(thread))
      yields = yields + 1
    until coroutine.status(thread) == "dead"
    t.equal(results[1], true, results[2])
    t.equal(results[3], 200)
    t.between(yields, 6, 100)
  end
end)

test("on plain 5.1 a protect that lets yields pass is not defeated", function(t)
  if yields_pass then
    t.skip("only for a Lua whose pcall stops yields")
  end
  t.equal(t.output_of([[
    local socket = require("socket")
    socket.protect = function(f) return f end
    local http = require("socket.http")
    local object = {
      settimeout = function() return 1 end,
      connect = function() return coroutine.yield("connecting") end,
      close = function() return 1 end,
    }
    local thread = coroutine.create(function()
      http.request({ url = "http://h/", create = function() return object end })
    end)
    print(coroutine.resume(thread))]]), "true\tconnecting")
end)
