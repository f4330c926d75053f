-- FTP client (RFC 959, RFC 2428), also over TLS (RFC 4217, moontide.ftp_security).

local socket = require("socket")
local url = require("socket.url")
local tp = require("socket.tp")
local ltn12 = require("ltn12")
local transfer = require("moontide.transfer")
local deadline = require("moontide.deadline")
local guard = require("moontide.guard")
local security = require("moontide.ftp_security")

local assert = assert
local concat = table.concat
local find = string.find
local format = string.format
local gsub = string.gsub
local ipairs = ipairs
local match = string.match
local pairs = pairs
local setmetatable = setmetatable
local tonumber = tonumber
local tostring = tostring
local type = type

local ftp = {
  TIMEOUT = 60,
  USER = "ftp",
  PASSWORD = "anonymous@anonymous.org",
}

local PORT = 21

-- Sessions ----------------------------------------------------------------------------------------

local Session = {}
local metatable = { __index = Session }

-- Sends a command and gives the code and text of a reply that fits.
local function request(self, wanted, cmd, arg)
  self.try(self.tp:command(cmd, arg))
  return self.try(self.tp:check(wanted))
end

function Session:greet()
  local code = self.try(self.tp:check({ "1..", "2.." }))
  if code < 200 then
    self.try(self.tp:check("2.."))
  end
  return 1
end

function Session:login(user, password)
  local code = request(self, { "2..", 331 }, "user", user or ftp.USER)
  if code == 331 then
    request(self, "2..", "pass", password or ftp.PASSWORD)
  end
  return 1
end

-- TLS from the first byte on, before greet. `t` is a table such as that of get, or nil.
function Session:secure(t)
  security.secure(self, self.try(security.prepare(t, ftp)), ftp.TIMEOUT)
  return 1
end

local function starttls_with(self, settings)
  request(self, "2..", "auth", "TLS")
  security.secure(self, settings, ftp.TIMEOUT)
  return 1
end

-- TLS by AUTH, between greet and login.
function Session:starttls(t)
  return starttls_with(self, self.try(security.prepare(t, ftp)))
end

function Session:type(kind)
  request(self, 200, "type", kind)
  return 1
end

function Session:cwd(directory)
  request(self, 250, "cwd", directory)
  return 1
end

-- Where data connections come from and go to ------------------------------------------------------

local function use_passive(self, address, port)
  if self.server then
    self.server:close()
    self.server = nil
  end
  self.pasvt = { address = address, port = port }
  return address, port
end

-- The address of the control connection's peer. What the server says about addresses is never
-- believed: it could send us to any host that we can reach.
local function peer_address(self)
  return (self.try(self.tp:getpeername()))
end

function Session:pasv()
  security.protect(self)
  local _, reply = request(self, "2..", "pasv")
  local numbers = { match(reply, "(%d+)%D(%d+)%D(%d+)%D(%d+)%D(%d+)%D(%d+)") }
  self.try(numbers[1], reply)
  for index = 1, 6 do
    numbers[index] = tonumber(numbers[index])
    self.try(numbers[index] <= 255 or nil, reply)
  end
  return use_passive(self, peer_address(self), numbers[5] * 256 + numbers[6])
end

-- Takes the answer to EPSV (RFC 2428, 3), whose delimiter may be any character.
local function use_extended_passive(self, reply)
  local _, _, _, port = match(reply, "%((.)(.-)%1(.-)%1(.-)%1%)")
  self.try(port and match(port, "^%d+$"), "invalid epsv response")
  return use_passive(self, peer_address(self), port)
end

function Session:epsv()
  security.protect(self)
  local _, reply = request(self, 229, "epsv")
  return use_extended_passive(self, reply)
end

-- Gives the address and port to announce: those of the program, or those of a socket that listens on
-- our end of the control connection.
local function listen(self, address, port)
  security.protect(self)
  self.pasvt = nil
  if address then
    return address, port
  end
  address = self.try(self.tp:getsockname())
  if self.server then
    self.server:close()
  end
  self.server = self.try(socket.bind(address, 0))
  address, port = self.try(self.server:getsockname())
  self.server:settimeout(ftp.TIMEOUT)
  return address, port
end

function Session:port(address, port)
  address, port = listen(self, address, port)
  local low = port % 256
  local high = (port - low) / 256
  request(self, "2..", "port", format("%s,%d,%d", gsub(address, "%.", ","), high, low))
  return 1
end

function Session:eprt(family, address, port)
  address, port = listen(self, address, port)
  request(self, "2..", "eprt", format("|%s|%s|%s|", tostring(family), address, tostring(port)))
  return 1
end

function Session:pasvconnect()
  self.data = self.try(socket.tcp())
  self.data:settimeout(ftp.TIMEOUT)
  self.try(transfer.limit(self, self.data))
  self.try(self.data:connect(self.pasvt.address, self.pasvt.port))
end

function Session:portconnect()
  self.data = self.try(transfer.accept(self, ftp.TIMEOUT))
  self.data:settimeout(ftp.TIMEOUT)
end

-- Transfers ---------------------------------------------------------------------------------------

local function unescaped(path)
  return (url.unescape((gsub(path, "^[/\\]", ""))))
end

-- The argument of the command for a table of get or put; nil for none.
local function argument_of(t)
  local argument = t.argument or unescaped(t.path or "")
  if argument ~= "" then
    return argument
  end
end

-- Starts a transfer: the data connection stands when the server has agreed. Gives code and text.
local function start(self, t, command)
  self.try(self.pasvt or self.server, "need port or pasv first")
  security.protect(self) -- the program may have come to its address by itself
  if self.pasvt then
    self:pasvconnect()
  end
  local code, reply = request(self, { "1..", "2.." }, command, argument_of(t))
  if not self.pasvt and code < 200 then
    self:portconnect()
  end
  return code, reply
end

-- Closes the data connection at the end of a transfer.
local function finish_data(self)
  local data = self.data
  self.data = nil
  data:close()
  return data
end

function Session:send(t)
  assert(t.source)
  local code = start(self, t, t.command or "stor")
  if not self.data then
    self:portconnect()
  end
  local private = security.secure_data(self, ftp.TIMEOUT)
  local sink = transfer.sink(self, self.data, private)
  self.try(ltn12.pump.all(t.source, sink, t.step or ltn12.pump.step))
  local _, sent = finish_data(self):getstats()
  if code < 200 then
    self.try(self.tp:check("2.."))
  end
  return sent
end

function Session:receive(t)
  assert(t.sink)
  local code, reply = start(self, t, t.command or "retr")
  if code >= 200 then
    -- The server had nothing to transfer; its reply is the answer, as to STAT.
    if self.data then
      finish_data(self)
    end
    t.sink(reply)
    return 1
  end
  local private = security.secure_data(self, ftp.TIMEOUT)
  local source, was_reset = transfer.source(self, self.data, private)
  self.try(ltn12.pump.all(source, t.sink, t.step or ltn12.pump.step))
  finish_data(self)
  local done, failure = self.tp:check("2..")
  if not done and was_reset() then
    failure = "closed"
  end
  self.try(done, failure)
  return 1
end

function Session:quit()
  request(self, "2..", "quit")
  return 1
end

function Session:close()
  if self.data then
    security.abandon(self)
    self.data:close()
  end
  if self.server then
    self.server:close()
  end
  return self.tp:close()
end

-- `limit` (moontide.deadline) bounds everything that is done on the connections.
function ftp.open(server, port, create, limit)
  local control = socket.try(tp.connect(server, port or PORT, ftp.TIMEOUT, create, limit))
  local session = setmetatable({ tp = control }, metatable)
  security.add(session, server)
  session.try = socket.newtry(function()
    session:close()
  end)
  return session
end

-- High level --------------------------------------------------------------------------------------

local function decode_credentials(parts)
  parts.user = parts.user and url.unescape(parts.user)
  parts.password = parts.password and url.unescape(parts.password)
  return parts
end

function ftp.genericform(address)
  local parts = socket.try(url.parse(address, { path = "/", scheme = "ftp" }))
  local known = parts.scheme == "ftp" or parts.scheme == "ftps"
  socket.try(known or nil, "wrong scheme '" .. tostring(parts.scheme) .. "'")
  socket.try(parts.host, "missing hostname")
  if parts.params then
    parts.type = match(parts.params, "^type=(.)$")
    socket.try(parts.type == "a" or parts.type == "i" or nil,
      "invalid type '" .. tostring(parts.type) .. "'")
  end
  return decode_credentials(parts)
end

-- The table of a call: what its URL says, and above that its own fields.
local function with_url(t)
  if not t.url then
    return t
  end
  local parts = decode_credentials(socket.try(url.parse(t.url)))
  for key, value in pairs(t) do
    parts[key] = value
  end
  return parts
end

-- Texts that will be part of a command; refused before connecting.
local function check_texts(...)
  for _, text in ipairs({ ... }) do
    if type(text) == "string" then
      local unsafe = find(text, "[\r\n]") or find(text, "\0", 1, true)
      socket.try(not unsafe or nil, "invalid character in command")
    end
  end
end

-- Opens a connection, private if that is asked for, logs in, and calls work(session, t); whatever
-- happens, all is closed.
local function with_session(t, work)
  local plan = security.plan(t, ftp)
  local limit = t.timeout and deadline.after(t.timeout)
  local session = ftp.open(t.host, t.port or plan and plan.port, t.create, limit)
  local function converse()
    if plan and plan.way == "implicit" then
      security.secure(session, plan.settings, ftp.TIMEOUT)
    end
    session:greet()
    if plan and plan.way == "explicit" then
      starttls_with(session, plan.settings)
    end
    session:login(t.user, t.password)
    return work(session, t)
  end
  local result = guard.call(function() session:close() end, converse)
  session:close()
  return result
end

-- EPSV, or PASV where the server does not know that.
local function go_passive(session)
  security.protect(session)
  session.try(session.tp:command("epsv"))
  local code, reply = session.tp:check(229)
  if code then
    use_extended_passive(session, reply)
    return
  end
  local is_ipv4 = not find(peer_address(session), ":", 1, true)
  session.try(match(reply, "^5%d%d") and is_ipv4 or nil, reply)
  session:pasv()
end

-- The transfer is over and confirmed; the farewell cannot undo it.
local function leave(session)
  if session.tp:command("quit") then
    session.tp:check("2..")
  end
end

-- Transfers by the method "send" or "receive".
local function transfer_with(method, t)
  return with_session(t, function(session)
    if t.type then
      session:type(t.type)
    end
    go_passive(session)
    local sent = session[method](session, t)
    leave(session)
    return sent
  end)
end

local function check_transfer(t)
  socket.try(t.host, "missing hostname")
  check_texts(t.user or "", t.password or "", t.type or "", t.command or "", argument_of(t) or "")
end

local function get_table(t)
  t = with_url(t)
  check_transfer(t)
  assert(t.sink)
  return transfer_with("receive", t)
end

local function put_table(t)
  t = with_url(t)
  check_transfer(t)
  assert(t.source)
  return transfer_with("send", t)
end

-- `timeout`, in seconds, bounds the whole call; ftp.TIMEOUT each operation.
ftp.get = socket.protect(function(t)
  if type(t) ~= "string" then
    return get_table(t)
  end
  local chunks = {}
  local parts = ftp.genericform(t)
  parts.sink = ltn12.sink.table(chunks)
  get_table(parts)
  return concat(chunks)
end)

ftp.put = socket.protect(function(t, body)
  if type(t) ~= "string" then
    return put_table(t)
  end
  local parts = ftp.genericform(t)
  parts.source = ltn12.source.string(body)
  return put_table(parts)
end)

-- Commands, arguments and checks of ftp.command, as lists of the same length.
local function command_lists(t)
  if type(t.command) == "table" then
    return t.command, t.argument or {}, t.check or {}
  end
  return { t.command }, { t.argument }, { t.check }
end

ftp.command = socket.protect(function(t)
  t = with_url(t)
  socket.try(t.host, "missing hostname")
  socket.try(t.command, "missing command")
  local commands, arguments, checks = command_lists(t)
  check_texts(t.user or "", t.password or "")
  for index, command in ipairs(commands) do
    check_texts(command, arguments[index] or "")
  end
  with_session(t, function(session)
    for index, command in ipairs(commands) do
      session.try(session.tp:command(command, arguments[index]))
      if checks[index] then
        session.try(session.tp:check(checks[index]))
      end
    end
    session:quit()
  end)
  return 1
end)

socket.ftp = ftp
return ftp
