-- ltn12.md: the module table and filters.

local R = ...

local had_module = rawget(_G, "module") ~= nil
local before = {}
for name in pairs(_G) do
  before[name] = true
end
local ltn12 = require("ltn12")
local unpack = R.unpack

-- The table.
local function keys(t)
  local list = {}
  for key, value in pairs(t) do
    list[#list + 1] = tostring(key) .. ":" .. type(value)
  end
  table.sort(list)
  return unpack(list)
end
R.values("keys", keys(ltn12))
for _, name in ipairs({ "filter", "source", "sink", "pump" }) do
  R.values("keys of " .. name, keys(ltn12[name]))
  R.values("metatable of " .. name, getmetatable(ltn12[name]))
end
R.values("metatable", getmetatable(ltn12))
R.values("BLOCKSIZE", ltn12.BLOCKSIZE)
R.values("_VERSION", ltn12._VERSION)
R.values("needs no socket", package.loaded.socket, package.loaded["socket.core"])
R.values("global, where there is module()", had_module == (rawget(_G, "ltn12") ~= nil),
  rawget(_G, "ltn12") == nil or rawget(_G, "ltn12") == ltn12)
R.call("globals created", function()
  local list = {}
  for name in pairs(_G) do
    if not before[name] then
      list[#list + 1] = name
    end
  end
  return table.concat(list, " ")
end)
R.values("package.loaded", package.loaded.ltn12 == ltn12)

-- cycle
local cycle = ltn12.filter.cycle
for _, wrong in ipairs({ { "nil", nil }, { "false", false } }) do
  R.call("cycle: " .. wrong[1], cycle, wrong[2])
end
R.call("cycle: absent", cycle)
R.call("cycle: a number, at creation", function() return type(cycle(5)) end)
R.call("cycle: a number, when called", function() return cycle(5)("x") end)
R.call("cycle: context and extra", function()
  local filter = cycle(function(context, chunk, extra)
    return tostring(context) .. tostring(chunk) .. extra, context + 1
  end, 3, "E")
  return filter("a"), filter("b"), filter(nil), filter("")
end)
R.call("cycle: first result only", function()
  return cycle(function() return "a", "b", "c" end)("x")
end)
R.call("cycle: a nil context is kept", function()
  local seen = {}
  local filter = cycle(function(context, chunk)
    seen[#seen + 1] = tostring(context)
    return chunk
  end, "start")
  filter("x")
  filter("y")
  return unpack(seen)
end)
R.call("cycle: number of results", function() return select("#", cycle(function() end)("x")) end)
R.call("cycle: arguments of the low filter", function()
  return cycle(function(...) return select("#", ...) end, 1, 2)("x", "more")
end)
R.call("cycle: a callable table", function()
  return cycle(setmetatable({}, { __call = function(_, context, chunk) return chunk .. context end }),
    "c")("x")
end)

-- Filters for chains. `calls` logs what each is called with and answers.
local calls
local function text(value)
  if value == nil then
    return "nil"
  end
  return "`" .. tostring(value) .. "`"
end
local function logged(name, filter)
  return function(chunk)
    local answer = filter(chunk)
    calls[#calls + 1] = name .. "(" .. text(chunk) .. ")=" .. text(answer)
    return answer
  end
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
local function identity()
  return function(chunk) return chunk end
end
local function double()
  return function(chunk)
    return chunk and chunk .. chunk
  end
end
local function split(size)
  local held = ""
  return function(chunk)
    held = held .. (chunk or "")
    local out = held:sub(1, size)
    held = held:sub(size + 1)
    if out == "" and chunk == nil then
      return nil
    end
    return out
  end
end
local makers = { buf3 = function() return buf(3) end, buf2 = function() return buf(2) end,
  buf5 = function() return buf(5) end, id = identity, double = double,
  split1 = function() return split(1) end, split2 = function() return split(2) end }

-- Feeds a chain as the protocol wants it: data, then "" until "", at the end nil until nil.
local function protocol(chain, inputs)
  local outputs = {}
  local function take(chunk)
    local out = chain(chunk)
    outputs[#outputs + 1] = text(out)
    return out
  end
  for _, input in ipairs(inputs) do
    local out = take(input)
    local rounds = 0
    while out ~= "" and out ~= nil and rounds < 60 do
      out = take("")
      rounds = rounds + 1
    end
  end
  local rounds = 0
  while take(nil) ~= nil and rounds < 60 do
    rounds = rounds + 1
  end
  return table.concat(outputs, " ")
end

local combinations = {
  { "id" }, { "buf3" }, { "double" }, { "split1" }, { "id", "id" }, { "buf3", "buf2" }, { "buf2", "buf3" },
    { "double", "buf3" },
  { "split1", "buf3" }, { "buf3", "split1" }, { "split2", "split1" }, { "double", "double", "double" },
    { "buf3", "double", "split2" },
  { "split1", "buf2", "split1" }, { "buf5", "split2", "buf3" }, { "id", "buf3", "id" },
    { "split1", "buf3", "split2", "buf2" },
  { "buf2", "split1", "buf5", "double" }, { "split2", "buf3", "split1", "buf2", "double" },
    { "buf5", "buf3", "buf2", "split1", "id" },
}
local inputs = { { "empty", {} }, { "one", { "abcdefg" } }, { "two", { "abcdefg", "h" } }, { "bytes",
  { "a", "b", "c", "d" } },
  { "with an empty one", { "ab", "", "cde" } } }
for _, combination in ipairs(combinations) do
  for _, input in ipairs(inputs) do
    local name = "chain(" .. table.concat(combination, ", ") .. "): " .. input[1]
    local filters = {}
    calls = {}
    for index, maker in ipairs(combination) do
      filters[index] = logged("f" .. index, makers[maker]())
    end
    R.call(name, function() return protocol(ltn12.filter.chain(unpack(filters)), input[2]) end)
    R.values(name .. ": calls", table.concat(calls, " "))
  end
end

-- The traces of the contract, call by call.
calls = {}
local chain = ltn12.filter.chain(logged("f1", buf(3)), logged("f2", buf(2)))
for index, input in ipairs({ "abcdefg", "", "", "", "", "h", false, false, false }) do
  calls = {}
  local chunk = input or nil
  R.call("trace " .. index, chain, chunk)
  R.values("trace " .. index .. ": calls", table.concat(calls, ", "))
end
R.call("after the end data goes to the last filter alone", function()
  calls = {}
  local filter = ltn12.filter.chain(logged("f1", identity()), logged("f2", identity()))
  filter("a")
  filter(nil)
  local again = filter("z")
  return again, table.concat(calls, " ")
end)

-- Misuse.
local function inappropriate(name, ...)
  local filter = ltn12.filter.chain(...)
  for index, input in ipairs({ "abc", "abc", "", false, false }) do
    R.call(name .. ": call " .. index, filter, input or nil)
  end
end
local function none() end
inappropriate("chain: last filter gives nil to data", identity(), none)
inappropriate("chain: first filter gives nil to data", none, identity())
inappropriate("chain: middle filter gives nil to data", identity(), none, identity())
inappropriate("chain: single filter gives nil", none)
R.call("chain: nothing, at creation", function() return type(ltn12.filter.chain()) end)
R.call("chain: nothing, called", function() return ltn12.filter.chain()("x") end)
R.call("chain: nil first, called", function() return ltn12.filter.chain(nil, identity())("x") end)
R.call("chain: nil last, called", function() return ltn12.filter.chain(identity(), nil)("x") end)
R.call("chain: a number, called", function() return ltn12.filter.chain(5)("x") end)
R.call("chain: a filter that raises", function()
  return ltn12.filter.chain(identity(), function() error("from the filter", 0) end)("x")
end)
R.call("chain: callable tables", function()
  local callable = setmetatable({}, { __call = function(_, chunk) return chunk and chunk .. "!" end })
  return ltn12.filter.chain(callable, callable)("x")
end)
R.call("chain: a value that is no string", function()
  return ltn12.filter.chain(identity(), identity())(5)
end)
R.call("chain: number of results", function()
  return select("#", ltn12.filter.chain(function() return "a", "b" end)("x"))
end)

-- Data that comes before the chain was drained.
local function undrained(...)
  local filter = ltn12.filter.chain(...)
  local outputs = {}
  for index, input in ipairs({ "abc", "def", "ghi" }) do
    outputs[index] = text(filter(input))
  end
  local rounds = 0
  repeat
    local out = filter(nil)
    outputs[#outputs + 1] = text(out)
    rounds = rounds + 1
  until out == nil or rounds > 20
  return table.concat(outputs, " ")
end
R.call("undrained: buf(2), buf(2)", undrained, buf(2), buf(2))
R.call("undrained: double, double", undrained, double(), double())
R.call("undrained: double, split(2)", undrained, double(), split(2))
R.call("undrained: one filter", undrained, split(2))
