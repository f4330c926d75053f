-- TLS for the cases: parameters, pairs over loopback of which this process drives both ends, and records
-- of errors without the names of functions, which are no part of the contract.

local R = ...
local socket = require("socket")
local ssl = require("ssl")

local tls = {}

local WAIT_SECONDS = 5
local STEPS_MAX = 200

-- Made by tests/support/certificates/make_basic.py.
local directory = assert(os.getenv("MOONTIDE_CERTIFICATES"), "MOONTIDE_CERTIFICATES is not set")

function tls.file(name)
  return directory .. "/" .. name
end

function tls.read(name)
  local file = assert(io.open(tls.file(name), "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function tls.certificate(name)
  return assert(ssl.loadcertificate(tls.read(name .. ".pem")))
end

local function with(defaults, changes)
  for key, value in pairs(changes or {}) do
    if value == "none at all" then
      value = nil
    end
    defaults[key] = value
  end
  return defaults
end

-- Parameters of a client that checks nothing, and of one that trusts our root.
function tls.client(changes)
  return with({ mode = "client", protocol = "any" }, changes)
end

function tls.checking(changes)
  return with({ mode = "client", protocol = "any", verify = "peer", cafile = tls.file("trust.pem") }, changes)
end

-- Of a server with the identity `name`, "server" if it is absent.
function tls.server(changes, name)
  name = name or "server"
  return with({
    mode = "server", protocol = "any", key = tls.file(name .. ".key"),
    certificate = tls.file(name .. "-chain.pem"),
  }, changes)
end

local LUA_TYPES = {
  ["nil"] = true, ["no value"] = true, boolean = true, number = true, string = true, table = true,
  ["function"] = true, thread = true, userdata = true,
}

-- Foreign objects are userdata, whatever newer versions of Lua call them.
local function without_class(text)
  return "got " .. (LUA_TYPES[text] and text or "userdata") .. ")"
end

-- Results with the errors of f, whose position and name of a function are taken off.
local function nameless(f, ...)
  local results = R.pack(pcall(f, ...))
  if results[1] then
    return R.unpack(results, 2, results.n)
  end
  local message = results[2]
  if type(message) == "string" then
    message = message:gsub("^[^%s:]+:%d+: ", ""):gsub("(bad argument #%-?%d+) to '[^']*'", "%1")
      :gsub("got ([^()]+)%)$", without_class)
  end
  error(message, 0)
end

function tls.call(name, f, ...)
  return R.call(name, nameless, f, ...)
end

-- For errors whose words are nobody's promise: whether f raises, else its results.
function tls.raises(name, f, ...)
  local results = R.pack(pcall(f, ...))
  if results[1] then
    R.values(name, R.unpack(results, 2, results.n))
  else
    R.values(name, "raises")
  end
end

-- The original gives reasons of earlier failures (ssl.md, fix 3). A handshake empties OpenSSL's queue, so
-- that what is compared next is what a fresh process answers.
function tls.forget_errors()
  local sock = assert(socket.tcp4())
  local conn = assert(ssl.wrap(sock, { mode = "client", protocol = "any" }))
  conn:settimeout(0)
  conn:dohandshake()
  conn:close()
  sock:close()
end

-- Sockets that send at once: a handshake is many small messages.
local function prompt_pair()
  local near, far = R.net.pair()
  near:setoption("tcp-nodelay", true)
  far:setoption("tcp-nodelay", true)
  return near, far
end

-- A connected pair that has shaken no hands yet.
function tls.wrapped(client, server)
  local near, far = prompt_pair()
  return assert(ssl.wrap(near, client or tls.client())), assert(ssl.wrap(far, server or tls.server()))
end

local function take_step(side)
  if side.result ~= nil then
    return
  end
  local results = R.pack(pcall(side.conn.dohandshake, side.conn))
  if not results[1] then
    side.result = "raises " .. R.error_text(tostring(results[2]))
  elseif results[2] == true then
    side.result = results.n == 2 and true or "true and something else"
  elseif results[3] == "wantread" or results[3] == "wantwrite" then
    side.wants = results[3]
  else
    side.result = tostring(results[2]) .. ", " .. tostring(results[3])
  end
end

-- Waits until one of the two can go on. Gives false when neither does.
local function wait_for(sides)
  local lists = { wantread = {}, wantwrite = {} }
  for _, side in ipairs(sides) do
    if side.result == nil then
      table.insert(lists[side.wants], side.conn)
    end
  end
  local readable, writable = socket.select(lists.wantread, lists.wantwrite, WAIT_SECONDS)
  return readable[1] ~= nil or writable[1] ~= nil
end

-- Drives the handshakes of both. Gives how they ended: true, "false, MESSAGE", "raises MESSAGE", or the
-- wish of one that waits in vain because the other has given up.
function tls.shake(client, server)
  local sides = { { conn = client }, { conn = server } }
  for _, side in ipairs(sides) do
    side.conn:settimeout(0)
  end
  for _ = 1, STEPS_MAX do
    take_step(sides[1])
    take_step(sides[2])
    if sides[1].result ~= nil and sides[2].result ~= nil or not wait_for(sides) then
      break
    end
  end
  for _, side in ipairs(sides) do
    side.conn:settimeout(WAIT_SECONDS)
    if side.result == nil then
      side.result = side.wants
    end
  end
  return sides[1].result, sides[2].result
end

-- A pair that has shaken hands; fails when that fails.
function tls.pair(client, server)
  local near, far = tls.wrapped(client, server)
  local mine, theirs = tls.shake(near, far)
  assert(mine == true and theirs == true, tostring(mine) .. "; " .. tostring(theirs))
  return near, far
end

-- A pair whose server's descriptor this script can also get at, as a plain socket: the third result. The
-- connection goes on owning the descriptor.
function tls.pair_with_socket(client, server)
  local near, far = prompt_pair()
  local shared = { getfd = function() return far:getfd() end, setfd = function() end }
  near = assert(ssl.wrap(near, client or tls.client()))
  local conn = assert(ssl.wrap(shared, server or tls.server()))
  local mine, theirs = tls.shake(near, conn)
  assert(mine == true and theirs == true, tostring(mine) .. "; " .. tostring(theirs))
  return near, conn, far
end

-- Ends the stream of such a pair without saying so in TLS.
function tls.truncate(_, sock)
  assert(sock:shutdown("send"))
  sock:setfd(-1)
end

-- Resets it. Another socket takes the place of the descriptor, for the connection to close.
function tls.reset(conn, sock)
  sock:setoption("linger", { on = true, timeout = 0 })
  sock:close()
  local opened = {}
  repeat
    opened[#opened + 1] = assert(socket.tcp4())
  until opened[#opened]:getfd() == conn:getfd()
  opened[#opened]:setfd(-1)
  for _, other in ipairs(opened) do
    other:close()
  end
end

-- Records how a handshake ends, under TLS 1.3 with what the client reads then: it is told there that its
-- certificate was refused. Gives the pair, which the caller closes, and how it ended.
function tls.record(name, client, server)
  local near, far = tls.wrapped(client, server)
  local mine, theirs = tls.shake(near, far)
  R.values(name, mine, theirs)
  if mine == true and theirs ~= true then
    R.call(name .. ", what the client reads", near.receive, near)
  end
  return near, far, mine, theirs
end

function tls.close(...)
  for index = 1, select("#", ...) do
    select(index, ...):close()
  end
end

-- TLS in front of a scripted HTTP server (http.peer), with the identity `name`. Gives the port, and what
-- ends both and gives what the server was sent.
function tls.front(peer, name, options)
  name = name or "server"
  local command = ("exec timeout 60 /usr/bin/python3 -B '%s/../../support/tls_front.py' '%s' '%s' %d %s")
    :format(arg[1], tls.file(name .. "-chain.pem"), tls.file(name .. ".key"), peer.port, options or "")
  local pipe = assert(io.popen(command))
  local port, process = (pipe:read("*l") or ""):match("^(%d+) (%d+)$")
  assert(port, "the TLS front does not start")
  return tonumber(port), function()
    os.execute("kill " .. process)
    pipe:read("*a")
    pipe:close()
    return peer:stop()
  end
end

-- info() with its numbers as text: what they are of is compared once, and not here.
function tls.info(conn)
  local info = conn:info()
  for key, value in pairs(info) do
    if type(value) == "number" then
      info[key] = ("%d bits"):format(value)
    end
  end
  return info
end

-- Names of a table, sorted.
function tls.keys(list)
  local keys = {}
  for key in pairs(list) do
    keys[#keys + 1] = tostring(key)
  end
  table.sort(keys)
  return keys
end

return tls
