-- Calls of methods with arguments that fit, nearly fit or do not fit at all.

return function(pool, values, random, attempts)
  local methods = {}

  local function host_and_port() return { n = 2, values.host(), values.port() } end
  local function host_and_bind_port() return { n = 2, values.host(), values.bind_port() } end
  local function path() return { n = 1, values.path() } end
  local function nothing() return { n = 0 } end
  local function any_number() return { n = 1, values.number() } end
  local function list()
    local strings = {}
    for place = 1, random:upto(5) do
      strings[place] = random:once_in(10) and values.odd() or values.string()
    end
    return strings
  end
  local function data()
    if random:once_in(4) then
      return { n = 3, list(), values.number(), values.number() }
    elseif random:once_in(2) then
      return { n = 1, values.string() }
    end
    return { n = 3, values.string(), values.number(), values.number() }
  end
  local function datagrams()
    return { n = 3, list(), random:once_in(2) and list() or values.host(), values.port() }
  end
  local function file()
    local names = { "/proc/self/limits", "/dev/null", "/nonexistent", values.string(), values.odd(), n = 5 }
    return { n = 3, random:pick(names), values.number(), values.number() }
  end
  local function numbers() return { n = 2, values.number(), values.number() } end
  local function pattern()
    if random:once_in(8) then
      return { n = 2, "*b", random:once_in(4) and values.odd() or random:upto(100) }
    elseif random:once_in(2) then
      return { n = 1, values.pattern() }
    end
    return { n = 2, values.pattern(), random:once_in(8) and values.odd() or values.string() }
  end
  local function option()
    return { n = 2, values.option_name(), values.option_value() }
  end

  local INTERNET = {
    connect = host_and_port, setpeername = host_and_port, bind = host_and_bind_port,
    setsockname = host_and_bind_port,
    sendto = function() return { n = 3, values.string(), values.host(), values.port() } end,
  }
  local LOCAL = {
    connect = path, setpeername = path, bind = path, setsockname = path,
    sendto = function() return { n = 2, values.string(), values.path() } end,
  }
  local COMMON = {
    accept = nothing, close = nothing, dirty = nothing, getfamily = nothing, getfd = nothing,
    getpeername = nothing, getsockname = nothing, getstats = nothing, gettimeout = nothing,
    listen = function() return { n = 1, random:pick({ 0, 1, 32, -1, 2 ^ 31, 1e300, n = 7 }) } end,
    receive = pattern, receivefrom = any_number, receivemany = numbers, send = data, sendmany = datagrams,
    sendfile = file, setoption = option,
    getoption = function() return { n = 1, values.option_name() } end,
    setstats = function() return { n = 3, values.number(), values.number(), values.number() } end,
    shutdown = function() return { n = 1, random:pick({ "both", "send", "receive", "", n = 5 }) } end,
    settimeout = function()
      return { n = 2, values.number(), random:pick({ "b", "t", "r", "total", "", "x", n = 7 }) }
    end,
  }
  local NAMES_OR_ADDRESSES = { connect = true, setpeername = true, bind = true, setsockname = true,
    sendto = true }
  -- These give nil where nothing is wrong, or no reason.
  local SILENT = { getoption = true, setfd = true }

  -- Nothing here may wait for long: a block timeout bounds every wait of an object.
  function methods.bound_waits(object)
    local settimeout = pool.original(object, "settimeout")
    if settimeout then
      pcall(settimeout, object, values.short_time())
    end
  end

  local function arguments_for(kind, method)
    if NAMES_OR_ADDRESSES[method] then
      local makers = (kind == "tcp" or kind == "udp") and INTERNET or LOCAL
      local arguments = makers[method]()
      if random:once_in(30) then
        arguments.n = random:upto(arguments.n) - 1
      end
      return arguments
    elseif random:once_in(8) then
      local arguments = { n = random:upto(5) - 1 }
      for i = 1, arguments.n do
        arguments[i] = values.any()
      end
      return arguments
    end
    return COMMON[method]()
  end

  local function with_self(object, arguments)
    for i = arguments.n, 1, -1 do
      arguments[i + 1] = arguments[i]
    end
    arguments[1] = object
    arguments.n = arguments.n + 1
    return arguments
  end

  -- Calls `method` as found in the class `metatable` with `object` as self. `nested`: from a callback
  -- or finaliser, while a call that may be waiting for the very same object is under way.
  local function call(metatable, object, method, nested)
    local f = metatable.__index[method]
    local kind = pool.kind_of[object]
    if f == nil or method == "setfd" then
      return -- descriptors are handed over by lib/handover.lua, which knows whose they are
    end
    local arguments = arguments_for(kind, method)
    if kind then
      methods.bound_waits(object)
    end
    if method == "settimeout" and nested then
      arguments = { n = 1, values.short_time() }
    end
    local results = attempts.call(metatable.__index.class .. ":" .. method, f,
      with_self(object, arguments), not SILENT[method])
    if method == "settimeout" then
      pool.restore(object)
      methods.bound_waits(object)
    end
    if results[1] and method == "accept" then
      pool.add(results[2])
    end
    return results
  end

  -- A method of the class that the object is in, or of any other class.
  function methods.call_one(nested)
    local object = pool.any()
    if object == nil then
      return
    end
    local metatable = debug.getmetatable(object)
    local index = type(metatable) == "table" and metatable.__index
    if type(index) ~= "table" or not index.class or random:once_in(20) then
      metatable = random:pick(pool.metatables)
    end
    call(metatable, object, random:pick(pool.names), nested)
  end

  -- What the object itself can do, again and again: chains of calls that fit.
  function methods.call_on(object, nested)
    local metatable = debug.getmetatable(object)
    if type(metatable) == "table" and type(metatable.__index) == "table" and metatable.__index.class then
      return call(metatable, object, random:pick(pool.names), nested)
    end
  end

  function methods.call_with_wrong_self()
    local metatable = random:pick(pool.metatables)
    local self = values.any()
    if pool.kind_of[self] then
      return
    end
    local method = random:pick(pool.names)
    local f = metatable.__index[method]
    if f then
      attempts.call("wrong self:" .. method, f, { n = 3, self, values.any(), values.any() })
    end
    for _, event in ipairs({ "__gc", "__tostring" }) do
      attempts.call("wrong self:" .. event, metatable[event], { n = 1, self })
    end
  end

  -- What the language does with an object, and its finaliser by hand.
  function methods.use_as_value()
    local object = pool.any()
    if object == nil then
      return
    end
    attempts.call("tostring", tostring, { n = 1, object })
    attempts.call("index", function() return object.nosuch, object[1], object[object] end, { n = 0 })
    attempts.call("newindex", function() object.x = 1 end, { n = 0 })
    attempts.call("length", function() return #object end, { n = 0 })
    attempts.call("concat", function() return object .. object end, { n = 0 })
    attempts.call("compare", function() return object == 1, object < object end, { n = 0 })
    attempts.call("call", function() return object(1) end, { n = 0 })
    if random:once_in(4) then
      local metatable = random:pick(pool.metatables)
      attempts.call("__gc", metatable.__gc, { n = 1, object })
    end
  end

  return methods
end
