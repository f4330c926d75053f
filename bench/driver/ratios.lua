-- How many times what the first variant takes another one takes, round by round.

local statistics = require("statistics")

local ratios = {}

--- What `other` takes in a round divided by what `first` takes in the same round.
local function of_figure(first, other, name)
  local list = {}
  for round, value in ipairs(first[name]) do
    list[round] = other[name][round] / value
  end
  return statistics.summary(list)
end

--- The same for both heaps together; nil where one of them has not grown.
local function of_heap(first, other)
  local list = {}
  for round = 1, #first.lua_heap do
    local ours = first.lua_heap[round] + first.c_heap[round]
    local theirs = other.lua_heap[round] + other.c_heap[round]
    if ours <= 0 or theirs <= 0 then
      return nil
    end
    list[round] = theirs / ours
  end
  return statistics.summary(list)
end

--- samples: { variant = { wall = { of round 1, ... }, ... } }; `figures` as in workloads.lua.
-- Returns { variant = { wall, cpu, heap } } of all variants but `first`.
function ratios.of(samples, first, figures)
  local found = {}
  for name, other in pairs(samples) do
    if name ~= first then
      found[name] = {
        wall = of_figure(samples[first], other, "wall"), cpu = of_figure(samples[first], other, "cpu"),
        heap = figures == "heap" and of_heap(samples[first], other) or nil,
      }
    end
  end
  return found
end

return ratios
