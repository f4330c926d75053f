-- What an embedding program's script does: no file is there to be found, everything is compiled in.
package.path, package.cpath = "", ""

local socket = require("socket")
local ltn12 = require("ltn12")
local unix = require("socket.unix")

-- The modules must be ours: had one come from a file, its loader would not stand in preload.
for _, name in ipairs({ "socket", "socket.core", "socket.unix", "socket.serial", "socket.headers", "ltn12",
    "moontide.native" }) do
  assert(package.preload[name], name .. " is not in package.preload")
  assert(require(name), name)
end

local server = assert(socket.bind("127.0.0.1", 0))
local _, port = server:getsockname()
local client = assert(socket.connect("127.0.0.1", port))
local peer = assert(server:accept())
client:settimeout(5)
peer:settimeout(5)

local readable = socket.select({ peer }, nil, 0)
assert(#readable == 0, "nothing was sent yet")
assert(client:send("one\r\ntwo\r\nthree") == 15)
readable = socket.select({ peer, server }, nil, 5)
assert(#readable == 1 and readable[1] == peer, "the peer is readable")
assert(peer:receive() == "one")
assert(peer:receive("*l") == "two")
assert(peer:receive(5) == "three")

-- More than the buffers of a loopback connection hold at once, through the pump of ltn12.
local text = ("0123456789abcdef"):rep(1024)
assert(peer:send(text) == #text)
peer:close()
local parts = {}
assert(ltn12.pump.all(socket.source("until-closed", client), (ltn12.sink.table(parts))))
assert(table.concat(parts) == text, "what arrived is what was sent")
client:close()
server:close()

local result, reason = socket.protect(function()
  return socket.try(nil, "as expected")
end)()
assert(result == nil and reason == "as expected")

local name = os.tmpname()
os.remove(name)
local listener = assert(unix.stream())
assert(listener:bind(name))
assert(listener:listen())
local near = assert(unix.stream())
assert(near:connect(name))
local far = assert(listener:accept())
assert(near:send("by name\n"))
far:settimeout(5)
assert(far:receive() == "by name")
near:close()
far:close()
listener:close()
os.remove(name)

-- Every other module is there too.
assert(require("socket.url").parse("http://host:80/path").port == "80")
assert(require("mime").b64("moon") == "bW9vbg==")
for _, module in ipairs({ "socket.http", "socket.smtp", "socket.ftp", "socket.tp", "mbox" }) do
  assert(type(require(module)) == "table", module)
end
