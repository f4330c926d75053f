-- ftp.md, command() and the objects of open().

local R = ...

local ltn12 = require("ltn12")
local socket = require("socket")
local ftp = require("socket.ftp")
local ftp_peer = R.load("ftp_peer")
ftp.TIMEOUT = 5

local function command(name, fields, changes)
  R.call(name, function()
    local peer = ftp_peer.new(changes)
    local t = { create = peer.create, host = "h" }
    for key, value in pairs(fields) do
      t[key] = value or nil
    end
    local results = R.pack(ftp.command(t))
    R.values(name .. ", wire", peer.wire)
    return R.unpack(results, 1, results.n)
  end)
end

command("a checked command", { command = "dele", argument = "f", check = 250 })
command("an unchecked command", { command = "dele", argument = "f" })
command("an unchecked command that fails", { command = "dele", argument = "f" }, { DELE = "550 no\r\n" })
command("a checked command that fails", { command = "dele", argument = "f", check = 250 },
  { DELE = "550-a\r\n550 b\r\n" })
command("a pattern", { command = "mkd", argument = "d", check = "2.." })
command("a list of codes in a list", { command = { "dele" }, argument = { "f" }, check = { { 200, 250 } } })
command("two commands", { command = { "cwd", "dele" }, argument = { "d", "f" }, check = { 250, 250 } })
command("the second fails", { command = { "cwd", "dele" }, argument = { "d", "f" }, check = { 250, 250 } },
  { DELE = "550 no\r\n" })
command("holes in the lists",
  { command = { "cwd", "dele" }, argument = { [2] = "f" }, check = { [2] = 250 } })
command("a function", { command = "dele", check = function(code, reply) return code, reply end })
command("a function that refuses", { command = "dele", check = function(code, reply)
  return nil, "refused " .. code .. " " .. reply
end })
command("no path, no type", { command = "dele", path = "/x", type = "i", check = 250 })
command("a url", { url = "ftp://u:p@h/x", command = "dele", argument = "f", check = 250, host = false })
command("no command", {})
command("no host", { host = false, command = "dele" })
command("QUIT refused", { command = "dele", check = 250 }, { QUIT = "500 no\r\n" })
command("CR LF in an argument", { command = "dele", argument = "a\r\nDELE b", check = 250 })
command("CR LF in a command", { command = "dele a\r\ndele", argument = "b", check = 250 })
R.call("command of a text", ftp.command, "text")
R.call("command(nil)", function() return ftp.command() end)

local function session(name, changes, use, options)
  R.call(name, function()
    local peer = ftp_peer.new(changes, options)
    local f = ftp.open("h", nil, peer.create)
    local results = R.pack(socket.protect(function() return use(f, peer) end)())
    R.values(name .. ", wire", (peer.wire:gsub("|%d+|\r", "|PORT|\r")))
    local fields = {}
    for key in pairs(f) do
      fields[#fields + 1] = key
    end
    table.sort(fields)
    R.values(name .. ", fields", table.concat(fields, " "))
    f:close()
    return R.unpack(results, 1, results.n)
  end)
end
local function without_greeting(changes)
  changes = changes or {}
  changes.connect = ""
  return changes
end
local quiet = without_greeting()

session("methods", nil, function(f)
  local list = {}
  for key in pairs(getmetatable(f).__index) do
    list[#list + 1] = key
  end
  table.sort(list)
  return table.concat(list, " ")
end)
session("greet", nil, function(f) return f:greet() end)
session("greet twice", { connect = "120 wait\r\n220 ok\r\n" }, function(f) return f:greet() end)
session("greet refused", { connect = "421 no\r\n" }, function(f) return f:greet() end)
session("login", quiet, function(f) return f:login("u", "p") end)
session("login by default", quiet, function(f) return f:login() end)
session("type", quiet, function(f) return f:type("i") end)
session("cwd", quiet, function(f) return f:cwd("d") end)
session("cwd refused", without_greeting({ CWD = "550 no\r\n" }), function(f) return f:cwd("d") end)
session("quit", quiet, function(f) return f:quit() end)
session("quit refused", without_greeting({ QUIT = "500 no\r\n" }), function(f) return f:quit() end)
session("close", quiet, function(f) return f:close(), f:close() end)
-- The original computes the port from text, which gives a float on 5.3 alone.
local function pasv(f)
  local address, port = f:pasv()
  return address, math.floor(port)
end
session("pasv", quiet, pasv)
session("pasv of another host", without_greeting({ PASV = "227 x (1,2,3,4,5,6)\r\n" }),
  pasv)
session("pasv without parentheses", without_greeting({ PASV = "227 x 127,0,0,1,5,6\r\n" }),
  pasv)
session("pasv of odd separators", without_greeting({ PASV = "227 127.0-0/1 5;6\r\n" }),
  pasv)
session("pasv of five numbers", without_greeting({ PASV = "227 x (1,2,3,4,5)\r\n" }),
  pasv)
session("pasv of large numbers", without_greeting({ PASV = "227 x (999,2,3,1,300,1)\r\n" }),
  pasv)
session("pasv refused", without_greeting({ PASV = "502 no\r\n" }), pasv)
session("epsv", quiet, function(f)
  local address, port = f:epsv()
  return address, port, type(port)
end)
session("epsv refused", without_greeting({ EPSV = "500 no\r\n" }), function(f) return f:epsv() end)
session("pasvt", quiet, function(f)
  f:epsv()
  return f.pasvt
end)
session("pasvt of pasv", quiet, function(f)
  f:pasv()
  f.pasvt.port = math.floor(f.pasvt.port)
  return f.pasvt
end)
session("pasvconnect", without_greeting({ NOOP = ftp_peer.takes("200 ok\r\n") }), function(f)
  f:pasv()
  local results = R.pack(f:pasvconnect())
  f.tp:command("noop")
  return results.n
end)
session("send before pasv", quiet, function(f)
  return f:send({ argument = "x", source = ltn12.source.empty() })
end)
session("receive before pasv", quiet, function(f)
  return f:receive({ argument = "x", sink = ltn12.sink.null() })
end)
session("send", quiet, function(f, peer)
  f:pasv()
  return f:send({ argument = "x", source = ltn12.source.string("abc") }), (peer.data:receive("*a"))
end)
session("receive", quiet, function(f)
  local sink, list = ltn12.sink.table()
  f:epsv()
  return f:receive({ argument = "x", sink = sink }), list
end)
session("two transfers", quiet, function(f, peer)
  f:epsv()
  f:receive({ argument = "x", sink = ltn12.sink.null() })
  f:epsv()
  f:receive({ path = "/y", sink = ltn12.sink.null() })
  return peer.transfers
end)
session("eprt of an own address", quiet, function(f) return f:eprt(1, "1.2.3.4", 5) end)
session("eprt", quiet, function(f) return f:eprt(1) end)
session("eprt refused", without_greeting({ EPRT = "500 no\r\n" }), function(f) return f:eprt(1) end)
session("eprt and receive", without_greeting({ RETR = ftp_peer.connects("active") }), function(f)
  local sink, list = ltn12.sink.table()
  f:eprt(1)
  return f:receive({ argument = "x", sink = sink }), list
end)
session("eprt, then pasv", quiet, function(f)
  f:eprt(1)
  f:pasv()
  return f.server
end)
session("pasv, then eprt", quiet, function(f)
  f:pasv()
  f:eprt(1)
  return f.pasvt
end)
if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then
  session("port of an own address", without_greeting({ PORT = "200 ok\r\n" }),
    function(f) return f:port("1.2.3.4", 1286) end)
end
R.moontide_only("port of an own address, anywhere", '"PORT 1,2,3,4,5,6\\r\\n"', function()
  local peer = ftp_peer.new(without_greeting({ PORT = "200 ok\r\n" }))
  local f = ftp.open("h", nil, peer.create)
  f:port("1.2.3.4", 1286)
  return peer.wire
end)
session("further commands", quiet, function(f)
  f.try(f.tp:command("mkd", "d"))
  return f.try(f.tp:check("2.."))
end)
session("an exception closes", without_greeting({ MKD = "550 no\r\n" }), function(f, peer)
  local results = R.pack(socket.protect(function()
    f.try(f.tp:command("mkd", "d"))
    f.try(f.tp:check("2.."))
  end)())
  return peer.closed > 0, R.unpack(results, 1, results.n)
end)
R.call("open fails", socket.protect(ftp.open), "h", 1, function() return nil, "no socket" end)
R.call("the default port", function()
  local peer = ftp_peer.new()
  ftp.open("h", nil, peer.create)
  return peer.calls[3]
end)
