-- Sends a text from standard input as mail, with files attached:
--
--   lua mailer.lua SERVER[:PORT] FROM TO SUBJECT [FILE...] <text
--
-- The environment may say MAIL_TLS=starttls or implicit, MAIL_USER and MAIL_PASSWORD, and MAIL_CA, a file of
-- authorities to trust in place of those of the system.
local ltn12 = require "ltn12"
local mime = require "mime"
local smtp = require "socket.smtp"

local server, from, to, subject = arg[1], arg[2], arg[3], arg[4]
if not subject then
  io.stderr:write("usage: lua mailer.lua SERVER[:PORT] FROM TO SUBJECT [FILE...] <text\n")
  os.exit(2)
end
local host, port = server:match("^(.-):(%d+)$")

-- A line may have 998 bytes and mail has seven bits: quoted-printable makes that of any text.
local function text_part(text)
  local encode = ltn12.filter.chain(mime.normalize(), mime.encode("quoted-printable"),
    mime.wrap("quoted-printable"))
  return {
    headers = {
      ["content-type"] = "text/plain; charset=utf-8",
      ["content-transfer-encoding"] = "quoted-printable",
    },
    body = ltn12.source.chain(ltn12.source.string(text), encode),
  }
end

-- The file is read, encoded and sent piece by piece.
local function file_part(path)
  local name = path:match("[^/]+$"):gsub('["\\\r\n]', "_")
  return {
    headers = {
      ["content-type"] = "application/octet-stream",
      ["content-transfer-encoding"] = "base64",
      ["content-disposition"] = 'attachment; filename="' .. name .. '"',
    },
    body = ltn12.source.chain(ltn12.source.file(assert(io.open(path, "rb"))),
      ltn12.filter.chain(mime.encode("base64"), mime.wrap("base64"))),
  }
end

local body = { text_part(io.read("*a")) }
for index = 5, #arg do
  body[#body + 1] = file_part(arg[index])
end

local sent, message = smtp.send({
  server = host or server,
  port = tonumber(port),
  from = "<" .. from .. ">",
  rcpt = "<" .. to .. ">",
  source = smtp.message({ headers = { from = from, to = to, subject = subject }, body = body }),
  tls = os.getenv("MAIL_TLS"),
  cafile = os.getenv("MAIL_CA"),
  user = os.getenv("MAIL_USER"),
  password = os.getenv("MAIL_PASSWORD"),
  timeout = 120,
})
if not sent then
  io.stderr:write("not sent: ", message, "\n")
  os.exit(1)
end
print("sent to " .. to)
