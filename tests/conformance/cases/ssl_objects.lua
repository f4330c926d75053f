-- ssl.md, 1 and 4: the three classes, their metatables and methods, foreign objects, what a new and a
-- closed connection answers.

local R = ...
local ssl = require("ssl")
local tls = R.load("tls")

local client, server = tls.pair()
local ctx = assert(ssl.newcontext(tls.client()))
local cert = tls.certificate("server")

local objects = { { "context", ctx }, { "connection", client }, { "certificate", cert } }
local index = {}

-- Additions of Moontide are no differences: "shutdown" is none of them.
local additions = {
  getpeername = true, getsockname = true, setoption = true, getoption = true, getfamily = true,
  gettimeout = true, getsession = true, setsession = true,
}

for _, item in ipairs(objects) do
  local name, object = item[1], item[2]
  local metatable = getmetatable(object)
  index[name] = metatable.__index
  R.values(name .. ": tostring", object)
  R.values(name .. ": tostring shows an address", tostring(object):find("^[%w ]+: 0x%x+$") ~= nil)
  R.values(name .. ": __index is a table", type(metatable.__index), getmetatable(metatable.__index))
  for _, key in ipairs({ "__gc", "__tostring", "__close", "__metatable", "__newindex", "__len", "__name",
      "__eq",
      "__call", "__pairs" }) do
    local value = metatable[key]
    R.values(name .. ": " .. key, type(value) == "string" and value or type(value))
  end
  R.values(name .. ": unknown field", object.nosuch, object[1])
  tls.raises(name .. ": assignment", function() object.field = 1 end)
  tls.raises(name .. ": length", function() return #object end)
  tls.raises(name .. ": call", function() return object() end)
  R.values(name .. ": as a key", ({ [object] = "found" })[object])
end

local methods = {
  connection = "close dirty dohandshake exportkeyingmaterial getalpn getfd getfinished getlocalcertificate "
    .. "getlocalchain getpeercertificate getpeerchain getpeerfinished getpeerverification getsniname "
    .. "getstats info receive send setdane setstats settimeout settlsa sni want",
  certificate = "digest extensions getsignaturename issued issuer notafter notbefore pem pubkey serial "
    .. "setencode subject validat",
  context = "setverifyext",
}
for _, name in ipairs(tls.keys(methods)) do
  local known = {}
  for method in methods[name]:gmatch("%a+") do
    known[method] = true
    R.values(name .. " has " .. method, type(index[name][method]))
  end
  local others = {}
  for key in pairs(index[name]) do
    if not known[key] and not additions[key] then
      others[#others + 1] = tostring(key)
    end
  end
  table.sort(others)
  R.values(name .. ": other methods", table.concat(others, " "))
end
for _, method in ipairs({ "setfd", "shutdown", "connect", "accept", "compression", "tlsa", "class" }) do
  R.values("a connection has no " .. method, client[method])
end
R.values("connections share their metatable", getmetatable(client) == getmetatable(server))

-- Foreign objects: other values, and objects of the other classes.
local function refuse(name, method, foreign)
  for _, item in ipairs(foreign) do
    tls.call(name .. "." .. method .. " on " .. item[1], index[name][method], item[2])
  end
end
local socket = R.net.pair()
local foreign = { { "nil", nil }, { "a number", 5 }, { "a table", {} }, { "a file", io.stdout },
  { "a socket", socket } }
for _, name in ipairs(tls.keys(methods)) do
  for method in methods[name]:gmatch("%a+") do
    if not method:find("^getlocal") then -- which came with 1.3
      refuse(name, method, foreign)
    end
  end
end
for _, method in ipairs({ "close", "send", "receive", "getfd", "settimeout", "info" }) do
  refuse("connection", method, { objects[1], objects[3] })
end
for _, method in ipairs({ "pem", "subject", "validat" }) do
  refuse("certificate", method, { objects[1], objects[2] })
end
refuse("context", "setverifyext", { objects[2], objects[3] })

-- What a new connection answers. dohandshake, close and what only the original does wrong are elsewhere.
local new_connection, its_peer = tls.wrapped()
local function ask(state, conn, method, ...)
  tls.call(state .. ": " .. method, conn[method], conn, ...)
end
local asked = { { "send", "text" }, { "send", "" }, { "receive" }, { "receive", "*a", "prefix" },
  { "receive", 5 },
  { "dirty" }, { "want" }, { "info", "mac" }, { "info", "cipher" }, { "getpeercertificate" },
  { "getpeerchain" }, { "getpeerverification" }, { "settimeout", 0 }, { "setstats" } }
local function ask_all(state, conn)
  for position, item in ipairs(asked) do
    tls.call(state .. ": " .. item[1] .. " " .. position, conn[item[1]], conn, R.unpack(item, 2, 3))
  end
end
ask_all("new", new_connection)
ask("new", new_connection, "getfinished")
ask("new", new_connection, "getalpn")
ask("new", new_connection, "getsniname")
ask("new", new_connection, "setdane", "host.test")
ask("new", new_connection, "settlsa", 3, 1, 1, ("x"):rep(32))
R.moontide_only("new: getpeerfinished", 'nil, "closed"', new_connection.getpeerfinished, new_connection)
R.moontide_only("new: exportkeyingmaterial", 'nil, "closed"', new_connection.exportkeyingmaterial,
  new_connection,
  "label", 5)
tls.close(new_connection, its_peer)

-- What a closed one answers. The original ends the process for several of these (fix 7).
client:settimeout(0)
ask_all("connected", client)
R.values("connected: tostring", client)
R.values("connected: getfd", client:getfd() >= 0)
R.values("close gives nothing", select("#", client:close()))
R.values("close again", select("#", client:close()))
R.values("closed: getfd", client:getfd() == -1)
ask_all("closed", client)
tls.call("closed: getfinished", client.getfinished, client)
R.values("closed: tostring", client)
R.values("closed: getstats", #R.pack(client:getstats()))
for method, expected in pairs({
  dohandshake = 'false, "closed"', getalpn = "nil", getsniname = "nil", setdane = "false", settlsa = "false",
  getpeerfinished = 'nil, "closed"', exportkeyingmaterial = 'nil, "closed"', sni = "(none)",
  getlocalcertificate = 'nil, "closed"', getlocalchain = 'nil, "closed"',
}) do
  R.moontide_only("closed: " .. method, expected, function()
    local arguments = { setdane = { "host.test" }, settlsa = { 3, 1, 1, ("x"):rep(32) },
      exportkeyingmaterial = { "label", 5 }, sni = { "host.test" } }
    return client[method](client, R.unpack(arguments[method] or {}))
  end)
end
server:close()

-- Collection in every order.
R.call("the pair outlives its contexts, certificates outlive their connection", function()
  local near, far = tls.pair(assert(ssl.newcontext(tls.checking())), assert(ssl.newcontext(tls.server())))
  collectgarbage()
  collectgarbage()
  near:send("text\n")
  local line = far:receive()
  local peer = near:getpeercertificate()
  local chain = near:getpeerchain()
  tls.close(near, far)
  near, far = nil, nil -- luacheck: ignore
  collectgarbage()
  collectgarbage()
  return line, peer:digest() == cert:digest(), #chain, chain[2]:subject()[3].value
end)
R.call("a collected connection closes its descriptor", function()
  collectgarbage()
  collectgarbage()
  local before = R.net.socket_count()
  for _ = 1, 3 do
    tls.pair()
  end
  collectgarbage()
  collectgarbage()
  return R.net.socket_count() - before
end)
R.call("__gc by hand, then everything else", function()
  local near, far = tls.pair()
  local results = select("#", getmetatable(near).__gc(near))
  local closed = near:getfd() == -1
  far:close()
  return results, closed, near:receive()
end)
if _VERSION == "Lua 5.4" then
  R.call("a to-be-closed connection", assert((loadstring or load)([[
    local tls = ...
    local kept, far = tls.pair()
    do
      local conn <close> = kept
      conn:send("text")
    end
    local text = far:receive("*a")
    far:close()
    return text, kept:getfd() == -1
  ]], "=case")), tls)
end
