-- Goal: socket.ftp where it is better than the original, and what needs real data connections;
-- equality is in tests/conformance/cases/ftp_transfers.lua and ftp_commands.lua.

local test = ...
local scripted = require("scripted")

local ltn12 = require("ltn12")
local socket = require("socket")
local ftp = require("socket.ftp")

-- A scripted server whose data listener is real. `address` is that of both connections.
local function server(t, changes, address)
  address = address or "127.0.0.1"
  local listener, port = t.server(address)
  listener:settimeout(5)
  local function sends(_, peer)
    peer.accepted = t.keep(listener:accept())
    peer.accepted:send("content")
    peer.accepted:close()
    return "150 here\r\n226 done\r\n"
  end
  local replies = {
    connect = "220 hello\r\n", USER = "331 password\r\n", PASS = "230 in\r\n", TYPE = "200 ok\r\n",
    EPSV = "229 ok (|||" .. port .. "|)\r\n", QUIT = "221 bye\r\n", CWD = "250 ok\r\n", DELE = "250 ok\r\n",
    PASV = ("227 (10,0,0,1,%d,%d)\r\n"):format(math.floor(port / 256), port % 256),
    RETR = sends, LIST = sends,
    STOR = function(_, peer)
      peer.accepted = t.keep(listener:accept())
      return "150 go on\r\n226 done\r\n"
    end,
  }
  for key, value in pairs(changes or {}) do
    replies[key] = value
  end
  local peer = scripted(replies, { address = address })
  peer.listener = listener
  return peer
end

local function get(peer, fields)
  local sink, chunks = ltn12.sink.table()
  local request = { host = "h", path = "/f", sink = sink, create = peer.create }
  for key, value in pairs(fields or {}) do
    request[key] = value
  end
  local result, failure = ftp.get(request)
  return result, failure, table.concat(chunks)
end

local LOGIN = "USER ftp\r\nPASS anonymous@anonymous.org\r\n"

test("get, byte for byte", function(t)
  local peer = server(t)
  t.returns(t.pack(get(peer)), 1, nil, "content")
  t.equal(peer.wire, LOGIN .. "EPSV\r\nRETR f\r\nQUIT\r\n")
end)

test("what would inject commands is refused before connecting", function(t)
  for _, fields in ipairs({ { path = "/x%0d%0aDELE%20y" }, { path = "/x%00" }, { argument = "a\nb" },
    { user = "u\r\nx" }, { password = "p\rx" }, { command = "retr a\r\nretr" }, { type = "i\r\nDELE y" },
    { url = "ftp://u%0d%0aDELE:p@h/x" }, { url = "ftp://u:p%0a@h/x" } }) do
    local peer = server(t)
    t.returns(t.pack(get(peer, fields)), nil, "invalid character in command", "")
    t.equal(#peer.calls, 0)
  end
  local peer = server(t)
  t.returns(t.pack(ftp.command({ host = "h", create = peer.create, command = { "dele", "dele" },
    argument = { "a", "b\r\nc" } })), nil, "invalid character in command")
  t.returns(t.pack(ftp.put({ host = "h", create = peer.create, path = "/a%0ab",
    source = ltn12.source.empty() })), nil, "invalid character in command")
  t.returns(t.pack(ftp.get("ftp://h/a%0d%0ab")), nil, "invalid character in command")
  t.equal(#peer.calls, 0)
end)

test("a missing sink or source raises before connecting", function(t)
  local peer = server(t)
  t.raises("assertion failed!", ftp.get, { host = "h", create = peer.create })
  t.raises("assertion failed!", ftp.put, { host = "h", create = peer.create })
  t.equal(#peer.calls, 0)
end)

test("PASV is used when EPSV is not known, at the address of the control connection", function(t)
  local peer = server(t, { EPSV = "500 what\r\n" })
  t.returns(t.pack(get(peer)), 1, nil, "content")
  t.equal(peer.wire, LOGIN .. "EPSV\r\nPASV\r\nRETR f\r\nQUIT\r\n")
  t.returns(t.pack(get(server(t, { EPSV = "425 no\r\n" }))), nil, "425 no", "")
end)

test("over IPv6 there is no way back to PASV", function(t)
  t.needs_ipv6()
  t.returns(t.pack(get(server(t, nil, "::1"))), 1, nil, "content")
  t.returns(t.pack(get(server(t, { EPSV = "500 what\r\n" }, "::1"))), nil, "500 what", "")
end)

test("pasv gives and keeps the address of the peer, whatever the reply says", function(t)
  local peer = server(t, { connect = "" })
  local f = ftp.open("h", nil, peer.create)
  local address, port = f:pasv()
  t.equal(address, "127.0.0.1")
  t.integer(port, select(2, peer.listener:getsockname()))
  t.equal(f.pasvt.address, "127.0.0.1")
  f:close()
end)

test("numbers above 255 raise the reply", function(t)
  local peer = server(t, { connect = "", PASV = "227 (1,2,3,4,256,1)\r\n" })
  local f = ftp.open("h", nil, peer.create)
  t.returns(t.pack(socket.protect(function() return f:pasv() end)()), nil, "227 (1,2,3,4,256,1)")
end)

-- Active mode: the scripted server connects to where the client says.
local function active(t, address, from)
  local place = {}
  return server(t, {
    PORT = function(line)
      local a, b, c, d, high, low = line:match("^PORT (%d+),(%d+),(%d+),(%d+),(%d+),(%d+)$")
      place.address, place.port = table.concat({ a, b, c, d }, "."), high * 256 + low
      return "200 ok\r\n"
    end,
    EPRT = function(line)
      place.family, place.address, place.port = line:match("^EPRT |(%d)|([^|]+)|(%d+)|$")
      return "200 ok\r\n"
    end,
    RETR = function()
      for _, source in ipairs(from or { address }) do
        local data = t.keep(socket.connect(place.address, place.port, source))
        data:send("from " .. source)
        data:close()
      end
      return "150 here\r\n226 done\r\n"
    end,
    CWD = "250 ok\r\n",
  }, address), place
end

local function receive_active(peer, mode, ...)
  local arguments = { ... }
  local sink, chunks = ltn12.sink.table()
  local result, failure = socket.protect(function()
    local f = ftp.open("h", nil, peer.create)
    f:greet()
    f:login()
    f[mode](f, arguments[1])
    local result = f:receive({ path = "/f", sink = sink })
    f:quit()
    f:close()
    return result
  end)()
  return result, failure, table.concat(chunks)
end

test("port listens on the local address, on every Lua version", function(t)
  local peer, place = active(t, "127.0.0.1")
  t.returns(t.pack(receive_active(peer, "port")), 1, nil, "from 127.0.0.1")
  t.equal(place.address, "127.0.0.1")
end)

test("eprt listens on the local address, over IPv6 too", function(t)
  local peer = active(t, "127.0.0.1")
  t.returns(t.pack(receive_active(peer, "eprt", 1)), 1, nil, "from 127.0.0.1")
  t.needs_ipv6()
  local place
  peer, place = active(t, "::1")
  t.returns(t.pack(receive_active(peer, "eprt", 2)), 1, nil, "from ::1")
  t.equal(place.family, "2")
end)

test("a data connection from anybody but the peer is closed and the next one taken", function(t)
  local peer = active(t, "127.0.0.1", { "127.0.0.2", "127.0.0.3", "127.0.0.1" })
  t.returns(t.pack(receive_active(peer, "port")), 1, nil, "from 127.0.0.1")
end)

test("strangers alone do not make the wait longer", function(t)
  local saved = ftp.TIMEOUT
  ftp.TIMEOUT = 0.1
  local peer = active(t, "127.0.0.1", { "127.0.0.2" })
  local result, failure = receive_active(peer, "port")
  ftp.TIMEOUT = saved
  t.equal(result, nil)
  t.equal(failure, "timeout")
end)

test("a confirmed transfer is a success whatever becomes of QUIT", function(t)
  t.equal((get(server(t, { QUIT = "500 no\r\n" }))), 1)
  t.equal((get(server(t, { QUIT = function() end }))), 1)
  local peer = server(t, { connect = "", QUIT = "500 no\r\n" })
  t.equal(pcall(function() ftp.open("h", nil, peer.create):quit() end), false)
end)

test("a sink, a source or a step that raises closes all, and the error goes on", function(t)
  local value = {}
  local function raise() error(value) end
  for _, fields in ipairs({ { sink = raise }, { step = raise } }) do
    local peer = server(t)
    local good, failure = pcall(get, peer, fields)
    t.equal(good, false)
    t.equal(failure, value)
    t.equal(peer.closed, 1)
  end
  local peer = server(t)
  local good, failure = pcall(ftp.put, { host = "h", path = "f", source = raise, create = peer.create })
  t.equal(good, false)
  t.equal(failure, value)
  t.equal(peer.closed, 1)
  peer = server(t)
  t.equal(pcall(ftp.command, { host = "h", command = "dele", check = raise, create = peer.create }), false)
  t.equal(peer.closed, 1)
end)

test("sinks, steps and the control socket may yield to the scheduler of the caller", function(t)
  if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then
    t.skip("on Lua 5.1 no yield passes socket.protect")
  end
  local peer = server(t)
  local receive = peer.socket.receive
  peer.socket.receive = function(...) coroutine.yield("read") return receive(...) end
  local run = coroutine.wrap(function()
    return "done", get(peer, {
      sink = function() coroutine.yield("sink") return 1 end,
      step = function(...) coroutine.yield("step") return ltn12.pump.step(...) end,
    })
  end)
  local seen = {}
  local what, result = run()
  while what ~= "done" do
    seen[what] = true
    what, result = run()
  end
  t.equal(result, 1)
  t.ok(seen.read and seen.sink and seen.step)
end)

test("user and password out of a URL are unescaped, fields are not", function(t)
  local peer = server(t)
  get(peer, { url = "ftp://u%40x:p%3a@h/f" })
  t.matches(peer.wire, "^USER u@x\r\nPASS p:\r\n")
  peer = server(t)
  get(peer, { user = "u%40x", password = "p%3a" })
  t.matches(peer.wire, "^USER u%%40x\r\nPASS p%%3a\r\n")
  local parts = ftp.genericform("ftp://u%40x:p%3a@h/%41")
  t.list({ parts.user, parts.password, parts.path }, { "u@x", "p:", "/%41" })
end)

test("params that are no type are a result", function(t)
  t.returns(t.pack(ftp.get("ftp://h/x;foo")), nil, "invalid type 'nil'")
  t.returns(t.pack(ftp.get("ftp://h/x;type=ab")), nil, "invalid type 'nil'")
  t.returns(t.pack(ftp.get("ftp://h/x;type=d")), nil, "invalid type 'd'")
end)

test("put gives the count of bytes", function(t)
  local peer = server(t)
  local count = ftp.put({ host = "h", path = "/f", create = peer.create,
    source = ltn12.source.string(("x"):rep(5000)) })
  t.float(count, 5000)
  t.equal(#peer.accepted:receive("*a"), 5000)
  t.equal(peer.wire, LOGIN .. "EPSV\r\nSTOR f\r\nQUIT\r\n")
end)

test("timeout bounds the whole call, data included", function(t)
  local peer = server(t, { RETR = function(_, peer)
    peer.accepted = t.keep(peer.listener:accept())
    return "150 here\r\n"
  end })
  local took, result, failure = t.timed(get, peer, { timeout = 0.1 })
  t.equal(result, nil)
  t.equal(failure, "timeout")
  t.between(took, 0.1, 10)
end)

test("after a failure nothing stays open", function(t)
  local peer = server(t, { RETR = function(_, peer)
    peer.accepted = t.keep(peer.listener:accept())
    return "550 no\r\n"
  end })
  t.returns(t.pack(get(peer)), nil, "550 no", "")
  t.ok(peer.closed > 0)
  peer.accepted:settimeout(5)
  t.returns(t.pack(peer.accepted:receive(1)), nil, "closed", "")
end)
