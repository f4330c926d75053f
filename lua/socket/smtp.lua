-- SMTP client (RFC 5321): mail messages, and sending them.

local socket = require("socket")
local tp = require("socket.tp")
local ltn12 = require("ltn12")
local mime = require("mime")
require("socket.headers")
local deadline = require("moontide.deadline")
local dots = require("moontide.dots")
local guard = require("moontide.guard")
local message = require("moontide.message")

local assert = assert
local find = string.find
local gmatch = string.gmatch
local gsub = string.gsub
local ipairs = ipairs
local match = string.match
local setmetatable = setmetatable
local type = type
local upper = string.upper

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

function Session:greet(domain)
  local try = self.try
  try(self.tp:check("2.."))
  domain = domain or smtp.DOMAIN
  try(self.tp:command("EHLO", domain))
  local code, reply = self.tp:check("2..")
  if not code and match(reply, "^5%d%d") then
    -- A server from before ESMTP.
    try(self.tp:command("HELO", domain))
    code, reply = self.tp:check("2..")
  end
  try(code, reply)
  return reply
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

-- Whether the reply to EHLO offers an authentication mechanism.
local function offers(ext, mechanism)
  for line in gmatch(ext, "[^\r\n]+") do
    local mechanisms = match(gsub(upper(line), "^%d%d%d[- ]", ""), "^AUTH[ =](.*)$")
    if mechanisms and find(" " .. mechanisms .. " ", "[ =]" .. mechanism .. " ") then
      return true
    end
  end
end

function Session:auth(user, password, ext)
  if not user or not password then
    return 1
  elseif offers(ext, "LOGIN") then
    return self:login(user, password)
  elseif offers(ext, "PLAIN") then
    return self:plain(user, password)
  end
  self.try(nil, "authentication not supported")
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

local function converse(session, mailt)
  local ext = session:greet(mailt.domain)
  session:auth(mailt.user, mailt.password, ext)
  session:send(mailt)
  -- The server has taken the message; what becomes of QUIT must not make anybody send it again.
  if session.tp:command("QUIT") then
    session.tp:check("2..")
  end
end

-- `mailt.timeout`, in seconds, bounds the whole call; smtp.TIMEOUT each operation.
smtp.send = socket.protect(function(mailt)
  check(mailt)
  local limit = mailt.timeout and deadline.after(mailt.timeout)
  local session = smtp.open(mailt.server, mailt.port, mailt.create, limit)
  guard.call(function() session:close() end, converse, session, mailt)
  return session:close()
end)

socket.smtp = smtp
return smtp
