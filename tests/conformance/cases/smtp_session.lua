-- smtp.md, send() and open(): the bytes on the wire and the results, for good and bad servers.

local R = ...

local ltn12 = require("ltn12")
local socket = require("socket")
local smtp = require("socket.smtp")

R.values("the module is socket.smtp", socket.smtp == smtp, package.loaded["socket.smtp"] == smtp)
R.values("constants", smtp.TIMEOUT, smtp.SERVER, smtp.PORT, smtp.DOMAIN, smtp.ZONE)
R.call("keys", function()
  local list = {}
  for key, value in pairs(smtp) do
    list[#list + 1] = key .. ":" .. type(value)
  end
  table.sort(list)
  return table.concat(list, " ")
end)

local function server(changes)
  local replies = {
    connect = "220 hello\r\n", EHLO = "250-there\r\n250-SIZE 100\r\n250 AUTH LOGIN PLAIN\r\n",
    HELO = "250 there\r\n", MAIL = "250 sender ok\r\n", RCPT = "250 recipient ok\r\n",
    DATA = "354 go on\r\n", ["."] = "250 taken\r\n", QUIT = "221 bye\r\n",
    AUTH = "334 VXNlcm5hbWU6\r\n", other = { "334 UGFzc3dvcmQ6\r\n", "235 welcome\r\n" },
  }
  for key, value in pairs(changes or {}) do
    replies[key] = value or nil
  end
  return R.scripted(replies)
end

local function send(name, fields, changes, keep_table)
  R.call(name, function()
    local peer = server(changes)
    local mailt = { from = "<a@x>", rcpt = "<b@y>", source = ltn12.source.string("text"),
      domain = "client.example", create = peer.create }
    for key, value in pairs(fields) do
      mailt[key] = value
    end
    for _, key in ipairs(keep_table or {}) do
      mailt[key] = nil
    end
    local results = R.pack(socket.protect(smtp.send)(mailt))
    R.values(name .. ", wire", peer.wire)
    R.values(name .. ", closed", peer.closed > 0)
    return R.unpack(results, 1, results.n)
  end)
end

send("a plain mail", {})
send("default domain", {}, nil, { "domain" })
send("two recipients", { rcpt = { "<b@y>", "<c@z>" } })
send("addresses without brackets", { from = "a@x", rcpt = "b@y" })
send("a text with CRLF", { source = ltn12.source.string("hello\r\n") })
send("an empty source", { source = ltn12.source.empty() })
send("dots", { source = ltn12.source.string("x\r\n.") })
send("a dot first", { source = ltn12.source.string(".\r\n..\r\n") })
send("dots across chunks", { source = ltn12.source.table({ "a\r", "\n", ".", "b\r\n", ".\r\n" }) })
send("a dot within a line", { source = ltn12.source.string("a.b\r\nc.\r\n") })
send("a dot behind LF with a letter", { source = ltn12.source.string("a\n.b\r.c\n") })
send("a dot behind LF alone", { source = ltn12.source.string("a\n.\r\nQUIT\r\n") })
send("a dot behind CR alone", { source = ltn12.source.string("a\r.\r\nb") })
send("a dot behind LF at the end", { source = ltn12.source.string("a\n.") })
send("a message", { source = smtp.message({ headers = { date = "d", ["x-mailer"] = "m" }, body = "b" }) },
  { MAIL = "550 no\r\n" })
send("login", { user = "u", password = "p" })
send("plain", { user = "u", password = "p" },
  { EHLO = "250-x\r\n250 AUTH PLAIN\r\n", AUTH = "235 welcome\r\n" })
send("AUTH=LOGIN", { user = "u", password = "p" }, { EHLO = "250-x\r\n250 AUTH=LOGIN\r\n" })
send("AUTH=PLAIN LOGIN", { user = "u", password = "p" }, { EHLO = "250-x\r\n250 AUTH=PLAIN LOGIN\r\n" })
send("other mechanisms", { user = "u", password = "p" }, { EHLO = "250-x\r\n250 AUTH CRAM-MD5 LOGIN\r\n" })
send("no mechanism known", { user = "u", password = "p" }, { EHLO = "250-x\r\n250 AUTH CRAM-MD5\r\n" })
send("no authentication", { user = "u", password = "p" }, { EHLO = "250 x\r\n" })
send("lower case auth", { user = "u", password = "p" }, { EHLO = "250-x\r\n250 auth login\r\n" })
send("auth in a host name", { user = "u", password = "p" }, { EHLO = "250 AUTH.LOGIN.host\r\n" })
send("user without password", { user = "u" })
send("password without user", { password = "p" })
send("login refused at once", { user = "u", password = "p" }, { AUTH = "504 no\r\n" })
send("login refused at the user", { user = "u", password = "p" }, { other = "535 no\r\n" })
send("login refused at the password", { user = "u", password = "p" },
  { other = { "334 x\r\n", "535 no\r\n" } })
send("plain refused", { user = "u", password = "p" },
  { EHLO = "250-x\r\n250 AUTH PLAIN\r\n", AUTH = "535-no\r\n535 no\r\n" })
send("bad greeting", {}, { connect = "554 no service\r\n" })
send("no greeting", {}, { connect = "hello\r\n" })
send("closed before the greeting", {}, { connect = "" })
send("EHLO refused for now", {}, { EHLO = "421 later\r\n" })
send("EHLO unknown", {}, { EHLO = "500 what\r\n" })
send("MAIL refused", {}, { MAIL = "550-bad\r\n550 really bad\r\n" })
send("RCPT refused", {}, { RCPT = "550 no such user\r\n" })
send("second RCPT refused", { rcpt = { "<b@y>", "<c@z>", "<d@w>" } },
  { RCPT = { "250 ok\r\n", "550 no\r\n" } })
send("DATA refused", {}, { DATA = "503 no\r\n" })
send("message refused", {}, { ["."] = "552 too much\r\n" })
send("closed behind the message", {}, { ["."] = function() end })
send("QUIT refused", {}, { QUIT = "500 no\r\n" })
send("closed at QUIT", {}, { QUIT = function() end })
send("a source that fails", { source = ltn12.source.cat(ltn12.source.string("half"),
  ltn12.source.error("broken")) })
send("a step that stops", { step = function() return nil, "stopped" end })
send("no from", {}, nil, { "from" })
send("no recipient field", {}, nil, { "rcpt" })
send("no source", {}, nil, { "source" })
send("no recipients", { rcpt = {} })
send("CR LF in from", { from = "<a@x>\r\nRCPT TO:<evil@z>" })
send("CR LF in rcpt", { rcpt = "<b@y>\r\nDATA" })
send("LF in a list of rcpt", { rcpt = { "<b@y>", "<c@z>\nQUIT" } })
send("CR LF in domain", { domain = "x\r\nMAIL FROM:<e@z>" })
send("create fails", { create = function() return nil, "no socket" end })

R.call("server and port", function()
  local peer = server()
  smtp.send({ from = "a", rcpt = "b", source = ltn12.source.empty(), create = peer.create,
    server = "mail.example", port = 2525, domain = "d" })
  local connect
  for _, call in ipairs(peer.calls) do
    connect = connect or call:match("^connect.*")
  end
  return connect, table.concat(peer.calls, ", "):match("^[^c]*create 0, settimeout 60") ~= nil
end)
R.call("defaults are read late", function()
  local peer = server()
  smtp.SERVER, smtp.PORT, smtp.TIMEOUT, smtp.DOMAIN = "other", 26, 7, "late"
  local result = smtp.send({ from = "a", rcpt = "b", source = ltn12.source.empty(),
    create = peer.create })
  smtp.SERVER, smtp.PORT, smtp.TIMEOUT, smtp.DOMAIN = "localhost", 25, 60, "localhost"
  return result, peer.calls[2], peer.calls[3], peer.wire:match("^[^\r]*")
end)
R.call("send(nil)", function() return smtp.send() end)
R.call("a step sees source and sink", function()
  local peer = server()
  local count = 0
  return smtp.send({ from = "a", rcpt = "b", source = ltn12.source.string("x"), create = peer.create,
    step = function(...)
      count = count + select("#", ...)
      return ltn12.pump.step(...)
    end }), count
end)
R.call("refused by the system", smtp.send, { from = "a", rcpt = "b", source = ltn12.source.empty(),
  server = "127.0.0.1", port = R.net.closed_port() })

-- Low level.
local function session(name, changes, use)
  R.call(name, function()
    local peer = server(changes)
    local s = smtp.open("host", 25, peer.create)
    local results = R.pack(socket.protect(function() return use(s, peer) end)())
    R.values(name .. ", wire", peer.wire)
    R.values(name .. ", closed", peer.closed > 0)
    return R.unpack(results, 1, results.n)
  end)
end
local quiet = { connect = "" }
session("low level: fields", nil, function(s)
  local list = {}
  for key, value in pairs(s) do
    list[#list + 1] = key .. ":" .. type(value)
  end
  table.sort(list)
  return table.concat(list, " ")
end)
session("low level: methods", nil, function(s)
  local list = {}
  for key in pairs(getmetatable(s).__index) do
    list[#list + 1] = key
  end
  table.sort(list)
  return table.concat(list, " ")
end)
session("low level: greet", nil, function(s) return s:greet("d") end)
session("low level: greet refused", { connect = "554 no\r\n" }, function(s) return s:greet("d") end)
session("low level: mail", quiet, function(s) return s:mail("<a>") end)
session("low level: mail refused", { connect = "", MAIL = "501 no\r\n" },
  function(s) return s:mail("<a>") end)
session("low level: rcpt", quiet, function(s) return s:rcpt("<a>") end)
session("low level: data is not stuffed", quiet,
  function(s) return s:data(ltn12.source.string("a\r\n..b")) end)
session("low level: quit", quiet, function(s) return s:quit() end)
session("low level: quit refused", { connect = "", QUIT = "500 no\r\n" }, function(s) return s:quit() end)
session("low level: login", quiet, function(s) return s:login("user", "secret") end)
session("low level: plain", { connect = "", AUTH = "235 ok\r\n" },
  function(s) return s:plain("user", "secret") end)
session("low level: auth without a user", quiet, function(s) return s:auth(nil, "p", "250 AUTH LOGIN") end)
session("low level: auth without a password", quiet,
  function(s) return s:auth("u", nil, "250 AUTH LOGIN") end)
session("low level: auth", quiet, function(s) return s:auth("u", "p", "250-x\n250 AUTH LOGIN") end)
session("low level: auth unsupported", quiet, function(s) return s:auth("u", "p", "250 x") end)
session("low level: send", quiet, function(s)
  return s:send({ from = "<a>", rcpt = { "<b>", "<c>" }, source = ltn12.source.string(".x") })
end)
session("low level: close", quiet, function(s) return s:close(), s:close() end)
session("low level: a whole session", nil, function(s)
  local ext = s:greet("d")
  s:auth("u", "p", ext)
  s:send({ from = "<a>", rcpt = "<b>", source = ltn12.source.string("text") })
  s:quit()
  return s:close()
end)
R.call("open fails", socket.protect(smtp.open), "h", 1, function() return nil, "no socket" end)
