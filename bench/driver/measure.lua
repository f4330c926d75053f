-- Rounds: the variants take turns, so that what else the machine does meets all of them alike.

local statistics = require("statistics")

local measure = {}

local WARM_FRACTION = 0.1

local function warm_units(workload, count)
  if workload.fixed then
    return 0
  end
  return workload.warm or math.max(1, math.floor(count * WARM_FRACTION))
end

measure.warm_units = warm_units

local function run(runner, workload, variant, interpreter, count)
  local warm = warm_units(workload, count)
  local figures, output = runner:run(workload, variant, interpreter, warm, count)
  if not figures then
    error(string.format("%s, %s: %s", workload.name, variant, output), 0)
  end
  return figures
end

--- How many units make a run of about `seconds`.
local function calibrate(runner, workload, variant, interpreter, seconds)
  local figures = run(runner, workload, variant, interpreter, workload.count)
  if workload.fixed then
    return workload.count
  end
  local count = math.floor(workload.count * seconds / math.max(figures.wall, 1e-6))
  return math.max(1, math.min(count, workload.count_max or math.maxinteger))
end

--- One figure of a variant and round: the median over its processes, per operation.
local function sample(runner, workload, variant, interpreter, count)
  local seen = { wall = {}, cpu = {}, lua_heap = {}, c_heap = {}, resident = {} }
  for i = 1, workload.processes do
    local figures = run(runner, workload, variant, interpreter, count)
    for name, list in pairs(seen) do
      list[i] = figures[name] / (count * workload.operations)
    end
  end
  for name, list in pairs(seen) do
    seen[name] = statistics.quantile(list, 0.5)
  end
  return seen
end

--- Times `other` takes in a round divided by those of `subject` in the same round.
local function ratios(subject, other, name)
  local list = {}
  for round, value in ipairs(subject[name]) do
    list[round] = other[name][round] / value
  end
  return statistics.summary(list)
end

local function compare(result, names)
  local subject = result.samples[names[1]]
  result.ratios = {}
  for _, name in ipairs(names) do
    if name ~= names[1] then
      local other = result.samples[name]
      result.ratios[name] = {
        wall = ratios(subject, other, "wall"), cpu = ratios(subject, other, "cpu"),
      }
    end
  end
end

--- Measures one workload. The first variant is the one that the others are compared with.
-- Returns { workload, variants, samples = {variant = {wall = {...}, ...}},
-- summary = {variant = {wall = {median, low, high}, ...}}, ratios = {variant = {wall, cpu}} }.
function measure.workload(runner, workload, variants, interpreter, options)
  local names = {}
  for _, variant in ipairs(variants) do
    if not (variant == "c" and workload.no_c) then
      names[#names + 1] = variant
    end
  end
  local result = { workload = workload, variants = names, samples = {}, summary = {}, counts = {} }
  for _, name in ipairs(names) do
    result.counts[name] = calibrate(runner, workload, name, interpreter, options.time)
    result.samples[name] = { wall = {}, cpu = {}, lua_heap = {}, c_heap = {}, resident = {} }
  end
  for round = 1, options.rounds do
    for turn = 1, #names do
      local name = names[(turn + round) % #names + 1]
      local figures = sample(runner, workload, name, interpreter, result.counts[name])
      for key, value in pairs(figures) do
        result.samples[name][key][round] = value
      end
    end
  end
  for name, samples in pairs(result.samples) do
    result.summary[name] = {}
    for key, list in pairs(samples) do
      result.summary[name][key] = statistics.summary(list)
    end
  end
  compare(result, names)
  return result
end

return measure
