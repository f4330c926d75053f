-- ssl.md, 2.2: wrap, what becomes of the socket, and which objects it takes.

local R = ...
local socket, ssl = require("socket"), require("ssl")
local tls = R.load("tls")
local net = R.net

-- Contexts.
local client, peer = net.pair()
for _, item in ipairs({ { "nil", nil }, { "a number", 5 }, { "text", "text" }, { "true", true },
    { "a file", io.stdout }, { "a socket", peer } }) do
  tls.call("context " .. item[1], ssl.wrap, client, item[2])
end
tls.call("no context", ssl.wrap, client)
tls.raises("nothing", ssl.wrap)
tls.call("wrong parameters", ssl.wrap, client, { mode = "client", protocol = "nosuch" })
tls.forget_errors()
tls.call("wrong ciphers", ssl.wrap, client, tls.client({ ciphers = "nosuch" }))
tls.raises("parameters without a protocol", ssl.wrap, client, { mode = "client" })
R.values("failures leave the descriptor", client:getfd() >= 0, client:send("text"))
R.values("and the connection", peer:receive(4))

-- What is taken and what stays.
local count = R.pack(ssl.wrap(client, tls.client()))
R.values("one result", count.n, count[1])
tls.call("the shell: getfd", client.getfd, client)
tls.call("the shell: send", client.send, client, "text")
tls.call("the shell: receive", client.receive, client)
tls.call("the shell: settimeout", client.settimeout, client, 1)
tls.call("the shell: getpeername", client.getpeername, client)
tls.call("the shell: close", client.close, client)
R.values("the shell: tostring", client)
R.values("the connection is still open", count[1]:getfd() >= 0)
count[1]:close()
tls.call("the peer sees the end", peer.receive, peer, "*a")
peer:close()

-- The calls that wrap makes of any object.
local function wrapper(sock)
  local calls = {}
  return {
    getfd = function(self, ...)
      calls[#calls + 1] = "getfd " .. select("#", ...)
      return self.inner:getfd()
    end,
    setfd = function(self, value)
      calls[#calls + 1] = "setfd " .. ("%d"):format(value)
      return self.inner:setfd(value)
    end,
    inner = sock,
  }, calls
end
client, peer = net.pair()
local object, calls = wrapper(client)
local conn = tls.call("a wrapper", ssl.wrap, object, tls.client())
R.values("the calls of a wrapper", table.concat(calls, ", "))
conn:close()
peer:close()
client, peer = net.pair()
local failing, failing_calls = wrapper(client)
tls.call("a wrapper with wrong parameters", ssl.wrap, failing, { mode = "client", protocol = "nosuch" })
R.values("the calls of that wrapper", table.concat(failing_calls, ", "))
client:close()
peer:close()

-- The original has half a connection then, which closes a descriptor of somebody (fix 5 and 6).
local function refuses(name, object_of)
  R.moontide_only(name, "false, true", function()
    local plain, other = net.pair()
    local made = pcall(ssl.wrap, object_of(plain), tls.client())
    collectgarbage()
    collectgarbage()
    plain:send("text")
    local text = other:receive(4)
    plain:close()
    other:close()
    return made, text == "text"
  end)
end
refuses("no socket", function() return nil end)
refuses("a socket of text", function() return "text" end)
refuses("a socket of a number", function() return 5 end)
refuses("an object without setfd", function(plain)
  return { getfd = function() return plain:getfd() end }
end)
refuses("an object without getfd", function(plain)
  return { setfd = function(_, value) plain:setfd(value) end }
end)
refuses("an object whose getfd raises", function()
  return { getfd = function() error("no") end, setfd = function() end }
end)
R.moontide_only("a connection is refused and stays as it is", 'false, "still there"', function()
  local near, far = tls.pair()
  local made = pcall(ssl.wrap, near, tls.client())
  collectgarbage()
  collectgarbage()
  near:send("still there\n")
  local line = far:receive()
  tls.close(near, far)
  return made, line
end)

-- Sockets that are not connected. The handshake says so.
local function unconnected(name, sock)
  conn = tls.call(name, ssl.wrap, sock, tls.client())
  conn:settimeout(1)
  tls.call(name .. ": handshake", conn.dohandshake, conn)
  conn:close()
end
unconnected("a socket that is not connected", assert(socket.tcp4()))
unconnected("a socket without descriptor", socket.tcp())
unconnected("a closed socket", (function()
  local sock = socket.tcp4()
  sock:close()
  return sock
end)())
unconnected("a listening socket", assert(socket.bind("127.0.0.1", 0)))
unconnected("a udp socket", assert(socket.udp4()))
-- The original goes round and round in this one.
R.moontide_only("the handshake of a server that is not connected", 'false, "string"', function()
  conn = assert(ssl.wrap(assert(socket.tcp4()), tls.server()))
  conn:settimeout(1)
  local result, message = conn:dohandshake()
  conn:close()
  return result, type(message)
end)

-- Timeouts and statistics are not inherited; what was read before stays where it is.
client, peer = net.pair()
client:settimeout(0)
peer:send("first line\nsecond line\n")
net.readable(client)
R.values("before wrap", client:receive())
conn = assert(ssl.wrap(client, tls.client()))
R.values("statistics start at nothing", conn:getstats() == 0, select(2, conn:getstats()) == 0)
R.values("what was read stays readable", client:dirty(), client:receive())
R.values("and then", client:receive())
conn:close()
peer:close()

R.call("plain text before the handshake stays out of it", function()
  local plain, other = net.pair()
  assert(other:send("220 ready\n"))
  R.values("the line before", plain:receive())
  local mine = assert(ssl.wrap(plain, tls.client()))
  local theirs = assert(ssl.wrap(other, tls.server()))
  local first, second = tls.shake(mine, theirs)
  theirs:send("inside\n")
  local line = mine:receive()
  tls.close(mine, theirs)
  return first, second, line
end)
R.call("injected plain text is not received", function()
  local plain, other = net.pair()
  assert(other:send("220 ready\ninjected\n"))
  net.readable(plain)
  plain:receive()
  local mine = assert(ssl.wrap(plain, tls.client()))
  local theirs = assert(ssl.wrap(other, tls.server()))
  local first, second = tls.shake(mine, theirs)
  theirs:send("inside\n")
  local line = mine:receive()
  tls.close(mine, theirs)
  return first, second, line, plain:receive()
end)
R.call("one context for many connections", function()
  local mine, theirs = assert(ssl.newcontext(tls.client())), assert(ssl.newcontext(tls.server()))
  local lines = {}
  local open = {}
  for index = 1, 5 do
    local a, b = tls.pair(mine, theirs)
    a:send("line " .. index .. "\n")
    lines[index] = b:receive()
    open[#open + 1] = a
    open[#open + 1] = b
  end
  tls.close(R.unpack(open))
  return table.concat(lines, ", ")
end)
