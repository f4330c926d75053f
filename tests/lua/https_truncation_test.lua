-- Answers over TLS that are cut anywhere: reported, and never taken for complete.
local test = ...
local ltn12 = require("ltn12")
local moontide = require("moontide")
local socket = require("socket")
local https = require("ssl.https")
local tasks = require("tasks")
local tools = require("tls_tools")

local BODY = ("0123456789"):rep(60)
local HEAD = "HTTP/1.1 200 OK\r\n"
local ANSWERS = {
  length = HEAD .. "Content-Length: 600\r\n\r\n" .. BODY,
  chunked = HEAD .. "Transfer-Encoding: chunked\r\n\r\n12c\r\n" .. BODY:sub(1, 300) .. "\r\n12c\r\n"
    .. BODY:sub(301) .. "\r\n0\r\nTrailer: t\r\n\r\n",
  ["until closed"] = HEAD .. "\r\n" .. BODY,
}

-- What has come, `most` bytes at most; "" at the end.
local function some(sock, most)
  sock:settimeout(0)
  while true do
    local data, message, partial = sock:receive(most)
    data = data or partial
    if data ~= "" or message ~= "timeout" then
      return data
    end
    moontide.waitfd(sock:getfd(), "r")
  end
end

-- A server whose answers go through a relay that lets so many bytes through, and then ends the connection,
-- or resets it. f(ask): ask(bytes, resets) gives the results of a request, its body and what was let through.
local function relayed(t, answer, options, f)
  tasks.needs_outside(t)
  local limit, resets, passed

  local function relay(port, client)
    local far = t.keep(assert(socket.connect("127.0.0.1", port)))
    local up = moontide.spawn(function()
      repeat
        local data = some(client, 8192)
        far:send(data)
      until data == ""
      far:shutdown("send")
    end)
    passed = 0
    while passed < limit do
      local data = some(far, math.min(limit - passed, 8192))
      if data == "" then
        break
      end
      client:send(data)
      passed = passed + #data
    end
    client:setoption("linger", { on = resets, timeout = 0 })
    up:cancel()
    up:pjoin()
    far:close()
  end

  local function ask(bytes, with_reset)
    limit, resets = bytes, with_reset
    local chunks = {}
    local request = {
      url = options.url, sink = (ltn12.sink.table(chunks)), cafile = tools.file("ca.pem"), resume = false,
      options = options.words,
    }
    local results = t.pack(https.request(request))
    return results, table.concat(chunks), passed
  end

  moontide.run(function()
    local ready, front = moontide.channel(1), moontide.channel(1)
    moontide.spawn(moontide.serve, "127.0.0.1:0", function(conn)
      repeat local line = conn:receive() until not line or line == ""
      conn:send(answer)
    end, { tls = tools.context(tools.server_params()), onready = function(_, port) ready:send(port) end })
    local port = ready:receive()
    moontide.spawn(moontide.serve, "127.0.0.1:0", function(client) relay(port, client) end, {
      onready = function(_, own) front:send(own) end,
    })
    options.url = ("https://localhost:%d/"):format(front:receive())
    f(ask)
    moontide.stop(30)
  end)
end

-- Numbers that are the same in each run.
local function numbers(count, most)
  local state, list = 7, {}
  for index = 1, count do
    state = (state * 75 + 74) % 65537
    list[index] = math.floor(state / 65537 * most)
  end
  return list
end

for kind, answer in pairs(ANSWERS) do
  test("cut anywhere, by an end or a reset: an answer whose body goes by " .. kind, function(t)
    relayed(t, answer, {}, function(ask)
      local results, body, total = ask(1e9, false)
      t.equal(results[1], 1)
      t.equal(body, BODY)
      local points = numbers(40, total)
      -- The end of the answer is in these, and what closes TLS. Signatures are some bytes longer or shorter.
      for back = 10, 60 do
        points[#points + 1] = total - back
      end
      local cut = 0
      for index, point in ipairs(points) do
        results, body = ask(point, index % 2 == 0)
        local what = ("%d of %d bytes"):format(point, total)
        t.equal(BODY:sub(1, #body), body, what)
        if results[1] then -- what came behind says nothing about the body
          t.equal(body, BODY, what)
          t.ok(kind ~= "until closed", what)
        else
          t.is("string", results[2], what)
          cut = cut + 1
        end
      end
      t.ok(cut >= 40)
    end)
  end)
end

test("an end that TLS did not announce is taken for one where the program asks for that", function(t)
  relayed(t, ANSWERS["until closed"], { words = { "all", "ignore_unexpected_eof" } }, function(ask)
    local _, _, total = ask(1e9, false)
    local results, body = ask(total - 10, false)
    t.equal(results[1], 1)
    t.equal(body, BODY)
  end)
end)
