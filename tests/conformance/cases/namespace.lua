-- socket.md: modules, keys, constants, what loading does and does not do.

local R = ...

local unpack = R.unpack

local function globals()
  local set = {}
  for name in pairs(_G) do
    set[name] = true
  end
  return set
end

local function new_globals(before)
  local list = {}
  for name in pairs(_G) do
    if not before[name] then
      list[#list + 1] = name
    end
  end
  table.sort(list)
  return table.concat(list, " ")
end

local function keys(table_or_nil)
  local list = {}
  for key, value in pairs(table_or_nil) do
    list[#list + 1] = tostring(key) .. ":" .. type(value)
  end
  table.sort(list)
  return list
end

-- The native keys alone, before the script half is loaded.
local before = globals()
local core = require("socket.core")
R.values("core: globals created", new_globals(before))
for _, key in ipairs(keys(core)) do
  R.values("core key " .. key, true)
end

local socket = require("socket")
R.values("socket: globals created", new_globals(before))
R.values("socket and socket.core are one table", socket == core)
R.values("package.loaded of both", package.loaded["socket.core"] == socket, package.loaded.socket == socket)
R.values("package.loaded has nothing under other names", package.loaded["socket.socket"], package.loaded.core)
R.values("metatable", getmetatable(socket))
for _, key in ipairs(keys(socket)) do
  R.values("socket key " .. key, true)
end
R.values("all keys", unpack(keys(socket)))
R.values("dns keys", unpack(keys(socket.dns)))
R.values("dns metatable", getmetatable(socket.dns))
R.values("sinkt keys", unpack(keys(socket.sinkt)))
R.values("sourcet keys", unpack(keys(socket.sourcet)))
R.values("sinkt default is keep-open", socket.sinkt.default == socket.sinkt["keep-open"])
R.values("sourcet default is until-closed", socket.sourcet.default == socket.sourcet["until-closed"])

R.values("_VERSION", socket._VERSION)
R.values("_VERSION as a user agent reads it", (socket._VERSION:match("^%a+ [%d.]+$") ~= nil))
R.values("_DEBUG", socket._DEBUG)
R.values("_SETSIZE", socket._SETSIZE)
R.values("_SOCKETINVALID", socket._SOCKETINVALID)
R.values("_DATAGRAMSIZE", socket._DATAGRAMSIZE)
R.values("BLOCKSIZE", socket.BLOCKSIZE)

R.call("__unload", socket.__unload)
R.call("__unload with arguments", socket.__unload, 1, 2)
R.call("__unload leaves the library usable", function()
  local server = assert(socket.bind("127.0.0.1", 0))
  return server:close()
end)

-- Fields may be replaced, and the library takes the replacement.
local function with_field(holder, key, value, f)
  local saved = holder[key]
  holder[key] = value
  local results = R.pack(pcall(f))
  holder[key] = saved
  return unpack(results, 1, results.n)
end

R.values("bind takes dns.getaddrinfo from the table", with_field(socket.dns, "getaddrinfo",
  function(host) return nil, "asked for " .. host end, function() return socket.bind("host", 0) end))
R.values("bind with an empty list", with_field(socket.dns, "getaddrinfo",
  function() return {} end, function() return socket.bind("host", 0) end))
R.values("bind takes tcp4 from the table", with_field(socket, "tcp4",
  function() return nil, "no tcp4 today" end, function() return socket.bind("127.0.0.1", 0) end))
R.values("bind takes tcp6 from the table", with_field(socket, "tcp6",
  function(...) return nil, "no tcp6 today", select("#", ...) end,
  function() return socket.bind("::1", 0) end))
R.values("bind gives other families to tcp6", with_field(socket.dns, "getaddrinfo",
  function() return { { family = "unspec", addr = "127.0.0.1" } } end,
  function()
    return with_field(socket, "tcp6", function() return nil, "tcp6 was asked" end,
      function() return socket.bind("host", 0) end)
  end))
local function show_arguments(...)
  return select("#", ...), ...
end
R.values("connect4 forwards to connect", with_field(socket, "connect", show_arguments,
  function() return socket.connect4("a", "b", "c", "d", "e") end))
R.values("connect6 forwards to connect", with_field(socket, "connect", show_arguments,
  function() return socket.connect6("a", "b", "c", "d", "e") end))
R.values("connect4 with one argument", with_field(socket, "connect", show_arguments,
  function() return socket.connect4("a") end))
R.values("bind * becomes 0.0.0.0", with_field(socket.dns, "getaddrinfo",
  function(host) return nil, host end, function() return socket.bind("*", 0) end))

-- The process: descriptors, signals, children.
R.values("sockets open after all that", R.net.socket_count())

local function ignored_signal_13()
  local file = io.open("/proc/self/status")
  local text = file and file:read("*a") or ""
  if file then
    file:close()
  end
  local mask = text:match("SigIgn:%s*(%x+)")
  -- SIGPIPE is 13: bit 12, the lowest of the fourth digit from the right.
  return mask and tonumber(mask:sub(-4, -4), 16) % 2 == 1
end
R.values("SIGPIPE is ignored after loading", ignored_signal_13())

local function sockets_of_a_child()
  local count = 0
  local list = assert(io.popen("ls -l /proc/self/fd"))
  for line in list:lines() do
    if line:find("socket:", 1, true) then
      count = count + 1
    end
  end
  list:close()
  return count
end
local kept = { assert(socket.bind("127.0.0.1", 0)), assert(socket.udp4()), assert(socket.tcp4()) }
R.values("sockets a child inherits", sockets_of_a_child())
for _, sock in ipairs(kept) do
  sock:close()
end

local before_unix = #keys(socket)
local globals_before = globals()
R.values("socket.unix", type(require("socket.unix")))
R.values("socket.serial", type(require("socket.serial")))
R.values("socket.unix and socket.serial add nothing to socket", #keys(socket) - before_unix)
R.values("socket.unix and socket.serial create no globals", new_globals(globals_before))
R.values("native entry points", type(package.loaded["socket.unix"]), type(package.loaded["socket.serial"]))
