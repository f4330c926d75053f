-- socket.md, select: arguments, what is collected from the lists, foreign objects.

local R = ...
local socket = require("socket")
local net = R.net
local pselect = socket.select

local server, port = net.listener()
local client = assert(socket.connect("127.0.0.1", port))
local peer = assert(server:accept())
R.name_object(server, "server")
R.name_object(client, "client")
R.name_object(peer, "peer")

-- Argument errors; the timeout is looked at first, then the first table, then the second.
R.call("select: two nils", pselect, nil, nil, 0)
for _, item in ipairs({
  { "number", 0.01 }, { "string", "x" }, { "true", true }, { "false", false }, { "function", print },
  { "userdata", client },
}) do
  local kind, value = item[1], item[2]
  R.call("select: first list a " .. kind, pselect, value, nil, 0)
  R.call("select: second list a " .. kind, pselect, nil, value, 0)
  R.call("select: timeout a " .. kind, pselect, nil, nil, value)
end
R.call("select: numeric string as timeout", pselect, nil, nil, "0")
R.call("select: all three wrong, timeout first", pselect, 1, 2, "x")
R.call("select: both lists wrong, first first", pselect, 1, 2, 0)
R.call("select: arguments after the third are ignored", pselect, nil, nil, 0, "x", {})
R.call("select: in a namespace call", function() return socket.select(1) end)
R.call("select: empty lists", pselect, {}, {}, 0)
R.call("select: two nils, three results", function()
  local r, w, failure = pselect(nil, nil, 0)
  return type(r), type(w), r ~= w, next(r), next(w), failure
end)
R.call("select: one and the same empty list", function()
  local list = {}
  local r, w, failure = pselect(list, list, 0)
  return r ~= list, w ~= list, r ~= w, failure
end)
R.call("select: no metatable on the results", function()
  local r, w = pselect(nil, { client }, 0)
  return getmetatable(r), getmetatable(w)
end)
R.call("select: waits as long as asked", function()
  local start = socket.gettime()
  pselect(nil, nil, 0.05)
  local took = socket.gettime() - start
  return took >= 0.049, took < 5
end)
R.call("select: huge timeout", pselect, nil, { client }, math.huge)
R.call("select: timeout 2^40", pselect, nil, { client }, 2 ^ 40)
R.call("select: negative timeout", pselect, nil, { client }, -1)
R.call("select: timeout -inf", pselect, nil, { client }, -math.huge)
R.call("select: nil timeout", pselect, nil, { client })
R.call("select: tiny timeout", pselect, { client }, nil, 1e-9)

-- What is collected.
R.call("list: ends at the first nil", pselect, nil, { nil, client }, 0)
R.call("list: hole behind an element", pselect, nil, { client, nil, peer }, 0)
R.call("list: hash entries are ignored", pselect, nil, { peer = client, [0] = peer }, 0)
R.call("list: strings are ignored", pselect, nil, { "word", client }, 0)
R.call("list: strings alone", pselect, { "word" }, { "other" }, 0)
R.call("list: tables without getfd are ignored", pselect, { {}, { x = 1 } }, { {}, client }, 0)
R.call("list: a number", pselect, nil, { 5, client }, 0)
R.call("list: false", pselect, nil, { false, client }, 0)
R.call("list: true", pselect, { true }, nil, 0)
R.call("list: a function", pselect, nil, { print, client }, 0)
R.call("list: a coroutine", pselect, nil, { coroutine.create(function() end), client }, 0)
R.call("list: a file", pselect, nil, { io.stdout, client }, 0)
R.call("list: a proxy with __index", pselect, nil,
  setmetatable({}, { __index = function(_, index) return ({ client, peer })[index] end }), 0)
R.call("list: a proxy with __index table", pselect, nil, setmetatable({}, { __index = { client } }), 0)
R.call("list: an __index that raises", pselect, nil,
  setmetatable({}, { __index = function() error("no index", 0) end }), 0)
R.call("list: __len and __pairs are not asked", pselect, nil,
  setmetatable({ client }, { __len = function() error("len") end,
                             __pairs = function() error("pairs") end }), 0)
R.call("list: closed objects are ignored", function()
  local closed = socket.tcp4()
  closed:close()
  return pselect({ closed }, { closed, client }, 0)
end)
R.call("list: unopened objects are ignored", pselect, { socket.tcp(), socket.udp() }, { socket.tcp() }, 0)

-- Foreign objects.
local function foreign(fd, dirty)
  local object = { getfd = function() return fd end }
  if dirty ~= nil then
    object.dirty = function() return dirty end
  end
  return object
end
local client_fd = client:getfd()
local idle_fd = server:getfd()

R.call("foreign: number as descriptor", function()
  local object = R.name_object(foreign(client_fd), "foreign")
  return pselect(nil, { object }, 0)
end)
R.call("foreign: numeric string as descriptor", function()
  local object = R.name_object(foreign(("%d"):format(client_fd)), "foreign")
  return pselect(nil, { object }, 0)
end)
R.call("foreign: a fraction is cut off", function()
  local object = R.name_object(foreign(client_fd + 0.75), "foreign")
  return pselect(nil, { object }, 0)
end)
for _, item in ipairs({
  { "nil" }, { "no number", "word" }, { "-1", -1 }, { "very negative", -1e6 }, { "false", false },
  { "table", {} }, { "true", true },
}) do
  R.call("foreign: getfd gives " .. item[1], pselect, { foreign(item[2]) }, { foreign(item[2]), client }, 0)
end
R.call("foreign: descriptor too large, first list", pselect, { foreign(1e6) }, nil, 0)
R.call("foreign: descriptor too large, second list", pselect, nil, { foreign(1e6) }, 0)
R.call("foreign: descriptor = _SETSIZE", pselect, { foreign(socket._SETSIZE) }, nil, 0)
-- The kernel's select overlooks descriptors behind the end of the process' table, poll does not.
R.moontide_only("foreign: descriptor = _SETSIZE - 1 is not too large", 'raises "select failed"',
  pselect, { foreign(socket._SETSIZE - 1) }, nil, 0)
R.call("foreign: too large in a namespace call", function()
  return socket.select({ foreign(1e6) }, nil, 0)
end)
-- Below 64, the size that every table of descriptors has: for the same reason.
local NOT_OPEN = 60
R.call("foreign: not open", pselect, { foreign(NOT_OPEN) }, nil, 0)
R.call("foreign: not open, for writing", pselect, nil, { foreign(NOT_OPEN) }, 0)
R.call("foreign: not open, beside a ready one", pselect, { foreign(NOT_OPEN) }, { client }, 0)
R.call("foreign: not open, beside a dirty one", function()
  local dirty = R.name_object(foreign(idle_fd, true), "dirty")
  local open = R.name_object(foreign(client_fd), "open")
  return pselect({ dirty, open, R.name_object(foreign(NOT_OPEN), "not open") }, nil, 0)
end)
R.call("foreign: getfd raises", pselect, { { getfd = function() error("no descriptor", 0) end } }, nil, 0)
R.call("foreign: getfd raises a table", pselect,
  { { getfd = function() error({ 1 }) end } }, nil, 0)
R.call("foreign: getfd is no function", pselect, { { getfd = 5 } }, nil, 0)
R.call("foreign: getfd from a metatable", function()
  local object = setmetatable({}, { __index = { getfd = function() return client_fd end } })
  R.name_object(object, "foreign")
  return pselect(nil, { object }, 0)
end)
R.call("foreign: callable getfd", function()
  local object = { getfd = setmetatable({}, { __call = function() return client_fd end }) }
  R.name_object(object, "foreign")
  return pselect(nil, { object }, 0)
end)
R.call("foreign: how getfd and dirty are called", function()
  local log = {}
  local object = {}
  for _, method in ipairs({ "getfd", "dirty" }) do
    object[method] = function(...)
      log[#log + 1] = method .. select("#", ...) .. tostring((...) == object)
      return method == "getfd" and client_fd or false
    end
  end
  pselect({ object }, nil, 0)
  pselect(nil, { object }, 0)
  return log[1], log[#log]
end)
R.call("foreign: yielding in getfd", function()
  local thread = coroutine.create(function()
    return pselect({ { getfd = function() return coroutine.yield() end } }, nil, 0)
  end)
  local fine, message = coroutine.resume(thread)
  return fine, R.error_text(message)
end)

-- dirty
R.call("dirty: ready without asking", function()
  return pselect({ R.name_object(foreign(idle_fd, true), "dirty") }, nil, 5)
end)
for _, item in ipairs({ { "0", 0 }, { "empty string", "" }, { "false", false }, { "table", {} } }) do
  R.call("dirty: result " .. item[1], function()
    return pselect({ R.name_object(foreign(idle_fd, item[2]), "foreign") }, nil, 0)
  end)
end
R.call("dirty: nil result", function()
  local object = foreign(idle_fd)
  object.dirty = function() end
  return pselect({ object }, nil, 0)
end)
R.call("dirty: raises", function()
  local object = foreign(idle_fd)
  object.dirty = function() error("dirty raises", 0) end
  return pselect({ object }, nil, 0)
end)
R.call("dirty: no function", function()
  local object = foreign(idle_fd)
  object.dirty = 5
  return pselect({ object }, nil, 0)
end)
R.call("dirty: not asked of the write list", function()
  local object = foreign(client_fd)
  object.dirty = function() error("asked") end
  R.name_object(object, "foreign")
  return pselect(nil, { object }, 0)
end)
R.call("dirty: closed objects are not asked", function()
  local object = foreign(-1)
  object.dirty = function() error("asked") end
  return pselect({ object }, nil, 0)
end)
R.call("dirty: others are reported too", function()
  local dirty = R.name_object(foreign(idle_fd, true), "dirty")
  return pselect({ dirty }, { client }, 5)
end)
R.call("dirty: twice in the list", function()
  local dirty = R.name_object(foreign(idle_fd, true), "dirty")
  return pselect({ dirty, dirty }, nil, 0)
end)
R.call("dirty: also ready in the system", function()
  peer:send("x")
  net.readable(client)
  local dirty = R.name_object(foreign(client_fd, true), "dirty")
  local r, w, failure = pselect({ dirty }, nil, 0)
  client:receive(1)
  return r, w, failure
end)
R.call("dirty: order of the list, then by descriptor", function()
  local first, second = socket.udp4(), socket.udp4()
  local a = R.name_object(foreign(math.max(first:getfd(), second:getfd()), true), "dirty high")
  local b = R.name_object(foreign(math.min(first:getfd(), second:getfd()), true), "dirty low")
  local r = pselect({ client, a, b }, nil, 0)
  first:close()
  second:close()
  return r
end)
R.call("dirty: of a real socket", function()
  peer:send("two\nlines\n")
  net.readable(client)
  local line = client:receive()
  local dirty = client:dirty()
  local r, w, failure = pselect({ client }, nil, 0)
  return line, dirty, r, w, failure, client:receive(), client:dirty()
end)
R.call("dirty: of a closed socket is ignored", function()
  local other, its_peer = net.fed_pair("one\nrest", true)
  other:receive()
  other:close()
  local r, w, failure = pselect({ other }, nil, 0)
  its_peer:close()
  return other:dirty(), r, w, failure
end)

client:close()
peer:close()
server:close()
