-- Lists for select, of sockets and of foreign objects whose callbacks do what they like.

return function(socket, pool, values, random, attempts, options)
  local lists = {}

  local FOREIGN_FD = {
    function() return -1 end,
    function() return 0 / 0 end,
    function() return 1e300 end,
    function() return -1e300 end,
    function() return 5.7 end,
    function() return "7" end,
    function() return "seven" end,
    function() return {} end,
    function() return nil end,
    function() return 9999 end, -- not open
    function() return 2 ^ 31 end,
    function() return values.odd() end,
    function() error("no descriptor for you") end,
    function() error({}) end,
    function() coroutine.yield() end,
    function() return select("#") end, -- 0, and nothing else
  }

  local function own_fd()
    local object = pool.any()
    return object and pool.original(object, "getfd")(object)
  end

  -- A foreign object of some list. What it does it does at every call.
  local function foreign(list)
    local answer = random:once_in(2) and own_fd or random:pick(FOREIGN_FD)
    local meddles = random:once_in(3)
    local object = {}
    function object.getfd()
      if meddles then
        options.misbehave()
        if #list < 40 then
          list[#list + 1] = pool.any()
        else
          list[random:upto(#list)] = nil
        end
      end
      return answer()
    end
    if random:once_in(2) then
      local dirty = random:once_in(2)
      function object.dirty()
        if meddles then
          options.misbehave()
        end
        return dirty
      end
    end
    return object
  end

  local function entry(list)
    local n = random:upto(20)
    if n <= 12 then
      return pool.any()
    elseif n <= 15 then
      return foreign(list)
    elseif n == 16 then
      local object = foreign(list)
      return setmetatable({}, { __index = object })
    elseif n == 17 then
      return setmetatable({}, { __index = function() error("leave me alone") end })
    end
    return values.any()
  end

  local function plain()
    local list = {}
    for i = 1, random:upto(12) do
      list[i] = entry(list)
    end
    return list
  end

  -- A list that exists only in its metamethod.
  local function virtual()
    local length = random:upto(12)
    return setmetatable({}, {
      __index = function(list, i)
        if random:once_in(50) then
          error("the list is closed")
        end
        return type(i) == "number" and i <= length and entry(list) or nil
      end,
    })
  end

  function lists.any()
    local n = random:upto(20)
    if n <= 13 then
      return plain()
    elseif n <= 16 then
      return virtual()
    elseif n == 17 then
      return nil
    elseif n == 18 then
      return {}
    end
    return values.odd()
  end

  local function judge(results, list_count)
    local count = results.n - 1
    if count ~= 2 and count ~= 3 then
      error("select gave " .. count .. " results")
    end
    for i = 2, 3 do
      for number, object in ipairs(results[i]) do
        if results[i][object] ~= number then
          error("select: an object is listed without its number")
        end
      end
    end
    return list_count
  end

  function lists.select(nested)
    local read, write = lists.any(), lists.any()
    local timeout = random:once_in(30) and values.odd() or values.short_time()
    if timeout == nil then
      timeout = 0 -- nil waits for ever
    end
    local results = attempts.call("select", socket.select, { n = 3, read, write, timeout })
    if results[1] and not nested then
      attempts.call("judge", judge, { n = 1, results })
    end
  end

  -- select calls getfd, which calls select, ... until the interpreter has had enough.
  function lists.recurse(deepest)
    local depth = 0
    local object = {}
    function object.getfd()
      depth = depth + 1
      if depth < deepest then
        socket.select({ object }, nil, 0)
      end
      return -1
    end
    attempts.call("select in select", socket.select, { n = 3, { object }, { object }, 0 })
  end

  return lists
end
