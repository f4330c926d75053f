-- Finalisers that call the library, collections at bad moments, and objects that change class.

return function(pool, values, random, attempts, options)
  local collect = {}
  -- LuaJIT 2.1 itself crashes when a finaliser raises while compiled code runs. With tasks it may be that
  -- nobody catches it.
  local may_raise = not rawget(_G, "jit") and not options.in_tasks

  -- A value whose finaliser is `f`.
  function collect.finalised(f)
    if rawget(_G, "newproxy") then -- luacheck: ignore 113
      local proxy = newproxy(true) -- luacheck: ignore 113
      getmetatable(proxy).__gc = f
      return proxy
    end
    return setmetatable({}, { __gc = f })
  end

  -- Garbage whose finaliser misbehaves, now and then raises, and leaves the same garbage behind.
  local function litter(lives)
    collect.finalised(function()
      if options.closing or options.quiet then
        return
      end
      options.misbehave()
      if lives > 0 then
        litter(lives - 1)
      end
      if attempts.depth > 0 and may_raise and random:once_in(10) then
        error("raised by a finaliser")
      end
    end)
  end

  function collect.litter()
    for _ = 1, random:upto(3) do
      litter(random:upto(4) - 1)
    end
  end

  -- Two that die in the same cycle: the finaliser of one uses the other, alive or finalised already.
  -- What it opens in one that is finalised no collector closes again, so it closes what it opened.
  function collect.die_together(constructors)
    local object
    local function last_words()
      local class = debug.getmetatable(object).__index
      for _ = 1, 4 do
        local name = random:pick(pool.names)
        if class[name] and name ~= "setfd" and not options.quiet then
          attempts.call("last words", class[name], { n = 3, object, values.odd(), values.odd() })
        end
      end
      class.close(object)
    end
    local first = random:once_in(2) and collect.finalised(last_words)
    object = random:pick(constructors)()
    if object and object.settimeout then
      object:settimeout(0)
    end
    return first or object and collect.finalised(last_words)
  end

  function collect.step()
    local n = random:upto(10)
    attempts.call("collectgarbage", collectgarbage, { n = 2, n <= 8 and "step" or "collect", 200 })
  end

  -- Metatables that are not ours, or not in our classes' shape. That of files is left out: the io
  -- library believes it, and calls what it takes for its own pointer.
  local function strange_metatable()
    return random:pick({
      getmetatable(""), {}, { __index = {} }, { __index = { class = "tcp{client}" } },
      { ["tcp{any}"] = true, ["udp{any}"] = true, ["unixstream{any}"] = true,
        ["unixdgram{any}"] = true, ["serial{any}"] = true, __index = pool.metatables[1].__index },
      { __index = function() error("no methods") end }, { __tostring = 5, __name = 5 },
      n = 8,
    })
  end

  -- Another class, also one of another kind of object; sooner or later the pool puts it right.
  function collect.change_class()
    local object = pool.any()
    if object == nil then
      return
    end
    local metatable = random:pick(pool.metatables)
    if random:once_in(4) then
      metatable = strange_metatable()
    end
    debug.setmetatable(object, metatable)
    attempts.call("tostring", tostring, { n = 1, object })
    if random:once_in(2) then
      pool.restore(object)
    end
  end

  -- An object in a class of its own kind, chosen at will: a client that never connected, a server
  -- that does not listen.
  function collect.settle_anywhere()
    local object = pool.any()
    if object ~= nil then
      debug.setmetatable(object, pool.metatables[1])
      pool.restore(object)
    end
  end

  local function estrange(constructors)
    local object = random:pick(constructors)()
    if type(object) == "userdata" then
      object:close()
      debug.setmetatable(object, random:pick(pool.metatables))
    end
  end

  -- Dies in a class that is not its own, with nothing open. Its finaliser may raise, so it is collected
  -- where that is expected, and nothing of it is left on the stack.
  function collect.die_estranged(constructors)
    options.quiet = true
    attempts.call("estrange", estrange, { n = 1, constructors })
    for _ = 1, 2 do
      attempts.call("collectgarbage", collectgarbage, { n = 1, "collect" })
    end
    options.quiet = false
  end

  -- Userdata of others in our classes. It gets its metatable back before anybody can miss it.
  function collect.disguise()
    local stranger = random:pick(options.foreign_userdata)
    local metatable = debug.getmetatable(stranger)
    local class = random:pick(pool.metatables)
    options.quiet = true
    debug.setmetatable(stranger, class)
    for _ = 1, 5 do
      local name = random:pick(pool.names)
      local f = class.__index[name]
      if f then
        local results = attempts.call("disguised:" .. name, f, { n = 3, stranger, "127.0.0.1", "x" })
        if results[1] then
          options.report("disguised:" .. name .. " accepted a foreign userdata")
        end
      end
    end
    attempts.call("disguised:__gc", class.__gc, { n = 1, stranger })
    attempts.call("disguised", options.select, { n = 3, { stranger }, { stranger }, 0 })
    attempts.call("tostring", tostring, { n = 1, stranger })
    debug.setmetatable(stranger, metatable)
    options.quiet = false
  end

  return collect
end
