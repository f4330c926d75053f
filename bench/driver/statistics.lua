-- Order statistics of a list of numbers.

local statistics = {}

--- The value below which `fraction` of the numbers lie, interpolated.
function statistics.quantile(numbers, fraction)
  local sorted = table.move(numbers, 1, #numbers, 1, {})
  table.sort(sorted)
  local place = 1 + fraction * (#sorted - 1)
  local below = math.floor(place)
  local above = math.min(below + 1, #sorted)
  return sorted[below] + (place - below) * (sorted[above] - sorted[below])
end

--- Median, and the lowest and the highest of all.
function statistics.summary(numbers)
  return {
    median = statistics.quantile(numbers, 0.5),
    lowest = math.min(table.unpack(numbers)),
    highest = math.max(table.unpack(numbers)),
  }
end

return statistics
