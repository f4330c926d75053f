-- setfd: it neither closes the old descriptor nor checks the new one. Here every descriptor keeps
-- exactly one owner, so whatever is closed twice or left open is the library's doing.

-- Numbers that are never open in this process.
local NOT_OPEN = { -1, -2, 9999, 60000, 1e6, 2 ^ 31 - 1, -math.huge }
local NOT_NUMBERS = { true, "x", n = 3 }

return function(socket, pool, random, attempts, options)
  local handover = {}
  local KEEPERS = { socket.tcp, socket.udp }

  local function has_descriptor(object)
    pool.restore(object)
    return pool.original(object, "getfd")(object) >= 0
  end

  -- Gives the descriptor of one object to another; the giver has none afterwards.
  local function move(giver, taker)
    pool.restore(giver)
    pool.restore(taker)
    pool.original(taker, "close")(taker)
    local number = pool.original(giver, "getfd")(giver)
    pool.original(taker, "setfd")(taker, number)
    pool.original(giver, "setfd")(giver, -1)
    if number ~= pool.original(taker, "getfd")(taker) then
      error("setfd(" .. tostring(number) .. ") was not obeyed")
    end
  end

  -- No finaliser may meddle while a number is between two owners.
  local function undisturbed(f)
    return function()
      options.quiet = true
      f()
      options.quiet = false
    end
  end

  -- Between two objects of the pool, of whatever kind.
  handover.exchange = undisturbed(function()
    local giver, taker = pool.any(), pool.any()
    if giver and taker and giver ~= taker then
      attempts.call("setfd", move, { n = 2, giver, taker })
    end
  end)

  -- To a fresh object; the old one gets a number that is nobody's.
  handover.replace = undisturbed(function()
    local object = pool.any()
    if not object then
      return
    end
    if has_descriptor(object) then
      local keeper = random:pick(KEEPERS)()
      pool.add(keeper)
      if object == keeper or not pool.kind_of[keeper] then
        return
      end
      attempts.call("setfd", move, { n = 2, object, keeper })
    end
    if not has_descriptor(object) then
      local setfd = pool.original(object, "setfd")
      local number = random:once_in(4) and random:pick(NOT_NUMBERS) or random:pick(NOT_OPEN)
      attempts.call("setfd", setfd, { n = 2, object, number })
    end
  end)

  -- Two objects for one descriptor, for a moment. They are ours alone, so no callback closes one.
  handover.share = undisturbed(function()
    local first = socket.udp4()
    if not first then
      return
    end
    local second = random:pick(KEEPERS)()
    second:setfd(first:getfd())
    attempts.call("select", socket.select, { n = 3, { first, second, first }, { second, first }, 0 })
    second:setfd(-1)
    first:close()
  end)

  return handover
end
