-- A generator of its own, so that a seed gives the same choices on every Lua: Park and Miller's, whose
-- products stay below 2^53.

local random = {}
random.__index = random

function random.new(seed)
  local state = math.floor(seed) % 2147483646 + 1
  return setmetatable({ state = state }, random)
end

-- A number from 0 (included) to 1 (excluded).
function random:unit()
  self.state = (self.state * 16807) % 2147483647
  return (self.state - 1) / 2147483646
end

-- A whole number from 1 to n.
function random:upto(n)
  return math.floor(self:unit() * n) + 1
end

-- True once in n times.
function random:once_in(n)
  return self:upto(n) == 1
end

-- One of the items 1 to n of a list; nil may be among them.
function random:pick(list)
  return list[self:upto(list.n or #list)]
end

return random
