-- Goal: smtp.send with `tls`: the mail and the password go to the server that was meant, or nowhere.
-- Method: a server in a process of its own, which plays the honest one, the one behind somebody who
-- changes what is said in the clear, and the broken one.

local test = ...

local ltn12 = require("ltn12")
local moontide = require("moontide")
local socket = require("socket")
local smtp = require("socket.smtp")
local talking_server = require("talking_server")
local tasks = require("tasks")
local tools = require("tls_tools")

local with = tools.merged

local function clear(changes)
  return with({
    EHLO = "250-there\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n", STARTTLS = "220 go\r\n",
    MAIL = "250 ok\r\n", RCPT = "250 ok\r\n",
    DATA = "354 go on\r\n", ["."] = "250 taken\r\n", QUIT = "221 bye\r\n",
    AUTH = "235 in\r\n",
  }, changes)
end

local function private(changes)
  return with(clear({ EHLO = "250-there\r\n250 AUTH PLAIN\r\n" }), changes)
end

local function send(port, fields)
  return smtp.send(with({
    server = "127.0.0.1", port = port, domain = "d", from = "<a@x>", rcpt = "<b@y>", tls = "starttls",
    source = ltn12.source.string("text"), cafile = tools.file("ca.pem"), timeout = 20,
  }, fields))
end

-- What the server was told, from the first EHLO in TLS on, for a mail that it took.
local function taken(where, auth)
  local lines = {}
  for line in ("EHLO d\n" .. (auth or "") .. "MAIL FROM:<a@x>\nRCPT TO:<b@y>\nDATA\n| text\n| .\nQUIT\n")
    :gmatch("[^\n]+") do
    lines[#lines + 1] = where .. " " .. line
  end
  return table.concat(lines, "\n")
end

local BEFORE = "clear EHLO d\nclear STARTTLS\ntls handshake true\n"

test("tls = starttls: everything behind the handshake is new", function(t)
  local server = talking_server(t, { clear = clear(), tls = private() })
  t.returns(t.pack(send(server.port, { user = "u", password = "p" })), 1)
  t.equal(server.transcript(), BEFORE .. taken("tls", "AUTH PLAIN AHUAcA==\n") .. "\ntls end: closed")
end)

test("tls = implicit: not a word in the clear", function(t)
  local server = talking_server(t, { starts = "", tls = private() })
  t.returns(t.pack(send(server.port, { tls = "implicit", user = "u", password = "p" })), 1)
  t.equal(server.transcript(), "tls handshake true\n" .. taken("tls", "AUTH PLAIN AHUAcA==\n")
    .. "\ntls end: closed")
end)

test("tls = opportunistic: TLS where it is offered", function(t)
  local server = talking_server(t, { clear = clear(), tls = private() })
  t.returns(t.pack(send(server.port, { tls = "opportunistic" })), 1)
  t.equal(server.transcript(), BEFORE .. taken("tls") .. "\ntls end: closed")
end)

test("tls = opportunistic: in the clear where it is not offered or refused", function(t)
  local hidden = { EHLO = "250-there\r\n250 AUTH PLAIN LOGIN CRAM-MD5\r\n" }
  local server = talking_server(t, { clear = clear(hidden) })
  t.returns(t.pack(send(server.port, { tls = "opportunistic" })), 1)
  t.equal(server.transcript(), taken("clear") .. "\nclear end: closed")
  server = talking_server(t, { clear = clear({ STARTTLS = "454 not now\r\n" }) })
  t.returns(t.pack(send(server.port, { tls = "opportunistic" })), 1)
  t.equal(server.transcript(), "clear EHLO d\nclear STARTTLS\n" .. taken("clear"):gsub("^[^\n]*\n", "")
    .. "\nclear end: closed")
  server = talking_server(t, { clear = clear({ STARTTLS = "354 what\r\n", ["."] = "250 ok\r\n" }) })
  t.returns(t.pack(send(server.port, { tls = "opportunistic" })), nil, "354 what")
end)

test("a STARTTLS that somebody hides is an error, and the server learns nothing", function(t)
  for _, ehlo in ipairs({ "250-there\r\n250 AUTH PLAIN\r\n", "250 there\r\n", "500 what\r\n",
    "250-there\r\n250 XSTARTTLS\r\n", "250-there\r\n250 STARTTLS.x\r\n" }) do
    local server = talking_server(t, { clear = clear({ EHLO = ehlo, HELO = "250 there\r\n" }) })
    t.returns(t.pack(send(server.port, { user = "u", password = "p" })), nil, "STARTTLS not supported")
    local hello = ehlo:find("^5") and "clear EHLO d\nclear HELO d\n" or "clear EHLO d\n"
    t.equal(server.transcript(), hello .. "clear end: closed")
  end
end)

test("a STARTTLS that is refused is an error", function(t)
  local server = talking_server(t, { clear = clear({ STARTTLS = "454 not now\r\n" }) })
  t.returns(t.pack(send(server.port)), nil, "454 not now")
  t.equal(server.transcript(), "clear EHLO d\nclear STARTTLS\nclear end: closed")
end)

test("what somebody puts behind the answer to STARTTLS is not taken for the server's", function(t)
  for _, more in ipairs({ "250-evil\r\n250 AUTH LOGIN\r\n", "250 evil\r\n", "550 evil\r\n" }) do
    local server = talking_server(t, { clear = clear({ STARTTLS = "220 go\r\n" .. more }), tls = private() })
    t.returns(t.pack(send(server.port, { user = "u", password = "p" })), 1)
    t.equal(server.transcript(), BEFORE .. taken("tls", "AUTH PLAIN AHUAcA==\n") .. "\ntls end: closed")
  end
end)

test("what was offered before TLS does not count any more", function(t)
  local server = talking_server(t, { clear = clear(), tls = private({ EHLO = "250 there\r\n" }) })
  t.returns(t.pack(send(server.port, { user = "u", password = "p" })), nil, "authentication not supported")
  t.equal(server.transcript(), BEFORE .. "tls EHLO d\ntls end: closed")
end)

test("the certificate must be trusted, and be for the server", function(t)
  local function outcome(fields, certificate)
    local server = talking_server(t, { clear = clear(), tls = private(), certificate = certificate })
    local result, message = send(server.port, fields)
    return result or message
  end
  local FAILED = "certificate verify failed"
  t.equal(outcome({ server = "localhost" }), 1)
  t.equal(outcome({ cafile = tools.file("other_ca.pem") }), FAILED)
  t.equal(outcome({ cafile = false }), FAILED)
  t.equal(outcome({ cafile = false, verify = "none" }), 1)
  t.equal(outcome({}, "second"), FAILED)
  t.equal(outcome({ verifyhost = false }, "second"), 1)
  t.equal(outcome({ verifyhost = "second.test" }, "second"), 1)
  t.equal(outcome({}, "expired"), FAILED)
  t.equal(outcome({ tls = "opportunistic" }, "second"), FAILED)
  t.equal(outcome({ tls = "opportunistic", verify = "none" }, "second"), 1)
end)

test("the defaults of a program are fields of socket.smtp", function(t)
  local server = talking_server(t, { clear = clear(), tls = private(), connections = 2 })
  smtp.VERIFY = "none"
  local result = send(server.port, { cafile = false })
  smtp.VERIFY = nil
  t.equal(result, 1)
  t.returns(t.pack(send(server.port, { cafile = false })), nil, "certificate verify failed")
end)

test("what cannot be is refused before connecting", function(t)
  local port = t.refusing_port()
  t.returns(t.pack(send(port, { tls = "tls" })), nil, "invalid tls (tls)")
  t.returns(t.pack(send(port, { tls = true })), nil, "invalid tls (true)")
  t.returns(t.pack(send(port, { protocol = "foo" })), nil, "invalid protocol (foo)")
  t.returns(t.pack(send(port, { cafile = "/nowhere" })), nil,
    "error loading CA locations (No such file or directory)")
  t.returns(t.pack(send(port, { auth = "NTLM", user = "u", password = "p" })), nil,
    "unknown mechanism 'NTLM'")
  t.returns(t.pack(send(port, { auth = "PLAIN" })), nil, "user and password expected")
  t.returns(t.pack(send(port, { token = "t" })), nil, "user and password expected")
  t.returns(t.pack(send(port, { user = "u\0", password = "p" })), nil, "invalid character in command")
  t.equal(pcall(send, port, { servername = 5 }), false)
  t.returns(t.pack(send(port)), nil, "connection refused")
end)

test("a socket of the program's own that has no descriptor to give", function(t)
  local closed = 0
  local peer = require("scripted")({ connect = "220 hello\r\n", EHLO = "250 STARTTLS\r\n",
    STARTTLS = "220 go\r\n" })
  peer.socket.close = function() closed = closed + 1 return 1 end
  t.returns(t.pack(send(25, { create = peer.create })), nil, "not a socket that TLS can use")
  t.ok(closed > 0)
end)

test("TLS from the start has a port of its own, unless the program names one", function(t)
  local function port_of(fields)
    local peer = require("scripted")({ connect = "220 hello\r\n", EHLO = "250 there\r\n" })
    fields.create = peer.create
    t.equal((send(nil, fields)), nil)
    for _, call in ipairs(peer.calls) do
      if call:find("^connect") then
        return call
      end
    end
  end
  t.equal(port_of({ tls = "implicit" }), "connect 127.0.0.1 465")
  t.equal(port_of({ tls = "implicit", port = 5465 }), "connect 127.0.0.1 5465")
  t.equal(port_of({ tls = "starttls" }), "connect 127.0.0.1 25")
end)

test("the password is that of the user, not that of a key", function(t)
  local server = talking_server(t, { clear = clear(), tls = private() })
  local function with_key(fields)
    fields.user, fields.password = "u", "secret"
    return send(server.port, fields)
  end
  local key, certificate = tools.file("encrypted.key"), tools.file("server.pem")
  t.returns(t.pack(with_key({ key = key, certificate = certificate })), nil,
    "error loading private key (bad decrypt)")
  t.returns(t.pack(with_key({
    certificates = { { key = key, certificate = certificate, password = "secret" } },
  })), 1)
end)

test("a socket of the program's own is used for TLS, too", function(t)
  local server = talking_server(t, { clear = clear(), tls = private() })
  local made = 0
  local function create()
    made = made + 1
    return socket.tcp()
  end
  t.returns(t.pack(send(server.port, { create = create })), 1)
  t.equal(made, 1)
end)

test("a server that is silent in the handshake is a timeout", function(t)
  for _, fields in ipairs({ { tls = "implicit" }, { tls = "implicit", timeout = false } }) do
    local _, port = t.server() -- where nobody accepts
    fields.timeout = fields.timeout == nil and 0.2 or nil
    smtp.TIMEOUT = fields.timeout and 60 or 0.2
    local seconds, _, message = t.timed(send, port, fields)
    smtp.TIMEOUT = 60
    t.equal(message, "timeout")
    t.between(seconds, 0.1, 10)
  end
end)

test("a server that is silent in TLS is a timeout", function(t)
  local server = talking_server(t, { clear = clear(), starts = "", tls = {}, greeting = "" })
  t.returns(t.pack(send(server.port, { tls = "implicit", timeout = 1 })), nil, "timeout")
end)

test("a server that speaks no TLS", function(t)
  local server = talking_server(t, { clear = clear(), starts = "never" })
  t.returns(t.pack(send(server.port, { tls = "implicit" })), nil, "wrong version number")
end)

test("a reply without end has its limit in TLS, too", function(t)
  for _, flood in ipairs({ ("220-more\r\n"):rep(1000), ("2"):rep(10000) }) do
    local server = talking_server(t, { starts = "", tls = {}, flood = flood })
    t.returns(t.pack(send(server.port, { tls = "implicit" })), nil, "reply too long")
  end
end)

test("a source that raises closes the connection, and the error goes on", function(t)
  local server = talking_server(t, { clear = clear(), tls = private() })
  local value = {}
  local good, failure = pcall(send, server.port, { source = function() error(value) end })
  t.equal(good, false)
  t.equal(failure, value)
  t.matches(server.transcript(), "tls DATA\ntls | nil\ntls end: closed$")
end)

test("a session by hand", function(t)
  local server = talking_server(t, { clear = clear(), tls = private() })
  t.equal(socket.protect(function()
    local s = smtp.open("127.0.0.1", server.port)
    t.matches(s:greet("d"), "STARTTLS")
    local ext = s:starttls({ cafile = tools.file("ca.pem") })
    t.equal(ext, "250-there\n250 AUTH PLAIN")
    t.equal(s:authenticate({ user = "u", password = "p" }), 235)
    s:send({ from = "<a@x>", rcpt = "<b@y>", source = ltn12.source.string("text") })
    s:quit()
    return s:close()
  end)(), 1)
  t.equal(server.transcript(), BEFORE .. taken("tls", "AUTH PLAIN AHUAcA==\n") .. "\ntls end: closed")
  server = talking_server(t, { starts = "", tls = private() })
  t.equal(socket.protect(function()
    local s = smtp.open("127.0.0.1", server.port)
    s:secure({ cafile = tools.file("ca.pem") })
    s:greet("d")
    s:quit()
    return s:close()
  end)(), 1)
  t.returns(t.pack(socket.protect(function()
    local s = smtp.open("127.0.0.1", talking_server(t, { clear = { EHLO = "250 x\r\n" } }).port)
    s:greet("d")
    s:starttls()
  end)()), nil, "STARTTLS not supported")
end)

test("a task that is cancelled in the handshake leaves nothing open", function(t)
  local listener, port = t.server()
  listener:settimeout(10)
  tasks.run(function()
    local task = moontide.spawn(send, port, { tls = "implicit" })
    local client = t.keep(listener:accept())
    client:settimeout(10)
    t.equal(#client:receive(1), 1)
    task:cancel()
    t.equal(pcall(task.join, task), false)
    t.equal(client:receive("*a") ~= nil, true) -- to its end
  end)
end)

test("a server that goes away within TLS, at any word", function(t)
  for _, word in ipairs({ "EHLO", "AUTH", "MAIL", "RCPT", "DATA", ".", "QUIT" }) do
    local server = talking_server(t, { clear = clear(), tls = private({ [word] = false }) })
    local result, message = send(server.port, { user = "u", password = "p" })
    if word == "QUIT" then
      t.equal(result, 1)
    else
      t.equal(result, nil)
      t.equal(message, "closed", word)
    end
  end
end)
