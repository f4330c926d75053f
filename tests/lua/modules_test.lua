-- The modules as require sees them: which there are, what keys they have, that they leave no globals.
local test = ...
local socket = require("socket")

local core_keys = "_DATAGRAMSIZE _SETSIZE _SOCKETINVALID _VERSION __unload connect dns gettime newtry "
  .. "protect select skip sleep tcp tcp4 tcp6 udp udp4 udp6"
local all_keys = "BLOCKSIZE _DATAGRAMSIZE _SETSIZE _SOCKETINVALID _VERSION __unload bind choose "
  .. "connect connect4 connect6 dns gettime newtry protect select sink sinkt skip sleep source "
  .. "sourcet tcp tcp4 tcp6 try udp udp4 udp6"

local keys_of = require("keys_of")

-- Prints the globals that running `script` adds.
local function new_globals(script)
  return keys_of .. [[
local before = {}
for name in pairs(_G) do before[name] = true end
]] .. script .. [[
local added = {}
for name in pairs(_G) do if not before[name] then added[name] = true end end
print(keys(added))
]]
end

test("require socket.core gives the very table that require socket gives", function(t)
  t.equal(require("socket.core"), socket)
  t.equal(package.loaded["socket.core"], package.loaded["socket"])
end)

test("socket.core alone has exactly the native keys", function(t)
  t.equal(t.output_of(keys_of .. "print(keys(require('socket.core')))"), core_keys)
end)

test("socket has exactly the keys of the contract", function(t)
  t.equal(t.output_of(keys_of .. "print(keys(require('socket')))"), all_keys)
end)

test("socket.dns, sinkt and sourcet have exactly their keys", function(t)
  t.equal(t.output_of(keys_of .. [[
    local socket = require("socket")
    print(keys(socket.dns)) print(keys(socket.sinkt)) print(keys(socket.sourcet))]]),
    "backend flush getaddrinfo gethostname getnameinfo query tohostname toip\n"
      .. "close-when-done default keep-open\nby-length default until-closed")
end)

test("the defaults among sinks and sources are keep-open and until-closed", function(t)
  t.equal(socket.sinkt["default"], socket.sinkt["keep-open"])
  t.equal(socket.sourcet["default"], socket.sourcet["until-closed"])
end)

test("socket.unix, socket.serial and ltn12 add nothing to the socket table", function(t)
  t.equal(t.output_of(keys_of .. [[
    local socket = require("socket")
    require("socket.unix") require("socket.serial") require("ltn12")
    print(keys(socket))]]), all_keys)
end)

test("socket.unix and socket.serial load before and without socket", function(t)
  t.equal(t.output_of([[
    print(type(require("socket.unix")), type(require("socket.serial")))
    print(package.loaded["socket"], package.loaded["socket.core"])]]),
    "table\tfunction\nnil\tnil")
end)

test("the socket modules create no globals", function(t)
  for _, name in ipairs({ "socket", "socket.core", "socket.unix", "socket.serial", "socket.headers" }) do
    t.equal(t.output_of(new_globals(("require(%q)\n"):format(name))), "", name)
  end
end)

test("ltn12 is a global exactly where a global function module exists", function(t)
  local expected = rawget(_G, "module") and "ltn12" or ""
  t.equal(t.output_of(new_globals('local m = require("ltn12") assert(not ltn12 or ltn12 == m)\n')),
    expected)
  t.equal(t.output_of(new_globals('_G.module = nil require("ltn12")\n')), "")
end)

test("a new global table with strict metamethods does not disturb loading", function(t)
  t.equal(t.output_of([[
    setmetatable(_G, {
      __index = function(_, name) error("undeclared " .. name) end,
      __newindex = function(_, name) error("assigned " .. name) end,
    })
    print(type(require("socket")), type(require("ltn12")), type(require("socket.headers")))]]),
    "table\ttable\ttable")
end)

test("requiring again after forgetting the modules gives a working namespace", function(t)
  t.equal(t.output_of([[
    local first = require("socket")
    package.loaded["socket"], package.loaded["socket.core"] = nil, nil
    package.loaded["moontide.native"] = nil
    local again = require("socket")
    local a, b = first.tcp4(), again.tcp4()
    print(getmetatable(a) == getmetatable(b), a:getfd() ~= b:getfd())
    print(again.protect(first.protect(function() again.try(nil, "x") end))())]]),
    "true\ttrue\nnil\tx")
end)

test("the constants have their values", function(t)
  t.equal(socket._VERSION, "LuaSocket 3.1.0")
  t.integer(socket._DATAGRAMSIZE, 8192)
  t.integer(socket._SOCKETINVALID, -1)
  t.integer(socket.BLOCKSIZE, 2048)
  t.matches(socket._VERSION, "^%a+ [%d.]+$")
end)

test("_DEBUG is absent by default", function(t)
  t.equal(socket._DEBUG, nil)
end)

-- Mended: the original says 1024 whatever the process may open.
test("_SETSIZE is the limit of open files, but at least 1024 and at most 65536", function(t)
  local script = "print(require('socket')._SETSIZE)"
  t.equal(t.output_of(script, nil, "ulimit -S -n 100;"), "1024")
  t.equal(t.output_of(script, nil, "ulimit -S -n 1024;"), "1024")
  t.integer(socket._SETSIZE)
  t.between(socket._SETSIZE, 1024, 65536)
  local raised = t.output_of(script, nil, "ulimit -S -n 3000 || exit;")
  if raised:find("limit") then
    t.skip("the limit of open files cannot be raised to 3000")
  end
  t.equal(raised, "3000")
end)

test("_SETSIZE stays a plain number that programs may overwrite", function(t)
  local size = socket._SETSIZE
  socket._SETSIZE = 7
  t.equal(socket._SETSIZE, 7)
  socket._SETSIZE = size
end)

test("the namespace has no metatable", function(t)
  t.equal(getmetatable(socket), nil)
  t.equal(getmetatable(socket.dns), nil)
end)

test("socket.headers adds itself to the namespace", function(t)
  t.equal(t.output_of(keys_of .. [[
    local headers = require("socket.headers")
    print(require("socket").headers == headers, keys(headers), getmetatable(headers))]]),
    "true\tcanonic\tnil")
end)
