-- FTP over TLS (RFC 4217): the control connection, and the data connections of its session, which go to
-- the same server and resume what was agreed with it.

local socket = require("socket")
local deadline = require("moontide.deadline")

local huge = math.huge
local lower = string.lower
local min = math.min
local require = require
local select = select
local tostring = tostring

local security = {}

-- session -> host, settings (once the control connection is private), protects (data connections,
-- too), data (the last of them).
local state_of = require("moontide.states").new()

function security.add(session, host)
  state_of(session).host = host
end

-- Plans ----------------------------------------------------------------------------------------------

local IMPLICIT_PORT = 990

local ways = { implicit = true, explicit = true }

-- How the table of a call wants to get to TLS, or nil for not at all: the way, `settings` for it, the port
-- that goes with it. Raises what socket.try raises for what cannot be. `module`: socket.ftp.
function security.plan(t, module)
  local way = t.tls
  if way == nil and t.scheme and lower(t.scheme) == "ftps" then
    way = "implicit"
  elseif not way then
    return nil
  end
  socket.try(ways[way], "invalid tls (" .. tostring(way) .. ")")
  return {
    way = way, port = way == "implicit" and IMPLICIT_PORT or nil,
    settings = socket.try(security.prepare(t, module)),
  }
end

function security.prepare(t, module)
  return require("moontide.secure").prepare(t, module)
end

-- Connections ----------------------------------------------------------------------------------------

-- Makes the control connection private. `seconds` limits each wait.
function security.secure(session, settings, seconds)
  local secure, state = require("moontide.secure"), state_of(session)
  session.try = secure.told(session.try)
  session.try(secure.upgrade(session.tp, state.host, settings, seconds))
  state.settings = settings
end

-- What goes before the first data connection of a private session: they are to be private, too.
function security.protect(session)
  local try, state = session.try, state_of(session)
  if state.settings and not state.protects then
    try(session.tp:command("pbsz", "0"))
    try(session.tp:check("2.."))
    try(session.tp:command("prot", "P"))
    try(session.tp:check("2.."))
    state.protects = true
  end
end

-- Says that an upload is at its end, and waits until the peer has heard it: closed earlier, the connection
-- would be reset by what the peer says last, tickets for new sessions above all, and what it has not read
-- yet be lost. It has heard when it ends its side or speaks on the control connection.
local function part(session, data, seconds)
  local extra, control = require("moontide.tls").extra, session.tp.c
  local limit, whole = deadline.after(seconds and seconds >= 0 and seconds or huge), session.tp.deadline
  local function left()
    return min(limit:left(), whole and whole:left() or huge)
  end
  socket.select(nil, { data }, left())
  extra.end_sending(data)
  data:settimeout(0)
  local failure = "wantread"
  while failure == "wantread" and left() > 0 do
    local ready = socket.select({ data, control }, nil, left())
    if not ready[data] or ready[control] then
      return
    end
    failure = select(2, data:receive(1)) -- data cannot come, if the peer knows what an upload is
  end
end

-- Makes a data connection private, once the server has agreed to the transfer. Servers take it as the
-- client's own by the session that it resumes. Gives what moontide.transfer has to know of it; nil for a
-- session that is not private.
function security.secure_data(session, seconds)
  local try, state = session.try, state_of(session)
  if not state.protects then
    return nil
  end
  local secure, extra = require("moontide.secure"), require("moontide.tls").extra
  local conn = try(secure.wrap(session.data, state.host, state.settings, seconds))
  session.data = conn
  local agreed = extra.session(session.tp.c)
  if agreed then
    extra.setsession(conn, agreed)
  end
  local limit = session.tp.deadline
  if limit then
    try(limit:limit(conn))
  end
  try(conn:dohandshake())
  state.data = conn
  return {
    has_ended = extra.ended,
    part = function()
      part(session, conn, seconds)
    end,
    abandon = function()
      security.abandon(session)
    end,
  }
end

-- The data that came or went are not all: the connection is not to end as if they were.
function security.abandon(session)
  local conn = state_of(session).data
  if conn then
    require("moontide.tls").extra.abandon(conn)
  end
end

return security
