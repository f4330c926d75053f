-- Goal: FTP over TLS: password, commands and files go to the server that was meant, or nowhere, and a file
-- that was cut off is no file. Method: a server in a process of its own, honest or not.

local test = ...

local ltn12 = require("ltn12")
local moontide = require("moontide")
local socket = require("socket")
local ftp = require("socket.ftp")
local url = require("socket.url")
local talking_server = require("talking_server")
local tasks = require("tasks")
local tools = require("tls_tools")

local with = tools.merged

local function answers(changes)
  return with({
    AUTH = "234 go\r\n", USER = "331 password\r\n", PASS = "230 in\r\n", PBSZ = "200 ok\r\n",
    PROT = "200 ok\r\n", EPSV = "229 ok (|||%PORT%|)\r\n", RETR = "150 here\r\n", STOR = "150 go on\r\n",
    done = "226 done\r\n", QUIT = "221 bye\r\n", PORT = "200 ok\r\n", DELE = "250 ok\r\n",
    TYPE = "200 ok\r\n",
  }, changes)
end

local function server(t, changes, data, options)
  return talking_server(t, with({
    starts = "AUTH", clear = answers(changes), tls = answers(changes),
    data = with({ way = "private", content = "content" }, data),
  }, options))
end

local function get(port, fields)
  local sink, chunks = ltn12.sink.table()
  local result, message = ftp.get(with({
    host = "127.0.0.1", port = port, path = "/f", sink = sink, tls = "explicit", timeout = 20,
    cafile = tools.file("ca.pem"),
  }, fields))
  return result, message, table.concat(chunks)
end

local function put(port, content, fields)
  return ftp.put(with({
    host = "127.0.0.1", port = port, path = "/f", source = ltn12.source.string(content), tls = "explicit",
    timeout = 20, cafile = tools.file("ca.pem"),
  }, fields))
end

local SESSION = "tls USER ftp\ntls PASS anonymous@anonymous.org\ntls PBSZ 0\ntls PROT P\ntls EPSV\n"
local EXPLICIT = "clear AUTH TLS\ntls handshake true\n" .. SESSION
local IMPLICIT = "tls handshake true\n" .. SESSION
local RETRIEVED = "tls RETR f\ntls data handshake true resumed\ntls QUIT\ntls end: closed"

test("tls = explicit: a file is got, and the data connection resumes the session", function(t)
  local peer = server(t)
  t.returns(t.pack(get(peer.port)), 1, nil, "content")
  t.equal(peer.transcript(), EXPLICIT .. RETRIEVED)
end)

test("in TLS 1.2, too", function(t)
  local peer = server(t, nil, nil, { server = { protocol = "tlsv1_2" } })
  t.returns(t.pack(get(peer.port)), 1, nil, "content")
  t.equal(peer.transcript(), EXPLICIT .. RETRIEVED)
end)

test("tls = implicit: not a word in the clear", function(t)
  local peer = server(t, nil, nil, { starts = "" })
  t.returns(t.pack(get(peer.port, { tls = "implicit", user = "u", password = "p" })), 1, nil, "content")
  t.equal(peer.transcript(), (IMPLICIT:gsub("ftp", "u"):gsub("anonymous@anonymous.org", "p")) .. RETRIEVED)
end)

test("ftps URLs are implicit", function(t)
  local peer = server(t, nil, nil, { starts = "", connections = 3 })
  local address = "ftps://localhost:" .. peer.port .. "/f"
  local function get_by(fields)
    local sink, chunks = ltn12.sink.table()
    local result, message = ftp.get(with({ sink = sink, cafile = tools.file("ca.pem") }, fields))
    t.equal(message, nil)
    t.equal(result, 1)
    t.equal(table.concat(chunks), "content")
  end
  get_by({ url = address })
  get_by(url.parse((address:gsub("^ftps", "FTPS"))))
  ftp.VERIFY = "none"
  local content, message = ftp.get(address)
  ftp.VERIFY = nil
  t.equal(message, nil)
  t.equal(content, "content")
end)

test("ftps URLs with tls = explicit, and genericform", function(t)
  local peer = server(t)
  t.returns(t.pack(get(peer.port, { url = "ftps://127.0.0.1/f" })), 1, nil, "content")
  t.matches(peer.transcript(), "^clear AUTH TLS\n")
  t.equal(ftp.genericform("ftps://h/x;type=i").type, "i")
  t.equal(ftp.genericform("ftps://h/x").scheme, "ftps")
  t.returns(t.pack(ftp.get("ftpsx://h/x")), nil, "wrong scheme 'ftpsx'")
end)

test("a file whose source fails ends, for the server, as one that was cut off", function(t)
  local peer = server(t)
  local pieces = { "torso" }
  t.returns(t.pack(put(peer.port, "", {
    source = function()
      local piece = table.remove(pieces)
      return piece, not piece and "disk error" or nil
    end,
  })), nil, "disk error")
  t.matches(peer.transcript(), "unexpected eof while reading")
end)

test("data are private though the program found the way to them by itself", function(t)
  local peer = server(t)
  local session = ftp.open("127.0.0.1", peer.port)
  t.cleanup(function() session:close() end)
  session:greet()
  session:starttls({ cafile = tools.file("ca.pem") })
  session:login("u", "p")
  session.try(session.tp:command("EPSV"))
  local _, reply = session.try(session.tp:check("2.."))
  session.pasvt = { address = "127.0.0.1", port = tonumber(reply:match("|(%d+)|")) }
  t.equal(session:send({ argument = "f", source = ltn12.source.string("secret") }), 6)
  session:quit()
  t.matches(peer.transcript(), "tls PROT P\ntls STOR f\ntls data handshake true[^\n]*\ntls data secret")
end)

test("a file is put, with an end that the server sees", function(t)
  local peer = server(t)
  t.returns(t.pack(put(peer.port, "content")), 7)
  t.equal(peer.transcript(), EXPLICIT
    .. "tls STOR f\ntls data handshake true resumed\ntls data content\ntls QUIT\ntls end: closed")
  peer = server(t)
  t.returns(t.pack(put(peer.port, ("x"):rep(5000000))), 5000000)
  t.matches(peer.transcript(), "\ntls data 5000000\ntls QUIT")
  peer = server(t)
  t.returns(t.pack(put(peer.port, "")), 0)
end)

test("commands go over TLS, too", function(t)
  local peer = server(t)
  t.returns(t.pack(ftp.command({ host = "127.0.0.1", port = peer.port, tls = "explicit", command = "dele",
    argument = "f", check = 250, cafile = tools.file("ca.pem") })), 1)
  t.matches(peer.transcript(), "org\ntls DELE f\ntls QUIT\ntls end: closed$")
end)

test("AUTH that is refused ends the session before the login", function(t)
  local peer = server(t, { AUTH = "502 what\r\n" })
  t.returns(t.pack(get(peer.port)), nil, "502 what", "")
  t.equal(peer.transcript(), "clear AUTH TLS\nclear end: closed")
end)

test("what somebody puts behind the answer to AUTH is not taken for the server's", function(t)
  local peer = server(t, { AUTH = "234 go\r\n230 in\r\n550 evil\r\n" })
  t.returns(t.pack(get(peer.port)), 1, nil, "content")
  t.equal(peer.transcript(), EXPLICIT .. RETRIEVED)
end)

test("no data without PROT P", function(t)
  for _, word in ipairs({ "PBSZ", "PROT" }) do
    local peer = server(t, { [word] = "536 never\r\n" })
    t.returns(t.pack(get(peer.port)), nil, "536 never", "")
    t.equal(peer.transcript():find("EPSV", 1, true), nil)
  end
end)

test("the certificate must be trusted and be the server's, on both connections", function(t)
  local FAILED = "certificate verify failed"
  local function outcome(fields, data, options)
    local result, message = get(server(t, nil, data, options).port, fields)
    return result or message
  end
  t.equal(outcome({ cafile = tools.file("other_ca.pem") }), FAILED)
  t.equal(outcome({ cafile = false }), FAILED)
  t.equal(outcome({ cafile = false, verify = "none" }), 1)
  t.equal(outcome({}, nil, { certificate = "second" }), FAILED)
  t.equal(outcome({ verifyhost = "second.test" }, nil, { certificate = "second" }), 1)
  t.equal(outcome({}, { certificate = "second" }), FAILED)
  t.equal(outcome({}, { certificate = "foreign" }), FAILED)
  t.equal(outcome({ verifyhost = false }, { certificate = "second" }), 1)
end)

test("a file that is cut off is an error, though the server says that all is well", function(t)
  local _, message, content = get(server(t, nil, { ending = "cut" }).port)
  t.equal(message, "unexpected eof while reading")
  t.equal(content, "content")
  t.equal(select(2, get(server(t, nil, { ending = "reset" }).port)), "unexpected eof while reading")
  t.equal(get(server(t, nil, { ending = "cut" }).port, { options = { "all", "ignore_unexpected_eof" } }), 1)
end)

test("a data connection that speaks no TLS", function(t)
  local peer = server(t, nil, { way = "plain", content = "250 no handshake at all\r\n" })
  t.returns(t.pack(get(peer.port)), nil, "wrong version number", "")
end)

test("a server that is silent is a timeout, wherever", function(t)
  local _, port = t.server()
  t.returns(t.pack(get(port, { tls = "implicit", timeout = 0.2 })), nil, "timeout", "")
  t.returns(t.pack(get(server(t, { done = "" }).port, { timeout = 1 })), nil, "timeout", "content")
  local peer = server(t, { RETR = "" })
  t.returns(t.pack(get(peer.port, { timeout = 1 })), nil, "timeout", "")
end)

test("a reply without end has its limit in TLS, too", function(t)
  local peer = server(t, nil, nil, { starts = "", flood = ("2"):rep(10000) })
  t.returns(t.pack(get(peer.port, { tls = "implicit" })), nil, "reply too long", "")
end)

test("what cannot be is refused before connecting", function(t)
  local port = t.refusing_port()
  t.returns(t.pack(get(port, { tls = "starttls" })), nil, "invalid tls (starttls)", "")
  t.returns(t.pack(get(port, { tls = true })), nil, "invalid tls (true)", "")
  t.returns(t.pack(get(port, { protocol = "foo" })), nil, "invalid protocol (foo)", "")
  t.equal(pcall(get, port, { verifyhost = 5 }), false)
  t.returns(t.pack(get(port)), nil, "connection refused", "")
end)

test("TLS from the start has a port of its own, unless the program names one", function(t)
  local function port_of(fields)
    local peer = require("scripted")({ connect = "220 hello\r\n" })
    fields.create = peer.create
    t.equal((get(nil, fields)), nil)
    for _, call in ipairs(peer.calls) do
      if call:find("^connect") then
        return call
      end
    end
  end
  t.equal(port_of({ tls = "implicit" }), "connect 127.0.0.1 990")
  t.equal(port_of({ tls = "implicit", port = 5990 }), "connect 127.0.0.1 5990")
  t.equal(port_of({ tls = "explicit" }), "connect 127.0.0.1 21")
  t.equal(port_of({ tls = false, url = "ftps://127.0.0.1/f" }), "connect 127.0.0.1 21")
end)

test("a sink that raises closes both connections", function(t)
  local peer = server(t)
  local value = {}
  local good, failure = pcall(get, peer.port, { sink = function() error(value) end })
  t.equal(good, false)
  t.equal(failure, value)
end)

-- A session by hand: `prepare` chooses the way of data connections.
local function by_hand(t, prepare)
  local peer = server(t)
  local sink, chunks = ltn12.sink.table()
  t.returns(t.pack(socket.protect(function()
    local f = ftp.open("127.0.0.1", peer.port)
    f:greet()
    f:starttls({ cafile = tools.file("ca.pem") })
    f:login("u", "p")
    for _ = 1, 2 do
      prepare(f)
      t.equal(f:receive({ path = "/f", sink = sink }), 1)
    end
    f:quit()
    return f:close()
  end)()), 1)
  t.equal(table.concat(chunks), "contentcontent")
  local transcript = peer.transcript()
  t.equal(select(2, transcript:gsub("PROT P", "")), 1)
  t.equal(select(2, transcript:gsub("data handshake true resumed", "")), 2)
end

test("a session by hand, passive", function(t)
  by_hand(t, function(f) f:epsv() end)
end)

test("a session by hand, active", function(t)
  by_hand(t, function(f) f:port() end)
end)

test("a session by hand that is private from the start", function(t)
  local peer = server(t, nil, nil, { starts = "" })
  t.returns(t.pack(socket.protect(function()
    local f = ftp.open("127.0.0.1", peer.port)
    f:secure({ cafile = tools.file("ca.pem") })
    f:greet()
    f:login()
    f:quit()
    return f:close()
  end)()), 1)
end)

test("a server that goes away within TLS, at any word", function(t)
  for _, word in ipairs({ "USER", "PASS", "PBSZ", "PROT", "EPSV", "RETR", "done", "QUIT" }) do
    local result, message = get(server(t, { [word] = false }).port)
    if word == "QUIT" then
      t.equal(result, 1)
    else
      t.equal(result, nil)
      t.equal(message, "closed", word)
    end
  end
end)

test("a task that is cut short leaves nothing open, wherever it waits", function(t)
  local function outcome(f, peer, ...)
    local result, message = moontide.timeout(0.5, f, peer.port, ...)
    t.equal(result, nil)
    t.equal(message, "timeout")
  end
  tasks.run(function()
    outcome(get, server(t, { EPSV = "" }))
    outcome(get, server(t, nil, { way = "silent" })) -- in the handshake of the data connection
    outcome(get, server(t, { done = "" }))
    outcome(put, server(t, nil, { ending = "never" }), "content")
  end)
end)
