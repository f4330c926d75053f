-- Mechanisms by which a client says who it is (SASL, RFC 4422), as dialogues without I/O. The bytes are
-- those before Base64; `encode` and `decode` are for protocols that write them so.
--
-- User and password are taken as they are; they are not brought into a normal form (RFC 4013).

local mime = require("mime")

local assert = assert
local find = string.find
local format = string.format
local gsub = string.gsub
local ipairs = ipairs
local match = string.match
local require = require
local sub = string.sub
local tonumber = tonumber
local type = type
local upper = string.upper

local sasl = {}

function sasl.encode(bytes)
  return (mime.b64(bytes)) or "" -- of "" it makes nil
end

-- The bytes, or nil for what is no Base64.
function sasl.decode(text)
  if #text % 4 ~= 0 or not find(text, "^[A-Za-z0-9+/]*=?=?$") then
    return nil
  end
  return text == "" and "" or (mime.unb64(text))
end

-- OpenSSL is loaded by the first who asks for a hash.
local function digests()
  return require("moontide.tls").digest
end

-- Mechanisms -----------------------------------------------------------------------------------------
--
-- Each makes, out of credentials, a table:
--   initial             what the client says without being asked; nil when the server begins
--   respond(challenge)  what it says next: bytes, or nil, message. The challenge is nil for one that
--                       could not be decoded
--   is_proven()         asked when the server says that all is well: true, or nil, message

local mechanisms = {}

local INVALID = "invalid challenge"

local function always()
  return true
end

-- A mechanism that gives these answers, one after the other, whatever it is asked.
local function recited(initial, answers)
  local position = 0
  return {
    initial = initial,
    is_proven = always,
    respond = function()
      position = position + 1
      local answer = answers[position]
      if not answer then
        return nil, INVALID
      end
      return answer
    end,
  }
end

-- RFC 4616
mechanisms["PLAIN"] = function(credentials)
  return recited("\0" .. credentials.user .. "\0" .. credentials.password, {})
end

-- draft-murchison-sasl-login: questions are not looked at, for every server has its own.
mechanisms["LOGIN"] = function(credentials)
  return recited(nil, { credentials.user, credentials.password })
end

-- A token of OAuth 2.0, as large providers take it. A refusal comes as a challenge with the reasons, to
-- which the answer is empty.
mechanisms["XOAUTH2"] = function(credentials)
  return recited("user=" .. credentials.user .. "\1auth=Bearer " .. credentials.token .. "\1\1", { "" })
end

local function hexadecimal(bytes)
  return (gsub(bytes, ".", function(byte)
    return format("%02x", byte:byte())
  end))
end

-- RFC 2195
mechanisms["CRAM-MD5"] = function(credentials)
  local answered = false
  return {
    is_proven = always,
    respond = function(challenge)
      if answered or not challenge then
        return nil, INVALID
      end
      answered = true
      local proof, message = digests().hmac("md5", credentials.password, challenge)
      if not proof then
        return nil, message
      end
      return credentials.user .. " " .. hexadecimal(proof)
    end,
  }
end

-- SCRAM (RFC 5802, RFC 7677) -------------------------------------------------------------------------

local NO_BINDING = "n,,"

-- The server's first message: nonce, salt, iterations; or nil, message. `nonce` is the client's part.
local function read_first(challenge, nonce)
  local whole, salt, iterations = match(challenge or "", "^r=([\33-\43\45-\126]+),s=([^,]+),i=([1-9]%d*)$")
  if not whole then
    whole, salt, iterations = match(challenge or "", "^r=([\33-\43\45-\126]+),s=([^,]+),i=([1-9]%d*),")
  end
  salt = salt and sasl.decode(salt)
  if not salt or salt == "" or #whole <= #nonce or sub(whole, 1, #nonce) ~= nonce then
    return nil, INVALID
  elseif #iterations > 10 then
    return nil, "invalid iteration count"
  end
  return whole, salt, tonumber(iterations)
end

-- The client's proof, and the signature by which the server shows that it knows the password, too; or
-- nil, message.
local function sign(hash, password, salt, iterations, text)
  local digest = digests()
  local salted, message = digest.pbkdf2(hash, password, salt, iterations)
  if not salted then
    return nil, message
  end
  -- What could hash once can hash again, unless memory runs out.
  local function hmac(key, data)
    return assert(digest.hmac(hash, key, data))
  end
  local client_key = hmac(salted, "Client Key")
  local signature = hmac(assert(digest.digest(hash, client_key)), text)
  return digest.xor(client_key, signature), hmac(hmac(salted, "Server Key"), text)
end

-- The server's last message: true, or nil, message.
local function check_last(challenge, expected)
  local failure = match(challenge or "", "^e=([^,]*)")
  if failure then
    return nil, "authentication failed (" .. failure .. ")"
  end
  local signature = sasl.decode(match(challenge or "", "^v=([^,]+)") or "")
  if not signature or not digests().equal(signature, expected) then
    return nil, "invalid server signature"
  end
  return true
end

local function scram(hash, credentials, nonce)
  local name = gsub(gsub(credentials.user, "=", "=3D"), ",", "=2C")
  local first = "n=" .. name .. ",r=" .. nonce
  local step, expected, proven = 0, nil, false

  local function prove(challenge)
    local whole, salt, iterations = read_first(challenge, nonce)
    if not whole then
      return nil, salt
    end
    local last = "c=" .. sasl.encode(NO_BINDING) .. ",r=" .. whole
    local proof, signature = sign(hash, credentials.password, salt, iterations,
      first .. "," .. challenge .. "," .. last)
    if not proof then
      return nil, signature
    end
    expected = signature
    return last .. ",p=" .. sasl.encode(proof)
  end

  return {
    initial = NO_BINDING .. first,
    is_proven = function()
      if not proven then
        return nil, "no server signature"
      end
      return true
    end,
    respond = function(challenge)
      step = step + 1
      if step == 1 then
        return prove(challenge)
      elseif step > 2 or not expected then
        return nil, INVALID
      end
      local good, message = check_last(challenge, expected)
      if not good then
        return nil, message
      end
      proven = true
      return ""
    end,
  }
end

local function scram_maker(hash)
  return function(credentials, nonce)
    if not nonce then
      local bytes, message = digests().random()
      if not bytes then
        return nil, message
      end
      nonce = sasl.encode(bytes)
    end
    return scram(hash, credentials, nonce)
  end
end
mechanisms["SCRAM-SHA-1"] = scram_maker("sha1")
mechanisms["SCRAM-SHA-256"] = scram_maker("sha256")

-- Choosing -------------------------------------------------------------------------------------------

sasl.ORDER = { "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "XOAUTH2", "PLAIN", "LOGIN" }

-- Those that tell a secret to whoever listens.
local tells = { XOAUTH2 = true, PLAIN = true, LOGIN = true }

-- A list of mechanisms out of a name or a list of names, nil or false for all; or nil, message.
function sasl.order(names)
  if not names then
    return sasl.ORDER
  elseif type(names) ~= "table" then
    names = { names }
  end
  local order = {}
  for index, name in ipairs(names) do
    order[index] = upper(name)
    if not mechanisms[order[index]] then
      return nil, "unknown mechanism '" .. name .. "'"
    end
  end
  return order
end

-- The first of `order` that the server offers (a set of names) and the credentials are enough for, and
-- that may be used where others listen, unless `is_private`. Or nil, message.
function sasl.choose(order, offered, credentials, is_private)
  local message = "authentication not supported"
  for _, name in ipairs(order) do
    local secret = name == "XOAUTH2" and credentials.token or name ~= "XOAUTH2" and credentials.password
    if offered[name] and secret then
      if is_private or not tells[name] then
        return name
      end
      message = "authentication needs TLS"
    end
  end
  return nil, message
end

-- Whether these can stand in every mechanism: true, or nil, message.
function sasl.check(credentials)
  local user, password, token = credentials.user, credentials.password, credentials.token
  if not user or not (password or token) then
    return nil, "user and password expected"
  elseif find(user, "%z") or find(password or "", "%z")
    or token and (find(user, "\1", 1, true) or find(token, "[%z\1]")) then
    return nil, "invalid character in command"
  end
  return true
end

-- A mechanism, or nil, message. `nonce` is for tests.
function sasl.start(name, credentials, nonce)
  return mechanisms[name](credentials, nonce)
end

return sasl
