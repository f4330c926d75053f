-- Those examples that fetch, send and ask.
local test = ...
local harness = require("harness")
local programs = require("programs")
local talking_server = require("talking_server")
local tools = require("tls_tools")

local here = arg[0]:match("^(.*/)") or "./"

local function web_server(t)
  local host, port = programs.serve(t, here .. "web_server.lua")
  return "http://" .. host .. ":" .. port
end

local content = ("0123456789abcdef"):rep(12500)

test("downloader prints a line for each tenth where its output is no terminal", function(t)
  local base, name = web_server(t), t.tmpname()
  local output, code = programs.run(t, "", "downloader.lua", base .. "/sized", name)
  t.equal(code, 0, output)
  local lines, last = 0, 0
  for percent in output:gmatch("(%d+)%% of 200000 bytes\n") do
    lines = lines + 1
    t.between(tonumber(percent), last + 10, 100)
    last = tonumber(percent)
  end
  t.equal(last, 100)
  t.between(lines, 1, 10)
  t.matches(output, "\nsaved " .. name:gsub("%p", "%%%0") .. "\n$")
  t.equal(output:find("[#\r]"), nil)
  t.equal(programs.read(name) == content, true)
end)

test("downloader draws a bar on a terminal", function(t)
  local base, name = web_server(t), t.tmpname()
  local command = programs.command("downloader.lua", base .. "/sized", name)
  local output, code = programs.shell(t, "timeout 60 script -qec " .. harness.quote(command) .. " /dev/null")
  t.equal(code, 0, output)
  t.matches(output, "\r%[" .. ("#"):rep(40) .. "%] 100%%\r?\n")
  t.equal(output:find("of 200000"), nil)
  t.equal(programs.read(name) == content, true)
end)

test("downloader takes what comes without a length", function(t)
  local base, name = web_server(t), t.tmpname()
  t.returns(t.pack(programs.run(t, "", "downloader.lua", base .. "/open", name)), "saved " .. name .. "\n", 0)
  t.equal(programs.read(name) == content, true)
end)

test("downloader leaves no file of what is missing or cut short", function(t)
  local base, name = web_server(t), t.tmpname()
  local output, code = programs.run(t, "", "downloader.lua", base .. "/cut", name)
  t.equal(code, 1)
  t.matches(output, "/cut: closed\n")
  t.returns(t.pack(programs.run(t, "", "downloader.lua", base .. "/gone", name)),
    base .. "/gone: HTTP/1.1 404 Not Found\n", 1)
  t.equal(io.open(name), nil)
  t.equal(io.open(name .. ".part"), nil)
end)

test("link_checker prints what is broken of all that a page links to", function(t)
  local base = web_server(t)
  t.returns(t.pack(programs.run(t, "", "link_checker.lua", base .. "/page")),
    base .. "/gone.png: 404\n4 links, 1 broken\n", 1)
  local output, code = programs.run(t, "", "link_checker.lua", base .. "/gone")
  t.equal(code, 1)
  t.matches(output, "/gone: 404")
end)

-- The answers of a server that takes one mail.
local mail_answers = {
  EHLO = "250-here\r\n250 AUTH PLAIN\r\n", MAIL = "250 yes\r\n", RCPT = "250 yes\r\n", AUTH = "235 yes\r\n",
  DATA = "354 go on\r\n", ["."] = "250 taken\r\n", QUIT = "221 bye\r\n",
}

test("mailer sends text and files", function(t)
  local server = talking_server(t, { clear = mail_answers, greeting = "220 here\r\n" })
  local attached = t.tmpname()
  programs.write(attached, "\0\1binary\255")
  t.returns(t.pack(programs.run(t, "Grüße\n.\nbye\n", "mailer.lua", "127.0.0.1:" .. server.port,
    "me@here.test", "you@there.test", "Moonrise", attached)), "sent to you@there.test\n", 0)
  local told = server.transcript()
  t.matches(told, "clear MAIL FROM:<me@here.test>")
  t.matches(told, "clear RCPT TO:<you@there.test>")
  t.matches(told, "[Ss]ubject: Moonrise")
  t.matches(told, "Gr=C3=BC=C3=9Fe")
  t.matches(told, "AAFiaW5hcnn/")
  t.matches(told, 'filename="' .. attached:match("[^/]+$"))
end)

test("mailer goes to TLS and says who it is", function(t)
  local answers = { EHLO = "250-here\r\n250 STARTTLS\r\n", STARTTLS = "220 go on\r\n" }
  local server = talking_server(t, { clear = answers, tls = mail_answers, greeting = "220 here\r\n",
    starts = "STARTTLS" })
  local input = t.tmpname()
  programs.write(input, "text\n")
  local command = programs.command("mailer.lua", "localhost:" .. server.port, "a@b.test", "c@d.test", "S")
  local output, code = programs.shell(t,
    ("MAIL_TLS=starttls MAIL_CA=%s MAIL_USER=me MAIL_PASSWORD=secret %s <%s")
    :format(harness.quote(tools.file("ca.pem")), command, input))
  t.returns({ n = 2, output, code }, "sent to c@d.test\n", 0)
  local told = server.transcript()
  t.matches(told, "tls AUTH PLAIN")
  t.matches(told, "tls RCPT TO:<c@d.test>")
  t.equal(told:find("clear MAIL"), nil)
end)

test("mailer says why nothing was sent", function(t)
  local server = "127.0.0.1:" .. t.refusing_port()
  local output, code = programs.run(t, "", "mailer.lua", server, "a@b", "c@d", "S")
  t.returns({ n = 2, output, code }, "not sent: connection refused\n", 1)
end)

test("unix_client sends all and prints all, however much it is", function(t)
  local path = t.tmpname()
  programs.serve(t, "echo_server.lua", "unix:" .. path)
  local text = ("x"):rep(3000000)
  local output, code = programs.run(t, text, "unix_client.lua", path)
  t.equal(code, 0)
  t.equal(output == text, true)
  t.returns(t.pack(programs.run(t, "", "unix_client.lua", path)), "", 0)
end)

test("programs that lack arguments say how they are called", function(t)
  for _, name in ipairs({ "dns_tool", "downloader", "game_loop", "link_checker", "mailer", "port_forwarder",
      "tls_server", "udp_discovery", "unix_client" }) do
    local output, code = programs.run(t, "", name .. ".lua")
    t.equal(code, 2, name)
    t.matches(output, "^usage: lua " .. name .. "%.lua ")
  end
end)
