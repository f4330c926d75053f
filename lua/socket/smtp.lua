-- SMTP client (RFC 5321): mail messages, and sending them. What concerns TLS and the newer mechanisms of
-- authentication is in moontide.smtp_security.

local socket = require("socket")
local tp = require("socket.tp")
local ltn12 = require("ltn12")
local mime = require("mime")
require("socket.headers")
local deadline = require("moontide.deadline")
local dots = require("moontide.dots")
local guard = require("moontide.guard")
local message = require("moontide.message")
local security = require("moontide.smtp_security")

local assert = assert
local find = string.find
local ipairs = ipairs
local match = string.match
local require = require
local setmetatable = setmetatable
local type = type

local smtp = {
  TIMEOUT = 60,
  SERVER = "localhost",
  PORT = 25,
  DOMAIN = os.getenv("SERVER_NAME") or "localhost",
  ZONE = "-0000",
}

-- Sessions ----------------------------------------------------------------------------------------

local Session = {}
local metatable = { __index = Session }

-- session -> host, domain (as the server knows us), ext (what it offers), is_private (by TLS of ours).
local state_of = require("moontide.states").new()

-- Introduces us, and gives what the server offers.
local function hello(self, domain)
  local try, state = self.try, state_of(self)
  try(self.tp:command("EHLO", domain))
  local code, reply = self.tp:check("2..")
  if not code and match(reply, "^5%d%d") then
    -- A server from before ESMTP.
    try(self.tp:command("HELO", domain))
    code, reply = self.tp:check("2..")
  end
  try(code, reply)
  state.domain, state.ext = domain, reply
  return reply
end

function Session:greet(domain)
  self.try(self.tp:check("2.."))
  return hello(self, domain or smtp.DOMAIN)
end

function Session:mail(from)
  self.try(self.tp:command("MAIL", "FROM:" .. from))
  return self.try(self.tp:check("2.."))
end

function Session:rcpt(to)
  self.try(self.tp:command("RCPT", "TO:" .. to))
  return self.try(self.tp:check("2.."))
end

function Session:data(src, step)
  self.try(self.tp:command("DATA"))
  self.try(self.tp:check("3.."))
  self.try(self.tp:source(src, step))
  self.try(self.tp:send("\r\n.\r\n"))
  return self.try(self.tp:check("2.."))
end

function Session:quit()
  self.try(self.tp:command("QUIT"))
  return self.try(self.tp:check("2.."))
end

function Session:close()
  return self.tp:close()
end

-- Authentication (RFC 4954) -----------------------------------------------------------------------

local function base64(text)
  return (mime.b64(text)) or "" -- of "" it makes nil
end

function Session:login(user, password)
  self.try(self.tp:command("AUTH", "LOGIN"))
  self.try(self.tp:check("3.."))
  self.try(self.tp:send(base64(user) .. "\r\n"))
  self.try(self.tp:check("3.."))
  self.try(self.tp:send(base64(password) .. "\r\n"))
  return self.try(self.tp:check("2.."))
end

function Session:plain(user, password)
  -- NUL separates the fields (RFC 4616, 2).
  local clean = not (find(user, "\0", 1, true) or find(password, "\0", 1, true))
  self.try(clean or nil, "invalid character in command")
  self.try(self.tp:command("AUTH", "PLAIN " .. base64("\0" .. user .. "\0" .. password)))
  return self.try(self.tp:check("2.."))
end

function Session:auth(user, password, ext)
  if not user or not password then
    return 1
  end
  local offered = security.mechanisms(ext)
  if offered.LOGIN then
    return self:login(user, password)
  elseif offered.PLAIN then
    return self:plain(user, password)
  end
  self.try(nil, "authentication not supported")
end

-- Says who the user of the table is, by the best mechanism that both sides know. `ext` is what the last
-- greeting gave, unless it is given.
function Session:authenticate(mailt, ext)
  local state = state_of(self)
  return security.authenticate(self, mailt, ext or state.ext or "", state.is_private)
end

-- TLS (RFC 3207, RFC 8314) ------------------------------------------------------------------------

local function secure_with(self, settings)
  local secure, state = require("moontide.secure"), state_of(self)
  self.try = secure.told(self.try)
  self.try(secure.upgrade(self.tp, state.host, settings, smtp.TIMEOUT))
  state.is_private, state.ext = true, nil
end

-- Nothing that was said before counts any more: anybody may have said it.
local function starttls_with(self, settings)
  self.try(self.tp:command("STARTTLS"))
  self.try(self.tp:check("2.."))
  secure_with(self, settings)
  return hello(self, state_of(self).domain or smtp.DOMAIN)
end

-- TLS from the first byte on, before greet. `t` is a table such as that of send, or nil.
function Session:secure(t)
  secure_with(self, self.try(require("moontide.secure").prepare(t, smtp)))
  return 1
end

-- TLS after greet; gives what greet gives, which may be more than before.
function Session:starttls(t)
  local settings = self.try(require("moontide.secure").prepare(t, smtp))
  self.try(security.offers_starttls(state_of(self).ext or "") or nil, "STARTTLS not supported")
  return starttls_with(self, settings)
end

-- TLS where the server offers it and agrees.
local function starttls_if_offered(self, settings)
  if security.offers_starttls(state_of(self).ext) then
    self.try(self.tp:command("STARTTLS"))
    local accepted, reply = self.tp:check("2..")
    if accepted then
      secure_with(self, settings)
      hello(self, state_of(self).domain)
    else
      self.try(match(reply, "^[45]%d%d"), reply)
    end
  end
end

-- Sending -----------------------------------------------------------------------------------------

function Session:send(mailt)
  local rcpt = mailt.rcpt
  self.try(type(rcpt) ~= "table" or rcpt[1] ~= nil or nil, "no recipients")
  self:mail(mailt.from)
  if type(rcpt) == "table" then
    for _, recipient in ipairs(rcpt) do
      self:rcpt(recipient)
    end
  else
    self:rcpt(rcpt)
  end
  local stuffed = ltn12.source.chain(mailt.source, dots.stuff(), mime.stuff())
  self:data(stuffed, mailt.step)
end

-- `limit` (moontide.deadline) bounds the whole session.
function smtp.open(server, port, create, limit)
  local control = socket.try(tp.connect(server or smtp.SERVER, port or smtp.PORT, smtp.TIMEOUT, create,
    limit))
  local session = setmetatable({ tp = control }, metatable)
  state_of(session).host = server or smtp.SERVER
  session.try = socket.newtry(function()
    session:close()
  end)
  return session
end

function smtp.message(mesgt)
  return message.source(mesgt, smtp.ZONE)
end

local function is_unsafe(argument)
  return find(argument, "[\r\n]") or find(argument, "\0", 1, true)
end

-- Refuses before connecting what would fail in the middle of the dialogue. What is missing is an error
-- of the program and raises.
local function check(mailt)
  local rcpt = mailt.rcpt
  local list = type(rcpt) == "table" and rcpt or { "TO:" .. rcpt }
  local unsafe = is_unsafe("FROM:" .. mailt.from) or is_unsafe(mailt.domain or smtp.DOMAIN)
  for _, recipient in ipairs(list) do
    unsafe = unsafe or is_unsafe(recipient)
  end
  assert(mailt.source)
  socket.try(not unsafe or nil, "invalid character in command")
  socket.try(list[1] ~= nil or nil, "no recipients")
  local fault = message.fault(mailt.source)
  socket.try(not fault or nil, fault)
end

-- As mailt.tls and mailt.auth want it (moontide.smtp_security): greetings, TLS, authentication.
local function enter(session, mailt, plan)
  if plan.way == "implicit" then
    secure_with(session, plan.settings)
  end
  session:greet(mailt.domain)
  if plan.way == "opportunistic" then
    starttls_if_offered(session, plan.settings)
  elseif plan.way == "starttls" then
    session.try(security.offers_starttls(state_of(session).ext) or nil, "STARTTLS not supported")
    starttls_with(session, plan.settings)
  end
  if security.wants_login(mailt) then
    session:authenticate(mailt)
  end
end

local function converse(session, mailt, plan)
  if plan then
    enter(session, mailt, plan)
  else
    session:auth(mailt.user, mailt.password, session:greet(mailt.domain))
  end
  session:send(mailt)
  -- The server has taken the message; what becomes of QUIT must not make anybody send it again.
  if session.tp:command("QUIT") then
    session.tp:check("2..")
  end
end

-- `mailt.timeout`, in seconds, bounds the whole call; smtp.TIMEOUT each operation.
smtp.send = socket.protect(function(mailt)
  check(mailt)
  local plan = security.plan(mailt, smtp)
  local limit = mailt.timeout and deadline.after(mailt.timeout)
  local port = mailt.port or plan and plan.port
  local session = smtp.open(mailt.server, port, mailt.create, limit)
  guard.call(function() session:close() end, converse, session, mailt, plan)
  return session:close()
end)

socket.smtp = smtp
return smtp
