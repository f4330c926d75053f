-- Rules of `moontide check` about sockets and their options. Their form is described in ../rules.lua.

local is = require("moontide.check.conditions")

local integer_options = {}
for name in ("tcp-keepidle tcp-keepcnt tcp-keepintvl tcp-defer-accept tcp-fastopen tcp-fastopen-connect "
    .. "recv-buffer-size send-buffer-size "
    .. "ip-multicast-ttl ipv6-unicast-hops ipv6-multicast-hops"):gmatch("%S+") do
  integer_options[name] = true
end

local function option(...)
  local names = {}
  for _, name in ipairs({ ... }) do
    names[name] = true
  end
  return function(call)
    return call.arguments[1] ~= nil and names[call.arguments[1].text] == true
  end
end

local function of_integer(call)
  return call.arguments[1] ~= nil and integer_options[call.arguments[1].text] == true
end

-- Of the ports that these functions take, which argument it is.
local port_places = { sendto = 3 }

local function port(holds)
  return function(call)
    local method = call.path:match("[.:]([%w_]+)$")
    local argument = call.arguments[port_places[method] or 2]
    return argument ~= nil and argument.number ~= nil and holds(argument.number, argument.spelling)
  end
end

local function above_range(number)
  return number > 65535
end

local function is_float(number, spelling)
  return number == math.floor(number) and spelling:find("%.") ~= nil
end

local connecting = { "socket.connect", "socket.bind", "socket.connect4", "socket.connect6" }
local taking_ports = { "connect", "bind", "setpeername", "setsockname", "sendto" }

local function lists_other_things(call)
  for place = 1, 2 do
    for _, item in ipairs(call.arguments[place] and call.arguments[place].items or {}) do
      if item.number or item.literal == "true" or item.literal == "false" then
        return true
      end
    end
  end
  return false
end

local function linger_beyond(call)
  local timeout = is.field(call, 2, "timeout")
  return timeout ~= nil and timeout.number ~= nil and (timeout.number < 0 or timeout.number >= 65536)
end

return {
  -- Sockets -----------------------------------------------------------------------------------------------

  {
    name = "connect-family",
    calls = { "socket.connect" },
    when = function(call)
      local family, local_address = call.arguments[5], call.arguments[3]
      return family ~= nil and (family.text == "inet" or family.text == "inet6")
        and (local_address == nil or local_address.literal == "nil")
    end,
    differs = "the family is honoured, LuaSocket ignores it without a local address",
    advice = 'give "unspec" if any family will do',
  },
  {
    name = "connect4-connect6",
    calls = { "socket.connect4", "socket.connect6" },
    when = function(call)
      return call.arguments[3] == nil or call.arguments[3].literal == "nil"
    end,
    differs = "the family is honoured, LuaSocket takes an address of any",
    advice = "use socket.connect if any family will do",
  },
  {
    name = "port-range",
    calls = connecting,
    methods = taking_ports,
    when = port(above_range),
    differs = "a port above 65535 is refused, LuaSocket takes it modulo 65536",
    advice = "take the port that is meant",
  },
  {
    name = "port-float",
    calls = connecting,
    methods = taking_ports,
    when = port(is_float),
    differs = "a whole float is a port, LuaSocket refuses it on Lua 5.3 and later",
    advice = "drop what was done in place of it",
  },
  {
    name = "select-forever",
    calls = { "socket.select" },
    when = is.number(3, function(number) return number >= 2 ^ 31 end),
    differs = "a very long timeout means for ever, LuaSocket raises",
    advice = "give nil to wait for ever",
  },
  {
    name = "select-other-things",
    calls = { "socket.select" },
    when = lists_other_things,
    differs = "numbers and booleans in the lists are ignored, LuaSocket raises",
    advice = "list objects",
  },
  {
    name = "skip-negative",
    calls = { "socket.skip" },
    when = is.number(1, function(number) return number < 0 end),
    differs = "a negative count is 0, LuaSocket gives what lies on the stack",
    advice = "give 0",
  },
  {
    name = "select-size",
    uses = { "socket._SETSIZE" },
    when = function(site) return not site.assigned end,
    differs = "is as large as the limit of open files, up to 65536, in LuaSocket 1024",
    advice = "do not make arrays of that size, nor refuse descriptors because of it",
  },
  {
    name = "version-text",
    uses = { "socket._VERSION" },
    when = function(site) return site.compared end,
    differs = "is that of LuaSocket 3.1, older packages say LuaSocket 3.0.0",
    advice = "test for the function that is needed",
  },
  {
    name = "descriptors-for-children",
    calls = { "os.execute", "io.popen" },
    when = is.named(":getfd"),
    differs = "sockets are not inherited by child processes",
    advice = "if the child shall have the descriptor of getfd, pass it through a unix socket or a pipe",
  },
  {
    name = "sigpipe",
    calls = { "io.popen" },
    when = is.all(is.text_matches(2, "^w"), is.any(is.named("socket.bind"), is.named("socket.tcp"),
      is.named("socket.connect"), is.named("socket.udp"))),
    differs = "SIGPIPE is not ignored as by LuaSocket: writing to a command that has ended ends the program",
    advice = "start the program with SIGPIPE ignored: (trap '' PIPE; lua script.lua)",
  },
  {
    name = "receive-huge",
    methods = { "receive" },
    when = is.number(1, function(number) return number >= 2 ^ 64 end),
    differs = "such a count reads until the end, in LuaSocket it is 0",
    advice = 'ask for "*a"',
  },
  {
    name = "setstats-negative",
    methods = { "setstats" },
    when = is.any(is.number(1, function(number) return number < 0 end),
      is.number(2, function(number) return number < 0 end)),
    differs = "a negative count is 0, in LuaSocket 1.8e19",
    advice = "give 0",
  },
  {
    name = "toip-of-address",
    calls = { "socket.dns.toip" },
    when = function(call)
      return call.arguments[1] ~= nil and (call.arguments[1].text or ""):find("^%d+%.%d+%.%d+%.%d+$") ~= nil
    end,
    differs = "an address always has a result, LuaSocket fails when it has no name",
    advice = "to learn whether there is a name use socket.dns.tohostname",
  },

  -- Options -----------------------------------------------------------------------------------------------

  {
    name = "option-true",
    methods = { "setoption" },
    when = is.all(of_integer, function(call)
      return call.arguments[2] ~= nil and call.arguments[2].literal == "true"
    end),
    differs = "true is 1, in LuaSocket 0",
    advice = "give the number that is meant",
  },
  {
    name = "option-no-number",
    methods = { "setoption" },
    when = is.all(of_integer, function(call)
      local value = call.arguments[2]
      return value ~= nil and (value.literal == "table" or value.literal == "function"
        or value.text ~= nil and tonumber(value.text) == nil)
    end),
    differs = "raises, for LuaSocket takes what is no number as 0",
    advice = "give a number",
  },
  {
    name = "option-linger",
    methods = { "setoption" },
    when = is.all(option("linger"), linger_beyond),
    differs = "the time is kept within 0 and 65535, in LuaSocket it wraps",
    advice = "give the time that is meant",
  },
  {
    name = "option-multicast-hops",
    methods = { "setoption", "getoption" },
    when = option("ipv6-multicast-hops"),
    differs = "is about multicast, in LuaSocket about unicast",
    advice = 'use "ipv6-unicast-hops" if that was meant',
  },
  {
    name = "option-readable",
    methods = { "getoption" },
    when = option("ip-multicast-ttl", "ipv6-v6only"),
    differs = "can be read, where LuaSocket raises",
    advice = "do not take it for a sign that something is missing",
  },
  {
    name = "option-interface",
    methods = { "setoption" },
    when = is.all(option("ipv6-add-membership", "ipv6-drop-membership"), function(call)
      local interface = is.field(call, 2, "interface")
      return interface ~= nil and interface.text ~= nil and tonumber(interface.text) == nil
    end),
    differs = "an interface may be a name, LuaSocket raises",
    advice = "drop what was done in place of it",
  },
}
