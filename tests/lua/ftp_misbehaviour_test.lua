-- Goal: whatever an FTP server does, get and put end before their deadline with a clear error, and
-- leave neither descriptors nor memory behind (the harness counts descriptors).
-- Method: as in smtp_misbehaviour_test.lua; data connections are played as well.

local test = ...
local misbehaving = require("misbehaving")

local ltn12 = require("ltn12")
local ftp = require("socket.ftp")

-- The data listener's port has five digits, so the text is as long as what is sent.
local START = "220 hello\r\n331 password\r\n230 welcome\r\n229 ok (|||PORT|)\r\n"
local DONE = START .. "150 here\r\n226 done\r\n"
local DIALOGUE = DONE .. "221 bye\r\n"

local function get(port, scene)
  return ftp.get({ host = "127.0.0.1", port = port, path = "/f", sink = ltn12.sink.table(),
    timeout = scene.timeout or 5 })
end

local function put(port, scene)
  return ftp.put({ host = "127.0.0.1", port = port, path = "/f", source = ltn12.source.string("content"),
    timeout = scene.timeout or 5 })
end

-- Cut within the announced port, the rest names another port, where nobody listens; so there are no
-- cuts inside that word.
local function cuts(ending, failure, step, fields)
  local scenes = {}
  for _, scene in ipairs(misbehaving.cuts(DIALOGUE, #DONE, ending, failure, step, fields)) do
    local cut = #scene.text
    local first, last = DIALOGUE:find("PORT", 1, true)
    if cut < first or cut >= last then
      scenes[#scenes + 1] = scene
    end
  end
  return scenes
end

test("get: a server that closes after any byte makes an error", function(t)
  misbehaving.run(t, cuts("close", "closed"), get)
end)

test("put: a server that closes after any byte makes an error", function(t)
  misbehaving.run(t, cuts("close", "closed", 3), put)
end)

test("get: a server that falls silent ends at the deadline", function(t)
  misbehaving.run(t, cuts("hold", "timeout", 9, { timeout = 0.15 }), get)
end)

test("get: a server that resets the connection makes an error", function(t)
  misbehaving.run(t, misbehaving.cuts("220 hello\r\n331 password\r\n", 1000, "reset", "closed", 4), get)
end)

local function scene(name, text, wanted, ending, fields)
  local made = { name = name, text = text, wanted = wanted, ending = ending or "close" }
  for key, value in pairs(fields or {}) do
    made[key] = value
  end
  return made
end
local short = { timeout = 0.3 }

test("bytes that drip do not keep the client beyond its deadline", function(t)
  misbehaving.run(t, {
    scene("a greeting", "220-", "timeout", "drip", short),
    scene("a slow dialogue", DIALOGUE, "timeout", "drip", short),
    scene("lines without end", "220-x\r\n220-y\r\n", "timeout", "drip", short),
    scene("a login without end", "220 x\r\n331-", "timeout", "drip", short),
    scene("data that never end", START .. "150 here\r\n", "timeout", "hold",
      { data_ending = "hold", timeout = 0.3 }),
    scene("a last reply that never comes", START .. "150 here\r\n", "timeout", "hold", short),
  }, get)
end)

test("replies without end are cut off at their limit", function(t)
  misbehaving.run(t, misbehaving.endless_replies(scene, {
    scene("at the login", "220 x\r\n331-" .. ("a\r\n"):rep(40000), "reply too long"),
  }), get)
end)

test("replies that make no sense are errors", function(t)
  local login = "220 hello\r\n331 password\r\n230 welcome\r\n"
  misbehaving.run(t, {
    scene("no code", "hello\r\n", "invalid server reply"),
    scene("an empty line", "\r\n", "invalid server reply"),
    scene("NUL for a code", "\0\0\0 x\r\n", "invalid server reply"),
    scene("HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", "invalid server reply"),
    scene("codes that change within a reply", "220-a\r\n221 b\r\n", "closed"),
    scene("refused by the greeting", "421 go away\r\n", "421 go away"),
    scene("a greeting that waits for ever", "120 wait\r\n120 wait\r\n", "120 wait"),
    scene("an account is wanted", "220 a\r\n332 account\r\n", "332 account"),
    scene("login refused", "220 a\r\n331 b\r\n530-no\r\n530 no\r\n", "530-no\n530 no"),
    scene("EPSV without numbers", login .. "229 ok\r\n", "invalid epsv response"),
    scene("EPSV with a word", login .. "229 ok (|||word|)\r\n", "invalid epsv response"),
    scene("EPSV with a sign", login .. "229 ok (|||-5|)\r\n", "invalid epsv response"),
    scene("EPSV with blanks", login .. "229 ok (||| 5 |)\r\n", "invalid epsv response"),
    scene("EPSV with a huge port", login .. "229 ok (|||99999999999999999999|)\r\n",
      "service not supported for socket type"),
    scene("EPSV with port 0", login .. "229 ok (|||0|)\r\n", "connection refused"),
    scene("EPSV refused, PASV too", login .. "500 no\r\n502 neither\r\n", "502 neither"),
    scene("EPSV refused, PASV of nonsense", login .. "500 no\r\n227 x\r\n", "227 x"),
    scene("EPSV refused, PASV of large numbers", login .. "500 no\r\n227 (127,0,0,1,256,1)\r\n",
      "227 (127,0,0,1,256,1)"),
    scene("no such file", START .. "550 no\r\n", "550 no"),
    scene("aborted", START .. "150 here\r\n426 aborted\r\n", "426 aborted"),
    scene("reset and aborted", START .. "150 here\r\n426 aborted\r\n", "closed", "close",
      { data_ending = "reset", data = "" }),
    scene("go on in place of the end", START .. "150 here\r\n350 more\r\n", "350 more"),
    scene("QUIT refused", DONE .. "500 stay\r\n", "success"),
    scene("silence at QUIT", DONE, "success", "hold", short),
    scene("line feeds only", (DIALOGUE:gsub("\r", "")), "success"),
    scene("carriage returns everywhere", (DIALOGUE:gsub("\r", "\r\r\r")), "success"),
    scene("eight bits", (DIALOGUE:gsub("hello", "h\228ll\246\255")), "success"),
    scene("nonsense behind the end", DIALOGUE .. ("x"):rep(1000), "success"),
    scene("a status in place of a transfer", START .. "211 status\r\n221 bye\r\n", "success"),
  }, get)
end)

test("a server that never says that the data connection may be used ends at the deadline", function(t)
  misbehaving.run(t, {
    scene("put: silence", START, "timeout", "hold", short),
    scene("put: no last reply", START .. "150 go on\r\n", "timeout", "hold", short),
    scene("put: refused in the end", START .. "150 go on\r\n552 full\r\n", "552 full"),
    scene("put: refused at once", START .. "553 no\r\n", "553 no"),
    scene("put: taken at once", START .. "250 taken\r\n221 bye\r\n", "success"),
  }, put)
end)
