-- ftp.md, get and put: bytes on the wire, data and results, for good and bad servers.

local R = ...

local ltn12 = require("ltn12")
local socket = require("socket")
local ftp = require("socket.ftp")
local ftp_peer = R.load("ftp_peer")

R.values("the module is socket.ftp", socket.ftp == ftp, package.loaded["socket.ftp"] == ftp)
R.values("constants", ftp.TIMEOUT, ftp.USER, ftp.PASSWORD)
R.call("keys", function()
  local list = {}
  for key, value in pairs(ftp) do
    list[#list + 1] = key .. ":" .. type(value)
  end
  table.sort(list)
  return table.concat(list, " ")
end)
ftp.TIMEOUT = 5

local function recording_sink()
  local list = {}
  return function(chunk, failure)
    list[#list + 1] = chunk == nil and "(end " .. tostring(failure) .. ")" or chunk
    return 1
  end, list
end

local function get(name, fields, changes)
  R.call(name, function()
    local peer = ftp_peer.new(changes)
    local sink, chunks = recording_sink()
    local t = { create = peer.create, sink = sink, host = not fields.url and "h" or nil }
    for key, value in pairs(fields) do
      t[key] = value
    end
    local results = R.pack(ftp.get(t))
    R.values(name .. ", wire", peer.wire)
    R.values(name .. ", sink", table.concat(chunks, "|"))
    R.values(name .. ", closed", peer.closed > 0, peer.calls[3])
    return R.unpack(results, 1, results.n)
  end)
end

local function put(name, fields, changes)
  R.call(name, function()
    local peer = ftp_peer.new(changes)
    local t = { create = peer.create, host = "h", path = "/f", source = ltn12.source.string("hello") }
    for key, value in pairs(fields) do
      t[key] = value
    end
    local results = R.pack(ftp.put(t))
    R.values(name .. ", wire", peer.wire)
    R.values(name .. ", data", peer.data and (peer.data:receive("*a")))
    return R.unpack(results, 1, results.n)
  end)
end

get("argument", { argument = "x" })
get("an empty argument wins", { argument = "", path = "/y" })
get("a path is unescaped", { path = "/%41//" })
get("one slash is removed", { path = "//a" })
get("one backslash is removed", { path = "\\a" })
get("no path", {})
get("a path of one slash", { path = "/", command = "LIST" })
get("nlst", { command = "nlst" })
get("an own command", { command = "retr", argument = "a b" })
get("a type", { path = "a", type = "i" })
get("a type of any text", { path = "a", type = "A N" })
get("a type as a number", { path = "a", type = 5 })
get("type refused", { path = "a", type = "i" }, { TYPE = "504 no\r\n" })
get("type answered with another code", { path = "a", type = "i" }, { TYPE = "250 ok\r\n" })
get("user and password", { path = "a", user = "me", password = "secret" })
get("no password wanted", { path = "a" }, { USER = "230 in\r\n" })
get("an account wanted", { path = "a" }, { USER = "332 account\r\n" })
get("an account wanted later", { path = "a" }, { PASS = "332 account\r\n" })
get("user refused", { path = "a" }, { USER = "530 no\r\n" })
get("password refused", { path = "a" }, { PASS = "530-no\r\n530 really\r\n" })
get("a greeting that waits", { path = "a" }, { connect = "120 wait\r\n220 ok\r\n" })
get("a greeting that refuses", { path = "a" }, { connect = "421 no\r\n" })
get("a greeting of several lines", { path = "a" }, { connect = "220-hi\r\n220 ok\r\n" })
get("a port", { path = "a", port = 2121 })
get("a port as text", { path = "a", port = "2121" })
get("a url", { url = "ftp://a:b@h:99/p;type=i" })
get("fields override the url", { url = "ftp://a:b@h/p;type=i", user = "u" })
get("a url of another scheme", { url = "http://h/p" })
get("a url without host", { url = "/p" })
get("an escaped user", { url = "ftp://u%40x:p%40@h/x" })
R.call("an empty url", ftp.get, { url = "", sink = ltn12.sink.null() })
get("no host", { url = "ftp:/x" })
get("status", { command = "stat" })
get("status to a sink that fails", { command = "stat", sink = function() return nil, "no" end })
get("not found", { path = "a" }, { RETR = ftp_peer.sends("", "550 nope\r\n") })
get("an aborted transfer", { path = "a" }, { RETR = ftp_peer.sends("con", "150 ok\r\n426 aborted\r\n") })
get("a reset that the server regrets", { path = "a" },
  { RETR = ftp_peer.resets("150 ok\r\n426 aborted\r\n") })
get("a reset that the server does not mind", { path = "a" },
  { RETR = ftp_peer.resets("150 ok\r\n226 done\r\n") })
get("closed before the last reply", { path = "a" }, { RETR = ftp_peer.sends("con", "150 ok\r\n") })
get("125 is as good as 150", { path = "a" }, { RETR = ftp_peer.sends("con", "125 ok\r\n250 done\r\n") })
get("an empty file", { path = "a" }, { RETR = ftp_peer.sends("") })
get("three blocks", { path = "a" }, { RETR = ftp_peer.sends(("0123456789abcdef"):rep(300)) })
get("a sink that fails", { path = "a", sink = function() return nil, "sink failed" end })
get("a step that fails", { path = "a", step = function() return nil, "step failed" end })
get("a step", { path = "a", step = function(src, snk) return ltn12.pump.step(src, snk) end })
get("QUIT refused", { path = "a" }, { QUIT = "500 no\r\n" })
get("closed at QUIT", { path = "a" }, { QUIT = function() end })
get("EPSV unknown", { path = "a" }, { EPSV = "500 what\r\n" })
get("EPSV refused for now", { path = "a" }, { EPSV = "425 no\r\n" })
get("EPSV with a reply of no use", { path = "a" }, { EPSV = "229 x\r\n" })
get("EPSV with another delimiter", { path = "a" },
  { EPSV = "229 x (!1!9.9.9.9!" .. ftp_peer.port .. "!)\r\n" })
get("EPSV with another code", { path = "a" }, { EPSV = "227 (|||1234|)\r\n" })
get("EPSV with a word for a port", { path = "a" }, { EPSV = "229 x (|||abc|)\r\n" })
get("CR LF in a path", { path = "/x%0d%0aDELE%20y" }, { RETR = ftp_peer.sends("", "150\r\n226\r\n") })
get("CR LF in an argument", { argument = "x\r\nDELE y" }, { RETR = ftp_peer.sends("", "150\r\n226\r\n") })
get("CR LF in a user", { path = "a", user = "u\r\nDELE y" }, { DELE = "530 no\r\n" })
get("CR LF in a type", { path = "a", type = "i\r\nDELE y" }, { DELE = "530 no\r\n" })
R.call("no sink", function()
  local peer = ftp_peer.new()
  return ftp.get({ host = "h", path = "a", create = peer.create })
end)
R.call("create fails", ftp.get, { host = "h", sink = ltn12.sink.null(),
  create = function() return nil, "no socket" end })
R.call("get(nil)", function() return ftp.get() end)
R.call("get(5)", function() return ftp.get(5) end)
R.call("get{}", ftp.get, {})
R.call("the table is left alone", function()
  local peer = ftp_peer.new()
  local t = { url = "ftp://u:p@h/x", sink = ltn12.sink.null(), create = peer.create }
  ftp.get(t)
  local count = 0
  for _ in pairs(t) do
    count = count + 1
  end
  return count, t.host, t.user
end)
R.call("defaults are read late", function()
  local peer = ftp_peer.new()
  ftp.USER, ftp.PASSWORD, ftp.TIMEOUT = "someone", "word", 6
  ftp.get({ host = "h", path = "a", sink = ltn12.sink.null(), create = peer.create })
  ftp.USER, ftp.PASSWORD, ftp.TIMEOUT = "ftp", "anonymous@anonymous.org", 5
  return peer.wire, peer.calls[2]
end)
R.call("refused by the system", ftp.get, { host = "127.0.0.1", port = R.net.closed_port(),
  sink = ltn12.sink.null() })

-- The simple forms, where the host is not ours to choose: only what fails before connecting.
for _, text in ipairs({ "http://h/x", "", "ftp:///x", "FTP://h/x", "localhost/dir", "ftp://h/x;type=d",
  "ftp://h/x;type=A", "ftp://h/x;foo", "ftp://h/x;type=ab" }) do
  R.call("get " .. text, ftp.get, text)
  R.call("put " .. text, ftp.put, text, "body")
end
R.call("get through socket.tcp", function()
  local peer = ftp_peer.new()
  local tcp = socket.tcp
  local first = true
  socket.tcp = function()
    if first then
      first = false
      return peer.socket
    end
    return tcp()
  end
  local results = R.pack(ftp.get("ftp://u:p@h/pub/a%20b.txt;type=i"))
  socket.tcp = tcp
  return peer.wire, R.unpack(results, 1, results.n)
end)
for _, text in ipairs({ "ftp://u:p@h/x;type=i", "ftp://h", "//host/x", "ftp://h/x;type=a",
  "ftp://u%40x:p%40@h/x" }) do
  R.call("genericform " .. text, ftp.genericform, text)
end
R.call("genericform(nil)", socket.protect(ftp.genericform))
R.call("genericform of another scheme", socket.protect(ftp.genericform), "http://h")

put("stor", {})
put("appe", { command = "appe", argument = "LOG" })
put("an empty source", { source = ltn12.source.empty() })
put("200 at once", {}, { STOR = ftp_peer.takes("250 ok\r\n") })
put("a source that fails", { source = ltn12.source.error("source failed") })
put("refused in the end", {}, { STOR = ftp_peer.takes("150 ok\r\n552 full\r\n") })
put("refused at once", {}, { STOR = ftp_peer.takes("553 no\r\n") })
put("put: QUIT refused", {}, { QUIT = "500 no\r\n" })
put("put: with type", { type = "a" })
put("put: many chunks", { source = ltn12.source.string(("x"):rep(10000)) })
put("put: CR LF in a path", { path = "/x%0aDELE%20y" }, { STOR = ftp_peer.takes() })
