-- Goal: how smtp.send says who the user is when `tls`, `auth` or `token` ask for it. Method: a scripted
-- server, so without TLS; that is in smtp_tls_test. How it ever was is in smtp_send_test.

local test = ...
local scripted = require("scripted")

local digest = require("moontide.tls").digest
local ltn12 = require("ltn12")
local mime = require("mime")
local sasl = require("moontide.sasl")
local smtp = require("socket.smtp")

local function server(offer, changes)
  local replies = {
    connect = "220 hello\r\n", EHLO = "250-there\r\n250 AUTH " .. offer .. "\r\n", MAIL = "250 ok\r\n",
    RCPT = "250 ok\r\n", DATA = "354 go on\r\n", ["."] = "250 taken\r\n", QUIT = "221 bye\r\n",
    AUTH = "235 in\r\n",
  }
  for key, value in pairs(changes or {}) do
    replies[key] = value
  end
  return scripted(replies)
end

local function send(peer, fields)
  local mailt = { from = "<a@x>", rcpt = "<b@y>", source = ltn12.source.string("text"), domain = "d",
    create = peer.create, user = "u", password = "p", auth = sasl.ORDER }
  for key, value in pairs(fields or {}) do
    mailt[key] = value
  end
  return smtp.send(mailt)
end

-- What was sent between EHLO and MAIL.
local function said(peer)
  return peer.wire:match("^EHLO d\r\n(.-)MAIL") or peer.wire:match("^EHLO d\r\n(.*)$")
end

local function b64(text)
  return (mime.b64(text))
end

-- Answers of a server that knows the password "p" as SCRAM has it, made of what the client says.
local function scram(hash, changes)
  local salt, iterations = "pepper and salt", 4096
  local salted = assert(digest.pbkdf2(hash, "p", salt, iterations))
  local peer = { first = nil, nonce = nil }
  local function begin(line)
    peer.first = sasl.decode(line:match("^AUTH %S+ (%S+)$")):match("^n,,(.*)$")
    peer.nonce = peer.first:match(",r=(.*)$") .. "server"
    peer.challenge = ("r=%s,s=%s,i=%d"):format(peer.nonce, b64(salt), iterations)
    return "334 " .. b64(peer.challenge) .. "\r\n"
  end
  local function finish(line)
    local last, proof = sasl.decode(line):match("^(.*),p=([^,]*)$")
    local text = peer.first .. "," .. peer.challenge .. "," .. last
    local key = digest.hmac(hash, salted, "Client Key")
    local wanted = digest.xor(key, digest.hmac(hash, digest.digest(hash, key), text))
    if last ~= "c=biws,r=" .. peer.nonce or sasl.decode(proof) ~= wanted then
      return "535 wrong\r\n"
    end
    local signature = digest.hmac(hash, digest.hmac(hash, salted, "Server Key"), text)
    return "334 " .. b64("v=" .. b64(signature)) .. "\r\n"
  end
  changes = changes or {}
  return { AUTH = begin, other = { changes.finish or finish, changes.last or "235 in\r\n" } }
end

test("SCRAM, both sides proven", function(t)
  for name, hash in pairs({ ["SCRAM-SHA-256"] = "sha256", ["SCRAM-SHA-1"] = "sha1" }) do
    local peer = server("LOGIN PLAIN " .. name .. " CRAM-MD5", scram(hash))
    t.returns(t.pack(send(peer)), 1)
    t.matches(said(peer), "^AUTH " .. name:gsub("%-", "%%-") .. " %S+\r\n%S+\r\n\r\n$")
    peer = server(name, scram(hash))
    t.returns(t.pack(send(peer, { password = "q" })), nil, "535 wrong")
    t.ok(peer.closed > 0)
  end
end)

test("SCRAM: a server that does not prove itself gets no mail", function(t)
  local function outcome(changes)
    local peer = server("SCRAM-SHA-256", scram("sha256", changes))
    local result, message = send(peer)
    t.equal(result, nil)
    t.equal(peer.wire:find("MAIL", 1, true), nil)
    t.ok(peer.closed > 0)
    return message
  end
  t.equal(outcome({ finish = "235 in\r\n" }), "no server signature")
  local forged = b64("v=" .. b64(("x"):rep(32)))
  t.equal(outcome({ finish = "334 " .. forged .. "\r\n" }), "invalid server signature")
  t.equal(outcome({ finish = "334 \r\n" }), "invalid server signature")
  t.equal(outcome({ finish = "334 v=x\r\n" }), "invalid server signature")
  t.equal(outcome({ last = "334 \r\n" }), "invalid challenge")
  t.equal(outcome({ last = "535 no\r\n" }), "535 no")
end)

test("CRAM-MD5", function(t)
  local challenge = "<1896.697170952@postoffice.reston.mci.net>"
  local peer = server("PLAIN CRAM-MD5", { AUTH = "334 " .. b64(challenge) .. "\r\n", other = "235 in\r\n" })
  t.equal(send(peer, { user = "tim", password = "tanstaaftanstaaf" }), 1)
  t.equal(said(peer), "AUTH CRAM-MD5\r\ndGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\r\n")
  peer = server("CRAM-MD5", { AUTH = "334 <not Base64>\r\n" })
  t.returns(t.pack(send(peer)), nil, "invalid challenge")
end)

test("a secret goes over the line only where it was asked for", function(t)
  local secret = { PLAIN = {}, LOGIN = {}, XOAUTH2 = { token = "t" } }
  for name, fields in pairs(secret) do
    local peer = server(name)
    t.returns(t.pack(send(peer, fields)), nil, "authentication needs TLS")
    t.equal(said(peer), "")
    t.ok(peer.closed > 0)
  end
  local peer = server("LOGIN PLAIN")
  t.equal(send(peer, { auth_in_clear = true }), 1)
  t.equal(said(peer), "AUTH PLAIN AHUAcA==\r\n")
  peer = server("LOGIN PLAIN", { AUTH = "334 VXNlcm5hbWU6\r\n", other = { "334 what\r\n", "235 in\r\n" } })
  t.equal(send(peer, { auth_in_clear = true, auth = "login" }), 1)
  t.equal(said(peer), "AUTH LOGIN\r\ndQ==\r\ncA==\r\n")
end)

test("XOAUTH2 with a token, and what the server says against it", function(t)
  local function oauth(changes, token)
    local peer = server("PLAIN XOAUTH2", changes)
    local result, message = send(peer, { token = token or "ya29", password = false, auth_in_clear = true,
      auth = "XOAUTH2" })
    return peer, result or message
  end
  local peer, result = oauth()
  t.equal(result, 1)
  t.equal(said(peer), "AUTH XOAUTH2 " .. b64("user=u\1auth=Bearer ya29\1\1") .. "\r\n")
  peer, result = oauth({ AUTH = "334 " .. b64('{"status":"401"}') .. "\r\n", other = "535 expired\r\n" })
  t.equal(result, "535 expired")
  t.matches(said(peer), "\r\n\r\n$")
  peer = server("XOAUTH2")
  t.returns(t.pack(send(peer, { auth_in_clear = true })), nil, "authentication not supported")
  -- Longer than a command may be: it comes by itself.
  local long = ("x"):rep(2000)
  peer, result = oauth({ AUTH = "334 \r\n", other = "235 in\r\n" }, long)
  t.equal(result, 1)
  t.equal(said(peer), "AUTH XOAUTH2\r\n" .. b64("user=u\1auth=Bearer " .. long .. "\1\1") .. "\r\n")
end)

test("a server that asks for ever is left", function(t)
  for _, name in ipairs({ "PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "SCRAM-SHA-1" }) do
    local peer = server(name, { AUTH = "334 \r\n", other = "334 \r\n" })
    local result, message = send(peer, { auth_in_clear = true, token = "t" })
    t.equal(result, nil)
    t.equal(message, "invalid challenge", name)
    t.ok(peer.closed > 0)
  end
end)

test("without tls, auth and token all is as it was", function(t)
  local peer = server("SCRAM-SHA-256 PLAIN LOGIN", { AUTH = "334 user\r\n",
    other = { "334 pw\r\n", "235 in\r\n" } })
  t.equal(send(peer, { auth = false }), 1)
  t.equal(said(peer), "AUTH LOGIN\r\ndQ==\r\ncA==\r\n")
end)
