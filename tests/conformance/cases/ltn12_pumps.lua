-- ltn12.md: sinks and pumps.

local R = ...
local ltn12 = require("ltn12")
local source, sink, pump = ltn12.source, ltn12.sink, ltn12.pump
local unpack = R.unpack

local function identity(chunk)
  return chunk
end
local function buf(size)
  local held, ended = "", false
  return function(chunk)
    if chunk == nil then
      ended = true
    else
      held = held .. chunk
    end
    if #held >= size or (ended and held ~= "") then
      local out = held:sub(1, size)
      held = held:sub(size + 1)
      return out
    end
    return not ended and "" or nil
  end
end

-- null, error, table
R.call("null", sink.null(), "x")
R.call("null: nil", sink.null(), nil, "error")
R.values("null: the same function", sink.null() == sink.null())
R.call("error", sink.error("message"), "x")
R.call("error: nil", sink.error("message"), nil)
R.call("error: no message", sink.error(), "x")
R.call("table: results", function()
  local t = {}
  local results = R.pack(sink.table(t))
  return results.n, type(results[1]), results[2] == t
end)
for _, item in ipairs({ { "absent" }, { "nil", nil }, { "false", false } }) do
  R.call("table: " .. item[1], function()
    local s, t = sink.table(item[2])
    return s("a"), t
  end)
end
R.call("table: chunks", function()
  local s, t = sink.table({})
  local answers = { s("a"), s(""), s("b"), s(nil), s(nil, "error"), s(5), s(false) }
  return answers, t
end)
R.call("table: appends behind what is there", function()
  local s, t = sink.table({ "x", "y" })
  s("z")
  return t
end)
R.call("table: no table, at creation", function() return type(sink.table(5)) end)
R.values("table: no table, called", (pcall((sink.table(5)), "x")))

-- file
local function handle(writes, closes)
  local log = {}
  return {
    log = log,
    write = function(_, ...)
      log[#log + 1] = "write " .. table.concat({ ... }, ",")
      local answer = table.remove(writes, 1) or { true }
      return unpack(answer, 1, answer.n or #answer)
    end,
    close = function(_, ...)
      log[#log + 1] = "close " .. select("#", ...)
      return unpack(closes or { true }, 1, closes and closes.n or 1)
    end,
  }
end
local function file(name, object, chunks)
  local s = sink.file(object)
  for index, chunk in ipairs(chunks) do
    R.call(name .. ": call " .. index, s, chunk ~= "end" and chunk or nil)
  end
  R.values(name .. ": calls", table.concat(object.log, "; "))
end
file("file", handle({}), { "a", "", "b", "end" })
file("file: failing write", handle({ { nil, "disk full", 28, n = 3 } }), { "a", "end" })
file("file: failing close", handle({}, { nil, "disk full", 28, n = 3 }), { "a", "end" })
file("file: close that gives nothing", handle({}, { n = 0 }), { "end" })
file("file: close that gives nil", handle({}, { nil, n = 1 }), { "end" })
R.call("file: nil", sink.file(nil), "x")
R.call("file: nil and a message", sink.file(nil, "message"), "x")
R.call("file: false", sink.file(false, "message"), "x")
R.call("file: a real one", function()
  local s = sink.file(io.open("out", "w"))
  local first = s("text") and true
  local last = s(nil)
  local f = io.open("out")
  local text = f:read("*a")
  f:close()
  return first, last, text
end)
R.call("file: /dev/full", function()
  local s = sink.file(io.open("/dev/full", "w"))
  local first = s("text") and true
  return first, s(nil)
end)
R.call("file: nil goes through sink.error", function()
  local saved = sink.error
  sink.error = function(message) return "replaced", message end
  local a, b = sink.file(nil, "message")
  sink.error = saved
  return a, b
end)

-- simplify
R.call("simplify: plain", function()
  local s, t = sink.table({})
  local simple = sink.simplify(s)
  return simple("a"), simple("b"), simple(nil), t
end)
R.call("simplify: failing", sink.simplify(function() return nil, "message" end), "a")
R.call("simplify: false", sink.simplify(function() return false, "message", "more" end), "a")
R.call("simplify: true without more", sink.simplify(function() return "any", nil end), "a")
R.call("simplify: fancy", function()
  local log = {}
  local function second(chunk)
    log[#log + 1] = "second " .. tostring(chunk)
    return 1
  end
  local simple = sink.simplify(function(chunk, failure)
    log[#log + 1] = "first " .. tostring(chunk) .. " " .. tostring(failure)
    return 1, second
  end)
  local a, b = simple("a", "E"), simple("b")
  return a, b, log
end)

-- chain
for _, item in ipairs({ { "nothing" }, { "no sink", identity }, { "no filter", nil, sink.null() },
  { "false", identity, false } }) do
  R.call("chain: " .. item[1], sink.chain, item[2], item[3])
end
local function recording(log, answers)
  return function(chunk, failure)
    log[#log + 1] = (chunk and "`" .. chunk .. "`" or "nil") .. (failure and " " .. failure or "")
    local answer = answers and table.remove(answers, 1)
    if answer then
      return unpack(answer, 1, 2)
    end
    return 1
  end
end
local function chained(name, filters, answers, steps)
  local log = {}
  local list = { unpack(filters) }
  list[#list + 1] = recording(log, answers)
  local s = sink.chain(unpack(list))
  for index, step in ipairs(steps) do
    R.call(name .. ": call " .. index, s, step[1], step[2])
  end
  R.values(name .. ": sink got", table.concat(log, "; "))
end
chained("chain: buf(3)", { buf(3) }, nil, { { "abcdefg" }, { "hi" }, { "" }, { nil, "E" } })
chained("chain: identity", { identity }, nil, { { "ab" }, { "c", "E" }, { "" }, { nil } })
chained("chain: two filters", { buf(3), buf(2) }, nil, { { "abcdefg" }, { "h" }, { nil } })
chained("chain: three filters", { identity, buf(2), identity }, nil, { { "abc" }, { nil } })
chained("chain: failing sink", { buf(1) }, { { 1 }, { nil, "full" } }, { { "abcd" }, { "e" }, { nil } })
chained("chain: failing sink, false", { identity }, { { false, "why" } }, { { "a" }, { "b" } })
chained("chain: failing sink, no message", { identity }, { { nil } }, { { "a" }, { "b" } })
chained("chain: failing at the end", { identity }, { { 1 }, { 1 }, { nil, "at the end" } }, { { "a" },
  { nil } })
R.moontide_only("chain: nil to data", 'false, "filter returned inappropriate nil"', function()
  local fine, failure = pcall(sink.chain(function() end, sink.null()), "a")
  return fine, (failure:gsub("^.*:%d+: ", ""))
end)

-- step
local function stepped(name, src, snk)
  local log = {}
  local wrapped = snk or recording(log)
  R.call(name, pump.step, src, wrapped)
  R.values(name .. ": sink got", table.concat(log, "; "))
end
stepped("step: a chunk", source.table({ "a" }))
stepped("step: an empty chunk", source.table({ "" }))
stepped("step: the end", source.empty())
stepped("step: an error in the source", source.error("src error"))
stepped("step: an error in the sink", source.table({ "a" }), sink.error("snk error"))
stepped("step: both", source.error("src error"), sink.error("snk error"))
stepped("step: sink gives false", source.table({ "a" }), function() return false, "why" end)
stepped("step: sink gives nothing", source.table({ "a" }), function() end)
stepped("step: chunk and second value", function() return "a", "second" end)
stepped("step: false chunk", function() return false, "why" end)
R.values("step: no source", (pcall(pump.step, nil, sink.null())))

-- all
for _, item in ipairs({ { "nothing" }, { "no sink", source.empty() }, { "no source", nil, sink.null() },
  { "false source", false, sink.null() }, { "false sink", source.empty(), false } }) do
  R.call("all: " .. item[1], pump.all, item[2], item[3])
end
local function all(name, src, snk, step)
  local log = {}
  R.call(name, pump.all, src, snk or recording(log), step)
  R.values(name .. ": sink got", table.concat(log, "; "))
end
all("all: chunks", source.table({ "a", "", "b" }))
all("all: nothing there", source.empty())
all("all: an error in the source", source.cat(source.table({ "a" }), source.error("src error")))
all("all: an error in the sink", source.table({ "a", "b" }), sink.error("snk error"))
all("all: both", source.error("src error"), sink.error("snk error"))
all("all: sink stops without a message", source.table({ "a", "b" }), function() end)
all("all: sink stops with false", source.table({ "a", "b" }), function() return false end)
all("all: sink fails at the end", source.table({ "a" }), function(chunk)
  if chunk then
    return 1
  end
  return nil, "at the end"
end)
all("all: own step", source.table({ "a", "b" }), nil, function(...)
  return pump.step(...)
end)
all("all: own step aborts", source.table({ "a", "b" }), nil, function() return nil, "aborted" end)
all("all: own step stops", source.table({ "a", "b" }), nil, function() return false end)
R.call("all: arguments of the step", function()
  local seen
  pump.all(source.empty(), sink.null(), function(...)
    seen = select("#", ...)
  end)
  return seen
end)
R.call("all: takes pump.step from the table", function()
  local saved = pump.step
  pump.step = function() return nil, "replaced" end
  local a, b = pump.all(source.table({ "a" }), sink.null())
  pump.step = saved
  return a, b
end)
R.call("all: a step that raises", pump.all, source.empty(), sink.null(), function() error("step", 0) end)
R.call("all: callable tables", function()
  local callable = setmetatable({}, { __call = function() return nil end })
  local snk = setmetatable({}, { __call = function(_, chunk) return chunk or 1 end })
  return pump.all(callable, snk)
end)
R.call("the usual pair", function()
  local t = {}
  local done, failure = pump.all(source.string(("abc"):rep(1000)), sink.table(t))
  return done, failure, #t, #table.concat(t)
end)
R.call("a file through a filter into a file", function()
  local f = io.open("in", "w")
  f:write(("text\n"):rep(1000))
  f:close()
  local done = pump.all(source.chain(source.file(io.open("in")), buf(100)),
    sink.chain(buf(7), sink.file(io.open("copy", "w"))))
  f = io.open("copy")
  local size = #f:read("*a")
  f:close()
  return done, size
end)
R.call("all over sockets", function()
  local socket = require("socket")
  local client, peer = R.net.pair()
  local sent = pump.all(source.string("hello world"), socket.sink("close-when-done", client))
  local t = {}
  local received = pump.all(socket.source("until-closed", peer), (sink.table(t)))
  return sent, received, table.concat(t)
end)
R.call("step on a socket that is not ready", function()
  local socket = require("socket")
  local client, peer = R.net.pair()
  client:settimeout(0)
  local done, failure = pump.step(socket.source("by-length", client, 10), sink.null())
  client:close()
  peer:close()
  return done, failure
end)
