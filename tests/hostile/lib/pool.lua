-- The objects under attack. The pool holds each of them until it is retired in a class that its
-- finaliser accepts: an object that dies as something else cannot close what it has.

local SLOTS = 64

-- A class of each kind of object, and the kind's own functions.
local CLASSES = {
  tcp = { "tcp{master}", "tcp{client}", "tcp{server}" },
  udp = { "udp{unconnected}", "udp{connected}" },
  unix_stream = { "unixstream{master}", "unixstream{client}", "unixstream{server}" },
  unix_dgram = { "unixdgram{unconnected}", "unixdgram{connected}" },
  serial = { "serial{client}" },
}

return function(random)
  local registry = debug.getregistry()
  local pool = {
    classes = CLASSES,
    metatables = {}, -- of all classes
    names = {}, -- of all methods, once each
    kind_of = setmetatable({}, { __mode = "k" }),
    accept = {}, -- the original functions by kind, however far an object's class has strayed
  }
  local slots = {}
  local own = {} -- by kind: set of its metatables

  local seen = {}
  for kind, names in pairs(CLASSES) do
    own[kind] = {}
    for _, name in ipairs(names) do
      local metatable = assert(registry[name], name)
      own[kind][metatable] = true
      for method, value in pairs(metatable.__index) do
        if type(value) == "function" and not seen[method] then
          seen[method] = true
        end
      end
    end
  end
  for method in pairs(seen) do
    pool.names[#pool.names + 1] = method
  end
  table.sort(pool.names) -- pairs has another order on each Lua
  for _, kind in ipairs({ "tcp", "udp", "unix_stream", "unix_dgram", "serial" }) do
    for _, name in ipairs(CLASSES[kind]) do
      pool.metatables[#pool.metatables + 1] = registry[name]
    end
  end

  -- The function of the object's own kind, whatever metatable it has now.
  function pool.original(object, method)
    local kind = pool.kind_of[object]
    return kind and registry[CLASSES[kind][1]].__index[method]
  end

  function pool.settled(object)
    return own[pool.kind_of[object]][debug.getmetatable(object)] == true
  end

  -- Back into a class of its own kind.
  function pool.restore(object)
    if not pool.settled(object) then
      debug.setmetatable(object, registry[random:pick(CLASSES[pool.kind_of[object]])])
    end
  end

  local function retire(slot)
    local object = slots[slot]
    if object ~= nil then
      pool.restore(object)
      slots[slot] = nil
      if random:once_in(2) then
        pool.original(object, "close")(object)
      end
    end
  end

  local function kind_of_metatable(metatable)
    for kind, set in pairs(own) do
      if set[metatable] then
        return kind
      end
    end
  end

  -- Takes any value in that is a new object of ours.
  function pool.add(object)
    if type(object) ~= "userdata" or pool.kind_of[object] then
      return
    end
    local kind = kind_of_metatable(debug.getmetatable(object))
    if kind then
      local slot = random:upto(SLOTS)
      retire(slot)
      pool.kind_of[object] = kind
      pool.original(object, "settimeout")(object, 0)
      slots[slot] = object
    end
  end

  function pool.any()
    local start = random:upto(SLOTS)
    for offset = 0, SLOTS - 1 do
      local object = slots[(start + offset) % SLOTS + 1]
      if object ~= nil then
        return object
      end
    end
  end

  function pool.retire_one()
    retire(random:upto(SLOTS))
  end

  function pool.clear()
    for slot = 1, SLOTS do
      local object = slots[slot]
      if object ~= nil then
        pool.restore(object)
        slots[slot] = nil
        pool.original(object, "close")(object)
      end
    end
  end

  return pool
end
