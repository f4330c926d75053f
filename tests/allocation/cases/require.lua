-- Opening the modules: a require that failed may be repeated and finds nothing half-made.

local case, t = ...

local function check_socket()
  local socket = require("socket")
  assert(socket._SETSIZE >= 1024 and socket._VERSION and socket.try and socket.sourcet.default)
  assert(socket == package.loaded["socket"] and require("socket.core") == socket)
  for _, class in ipairs({ "master", "client", "server" }) do
    assert(debug.getregistry()["tcp{" .. class .. "}"].__index.receive, class)
  end
  local named = socket.tcp()
  named:settimeout(5)
  local context = t.pair()
  assert(named:connect("localhost", (select(2, context.server:getsockname()))))
  assert(named:getfamily() == "inet4" or named:getfamily() == "inet6")
end

local function check_unix()
  local unix = require("socket.unix")
  assert(unix.tcp == unix.stream and unix.udp == unix.dgram)
  local context = t.local_pair()
  assert(context.client:send("x\n") and context.accepted:receive() == "x")
  assert(tostring(unix.dgram()):find("^unixdgram{unconnected}"))
end

local function check_serial()
  local device = assert(require("socket.serial")("/dev/null"))
  assert(device:send("x") == 1 and tostring(device):find("^serial{client}"))
end

local function check_ltn12()
  local ltn12 = require("ltn12")
  local chunks = {}
  assert(ltn12.pump.all(ltn12.source.string("text"), (ltn12.sink.table(chunks))))
  assert(table.concat(chunks) == "text")
end

local MODULES = {
  { "socket.core", function() require("socket.core").tcp():close() end },
  { "socket", check_socket },
  { "socket.unix", check_unix },
  { "socket.serial", check_serial },
  { "ltn12", check_ltn12 },
  { "socket.headers", function() assert(require("socket.headers").canonic["content-type"]) end },
}

-- 5.1 and LuaJIT mark a module whose loader raised, and refuse it until a program takes the mark away.
local function forget_failures()
  for name, value in pairs(package.loaded) do
    if type(value) == "userdata" or type(value) == "number" then
      package.loaded[name] = nil
    end
  end
end

for _, prefix in ipairs({ "", "native: " }) do
  for _, module in ipairs(MODULES) do
    case(prefix .. "require " .. module[1], function()
      local function act()
        return require(module[1]) ~= nil
      end
      local function verify()
        forget_failures()
        module[2]()
      end
      return act, verify
    end)
  end

  -- What the shims do. An opener that failed half-way can be called again.
  case(prefix .. "the openers of moontide.native", function()
    local function act()
      local native = require("moontide.native")
      return native.serial() ~= nil and native.unix() ~= nil and native.core() ~= nil
    end
    local function verify()
      forget_failures()
      local native = require("moontide.native")
      assert(native.core() == native.core() and native.core() == require("socket.core"))
      assert(native.unix() == require("socket.unix") and native.serial() == require("socket.serial"))
      check_socket()
      check_unix()
      check_serial()
    end
    return act, verify
  end)
end
