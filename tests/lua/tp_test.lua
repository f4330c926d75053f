-- Goal: commands and replies as tp.md has them, on real sockets and on others; what differs from the
-- original. Equality with the original is in tests/conformance/cases/tp_replies.lua.

local test = ...
local scripted = require("scripted")

local socket = require("socket")
local tp = require("socket.tp")

-- A connection, the scripted peer behind it, and a reply that is ready to be read.
local function connection(reply, options)
  local peer = scripted({ connect = reply or "", other = "" }, options)
  return assert(tp.connect("host", 25, nil, peer.create)), peer
end

local replies = {
  { "220 hi there\r\n", 220, "220 hi there" },
  { "220\r\n", 220, "220" },
  { "220xhi\r\n", 220, "220xhi" },
  { "2200 hi\r\n", 220, "2200 hi" },
  { "220-a\r\n221 b\r\nxx\r\n220-c\r\n220 d\r\n", 220, "220-a\n221 b\nxx\n220-c\n220 d" },
  { "220-a\r\n220\r\n220 z\r\n", 220, "220-a\n220\n220 z" },
  { "550 no\r\n", nil, "550 no" },
  { "hello\r\n", nil, "invalid server reply" },
  { "\r\n", nil, "invalid server reply" },
  { "220-a\r\n", nil, "closed" },
}
for _, row in ipairs(replies) do
  test(("check('2..') on %q"):format(row[1]):gsub("\\\n", "\\n"):gsub("\r", ""), function(t)
    t.returns(t.pack(connection(row[1]):check("2..")), row[2], row[3])
  end)
end

test("check searches patterns, numbers and lists, and calls functions", function(t)
  t.returns(t.pack(connection("331 pw\r\n"):check({ "2..", 331 })), 331, "331 pw")
  t.returns(t.pack(connection("120 hi\r\n"):check("2")), 120, "120 hi")
  t.returns(t.pack(connection("250 a\r\n"):check(25)), 250, "250 a")
  t.returns(t.pack(connection("250 a\r\n"):check({})), nil, "250 a")
  t.returns(t.pack(connection("550 a\r\n"):check(function(...) return ..., "x" end)), 550, "x")
  t.equal(pcall(function() return connection("250 a\r\n"):check() end), false)
end)

test("commands with CR, LF or NUL are refused without sending", function(t)
  for _, bad in ipairs({ "a\r\nb", "a\nb", "a\rb", "a\0b" }) do
    local object, peer = connection()
    t.returns(t.pack(object:command("cmd", bad)), nil, "invalid character in command")
    t.returns(t.pack(object:command(bad)), nil, "invalid character in command")
    t.equal(peer.wire, "")
    object:send(bad)
    t.equal(peer.wire, bad)
  end
end)

test("a command leaves in one send", function(t)
  local object, peer = connection()
  object:command("mail", "FROM:<a>")
  object:command("quit")
  object:command("port", 5)
  object:command("help", "")
  t.equal(peer.wire, "MAIL FROM:<a>\r\nQUIT\r\nPORT 5\r\nHELP \r\n")
  t.equal(#peer.sends, 4)
end)

test("a reply has a limit, which a program may change", function(t)
  local long = "220-" .. ("x"):rep(70000) .. "\r\n220 end\r\n"
  t.returns(t.pack(connection(long):check("2..")), nil, "reply too long")
  t.returns(t.pack(connection(("220-a\r\n"):rep(20000)):check("2..")), nil, "reply too long")
  tp.REPLYSIZE = 100000
  local code, text = connection(long):check("2..")
  tp.REPLYSIZE = nil
  t.equal(code, 220)
  t.equal(#text, #long - 3)
end)

test("the limit holds on a real socket before the line has ended", function(t)
  local server, port = t.server()
  local object = assert(tp.connect("127.0.0.1", port, 5))
  t.keep(object.c)
  local peer = t.keep(server:accept())
  peer:settimeout(0)
  local fill = 0
  t.wait_until(function()
    local last, _, partial = peer:send(("2"):rep(20000))
    fill = fill + (last or partial)
    return fill > 66000
  end, "room in the socket")
  t.returns(t.pack(object:check("2..")), nil, "reply too long")
end)

test("empty lines are bytes of a reply too, on any socket", function(t)
  local endless = "220-a" .. ("\n"):rep(70000)
  t.returns(t.pack(connection(endless):check("2..")), nil, "reply too long")
  local server, port = t.server()
  local object = assert(tp.connect("127.0.0.1", port, 5))
  t.keep(object.c)
  local peer = t.keep(server:accept())
  t.equal(peer:send(endless), #endless)
  peer:close()
  t.returns(t.pack(object:check("2..")), nil, "reply too long")
end)

test("getsockname is the local address", function(t)
  local server, port = t.server()
  local object = assert(tp.connect("127.0.0.1", port))
  t.keep(object.c)
  t.keep(server:accept())
  local _, own_port = object:getsockname()
  local _, real_port = object.c:getsockname()
  t.equal(own_port, real_port)
  t.equal(select(2, object:getpeername()), port)
end)

test("the socket is read from the field c at every call", function(t)
  local object = connection("220 first\r\n")
  local _, second = connection("220 second\r\n")
  object.c = second.socket
  object:command("noop")
  t.equal(second.wire, "NOOP\r\n")
  t.equal(select(2, object:check("2..")), "220 second")
end)

test("the only field of an object is its socket", function(t)
  local object = connection()
  t.equal(next(object), "c")
  t.equal(next(object, "c"), nil)
end)

test("connect closes the socket when it fails or raises", function(t)
  local peer = scripted({}, { connect_error = "connection refused" })
  t.returns(t.pack(tp.connect("h", 1, 1, peer.create)), nil, "connection refused")
  t.equal(peer.closed, 1)
  t.returns(t.pack(tp.connect("h", 1, 1, function() return nil, "none" end)), nil, "none")
  t.returns(t.pack(tp.connect("127.0.0.1", t.refusing_port(), 5)), nil, "connection refused")
  collectgarbage("stop")
  local open = require("harness").open_descriptors()
  t.equal(pcall(tp.connect), false)
  for descriptor in pairs(require("harness").open_descriptors()) do
    t.ok(open[descriptor])
  end
  collectgarbage("restart")
end)

test("source gives two results and keeps the socket open", function(t)
  local ltn12 = require("ltn12")
  local object, peer = connection()
  t.returns(t.pack(object:source(ltn12.source.string("abc"))), 1, nil)
  t.returns(t.pack(object:source(ltn12.source.error("no"))), nil, "no")
  t.equal(peer.wire, "abc")
  t.equal(peer.closed, 0)
end)

test("select takes the object in place of its socket", function(t)
  local server, port = t.server()
  local object = assert(tp.connect("127.0.0.1", port))
  t.keep(object.c)
  t.keep(server:accept()):send("220 hi\r\n")
  t.equal(socket.select({ object }, nil, 5)[1], object)
  t.equal(object:check("2.."), 220)
end)
