-- Random arguments. Names and addresses come from lists: a random one could be looked up in the DNS or
-- be a machine somewhere else.

local MEBIBYTE = ("0123456789abcdef"):rep(65536)

return function(socket, random, options)
  local values = {}
  local ports = {} -- of our own servers, newest last

  local function callable()
    return setmetatable({}, { __call = function() return random:unit() end })
  end

  local function echo(...)
    return ...
  end

  local ODD = {
    function() return nil end,
    function() return true end,
    function() return false end,
    function() return {} end,
    function() return echo end,
    function() return callable() end,
    function() return coroutine.create(function() end) end,
    function() return socket end,
    function() return values.userdata() end,
    function() return setmetatable({}, { __index = function() error("no such field") end }) end,
    function() return setmetatable({}, { __tostring = function() return "127.0.0.1" end }) end,
  }

  local NUMBERS = { 0, -0.0, 1, -1, 2, 3, 5, 7, 10, 100, 0.5, -0.5, 1.5, 255, 1024, 8192, 8193, 65535,
    65536, 65537, 1e6, 2 ^ 31 - 1, 2 ^ 31, -2 ^ 31, -2 ^ 31 - 1, 2 ^ 32, 2 ^ 53, 2 ^ 63, -2 ^ 63, 2 ^ 64,
    1e300, -1e300, 5e-324, math.huge, -math.huge, 0 / 0, -(0 / 0) }

  local STRINGS = { "", "x", "hello", "a\nb\nc", "\r\n", "\0", "a\0b\0", "\r\r\n\n", "*l", "*a", "5",
    "0x10", " 3 ", "1e400", "nan", "-1", ("%s%d%p"):rep(50), ("y"):rep(8192), ("line\r\n"):rep(3000),
    MEBIBYTE }

  local HOSTS = { "127.0.0.1", "localhost", "::1", "*", "", "0.0.0.0", "::", "127.1", "0x7f000001",
    "2130706433", "[::1]", "a b", "127.0.0.1\0.example", "::1%lo", "::1%nosuch", ("x"):rep(70),
    ("x."):rep(300), MEBIBYTE, "::ffff:127.0.0.1" }

  local PORTS = { 0, "0", -1, "-1", 65536, 70000, 2 ^ 53, 0.5, "nosuchservice", "", "0x50", "80x",
    "\0", 0 / 0, math.huge, MEBIBYTE }

  local PATTERNS = { "*l", "*a", "*line", "*all", "l", "a", "*L", "*n", "", "*", "0x5", " 3 ", "1e1" }

  local OPTION_NAMES = { "keepalive", "reuseaddr", "reuseport", "tcp-nodelay", "tcp-keepidle",
    "tcp-keepcnt", "tcp-keepintvl", "tcp-defer-accept", "tcp-fastopen", "tcp-fastopen-connect", "linger",
    "error", "recv-buffer-size", "send-buffer-size", "bindtodevice", "ipv6-v6only", "broadcast",
    "dontroute", "ip-multicast-loop", "ipv6-multicast-loop", "ip-multicast-if", "ip-multicast-ttl",
    "ip-add-membership", "ip-drop-membership", "ipv6-unicast-hops", "ipv6-multicast-hops",
    "ipv6-add-membership", "ipv6-drop-membership", "nosuchoption", "", ("z"):rep(1000), "%s%n" }

  function values.userdata()
    return random:pick(options.foreign_userdata)
  end

  function values.add_port(port)
    ports[#ports + 1] = port
    if #ports > 40 then
      table.remove(ports, 1)
    end
  end

  function values.odd()
    return random:pick(ODD)()
  end

  function values.number()
    return random:pick(NUMBERS)
  end

  function values.string()
    if random:once_in(3) then
      return MEBIBYTE:sub(1, random:upto(40000))
    end
    return random:pick(STRINGS)
  end

  function values.host()
    if random:once_in(10) then
      return values.odd()
    end
    return random:once_in(3) and "127.0.0.1" or random:pick(HOSTS)
  end

  -- For connect and sendto: mostly a port that one of ours has, or had.
  function values.port()
    if random:once_in(10) then
      return values.odd()
    elseif random:once_in(3) or #ports == 0 then
      return random:pick(PORTS)
    end
    return random:pick(ports)
  end

  -- For bind: a port that is free, or one of ours that is not.
  function values.bind_port()
    return random:once_in(2) and 0 or values.port()
  end

  function values.path()
    if random:once_in(12) then
      return values.odd()
    end
    local n = random:upto(14)
    if n <= 5 then
      return options.directory .. "/socket" .. n
    elseif n <= 8 then
      return "\0" .. options.directory .. "\0abstract" .. n
    elseif n <= 11 then -- around the limit of 107 bytes
      return options.directory .. "/" .. ("p"):rep(96 + n - #options.directory)
    end
    return random:pick({ "", options.directory, MEBIBYTE, options.directory .. "/a\0b", "nosuch" })
  end

  function values.device()
    if random:once_in(12) then
      return values.odd()
    end
    return random:pick({ "/dev/null", options.directory .. "/fifo", options.directory .. "/file",
      options.directory, options.directory .. "/nosuch", "", "/dev/null\0x", MEBIBYTE })
  end

  function values.pattern()
    local n = random:upto(10)
    if n <= 5 then
      return random:pick(PATTERNS)
    elseif n <= 8 then
      return random:pick({ 1, 2, 5, 10, 100, 5000, 0, -1, 0.5, 70000 })
    end
    return n == 9 and values.number() or values.odd()
  end

  function values.option_name()
    return random:once_in(15) and values.odd() or random:pick(OPTION_NAMES)
  end

  -- Fields through a metamethod that may do anything in between.
  local function through_metamethod(fields)
    return setmetatable({}, {
      __index = function(_, key)
        options.misbehave()
        return fields[key]
      end,
    })
  end

  -- Where lingering is on, its time comes out as 0: close would wait for it. Memberships name the
  -- loopback interface, so that no report leaves the machine.
  local function option_table()
    local fields = random:pick({
      { on = true, timeout = 0 }, { on = false, timeout = 5 }, { on = true, timeout = -1 },
      { on = false, timeout = 1e300 }, { on = 1 }, {}, { on = true, timeout = {} },
      { multiaddr = "224.0.0.251", interface = "127.0.0.1" }, { multiaddr = "1", interface = {} },
      { multiaddr = "ff02::1", interface = 1 }, { multiaddr = "ff02::1", interface = "lo" },
      { multiaddr = "ff02::1", interface = "nosuch" }, { multiaddr = MEBIBYTE, interface = 1 },
      { multiaddr = "224.0.0.251", interface = "127.0.0.1\0" }, { multiaddr = 0 / 0 },
    })
    return random:once_in(2) and through_metamethod(fields) or fields
  end

  function values.option_value()
    local n = random:upto(8)
    if n <= 2 then
      return random:once_in(2)
    elseif n <= 4 then
      return values.number()
    elseif n <= 6 then
      return option_table()
    elseif n == 7 then
      return random:pick({ "127.0.0.1", "lo", "nosuch", "", "5", ("d"):rep(15), ("d"):rep(16), "l\0o" })
    end
    return values.odd()
  end

  -- Anything but a name or an address.
  function values.any()
    local n = random:upto(10)
    if n <= 3 then
      return values.number()
    elseif n <= 5 then
      return values.string()
    elseif n <= 7 then
      return options.some_object()
    end
    return values.odd()
  end

  -- Short enough to be waited for.
  function values.short_time()
    return random:pick({ 0, 0, 0, 0.0001, 0.0005, 0.001, 0.002 })
  end

  return values
end
