-- What `require "socket"` loads at once, and what waits until it is asked for; and what becomes of that when
-- its file is out of reach by then.
local test = ...

local directory = package.cpath:match("^(.-)/%?%.so")

-- Prints whether this process has loaded c-ares.
local HAS_CARES = [[
local function has_cares()
  local maps = assert(io.open("/proc/self/maps"))
  local text = maps:read("*a")
  maps:close()
  return text:find("libcares", 1, true) ~= nil
end
]]

local function read(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read("*a")
  file:close()
  return bytes
end

-- A directory of native modules that has the native one, and `names` for the one of names.
local function modules_with(t, names)
  local place = t.tmpname() .. "_modules"
  assert(os.execute("mkdir -p " .. place .. "/moontide"))
  t.cleanup(function() os.execute("rm -r " .. place) end)
  for file, bytes in pairs({ native = read(directory .. "/moontide/native.so"), native_names = names }) do
    local copy = assert(io.open(place .. "/moontide/" .. file .. ".so", "wb"))
    assert(copy:write(bytes))
    copy:close()
  end
  return ("package.cpath = %q\n"):format(place .. "/?.so")
end

-- What names are answered without c-ares.
local ASK = HAS_CARES .. [[
local socket = require("socket")
print(socket.dns.toip("localhost") ~= nil, socket.connect("localhost", 1))
print(socket.dns.query("localhost", "A"))
print(has_cares())]]
local ANSWERED_BY_SYSTEM = "true\tnil\tconnection refused\nnil\tUnknown server error\nfalse"

test("c-ares is loaded with the first name, not with socket and not for addresses", function(t)
  if not io.open("/proc/self/maps") then
    t.skip("no /proc/self/maps")
  end
  t.equal(t.output_of(HAS_CARES .. [[
    local socket = require("socket")
    local server = assert(socket.bind("127.0.0.1", 0))
    local client = assert(socket.connect("127.0.0.1", (select(2, server:getsockname()))))
    print(has_cares())
    print(socket.dns.toip("localhost") ~= nil, has_cares())]]), "false\ntrue\ttrue")
end)

test("names are those that the system knows where the module of names is gone", function(t)
  t.equal(t.output_of(modules_with(t, nil) .. ASK), ANSWERED_BY_SYSTEM)
end)

test("a module of names that is another one, or of another version, is not used", function(t)
  local another = read(directory .. "/moontide/native.so")
  t.equal(t.output_of(modules_with(t, another) .. ASK), ANSWERED_BY_SYSTEM, "another")
  local names = read(directory .. "/moontide/native_names.so")
  local version, count = names:gsub("moontide names %d", "moontide names 9")
  t.between(count, 1, 9)
  t.equal(t.output_of(modules_with(t, version) .. ASK):match("^(.*)\n"),
    ANSWERED_BY_SYSTEM:match("^(.*)\n"), "another version")
end)

test("names and sinks need neither search paths nor the functions that load", function(t)
  t.equal(t.output_of([[
    local socket = require("socket")
    package.path, package.cpath, package.loadlib, require = "", "", nil, nil
    load, loadstring, loadfile, dofile, setmetatable, error = nil, nil, nil, nil, nil, nil
    local server = assert(socket.bind("localhost", 0))
    local client = assert(socket.connect("localhost", (select(2, server:getsockname()))))
    local peer = assert(server:accept())
    print((socket.sink("close-when-done", client)("text")) == 4)
    client:close()
    print(socket.source("until-closed", peer)())]]), "true\ntext")
end)
