-- `timeout` of a request: one deadline for look-up, connecting, every redirect and the bodies.

local test = ...
local http = require("socket.http")
local ltn12 = require("ltn12")
local socket = require("socket")
local tools = require("http_tools")

local OK = tools.OK

-- Must fail with "timeout" after its timeout, 0.3 s, and long before any server would let go.
local function times_out(t, fields)
  fields.timeout = fields.timeout or 0.3
  local seconds, result, message = t.timed(http.request, fields)
  t.equal(result, nil)
  t.equal(message, "timeout")
  t.between(seconds, 0.25, 20)
end

-- Says something every `pause` seconds, so that no single wait is long.
local function dripping(text, count, pause)
  local answer = {}
  for index = 1, count do
    answer[2 * index - 1] = text
    answer[2 * index] = pause
  end
  return answer
end

test("a silent server, a dripping head, a dripping body, for both kinds of sockets", function(t)
  for _, create in ipairs({ socket.tcp, tools.create_wrapped() }) do
    local head, body = dripping("A: b\r\n", 600, 0.05), dripping("x", 600, 0.05)
    table.insert(head, 1, OK)
    table.insert(body, 1, OK .. "Content-Length: 100000\r\n\r\n")
    for _, answer in ipairs({ { hold = true }, head, body }) do
      times_out(t, { url = t.http_peer({ answer }):url(), create = create })
    end
  end
end)

test("connecting", function(t)
  local _, port = t.silent_server()
  times_out(t, { url = ("http://127.0.0.1:%d/"):format(port) })
end)

test("an endless redirect without a limit", function(t)
  local peer = t.http_peer({ "HTTP/1.1 302 F\r\nLocation: /a\r\n\r\n" })
  times_out(t, { url = peer:url(), maxredirects = false })
end)

test("an endless body that never makes us wait", function(t)
  local peer = t.http_peer({ { OK .. "\r\n", { ("x"):rep(65536), 1000000 } } })
  times_out(t, { url = peer:url() })
end)

test("an upload nobody reads", function(t)
  local server, port = t.server()
  times_out(t, {
    url = ("http://127.0.0.1:%d/"):format(port), method = "PUT",
    source = function() return ("x"):rep(65536) end,
  })
  server:close()
end)

test("what came before the deadline reaches the sink", function(t)
  local sink, notes = tools.noting_sink()
  local peer = t.http_peer({ { OK .. "Content-Length: 10\r\n\r\nhello", hold = true } })
  times_out(t, { url = peer:url(), sink = sink, timeout = 2 })
  t.list(notes.chunks, { "hello" })
  t.equal(notes.ended, "timeout")
end)

test("a request that is quick enough is not disturbed", function(t)
  local peer = t.http_peer({ OK .. "Content-Length: 2\r\n\r\nhi" })
  t.equal(select(2, http.request({ url = peer:url(), timeout = 30, sink = ltn12.sink.null() })), 200)
end)

test("TIMEOUT counts anew while a head or body makes progress", function(t)
  local before = http.TIMEOUT
  t.cleanup(function() http.TIMEOUT = before end)
  http.TIMEOUT = 2
  local answer = dripping("A: b\r\n", 16, 0.1)
  table.insert(answer, 1, OK)
  answer[#answer + 1] = "\r\n"
  for _ = 1, 16 do
    answer[#answer + 1] = ("x"):rep(2048)
    answer[#answer + 1] = 0.1
  end
  local results, notes = tools.exchange(t, answer)
  t.equal(results[2], 200)
  t.equal(#table.concat(notes.chunks), 16 * 2048)
end)
