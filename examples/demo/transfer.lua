-- Moves files over HTTP, FTP and SMTP, and checks that they arrive as they left:
--
--   lua transfer.lua http://127.0.0.1:8080 127.0.0.1:2121 127.0.0.1:2525 MAILDIR DIRECTORY
--
-- The web server has /walrus.txt and /large.bin, the FTP server takes anonymous uploads, the mail server
-- delivers into MAILDIR/new. What is fetched is kept in DIRECTORY; checksums are those of sha256sum.
local http = require "socket.http"
local ftp = require "socket.ftp"
local smtp = require "socket.smtp"
local mime = require "mime"
local mbox = require "mbox"
local ltn12 = require "ltn12"

local web, ftp_server, mail_server, maildir, directory = arg[1], arg[2], arg[3], arg[4], arg[5]
http.TIMEOUT, ftp.TIMEOUT, smtp.TIMEOUT = 10, 10, 10

local function first_line_of(command)
  local pipe = assert(io.popen(command))
  local line = pipe:read("*l")
  pipe:close()
  return line
end

local function checksum(path)
  return assert(first_line_of("sha256sum '" .. path .. "'")):match("^%x+")
end

local function report(what, path)
  local file = assert(io.open(path, "rb"))
  print(("  %-34s %9d bytes  sha256 %s"):format(what, file:seek("end"), checksum(path)))
  file:close()
end

local on_terminal = os.execute("test -t 1")
on_terminal = on_terminal == true or on_terminal == 0

-- A step for ltn12.pump that shows how far a transfer is: on a terminal always, elsewhere by quarters.
local function progress(total)
  local count, shown = 0, 0
  return function(source, sink)
    local chunk, failure = source()
    count = count + #(chunk or "")
    local percent = math.floor(count / total * 100)
    if on_terminal and percent > shown then
      shown = percent
      io.write(("\r  %3d %%"):format(percent), percent < 100 and "" or "\r       \r")
      io.flush()
    elseif percent >= shown + 25 then
      shown = percent
      io.write(("  %d %%\n"):format(percent))
    end
    local taken, problem = sink(chunk, failure)
    if chunk and taken then return 1 end
    return nil, failure or problem
  end
end

local function download(name)
  local url, path = web .. "/" .. name, directory .. "/" .. name
  local _, _, headers = assert(http.request({ url = url, method = "HEAD" }))
  local _, code = assert(http.request({
    url = url,
    sink = ltn12.sink.file(io.open(path, "wb")),
    step = progress(tonumber(headers["content-length"])),
  }))
  assert(code == 200, code)
  report("HTTP GET /" .. name, path)
  return path
end

local function through_ftp(path)
  local name, back = "demo-" .. path:match("[^/]+$"), path .. ".back"
  local host, port = ftp_server:match("^(.*):(%d+)$")
  assert(ftp.put({
    host = host, port = port, argument = name, type = "i",
    source = ltn12.source.file(io.open(path, "rb")),
  }))
  assert(ftp.get({
    host = host, port = port, argument = name, type = "i",
    sink = ltn12.sink.file(io.open(back, "wb")),
  }))
  report("FTP STOR, RETR " .. name, back)
  return back
end

-- Writes the attachment of the message that was delivered last into a file.
local function save_attachment(path)
  local name = assert(first_line_of("ls -t '" .. maildir .. "/new'"), "nothing was delivered")
  local file = assert(io.open(maildir .. "/new/" .. name, "rb"))
  local message = mbox.parse_message(file:read("*a"))
  file:close()
  local boundary = message.headers["content-type"]:match('boundary="(.-)"'):gsub("%p", "%%%0")
  for part in message.body:gmatch("(.-)\n%-%-" .. boundary) do
    local inner = mbox.parse_message((part:gsub("^\n", "")))
    if (inner.headers["content-disposition"] or ""):find("^attachment") then
      local copy = assert(io.open(path, "wb"))
      copy:write((mime.unb64(inner.body)))
      copy:close()
      return
    end
  end
  error("the delivered message has no attachment")
end

local function through_mail(path)
  local host, port = mail_server:match("^(.*):(%d+)$")
  assert(smtp.send({
    from = "<walrus@localhost>",
    rcpt = { "<carpenter@localhost>" },
    server = host, port = port,
    source = smtp.message({
      headers = {
        from = "The Walrus <walrus@localhost>",
        to = "The Carpenter <carpenter@localhost>",
        subject = "The time has come",
      },
      body = {
        {
          headers = { ["content-type"] = 'text/plain; charset="us-ascii"' },
          body = "To talk of many things; see the attachment.\r\n",
        },
        {
          headers = {
            ["content-type"] = 'text/plain; name="page.txt"',
            ["content-disposition"] = 'attachment; filename="page.txt"',
            ["content-transfer-encoding"] = "BASE64",
          },
          body = ltn12.source.chain(ltn12.source.file(io.open(path, "rb")),
            ltn12.filter.chain(mime.encode("base64"), mime.wrap())),
        },
      },
    }),
  }))
  local copy = path .. ".mailed"
  save_attachment(copy)
  report("SMTP, the attachment as delivered", copy)
  return copy
end

local page = download("walrus.txt")
local large = download("large.bin")
local equal = checksum(through_ftp(large)) == checksum(large)
equal = checksum(through_mail(page)) == checksum(page) and equal
print(equal and "  equal at both ends" or "  DIFFERENT")
os.exit(equal and 0 or 1)
