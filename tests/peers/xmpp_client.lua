-- As much of a client of XMPP (RFC 6120, RFC 6121) as tests/peers/prosody_run needs. It trusts that the
-- server writes ">" in tags only, as Prosody does.

local socket, ssl, mime = require("socket"), require("ssl"), require("mime")

local xmpp = { timeout = 60 }

local Client = {}
Client.__index = Client

-- Waits for bytes, and takes what else has come.
local function fill(client)
  local first, message = client.conn:receive(1)
  if not first then
    return nil, message
  end
  client.conn:settimeout(0)
  local all, _, part = client.conn:receive(65536)
  client.conn:settimeout(xmpp.timeout)
  client.input = client.input .. first .. (all or part)
  return true
end

-- The next element of the stream as text; of the stream itself its tags alone. nil and a message at the end.
function Client:read()
  local depth, from = 0, 1
  while true do
    local first, last, opening, name, closing = self.input:find("<([/?]?)([%w:]+)[^>]-(/?)>", from)
    if first then
      from = last + 1
      if opening == "/" then
        depth = depth - 1
      elseif opening == "" and closing == "" and name ~= "stream:stream" then
        depth = depth + 1
      end
      if opening == "?" then
        self.input, from = self.input:sub(from), 1
      elseif depth <= 0 then
        local element = self.input:sub(1, last)
        self.input = self.input:sub(from)
        return element
      end
    else
      local good, message = fill(self)
      if not good then
        return nil, message
      end
    end
  end
end

function Client:write(text)
  assert(self.conn:send(text))
end

-- What comes next has to match.
function Client:expect(pattern)
  local element, message = self:read()
  if not element or not element:find(pattern) then
    error(("wanted %s, got %s"):format(pattern, (element or message):sub(1, 500)), 2)
  end
  return element
end

-- Opens the stream, for the first time or again: its features.
function Client:open()
  self.input = ""
  self:write(("<?xml version='1.0'?><stream:stream to='%s' version='1.0' xmlns='jabber:client' "
    .. "xmlns:stream='http://etherx.jabber.org/streams'>"):format(self.host))
  self:expect("^<stream:stream ")
  return self:expect("^<stream:features")
end

function Client:handshake(changes)
  local params = { mode = "client", protocol = "any", verify = "peer", cafile = xmpp.trust }
  for key, value in pairs(changes or {}) do
    params[key] = value
  end
  self.conn = assert(ssl.wrap(self.conn, params))
  self.conn:settimeout(xmpp.timeout)
  self.conn:sni(self.host)
  assert(self.conn:dohandshake())
end

function Client:starttls(changes)
  self:write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
  self:expect("^<proceed ")
  self:handshake(changes)
end

function Client:register(user, password)
  self:write(("<iq type='set' id='register'><query xmlns='jabber:iq:register'><username>%s</username>"
    .. "<password>%s</password></query></iq>"):format(user, password))
  self:expect("^<iq .*type='result'")
end

function Client:authenticate(user, password)
  self:write("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
    .. mime.b64("\0" .. user .. "\0" .. password) .. "</auth>")
end

-- Everything between the handshake and messages.
function Client:login(user, password)
  self:authenticate(user, password)
  self:expect("^<success ")
  self:open()
  self:write("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    .. "<resource>test</resource></bind></iq>")
  self.name = self:expect("^<iq .*type='result'"):match("<jid>(.-)</jid>")
  self:write("<presence/>")
  self:expect("^<presence ")
  return self
end

function Client:say(to, text)
  self:write(("<message to='%s' type='chat'><body>%s</body></message>"):format(to, text))
end

-- The text of the next message, and who sent it.
function Client:hear()
  local element = self:expect("^<message ")
  return element:match("<body>(.-)</body>"), element:match("from='(.-)'")
end

function Client:leave()
  self:write("</stream:stream>")
  self:expect("^</stream:stream>")
  self.conn:close()
end

-- xmpp.connect(port [, host]): a client without a stream yet.
function xmpp.connect(port, host)
  local conn = assert(socket.connect("127.0.0.1", port))
  conn:settimeout(xmpp.timeout)
  return setmetatable({ conn = conn, host = host or "localhost" }, Client)
end

-- A client with an open stream behind STARTTLS, not logged in.
function xmpp.secure(port, host, changes)
  local client = xmpp.connect(port, host)
  client:open()
  client:starttls(changes)
  client:open()
  return client
end

return xmpp
