-- Goal: smtp.send and smtp.open where they are better than the original; equality is in
-- tests/conformance/cases/smtp_session.lua.

local test = ...
local scripted = require("scripted")

local ltn12 = require("ltn12")
local smtp = require("socket.smtp")

local function server(changes)
  local replies = {
    connect = "220 hello\r\n", EHLO = "250-there\r\n250 AUTH LOGIN PLAIN\r\n", HELO = "250 there\r\n",
    MAIL = "250 ok\r\n", RCPT = "250 ok\r\n", DATA = "354 go on\r\n", ["."] = "250 taken\r\n",
    QUIT = "221 bye\r\n", AUTH = "334 user\r\n", other = { "334 password\r\n", "235 in\r\n" },
  }
  for key, value in pairs(changes or {}) do
    replies[key] = value
  end
  return scripted(replies)
end

local function send(peer, fields)
  local mailt = { from = "<a@x>", rcpt = "<b@y>", source = ltn12.source.string("text"), domain = "d",
    create = peer.create }
  for key, value in pairs(fields or {}) do
    mailt[key] = value
  end
  return smtp.send(mailt)
end

local START = "EHLO d\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n"

-- The bytes between DATA and the final dot.
local function body_on_wire(chunks)
  local peer = server()
  send(peer, { source = ltn12.source.table(chunks) })
  return peer.wire:sub(#START + 1):match("^(.*)\r\n%.\r\nQUIT\r\n$")
end

test("a mail, byte for byte", function(t)
  local peer = server()
  t.returns(t.pack(send(peer)), 1)
  t.equal(peer.wire, START .. "text\r\n.\r\nQUIT\r\n")
  t.equal(peer.closed, 1)
end)

test("what would inject commands is refused before connecting", function(t)
  for _, bad in ipairs({ "<a>\r\nDATA", "<a>\n", "<a>\r", "<a\0>" }) do
    for _, fields in ipairs({ { from = bad }, { rcpt = bad },
      { rcpt = { "<c>", bad } }, { domain = bad } }) do
      local peer = server()
      t.returns(t.pack(send(peer, fields)), nil, "invalid character in command")
      t.equal(#peer.calls, 0)
    end
  end
end)

test("a message with a header that would inject is refused before connecting", function(t)
  local peer = server()
  local message = smtp.message({ body = { { headers = { a = "b\r\nc" }, body = "x" } } })
  t.returns(t.pack(send(peer, { source = message })), nil, "invalid header value: a")
  t.equal(#peer.calls, 0)
  -- Behind a filter it is noticed when its turn comes, and no final dot is sent.
  message = smtp.message({ headers = { a = "b\r\nc" }, body = "x" })
  message = ltn12.source.chain(message, function(chunk) return chunk end)
  t.returns(t.pack(send(peer, { source = message })), nil, "invalid header value: a")
  t.equal(peer.wire, START)
end)

test("what is missing raises before connecting", function(t)
  for _, key in ipairs({ "from", "rcpt", "source" }) do
    local peer = server()
    local mailt = { from = "a", rcpt = "b", source = ltn12.source.empty(), create = peer.create }
    mailt[key] = nil
    t.equal(pcall(smtp.send, mailt), false)
    t.equal(#peer.calls, 0)
  end
end)

test("without recipients nothing is sent", function(t)
  local peer = server()
  t.returns(t.pack(send(peer, { rcpt = {} })), nil, "no recipients")
  t.equal(peer.wire, "")
end)

local stuffing = {
  { { "hello\r\n" }, "hello\r\n" },
  { {}, "" },
  { { "x\r\n." }, "x\r\n.." },
  { { "." }, ".." },
  { { "a\n.b" }, "a\n.b" },
  { { "a\r.b" }, "a\r.b" },
  { { "a\n.\r\nb" }, "a\n..\r\nb" },
  { { "a\n.\nb" }, "a\n..\nb" },
  { { "a\n.\rb" }, "a\n..\rb" },
  { { "a\r.\rb" }, "a\r..\rb" },
  { { "a\n." }, "a\n.." },
  { { "a\r." }, "a\r.." },
  { { "a\n.." }, "a\n.." },
  { { "a\r\n.\r\n" }, "a\r\n..\r\n" },
  { { "\n.\n.\n.\n" }, "\n..\n..\n..\n" },
  { { "\r\r\n.\r\n" }, "\r\r\n..\r\n" },
  { { "\n\r\n.\n" }, "\n\r\n..\n" },
  { { "\n\r.\n" }, "\n\r..\n" },
}
for index, row in ipairs(stuffing) do
  test("dots, row " .. index .. ", in one chunk and byte by byte", function(t)
    t.equal(body_on_wire(row[1]), row[2])
    local bytes = {}
    for byte in table.concat(row[1]):gmatch(".") do
      bytes[#bytes + 1] = byte
    end
    t.equal(body_on_wire(bytes), row[2])
  end)
end

test("an accepted mail is a success whatever becomes of QUIT", function(t)
  t.equal(send(server({ QUIT = "500 no\r\n" })), 1)
  t.equal(send(server({ QUIT = function() end })), 1)
  local peer = server({ connect = "", QUIT = "500 no\r\n" })
  t.equal(pcall(function() smtp.open("h", 25, peer.create):quit() end), false)
  t.equal(peer.closed, 1)
end)

test("HELO is tried where EHLO is not known", function(t)
  local peer = server({ EHLO = "502 what\r\n" })
  t.equal(send(peer), 1)
  t.matches(peer.wire, "^EHLO d\r\nHELO d\r\nMAIL")
  peer = server({ EHLO = "502 what\r\n" })
  t.equal(smtp.open("h", 25, peer.create):greet("d"), "250 there")
  t.returns(t.pack(send(server({ EHLO = "421 later\r\n" }))), nil, "421 later")
end)

test("AUTH is a word at the start of a line, in any case", function(t)
  local login = "AUTH LOGIN\r\ndQ==\r\ncA==\r\n"
  local plain = "AUTH PLAIN AHUAcA==\r\n"
  local offers = {
    ["250 AUTH LOGIN"] = login, ["250 auth login"] = login, ["250 AUTH=LOGIN"] = login,
    ["250-x\r\n250 AUTH PLAIN LOGIN"] = login, ["250 AUTH PLAIN"] = plain, ["250 Auth=Plain"] = plain,
    ["250 AUTH=LOGIN PLAIN"] = login, ["250 AUTH XLOGIN PLAIN"] = plain,
  }
  for offer, wire in pairs(offers) do
    local peer = server({ EHLO = offer .. "\r\n" })
    if wire == plain then
      peer = server({ EHLO = offer .. "\r\n", AUTH = "235 in\r\n" })
    end
    t.equal(send(peer, { user = "u", password = "p" }), 1, offer)
    t.equal(peer.wire:sub(9, 8 + #wire), wire, offer)
  end
  for _, offer in ipairs({ "250 AUTH.LOGIN.host", "250 x AUTH LOGIN", "250 AUTHX LOGIN",
    "250 AUTH CRAM-MD5" }) do
    local peer = server({ EHLO = offer .. "\r\n" })
    t.returns(t.pack(send(peer, { user = "u", password = "p" })), nil, "authentication not supported")
    t.equal(peer.closed > 0, true)
  end
end)

test("an empty password is sent as an empty line", function(t)
  local peer = server()
  t.equal(send(peer, { user = "u", password = "" }), 1)
  t.matches(peer.wire, "AUTH LOGIN\r\ndQ==\r\n\r\nMAIL")
end)

test("NUL cannot move the borders of AUTH PLAIN", function(t)
  local peer = server({ EHLO = "250 AUTH PLAIN\r\n" })
  t.returns(t.pack(send(peer, { user = "u\0v", password = "p" })), nil, "invalid character in command")
end)

test("a source, a step or a filter that raises closes the connection, and the error goes on", function(t)
  local value = {}
  local function raise() error(value) end
  for _, fields in ipairs({ { source = raise }, { step = raise } }) do
    local peer = server()
    local good, failure = pcall(send, peer, fields)
    t.equal(good, false)
    t.equal(failure, value)
    t.equal(peer.closed, 1)
  end
end)

test("a source, a step and the socket may yield to the scheduler of the caller", function(t)
  if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then
    t.skip("on Lua 5.1 no yield passes socket.protect")
  end
  local peer = server()
  local send_bytes, receive = peer.socket.send, peer.socket.receive
  peer.socket.send = function(...) coroutine.yield("write") return send_bytes(...) end
  peer.socket.receive = function(...) coroutine.yield("read") return receive(...) end
  local given = false
  local source = smtp.message({ body = function()
    coroutine.yield("source")
    if not given then
      given = true
      return "from a source"
    end
  end })
  local step = function(...) coroutine.yield("step") return ltn12.pump.step(...) end
  local seen = {}
  local run = coroutine.wrap(function() return "done", send(peer, { source = source, step = step }) end)
  local what, result = run()
  while what ~= "done" do
    seen[what] = true
    what, result = run()
  end
  t.equal(result, 1)
  t.ok(seen.write and seen.read and seen.source and seen.step)
  t.matches(peer.wire, "\r\n\r\nfrom a source\r\n%.\r\nQUIT\r\n$")
end)

test("timeout is handed down as what is left of the whole", function(t)
  local peer = server()
  t.equal(send(peer, { timeout = 30 }), 1)
  local limits = 0
  for _, call in ipairs(peer.calls) do
    local seconds = call:match("^settimeout (%S+) t$")
    if seconds then
      limits = limits + 1
      t.between(tonumber(seconds), 1, 30)
    end
  end
  t.ok(limits > 10)
end)

test("a session is replaced by TLS in its field c", function(t)
  local plain = server({ other = "250 STARTTLS\r\n", STARTTLS = "220 go\r\n" })
  local secure = server({ connect = "" })
  local s = smtp.open("h", 25, plain.create)
  s:greet("d")
  s.tp:command("STARTTLS")
  s.tp:check("2..")
  s.tp.c = secure.socket
  s.tp:command("EHLO", "d")
  local _, ext = s.tp:check("2..")
  s:auth("u", "p", ext)
  s:send({ from = "<a>", rcpt = "<b>", source = ltn12.source.string("x") })
  s:quit()
  s:close()
  t.matches(secure.wire, "^EHLO d\r\nAUTH LOGIN\r\n.*\r\nx\r\n%.\r\nQUIT\r\n$")
end)
