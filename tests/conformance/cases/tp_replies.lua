-- tp.md: commands on the wire, replies, and what check() makes of them. The socket is a scripted one.

local R = ...

local socket = require("socket")
local tp = require("socket.tp")

R.values("the module is socket.tp", socket.tp == tp, package.loaded["socket.tp"] == tp)
R.values("TIMEOUT", tp.TIMEOUT)
R.call("keys", function()
  local list = {}
  for key, value in pairs(tp) do
    list[#list + 1] = key .. ":" .. type(value)
  end
  table.sort(list)
  return table.concat(list, " ")
end)

-- A connection to a peer that answers the first command, and everything after it, with `reply`.
local function connection(reply)
  local peer = R.scripted({ connect = "", other = { reply or "", "" } })
  return assert(tp.connect("host", 25, nil, peer.create)), peer
end

R.call("methods", function()
  local list = {}
  local object = connection()
  for key in pairs(getmetatable(object).__index) do
    list[#list + 1] = key
  end
  table.sort(list)
  return table.concat(list, " "), type(rawget(object, "c"))
end)
R.call("fields of an object", function()
  local list = {}
  for key in pairs((connection())) do
    list[#list + 1] = key
  end
  return table.concat(list, " ")
end)

-- Connecting.
for _, timeout in ipairs({ "none", 5, 0 }) do
  R.call("connect with timeout " .. tostring(timeout), function()
    local peer = R.scripted({ connect = "" })
    tp.connect("host", 99, timeout ~= "none" and timeout or nil, peer.create)
    return table.concat(peer.calls, ", ")
  end)
end
R.call("connect: create fails", tp.connect, "h", 1, 1, function() return nil, "no socket" end)
R.call("connect fails", function()
  local peer = R.scripted({}, { connect_error = "connection refused" })
  local object, message = tp.connect("h", 1, 1, peer.create)
  return object, message, peer.closed
end)
R.call("connect without arguments", tp.connect)
R.call("connect refused by the system", tp.connect, "127.0.0.1", R.net.closed_port(), 5)
R.call("connect: unknown host", tp.connect, "no such host.invalid", 25, 5)

-- Commands.
local commands = {
  { "a word", "noop" }, { "mixed case", "MaIl" }, { "an argument", "mail", "FROM:<a@b>" },
  { "an empty argument", "help", "" }, { "a number", 5 }, { "a number as argument", "port", 12 },
  { "a fraction as argument", "port", 1.5 }, { "false as argument", "quit", false },
  { "an empty command", "" }, { "eight bits", "list", "\195\164" }, { "a tab", "list", "a\tb" },
}
for _, item in ipairs(commands) do
  R.call("command: " .. item[1], function()
    local object, peer = connection("")
    local results = R.pack(object:command(item[2], item[3]))
    return peer.wire, #peer.sends, R.unpack(results, 1, results.n)
  end)
end
R.call("command: nil", function() return connection():command() end)
R.call("command: a table as argument", function() return connection():command("a", {}) end)
R.call("command on a closed socket", function()
  local object = connection()
  object:close()
  return object:command("noop")
end)
for _, item in ipairs({ { "CR LF", "a\r\nb" }, { "LF", "a\nb" }, { "CR", "a\rb" }, { "NUL", "a\0b" } }) do
  R.call("command with " .. item[1], function()
    local object, peer = connection("")
    local results = R.pack(object:command("cmd", item[2]))
    return peer.wire, R.unpack(results, 1, results.n)
  end)
end
R.call("send", function()
  local object, peer = connection("")
  local results = R.pack(object:send("raw\r\n", 2, 3))
  return peer.wire, R.unpack(results, 1, results.n)
end)

-- Replies.
local function check(name, reply, ok)
  R.call("check: " .. name, function()
    local object = connection(reply)
    object:command("x")
    return object:check(ok)
  end)
end
check("a plain reply", "220 hi there\r\n", "2..")
check("LF alone", "220 hi there\n", "2..")
check("the code alone", "220\r\n", "2..")
check("a letter behind the code", "220xhi\r\n", "2..")
check("four digits", "2200 hi\r\n", "2..")
check("several lines", "220-a\r\n221 b\r\nxx\r\n220-c\r\n220 d\r\n", "2..")
check("the code alone between", "220-a\r\n220\r\n220 z\r\n", "2..")
check("an empty line between", "220-a\r\n\r\n220 z\r\n", "2..")
check("another code between", "220-a\r\n221 z\r\n220 y\r\n", "2..")
check("a refusal", "550 no\r\n", "2..")
check("a long refusal", "550-no\r\n550 really\r\n", "2..")
check("no code", "hello\r\n", "2..")
check("an empty line", "\r\n", "2..")
check("two digits", "22 a\r\n", "2..")
check("a blank first", " 220 a\r\n", "2..")
check("closed at once", "", "2..")
check("closed within a line", "220 a", "2..")
check("closed within a reply", "220-a\r\n", "2..")
check("closed within the second line", "220-a\r\n220 ", "2..")
check("a second reply behind", "220 a\r\n550 b\r\n", "2..")
check("CR within", "220 a\rb\r\n", "2..")
check("NUL within", "220 a\0b\r\n", "2..")
check("a number", "250 a\r\n", 250)
check("another number", "250 a\r\n", 251)
check("a short number", "250 a\r\n", 25)
check("a set", "350 a\r\n", "[23]..")
check("a search", "120 hi\r\n", "2")
check("an anchor", "120 hi\r\n", "^2")
check("a list", "331 pw\r\n", { "2..", 331 })
check("a list without a match", "331 pw\r\n", { "2..", 332 })
check("an empty list", "331 pw\r\n", {})
check("nil", "220 a\r\n", nil)
check("true", "220 a\r\n", true)
check("nil with a read error", "", nil)
check("a bad pattern", "220 a\r\n", "[")
check("a function", "550-a\r\n550 b\r\n", function(code, reply) return "given", code, reply, nil end)
check("a function that gives nothing", "550 b\r\n", function() end)
check("a function with a bad reply", "hi\r\n", function() return "called" end)
R.call("check reads one reply", function()
  local object = connection("220 a\r\n250 b\r\n")
  object:command("x")
  local first = R.pack(object:check("2.."))
  local second = R.pack(object:check("2.."))
  return first[2], second[2]
end)
R.call("check: a timeout", function()
  local peer = R.scripted({ connect = "220-a\r\n" }, { receive_error = "timeout" })
  return tp.connect("h", 1, 1, peer.create):check("2..")
end)

-- The other methods.
R.call("receive", function()
  local object = connection("line\r\n")
  object:command("x")
  return object:receive("*l")
end)
R.call("receive at the end", function() return connection():receive() end)
R.call("sink", function()
  local object = connection("line\r\n")
  object:command("x")
  return object:sink(function(...) return "got", select("#", ...), ... end)
end)
R.call("sink at the end", function()
  return connection():sink(function(...) return "got", select("#", ...), ... end)
end)
local ltn12 = require("ltn12")
R.call("source", function()
  local object, peer = connection("")
  local results = R.pack(object:source(ltn12.source.string("some text")))
  return peer.wire, R.unpack(results, 1, results.n)
end)
R.call("source that fails", function()
  local object, peer = connection("")
  local results = R.pack(object:source(ltn12.source.error("no more")))
  return peer.wire, R.unpack(results, 1, results.n)
end)
R.call("source with a step", function()
  local object = connection("")
  local seen = 0
  local results = R.pack(object:source(ltn12.source.string("some text"), function(...)
    seen = seen + 1
    return ltn12.pump.step(...)
  end))
  return seen, R.unpack(results, 1, results.n)
end)
R.call("source without source", function() return connection():source() end)
R.call("close", function()
  local object, peer = connection()
  return object:close(), object:close(), peer.closed
end)
R.call("getcontrol", function()
  local object, peer = connection()
  return object:getcontrol() == peer.socket, object.c == peer.socket
end)
R.call("getfd and dirty", function()
  local object = connection("220 a\r\n")
  local before = object:dirty()
  object:command("x")
  return object:getfd(), before, object:dirty()
end)
R.call("getpeername", function() return connection():getpeername() end)
R.call("the socket may be replaced", function()
  local object = connection("")
  local _, second = connection("250 second\r\n")
  object.c = second.socket
  object:command("x")
  return second.wire, object:check(250)
end)
