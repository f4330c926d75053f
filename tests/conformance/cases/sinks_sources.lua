-- socket.md, Sinks and sources: choose, sink, source and the objects they make.

local R = ...
local socket = require("socket")
local net = R.net

-- choose
local made = socket.choose({
  default = function(...) return "default", select("#", ...), ... end,
  word = function(...) return "word", select("#", ...), ... end,
})
R.call("choose: type", function() return type(made), select("#", socket.choose({})) end)
R.call("choose: by name", made, "word", 1, 2, 3)
R.call("choose: by name, nothing else", made, "word")
R.call("choose: default", made, {}, 2, 3)
R.call("choose: nil name", made, nil, 2, 3)
R.call("choose: no arguments", made)
R.call("choose: number as name", made, 5, 6)
R.call("choose: unknown name", made, "other")
R.call("choose: unknown name, from a Lua caller", function() made("other") end)
R.call("choose: name default", made, "default", 1, 2)
R.call("choose: without a default", socket.choose({}), {})
R.call("choose: of nil, at creation", function() return type(socket.choose(nil)) end)
R.call("choose: of nil, when called", function() return socket.choose(nil)("x") end)
R.call("sink: unknown mode", socket.sink, "no-such-mode", {})
R.call("source: unknown mode", socket.source, "no-such-mode", {})
R.call("sink: an added mode", function()
  socket.sinkt.mine = function(...) return "mine", ... end
  local a, b, c = socket.sink("mine", 1, 2)
  socket.sinkt.mine = nil
  return a, b, c
end)
R.call("source: an added mode", function()
  socket.sourcet.mine = function(...) return "mine", ... end
  local a, b, c = socket.source("mine", 1, 2)
  socket.sourcet.mine = nil
  return a, b, c
end)

-- The objects.
local function shape(object)
  local list = {}
  for key, value in pairs(object) do
    list[#list + 1] = tostring(key) .. ":" .. type(value)
  end
  table.sort(list)
  local behind = {}
  for key, value in pairs(getmetatable(object) or {}) do
    behind[#behind + 1] = tostring(key) .. ":" .. type(value)
  end
  table.sort(behind)
  return type(object), table.concat(list, " "), table.concat(behind, " ")
end
for _, mode in ipairs({ "keep-open", "close-when-done", "default" }) do
  R.call("sink " .. mode .. ": shape", function() return shape(socket.sink(mode, {})) end)
  R.call("sink " .. mode .. ": nothing is checked at creation",
    function() return type(socket.sink(mode)) end)
end
for _, mode in ipairs({ "by-length", "until-closed", "default" }) do
  R.call("source " .. mode .. ": shape", function() return shape(socket.source(mode, {}, 1)) end)
  R.call("source " .. mode .. ": nothing is checked at creation",
    function() return type(socket.source(mode)) end)
end
R.call("sink without a mode", function() return shape(socket.sink({})) end)
R.call("source without a mode", function() return shape(socket.source({})) end)
R.call("sink of nil", function() return type(socket.sink(nil)) end)
R.call("sink of nil, called", function() return socket.sink(nil)("x") end)
R.call("source of nil, called", function() return socket.source(nil)() end)
R.call("sink of nil: getfd", function() return socket.sink(nil).getfd() end)

-- Forwarding to a scripted socket shows exactly what is called.
local function scripted(log, answers)
  local object = {}
  for _, method in ipairs({ "send", "receive", "close", "getfd", "dirty" }) do
    object[method] = function(self, ...)
      local line = { method, self == object and "self" or "other" }
      local arguments = R.pack(...)
      for index = 1, arguments.n do
        line[#line + 1] = tostring(arguments[index])
      end
      -- Whether an absent argument is left out or passed as nil makes no difference to a socket.
      log[#log + 1] = (table.concat(line, ","):gsub(",nil$", ""))
      local answer = table.remove(answers[method] or {}, 1)
      if answer then
        return R.unpack(answer, 1, answer.n or #answer)
      end
    end
  end
  return object
end

local function drive(name, maker, answers, steps)
  local log = {}
  local object = maker(scripted(log, answers))
  for index, step in ipairs(steps) do
    R.call(name .. ": step " .. index, step, object)
  end
  R.values(name .. ": calls", (table.concat(log, " "):gsub("%.0", "")))
end

local function give(...)
  local arguments = R.pack(...)
  return function(object)
    return object(R.unpack(arguments, 1, arguments.n))
  end
end

for _, mode in ipairs({ "keep-open", "default", "close-when-done" }) do
  drive("sink " .. mode, function(sock) return socket.sink(mode, sock) end, {
    send = { { 3, nil, nil, n = 3 }, { nil, "closed", 1 }, { "a", "b", "c", "d" }, {} },
    close = { { "closed it" } },
    getfd = { { 7, 8 } },
    dirty = { { true, false } },
  }, {
    give("abc"), give("def"), give(""), give("x", "an error"), give(nil), give(nil, "an error"), give(),
    give(false), function(object) return object.getfd("ignored") end,
    function(object) return object:dirty(1, 2) end,
  })
end

local function read(object)
  return object()
end
drive("source by-length", function(sock) return socket.source("by-length", sock, 2050) end, {
  receive = { { ("x"):rep(2048), nil, nil, n = 3 }, { nil, "closed", "y" }, { nil, "other", "" } },
}, { read, read, read })
drive("source by-length, all of it", function(sock) return socket.source("by-length", sock, 5) end, {
  receive = { { "abc", nil, nil, n = 3 }, { "de", nil, nil, n = 3 } },
}, { read, read, read, read })
drive("source by-length 0", function(sock) return socket.source("by-length", sock, 0) end, {}, { read })
drive("source by-length -1", function(sock) return socket.source("by-length", sock, -1) end, {}, { read })
drive("source by-length without a length", function(sock) return socket.source("by-length", sock) end, {},
  { read })
drive("source by-length with a word", function(sock) return socket.source("by-length", sock, "x") end, {},
  { read })
drive("source by-length forwards getfd", function(sock) return socket.source("by-length", sock, 1) end, {
  getfd = { { 3 } }, dirty = { { true } },
}, { function(object) return object:getfd() end, function(object) return object.dirty() end })
for _, mode in ipairs({ "until-closed", "default" }) do
  drive("source " .. mode, function(sock) return socket.source(mode, sock) end, {
    receive = { { "abc", nil, nil, n = 3 }, { nil, "closed", "rest" } },
  }, { read, read, read, read })
  drive("source " .. mode .. " ends empty", function(sock) return socket.source(mode, sock) end, {
    receive = { { nil, "closed", "" } },
  }, { read, read })
  drive("source " .. mode .. " fails", function(sock) return socket.source(mode, sock) end, {
    receive = { { nil, "other", "" }, { "abc" }, { nil, "closed", "" } },
  }, { read, read, read, read })
end
drive("source until-closed keeps what a timeout left", function(sock) return socket.source(sock) end, {
  receive = { { nil, "timeout", "par" }, { "partial" } },
}, { read, read })
drive("source by-length keeps what a timeout left",
  function(sock) return socket.source("by-length", sock, 10) end,
  { receive = { { nil, "timeout", "par" }, { "partial" } } }, { read, read })

R.call("sources read socket.BLOCKSIZE at each call", function()
  local log = {}
  local source = socket.source(scripted(log, { receive = { { "a" }, { "b" } } }))
  source()
  local saved = socket.BLOCKSIZE
  socket.BLOCKSIZE = 7
  source()
  socket.BLOCKSIZE = saved
  return table.concat(log, " ")
end)

-- Real sockets.
local client, peer = net.pair()
R.call("real sink: a chunk", socket.sink(client), "hello")
R.call("real sink: an empty chunk", socket.sink(client), "")
R.call("real sink: the end leaves it open", function()
  local result = socket.sink(client)(nil)
  return result, client:getfd() >= 0
end)
R.call("real sink: close-when-done closes", function()
  local result = socket.sink("close-when-done", client)(nil)
  return result, client:getfd()
end)
R.call("real sink: on a closed socket", socket.sink(client), "x")
R.call("real source: until closed", function()
  local source = socket.source("until-closed", peer)
  return source(), peer:getfd(), source(), source()
end)
client, peer = net.fed_pair("0123456789", false)
R.call("real source: by length", function()
  local source = socket.source("by-length", client, 4)
  return source(), source(), client:getfd() >= 0, (client:receive(6))
end)
R.call("real source: after a timeout nothing is lost", function()
  client:settimeout(0)
  assert(peer:send("half"))
  assert(net.readable(client))
  local source = socket.source(client)
  local chunk, failure = source()
  peer:send(" and half")
  peer:close()
  client:settimeout(5)
  return chunk, failure, source()
end)
client, peer = net.fed_pair("data", false)
local source = socket.source("by-length", client, 4)
R.call("select takes a source", function()
  local r, w, failure = socket.select({ source }, nil, 0)
  return #r, r[1] == source, r[source], #w, failure
end)
local sink = socket.sink(client)
R.call("select takes a sink", function()
  local r, w = socket.select(nil, { sink }, 0)
  return #r, w[1] == sink, w[sink]
end)
client:close()
peer:close()
