-- Which functions of ours a case calls: coverage.lua ACT. Gives two tables with names as keys: all
-- functions, and those that act called.

local act = ...

local called = {}
debug.sethook(function()
  called[debug.getinfo(2, "f").func] = true
end, "c")
local succeeded, failure = pcall(act)
debug.sethook()
assert(succeeded, failure)

local all, reached, seen = {}, {}, {}

-- Sorted, so that a function with two names has the same one in every run. Finalisers run where no hook
-- can see them; every case ends with them.
local function sorted_keys(value)
  local keys = {}
  for key in pairs(value) do
    if type(key) == "string" and key ~= "__gc" then
      keys[#keys + 1] = key
    end
  end
  table.sort(keys)
  return keys
end

local function visit(name, value)
  if seen[value] then
    return
  end
  if type(value) == "function" then
    seen[value] = true
    all[name] = true
    reached[name] = called[value]
  elseif type(value) == "table" then
    seen[value] = true
    for _, key in ipairs(sorted_keys(value)) do
      visit(name .. "." .. key, value[key])
    end
  end
end

local MODULES = { "socket", "socket.unix", "socket.serial", "socket.headers", "ltn12" }
for name, module in pairs(package.loaded) do -- others may lie in these
  seen[module] = type(module) == "table" and name:find("^socket%.") ~= nil
end
local socket = require("socket")
for _, functions in ipairs({ socket.sinkt, socket.sourcet }) do -- socket.http puts one into each
  seen[functions["http-chunked"] or {}] = true
end
for _, module in ipairs(MODULES) do
  local value = require(module)
  seen[value] = nil
  visit(module, value)
end
for _, class in ipairs({ "tcp{client}", "udp{connected}", "unixstream{client}", "unixdgram{connected}",
  "serial{client}" }) do
  visit(class, debug.getregistry()[class])
end
return reached, all
