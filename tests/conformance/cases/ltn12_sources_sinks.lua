-- ltn12.md: sources and sinks.

local R = ...
local ltn12 = require("ltn12")
local source, sink = ltn12.source, ltn12.sink
local unpack = R.unpack

-- Calls f up to `limit` times and shows every answer; raised errors too.
local function drain(f, limit)
  local parts = {}
  for index = 1, limit do
    local results = R.pack(pcall(f))
    parts[index] = { results.n - 1, unpack(results, 2, results.n) }
    if not results[1] then
      parts[index] = "raised " .. R.error_text(results[2])
    end
  end
  return unpack(parts)
end
local function calls(name, f, limit)
  R.values(name, drain(f, limit))
end

-- empty, error
calls("empty", source.empty(), 3)
R.values("empty: the same function", source.empty() == source.empty())
R.call("empty: ignores arguments", source.empty(), "x")
calls("error", source.error("message"), 2)
calls("error without a message", source.error(), 2)
calls("error with a table", source.error({ 1 }), 1)
R.values("error: a new function", source.error("x") ~= source.error("x"))

-- string
for _, item in ipairs({ { "empty", "" }, { "short", "abc" }, { "2048", ("x"):rep(2048) },
  { "2049", ("x"):rep(2049) },
  { "5000", ("xy"):rep(2500) }, { "a number", 42 }, { "a float", 0.5 }, { "NULs", "a\0b" } }) do
  calls("string: " .. item[1], source.string(item[2]), 5)
end
R.values("string: nil is empty", source.string(nil) == source.empty())
R.values("string: false is empty", source.string(false) == source.empty())
R.values("string: absent is empty", source.string() == source.empty())
for _, item in ipairs({ { "true", true }, { "a table", {} }, { "a function", print } }) do
  R.call("string: " .. item[1] .. ", at creation", function() return type(source.string(item[2])) end)
  R.values("string: " .. item[1] .. ", called", (pcall(source.string(item[2]))))
end
R.call("string: BLOCKSIZE is read at each call", function()
  local saved = ltn12.BLOCKSIZE
  local s = source.string("abcdefghij")
  ltn12.BLOCKSIZE = 3
  local a = s()
  ltn12.BLOCKSIZE = 5
  local b = s()
  ltn12.BLOCKSIZE = saved
  return a, b, s(), s()
end)

-- table
calls("table", source.table({ "a", "b" }), 4)
calls("table: empty", source.table({}), 2)
calls("table: hole", source.table({ "a", nil, "c" }), 5)
calls("table: false and numbers", source.table({ false, 5, "" }), 5)
calls("table: proxy", source.table(setmetatable({}, { __index = function(_, i) return i < 3 and i
  or nil end })), 4)
for _, item in ipairs({ { "nil", nil }, { "a string", "x" }, { "a number", 5 }, { "a function", print } }) do
  R.call("table: " .. item[1], source.table, item[2])
end
R.call("table: growing while it is read", function()
  local t = { "a" }
  local s = source.table(t)
  local first = s()
  t[2] = "b"
  return first, s(), s()
end)

-- file
local function handle(reads, closes)
  local log = {}
  return {
    log = log,
    read = function(_, ...)
      log[#log + 1] = "read " .. table.concat({ ... }, ",")
      return unpack(table.remove(reads, 1) or {}, 1, 3)
    end,
    write = function(_, ...)
      log[#log + 1] = "write " .. table.concat({ ... }, ",")
      return unpack(table.remove(reads, 1) or {}, 1, 3)
    end,
    close = function(_, ...)
      log[#log + 1] = "close " .. select("#", ...)
      return unpack(closes or {}, 1, 3)
    end,
  }
end
local function file_calls(name, make, object, limit)
  calls(name, make(object), limit)
  R.values(name .. ": calls", table.concat(object.log, "; "))
end
file_calls("file: two chunks", source.file, handle({ { "a" }, { "b" } }), 3)
file_calls("file: again after the end", source.file, handle({ { "a" } }), 4)
file_calls("file: a failing read", source.file, handle({ { "a" }, { nil, "read error", 5 } }), 3)
file_calls("file: an empty chunk", source.file, handle({ { "" }, { "b" } }), 3)
calls("file: nil", source.file(nil), 2)
calls("file: nil and a message", source.file(nil, "message"), 2)
calls("file: false", source.file(false, "message"), 1)
calls("file: io.open of nothing", source.file(io.open("no such file")), 2)
R.call("file: a real one", function()
  local f = io.open("text", "w")
  f:write(("line\n"):rep(500))
  f:close()
  local s = source.file(io.open("text"))
  return #s(), #s(), s()
end)
R.call("file: a real one after its end", function()
  local s = source.file(io.open("text"))
  s()
  s()
  s()
  return s()
end)
R.call("file: a directory", function()
  local s = source.file(io.open("."))
  return s()
end)
R.call("file: nil goes through source.error", function()
  local saved = source.error
  source.error = function(message) return "replaced", message end
  local a, b = source.file(nil, "message")
  source.error = saved
  return a, b
end)
R.call("string: nil goes through source.empty", function()
  local saved = source.empty
  source.empty = function() return "replaced" end
  local a = source.string(nil)
  source.empty = saved
  return a
end)

-- simplify
for _, f in ipairs({ "source", "sink" }) do
  R.call(f .. ".simplify: nil", ltn12[f].simplify)
  R.call(f .. ".simplify: false", ltn12[f].simplify, false)
end
calls("simplify: plain", source.simplify(source.table({ "a", "b" })), 4)
calls("simplify: error", source.simplify(source.error("message")), 1)
calls("simplify: error twice", source.simplify(source.error("message")), 2)
calls("simplify: fancy", source.simplify(function()
  return "first", function() return "second", source.table({ "third" }) end
end), 5)
calls("simplify: false chunk", source.simplify(function() return false, "why" end), 1)

-- rewind
R.call("rewind: nil", source.rewind)
R.call("rewind: false", source.rewind, false)
R.call("rewind: pushing back", function()
  local s = source.rewind(source.table({ "a", "b" }))
  local first = s()
  local pushed = select("#", s("x"))
  s("y")
  s("")
  return first, pushed, s(), s(), s(), s(), s()
end)
R.call("rewind: all values of the source", function()
  return source.rewind(function() return "chunk", "second", "third" end)()
end)
R.call("rewind: error", function() return source.rewind(source.error("message"))() end)

-- cat
calls("cat: nothing", source.cat(), 2)
calls("cat: one", source.cat(source.table({ "a" })), 3)
calls("cat: two", source.cat(source.table({ "a" }), source.table({ "b", "c" })), 5)
calls("cat: empty ones", source.cat(source.empty(), source.empty(), source.table({ "a" })), 3)
calls("cat: error", source.cat(source.table({ "a" }), source.error("message"), source.table({ "b" })), 4)
calls("cat: nil ends the list", source.cat(source.table({ "a" }), nil, source.table({ "b" })), 3)
calls("cat: second value next to a chunk", source.cat(function() return "a", "second" end), 1)
calls("cat: empty chunks", source.cat(source.table({ "", "a" })), 3)
calls("cat: false", source.cat(source.table({ false, "a" })), 3)

-- chain
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
local function identity(chunk)
  return chunk
end
for _, item in ipairs({ { "nothing" }, { "no filter", source.empty() }, { "no source", nil, identity },
  { "false source", false, identity }, { "false filter", source.empty(), false } }) do
  R.call("chain: " .. item[1], source.chain, item[2], item[3])
end
R.call("chain: no source, two filters", source.chain, nil, identity, identity)
calls("chain: buf(3)", source.chain(source.table({ "abcdefg", "hi" }), buf(3)), 6)
calls("chain: two filters", source.chain(source.table({ "abcdefg", "hi" }), buf(3), buf(2)), 8)
calls("chain: three filters", source.chain(source.table({ "abc" }), identity, buf(2), identity), 5)
calls("chain: identity", source.chain(source.table({ "a", "", "b" }), identity), 5)
calls("chain: empty source", source.chain(source.empty(), identity), 2)
calls("chain: error in the source", source.chain(source.error("message"), identity), 2)
calls("chain: reading on after an error", source.chain((function()
  local list = { { "ab" }, { nil, "SRCERR" }, { "zz" } }
  return function() return unpack(table.remove(list, 1) or {}, 1, 2) end
end)(), buf(1)), 7)
calls("chain: chunk with a second value", source.chain((function()
  local list = { { "lost", "message" }, { "kept" } }
  return function() return unpack(table.remove(list, 1) or {}, 1, 2) end
end)(), identity), 3)
calls("chain: nil to data", source.chain(source.table({ "a", "b" }), function() end), 2)
calls("chain: nil while eating", source.chain(source.table({ "a", "b" }), function(chunk)
  if chunk ~= "" then
    return chunk
  end
end), 2)
calls("chain: '' to nil while eating", source.chain(source.table({ "a" }), function(chunk)
  return chunk or ""
end), 1)
R.moontide_only("chain: '' to nil while feeding", 'false, "filter returned \\"\\""', function()
  local fine, failure = pcall(source.chain(source.empty(), function() return "" end))
  return fine, (failure:gsub("^.*:%d+: ", ""))
end)
R.call("chain: two filters take filter.chain from the table", function()
  local saved = ltn12.filter.chain
  ltn12.filter.chain = function(...)
    local count = select("#", ...)
    return function(chunk) return chunk and count .. chunk end
  end
  local s = source.chain(source.table({ "a" }), identity, identity)
  local t, list = sink.chain(identity, identity, (sink.table({})))
  ltn12.filter.chain = saved
  return s(), type(t), list
end)
