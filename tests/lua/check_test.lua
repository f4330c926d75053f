-- moontide.check: how it reads Lua, which names it follows, and what it says of files.
local test = ...
local check = require("moontide.check")
local harness = require("harness")

-- The lines in which connect6 is found, as text.
local function lines(text)
  local findings = assert(check.text(text))
  local list = {}
  for index, finding in ipairs(findings) do
    list[index] = finding.line
  end
  return table.concat(list, " ")
end

test("comments and strings are not code", function(t)
  t.equal(lines([=====[
local socket = require("socket")
-- socket.connect6(h, p)
--[[ socket.connect6(h, p)
socket.connect6(h, p) ]]
--[==[ ]] socket.connect6(h, p) ]==] socket.connect6(h, p)
local a = "socket.connect6(h, p) \" socket.connect6(h, p)"
local b = 'socket.connect6(h, p) \
socket.connect6(h, p)' socket.connect6(h, p)
local c = [[
socket.connect6(h, p)]] .. [=[ ]] socket.connect6(h, p) ]=]
socket.connect6(h, p)
]=====]), "5 8 11")
end)

test("the first line may be one for the shell", function(t)
  t.equal(lines("#!/usr/bin/lua socket.connect6(h, p)\nrequire'socket'.connect6(h, p)"), "2")
end)

test("numbers and operators of all versions are read", function(t)
  t.equal(lines("local x = 0x1p-3 + 1e+5 .. 3 // 2 >> 1 & ~0 ~= 12ULL, 1..2, a.b\n::l:: goto l\n"
    .. "require'socket'.connect6(h, p)"), "3")
end)

test("names lead to what is called", function(t)
  for _, text in ipairs({
    'local s = require "socket" s.connect6(h, p)',
    "local s = require('socket') s['connect6'](h, p)",
    "local connect = require('socket').connect6 connect(h, p)",
    "local s = require'socket' local t = s local f = t.connect6 f(h, p)",
    "local a, s = 1, require'socket' s.connect6(h, p)",
    "local s s = require 'socket' s.connect6(h, p)",
    "local s do s = require 'socket' end s.connect6(h, p)",
    "local s = assert(require('socket')) s.connect6(h, p)",
    "local good, s = pcall(require, 'socket') s.connect6(h, p)",
    "local s <const> = require 'socket' s.connect6(h, p)",
    "require 'socket' socket.connect6(h, p)",
    "local s = require 'socket.core' s.connect6(h, p)",
    "local c = f(function() if x then return require'socket'.connect6(h, p) end end)",
    "return { connect = assert(require'socket'.connect6(h, p)) }",
  }) do
    t.equal(lines(text), "1", text)
  end
end)

test("names that stand for something else do not", function(t)
  for _, text in ipairs({
    "local s = require 'socket' local function f(s) s.connect6(h, p) end",
    "local s = require 'socket' for _, s in ipairs(l) do s.connect6(h, p) end",
    "local s = require 'socket' do local s = other s.connect6(h, p) end",
    "local s = require 'socket' s = other s.connect6(h, p)",
    "local s = require 'socket' or other() local x = s.connect6",
    "local s = require 'socket' x.s.connect6(h, p)",
    "local s = require 'socket' function s.connect6(h, p) end",
    "local s = require 'socket' local f = s.connect6",
    "do local s = require 'socket' end s.connect6(h, p)",
    "local socket = {} socket.connect6(h, p)",
  }) do
    t.equal(lines(text), "", text)
  end
end)

test("a block ends where Lua says it does", function(t)
  t.equal(lines([[
local s = require "socket"
local function f(s)
  if s then s.connect6(h, p) elseif x then s.connect6(h, p) else s.connect6(h, p) end
  while s do s.connect6(h, p) end
  repeat local s = 1 until s.connect6(h, p)
  return function() return s.connect6(h, p) end
end
s.connect6(h, p)]]), "8")
end)

test("a text that is no Lua is told with its line", function(t)
  t.returns(t.pack(check.text("x = 1\ny = 'abc\nz = 2")), nil, "unfinished string", 2)
  t.returns(t.pack(check.text("\n\n--[[ abc")), nil, "unfinished comment", 3)
  t.returns(t.pack(check.text("x = [==[ ]]")), nil, "unfinished string", 1)
  t.equal(#assert(check.text("")), 0)
  t.equal(#assert(check.text("))) end end ( { require")), 0)
end)

test("deep nesting takes no time that grows beyond bounds", function(t)
  local deep = ("f{"):rep(150) .. "require'socket'.connect6(h, p)" .. ("}"):rep(150)
  t.equal(lines(deep), "1")
end)

-- Files ----------------------------------------------------------------------------------------------

local function write(t, name, text)
  local file = assert(io.open(name, "wb"))
  file:write(text)
  file:close()
  t.cleanup(function() os.remove(name) end)
end

local function run(...)
  local out, problems = {}, {}
  local code = check.paths({ ... }, function(line) out[#out + 1] = line end, function(line)
    problems[#problems + 1] = line
  end)
  return code, table.concat(out, "\n"), table.concat(problems, "\n")
end

local finding = "socket.connect6: the family is honoured, LuaSocket takes an address of any; "
  .. "use socket.connect if any family will do"

test("the exit code says whether there was something, or something could not be read", function(t)
  local good, bad, none, broken = t.tmpname(), t.tmpname(), t.tmpname(), t.tmpname()
  write(t, good, "print('x')")
  write(t, bad, "\nrequire'socket'.connect6(h, p)\n")
  write(t, broken, "'")
  t.returns(t.pack(run(good)), 0, "", "")
  t.returns(t.pack(run(good, bad)), 1, bad .. ":2: " .. finding, "")
  t.returns(t.pack(run(none, bad)), 2, bad .. ":2: " .. finding, none .. ": No such file or directory")
  t.returns(t.pack(run(broken)), 2, "", broken .. ":1: unfinished string")
end)

test("of a directory all Lua files are read, at any depth, and no others", function(t)
  local top = t.tmpname()
  local quoted = harness.quote(top)
  t.cleanup(function() os.execute("rm -r " .. quoted) end)
  os.execute("mkdir -p " .. quoted .. "/'a b'/c")
  local text = "require'socket'.connect6(h, p)"
  write(t, top .. "/a b/c/x'y.lua", text)
  write(t, top .. "/z.lua", text)
  write(t, top .. "/z.txt", text)
  t.returns(t.pack(run(top)), 1,
    top .. "/a b/c/x'y.lua:1: " .. finding .. "\n" .. top .. "/z.lua:1: " .. finding, "")
end)
