-- What requests over TLS have in common and need not make anew: a context for each set of parameters, and
-- the sessions that its connections left. To read the system's store takes longer than a handshake, and a
-- session spares the server's certificates.
--
-- A session stays with the context that judged its certificate, so it goes when that does; the names it
-- was for are compared when it is offered.

local ssl = require("ssl")
local tls = require("moontide.tls")
local native = require("moontide.native").http()

local extra = tls.extra

local concat = table.concat
local getenv = os.getenv
local getmetatable = getmetatable
local io = io
local ipairs = ipairs
local pairs = pairs
local pcall = pcall
local remove = table.remove
local tostring = tostring
local type = type

local contexts = {}

-- How long a context serves, in seconds; how many there are, and sessions of each. The oldest goes first.
local KEPT_SECONDS = 300
local CONTEXTS = 8
local SESSIONS = 32
-- A longer file is not compared with what it was: its context serves once.
local TRUST_BYTES = 1048576

-- Parameters that can be compared. With one that is of another type, or is not here, a context serves once.
local COMPARED = {
  "protocol", "verify", "options", "cafile", "capath", "systemca", "ciphers", "ciphersuites", "depth",
  "curve", "curveslist", "verifyext", "alpn", "ocsp",
}
local UNCOMPARED = {
  "certificate", "certificates", "dane", "dhparam", "key", "keylog", "password", "pkcs12", "psk",
}

local kept = {} -- the oldest first

-- A value as text that no other value has; nil for what cannot be compared.
local function text_of(value, nested)
  local kind = type(value)
  if kind == "nil" or kind == "boolean" or kind == "number" then
    return tostring(value)
  elseif kind == "string" then
    return #value .. ":" .. value
  elseif kind ~= "table" or nested or getmetatable(value) then
    return nil
  end
  local texts = {}
  for i, item in ipairs(value) do
    texts[i] = text_of(item, true)
    if not texts[i] then
      return nil
    end
  end
  return "{" .. concat(texts, ",") .. "}"
end

-- The parameters with what is in the file that `cafile` names in place of its name, so that a file that
-- has changed makes a difference, and is read once. Nil when it cannot be read.
local function with_trust(params)
  local name = params.cafile
  if name == nil or type(name) ~= "string" or name:find("-----BEGIN ", 1, true) then
    return params
  end
  local file = io and io.open(name, "rb")
  local text = file and file:read(TRUST_BYTES + 1)
  if file then
    file:close()
  end
  if not text or #text > TRUST_BYTES or text:find("\0", 1, true)
    or not text:find("-----BEGIN ", 1, true) then
    return nil
  end
  local copy = {}
  for key, value in pairs(params) do
    copy[key] = value
  end
  copy.cafile = text
  return copy
end

-- What tells contexts from each other; nil for one that serves once.
local function place_of(params)
  for _, key in ipairs(UNCOMPARED) do
    if params[key] ~= nil then
      return nil
    end
  end
  local texts = {}
  for i, key in ipairs(COMPARED) do
    texts[i] = text_of(params[key])
    if not texts[i] then
      return nil
    end
  end
  if params.systemca then
    texts[#texts + 1] = (getenv("SSL_CERT_FILE") or "") .. ":" .. (getenv("SSL_CERT_DIR") or "")
  end
  return concat(texts, ";")
end

local function find(place)
  local now = native.now()
  for i = #kept, 1, -1 do
    if now > kept[i].ends then
      remove(kept, i)
    elseif kept[i].place == place then
      return kept[i]
    end
  end
end

-- A context for these parameters and, if it serves others too, where their sessions are; nil and a message
-- for a failure.
function contexts.get(params)
  local known = with_trust(params)
  local place = known and place_of(known)
  local entry = place and find(place)
  if entry then
    return entry.ctx, entry
  end
  local ctx, message = ssl.newcontext(known or params)
  if not ctx or not place then
    return ctx, message
  end
  if #kept >= CONTEXTS then
    remove(kept, 1)
  end
  entry = { place = place, ctx = ctx, ends = native.now() + KEPT_SECONDS, sessions = {} }
  kept[#kept + 1] = entry
  return ctx, entry
end

-- Sessions -------------------------------------------------------------------------------------------------

-- Offers what an earlier connection to the same server left. It is gone then: tickets of TLS 1.3 are for one
-- connection, and what a connection fails with is not tried again.
function contexts.offer(entry, conn, server)
  local sessions = entry.sessions
  for i = #sessions, 1, -1 do
    if sessions[i].server == server then
      extra.setsession(conn, remove(sessions, i).session)
      return
    end
  end
end

-- Keeps what a connection leaves that is about to be closed, if its certificate was found good.
function contexts.keep(entry, conn, server)
  local good, session = pcall(extra.session, conn) -- raises if it was closed
  if not good or not session or not conn:getpeerverification() then
    return
  end
  local sessions = entry.sessions
  if #sessions >= SESSIONS then
    remove(sessions, 1)
  end
  sessions[#sessions + 1] = { server = server, session = session }
end

return contexts
