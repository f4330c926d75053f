-- socket.smtp against aiosmtpd: what is sent arrives byte for byte.
--
--   lua mail_peers.lua DIRECTORY PORT4 PORT6 SPOOL STARTTLS_PORT IMPLICIT_PORT TRUST

local here, port4, port6, spool, starttls, implicit, trust = ...
package.path = here .. "/?.lua;" .. package.path

local tally = require("tally")
local check, equal = tally.check, tally.equal
local ltn12 = require("ltn12")
local mime = require("mime")
local smtp = require("socket.smtp")
smtp.TIMEOUT = 20

local count = 0

-- Sends, and gives the mail as it arrived: sender, recipients, user, content.
local function deliver(fields)
  local mailt = { from = "<from@client.example>", rcpt = "<to@peer.example>", server = "127.0.0.1",
    port = port4, source = ltn12.source.string("text") }
  for key, value in pairs(fields) do
    mailt[key] = value
  end
  local result, failure = smtp.send(mailt)
  if not result then
    error("smtp.send: " .. tostring(failure), 2)
  end
  equal(result, 1)
  count = count + 1
  local file = assert(io.open(spool .. "/" .. count, "rb"))
  local from, rcpt, user = file:read("*l", "*l", "*l")
  file:read("*l")
  local content = file:read("*a")
  file:close()
  return content, from, rcpt, user
end

for name, place in pairs({ IPv4 = { "127.0.0.1", port4 }, IPv6 = { "::1", port6 } }) do
  check("a mail over " .. name, function()
    local content, from, rcpt, user = deliver({ server = place[1], port = place[2] })
    equal(content, "text\r\n")
    equal(from, "from@client.example")
    equal(rcpt, "to@peer.example")
    equal(user, "")
  end)
end

check("several recipients", function()
  local _, _, rcpt = deliver({ rcpt = { "<a@x.example>", "<b@y.example>", "<c@z.example>" } })
  equal(rcpt, "a@x.example b@y.example c@z.example")
end)

check("authentication", function()
  local _, _, _, user = deliver({ user = "moon", password = "t\195\175de" })
  equal(user, "moon")
end)

check("authentication by PLAIN", function()
  local s = smtp.open("127.0.0.1", port4)
  s:greet("client.example")
  local code = s:plain("moon", "t\195\175de")
  equal(code, 235)
  s:quit()
  s:close()
end)

check("a wrong password", function()
  local result, failure = smtp.send({ from = "<a@x>", rcpt = "<b@y>", source = ltn12.source.string("x"),
    server = "127.0.0.1", port = port4, user = "moon", password = "sun" })
  equal(result, nil)
  equal(failure:match("^535"), "535", failure)
end)

check("a refused recipient", function()
  local result, failure = smtp.send({ from = "<a@x.example>", rcpt = "<nobody@refused.example>",
    source = ltn12.source.string("x"), server = "127.0.0.1", port = port4 })
  equal(result, nil)
  equal(failure, "550 5.1.1 no such user")
end)

check("dots at the start of lines", function()
  local text = ".\r\n..\r\nx\r\n.hidden\r\n"
  equal((deliver({ source = ltn12.source.string(text) })), text .. "\r\n")
end)

check("a large mail in small chunks", function()
  local lines = {}
  for index = 1, 20000 do
    lines[index] = "." .. index .. (index % 3 == 0 and "." or "") .. "\r\n"
  end
  local text = table.concat(lines)
  local position = 1
  local source = function()
    local size = 1 + position % 997
    local chunk = text:sub(position, position + size - 1)
    position = position + size
    return chunk ~= "" and chunk or nil
  end
  equal((deliver({ source = source })), text .. "\r\n")
end)

check("a message with an attachment", function()
  local bytes = {}
  for index = 0, 255 do
    bytes[#bytes + 1] = string.char(index)
  end
  local attachment = table.concat(bytes):rep(40)
  local mesgt = {
    headers = { from = "me <from@client.example>", to = "you <to@peer.example>",
      subject = "folded\r\n subject" },
    body = { preamble = "not shown", { body = "line one\r\n.line two\r\n" }, {
      headers = { ["content-type"] = "application/octet-stream", ["content-transfer-encoding"] = "BASE64" },
      body = ltn12.source.chain(ltn12.source.string(attachment),
        ltn12.filter.chain(mime.encode("base64"), mime.wrap())),
    } },
  }
  local content = deliver({ source = smtp.message(mesgt) })
  local headers, body = require("mbox").split_message(content)
  headers = require("mbox").parse_headers(headers)
  equal(headers.subject, "folded subject")
  equal(headers["mime-version"], "1.0")
  local boundary = headers["content-type"]:match('boundary="([^"]+)"')
  -- Behind the preamble: the text, the attachment.
  local parts, position = {}, 1
  local delimiter = "\n--" .. boundary
  for index = 1, 3 do
    local first, last = body:find(delimiter, position, true)
    parts[index] = body:sub(position, first - 1)
    position = last + 1
  end
  equal(parts[1], "not shown\n")
  local _, encoded = require("mbox").split_message(parts[3]:sub(2))
  equal((mime.unb64(encoded)), attachment)
  equal(select(2, require("mbox").split_message(parts[2]:sub(2))), "line one\n.line two\n")
end)

check("a session by hand, two mails in it", function()
  local s = smtp.open("127.0.0.1", port4)
  s:greet("client.example")
  for _ = 1, 2 do
    s:send({ from = "<a@x.example>", rcpt = "<b@y.example>", source = ltn12.source.string("x") })
    count = count + 1
  end
  s:quit()
  s:close()
  io.open(spool .. "/" .. count):close()
end)

check("whatever a source raises, the server gets no mail", function()
  local good = pcall(smtp.send, { from = "<a@x.example>", rcpt = "<b@y.example>", server = "127.0.0.1",
    port = port4, source = function() error("lost") end })
  equal(good, false)
  deliver({}) -- and this one has the next number
end)

-- TLS -------------------------------------------------------------------------------------------------

for _, name in ipairs({ "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN", "XOAUTH2" }) do
  check(name .. " over STARTTLS, and over TLS from the start", function()
    for way, port in pairs({ starttls = starttls, implicit = implicit }) do
      local content, _, _, user = deliver({ tls = way, port = port, cafile = trust, auth = name,
        user = "moon", password = "t\195\175de", token = "ya29.token",
        source = ltn12.source.string(way) })
      equal(content, way .. "\r\n")
      equal(user, "moon")
    end
  end)

  check(name .. " with a wrong secret", function()
    local result, failure = smtp.send({ from = "<a@x>", rcpt = "<b@y>", source = ltn12.source.string("x"),
      server = "127.0.0.1", port = starttls, tls = "starttls", cafile = trust, auth = name, user = "moon",
      password = "sun", token = "sun" })
    equal(result, nil)
    equal(failure:match("^535"), "535", failure)
  end)
end

check("mechanisms that tell no secret, in the clear", function()
  for _, name in ipairs({ "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5" }) do
    local _, _, _, user = deliver({ auth = name, user = "moon", password = "t\195\175de" })
    equal(user, "moon")
  end
end)

check("a large mail over TLS", function()
  local text = ("A line of the large mail that goes over TLS.\r\n"):rep(20000)
  equal((deliver({ tls = "starttls", port = starttls, cafile = trust,
    source = ltn12.source.string(text) })), text .. "\r\n")
end)

check("TLS where it is offered, and where it is not", function()
  deliver({ tls = "opportunistic", port = starttls, cafile = trust })
  deliver({ tls = "opportunistic", port = port4, cafile = trust })
  local result, failure = smtp.send({ from = "<a@x>", rcpt = "<b@y>", source = ltn12.source.string("x"),
    server = "127.0.0.1", port = port4, tls = "starttls", cafile = trust })
  equal(result, nil)
  equal(failure, "STARTTLS not supported")
end)

tally.finish()
