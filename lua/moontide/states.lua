-- What a module knows of objects beside what programs see of them.

local setmetatable = setmetatable

local states = {}

-- A function that gives the table of an object, a new one for one of the program's own making. It goes with
-- the object.
function states.new()
  local known = setmetatable({}, { __mode = "k" })
  return function(object)
    local state = known[object]
    if not state then
      state = {}
      known[object] = state
    end
    return state
  end
end

return states
