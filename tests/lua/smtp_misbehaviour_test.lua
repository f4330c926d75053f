-- Goal: whatever a mail server does, smtp.send ends before its deadline with a clear error, and leaves
-- neither descriptors nor memory behind (the harness counts descriptors).
-- Method: a server in a process of its own plays scenes: cut off at every byte, silent, dripping,
-- endless, contradictory.

local test = ...
local misbehaving = require("misbehaving")

local ltn12 = require("ltn12")
local smtp = require("socket.smtp")

local GREETING, EHLO = "220 hello\r\n", "250-there\r\n250 AUTH LOGIN\r\n"
local TAKEN = GREETING .. EHLO .. "250 sender\r\n250 recipient\r\n354 go on\r\n250 taken\r\n"
local DIALOGUE = TAKEN .. "221 bye\r\n"

local function send(port, scene)
  return smtp.send({ from = "<a@x>", rcpt = "<b@y>", source = ltn12.source.string("text\r\n"),
    server = "127.0.0.1", port = port, timeout = scene.timeout or 5, domain = "d" })
end

test("a server that closes after any byte makes an error, or keeps the mail it accepted", function(t)
  misbehaving.run(t, misbehaving.cuts(DIALOGUE, #TAKEN, "close", "closed"), send)
end)

test("a server that falls silent after any byte ends at the deadline", function(t)
  misbehaving.run(t, misbehaving.cuts(DIALOGUE, #TAKEN, "hold", "timeout", 9, { timeout = 0.15 }), send)
end)

test("a server that resets the connection makes an error", function(t)
  misbehaving.run(t, misbehaving.cuts(GREETING .. EHLO, 1000, "reset", "closed", 4), send)
end)

local function scene(name, text, wanted, ending, timeout)
  return { name = name, text = text, wanted = wanted, ending = ending or "close", timeout = timeout }
end

test("bytes that drip do not keep the client beyond its deadline", function(t)
  misbehaving.run(t, {
    scene("a greeting", "220-", "timeout", "drip", 0.3),
    scene("lines without end", "220-x\r\n220-y\r\n", "timeout", "drip", 0.3),
    scene("a slow dialogue", DIALOGUE, "timeout", "drip", 0.3),
    scene("blanks", " ", "timeout", "drip", 0.3),
    scene("line feeds", "\n", "invalid server reply", "drip", 5),
    scene("a reply to EHLO", GREETING .. "250-a\r\n250-", "timeout", "drip", 0.3),
  }, send)
end)

test("replies without end are cut off at their limit", function(t)
  misbehaving.run(t, misbehaving.endless_replies(scene, {
    scene("pairs of CR and LF", "220-a" .. ("\r\n"):rep(50), "reply too long", "flood"),
    scene("behind a greeting", GREETING .. "250-x" .. ("\r\nmore"):rep(20000), "reply too long"),
  }), send)
end)

test("replies that make no sense are errors", function(t)
  misbehaving.run(t, {
    scene("no code", "hello\r\n", "invalid server reply"),
    scene("an empty line", "\r\n", "invalid server reply"),
    scene("a code of two digits", "22 x\r\n", "invalid server reply"),
    scene("letters for a code", "2x0 x\r\n", "invalid server reply"),
    scene("NUL for a code", "\0\0\0 x\r\n", "invalid server reply"),
    scene("a greeting of another protocol", "* OK IMAP4\r\n", "invalid server reply"),
    scene("HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", "invalid server reply"),
    scene("codes that change within a reply", "220-a\r\n221 b\r\n", "closed"),
    scene("a code alone in a reply", "220-a\r\n220\r\n", "closed"),
    scene("refused by the greeting", "554 go away\r\n", "554 go away"),
    scene("go on in the greeting", "354 now\r\n", "354 now"),
    scene("a refusal of two lines", GREETING .. "421-a\r\n421 b\r\n", "421-a\n421 b"),
    scene("no HELO either", GREETING .. "500 a\r\n500 b\r\n", "500 b"),
    scene("the sender refused", GREETING .. EHLO .. "550 no\r\n", "550 no"),
    scene("the recipient refused", GREETING .. EHLO .. "250 a\r\n550 no\r\n", "550 no"),
    scene("DATA answered as done", GREETING .. EHLO .. "250 a\r\n250 b\r\n250 c\r\n", "250 c"),
    scene("the message answered with go on", GREETING .. EHLO .. "250 a\r\n250 b\r\n354 c\r\n354 d\r\n",
      "354 d"),
    scene("everything twice", GREETING .. GREETING .. EHLO .. EHLO, "closed"),
    scene("line feeds only", (DIALOGUE:gsub("\r", "")), "success"),
    scene("carriage returns everywhere", (DIALOGUE:gsub("\r", "\r\r\r")), "success"),
    scene("eight bits", (DIALOGUE:gsub("hello", "h\228ll\246\255")), "success"),
    scene("QUIT refused", TAKEN .. "500 stay\r\n", "success"),
    scene("nonsense behind the end", DIALOGUE .. "\0\0\0" .. ("x"):rep(1000), "success"),
    scene("silence at QUIT", TAKEN, "success", "hold", 0.3),
    scene("a drip at QUIT", TAKEN .. "221-", "success", "hold", 0.3),
  }, send)
end)
