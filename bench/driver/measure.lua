-- Rounds: the variants take turns, so that what else the machine does meets all of them alike.

local statistics = require("statistics")

local measure = {}

local WARM_FRACTION = 0.1
local TRACED_FRACTION = 0.2

-- What a run brings: sums, which are divided by the operations, and with echo servers the times of a message.
local FIGURES = { "wall", "cpu", "lua_heap", "c_heap", "resident" }
local DELAYS = { "median", "late" }

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
  if workload.fixed then
    return workload.count
  end
  local figures = run(runner, workload, variant, interpreter, workload.count)
  local target = math.max(seconds, workload.seconds or 0)
  local count = math.floor(workload.count * target / math.max(figures.wall, 1e-6))
  return math.max(1, math.min(count, workload.count_max or math.maxinteger))
end

--- One figure of a variant and round: the median over its processes, per operation.
local function sample(runner, workload, variant, interpreter, count)
  local seen = {}
  for _ = 1, workload.processes do
    local figures = run(runner, workload, variant, interpreter, count)
    for _, name in ipairs(FIGURES) do
      seen[name] = seen[name] or {}
      table.insert(seen[name], figures[name] / (count * workload.operations))
    end
    for _, name in ipairs(DELAYS) do
      seen[name] = figures[name] and { figures[name] }
    end
  end
  for name, list in pairs(seen) do
    seen[name] = statistics.quantile(list, 0.5)
  end
  return seen
end

--- System calls and allocations per operation of each variant, from a run of its own.
local function trace(runner, workload, interpreter, result)
  for _, name in ipairs(result.variants) do
    local count = workload.traced or math.ceil(result.counts[name] * TRACED_FRACTION)
    local warm = warm_units(workload, count)
    local traced, output = runner:trace(workload, name, interpreter, warm, count)
    if not traced then
      error(string.format("%s, %s, traced: %s", workload.name, name, output), 0)
    end
    result.traced[name] = traced
  end
end

--- What `other` takes in a round divided by what `subject` takes in the same round.
local function ratios(subject, other, name)
  local list = {}
  for round, value in ipairs(subject[name]) do
    list[round] = other[name][round] / value
  end
  return statistics.summary(list)
end

--- The same for both heaps together; nil where one of them has not grown.
local function heap_ratios(subject, other)
  local list = {}
  for round = 1, #subject.lua_heap do
    local ours = subject.lua_heap[round] + subject.c_heap[round]
    local theirs = other.lua_heap[round] + other.c_heap[round]
    if ours <= 0 or theirs <= 0 then
      return nil
    end
    list[round] = theirs / ours
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
        heap = result.workload.figures == "heap" and heap_ratios(subject, other) or nil,
      }
    end
  end
end

--- The variants that are asked for, belong to the workload and are installed.
local function taking_part(runner, workload, variants, interpreter)
  local names = {}
  for _, variant in ipairs(variants) do
    for _, other in ipairs(workload.variants) do
      if variant == other and runner:has(workload, variant, interpreter) then
        names[#names + 1] = variant
      end
    end
  end
  return names
end

measure.taking_part = taking_part

--- Measures one workload; nil if no variant takes part. The first variant is the one that the others are
-- compared with. Returns { workload, variants, samples = {variant = {wall = {...}, ...}},
-- summary = {variant = {wall = {median, low, high}, ...}}, ratios = {variant = {wall, cpu, heap}},
-- traced = {variant = {calls, allocations}} }.
function measure.workload(runner, workload, variants, interpreter, options)
  local names = taking_part(runner, workload, variants, interpreter)
  if #names == 0 then
    return nil
  end
  local result = {
    workload = workload, variants = names, samples = {}, summary = {}, counts = {}, traced = {},
  }
  for _, name in ipairs(names) do
    result.counts[name] = calibrate(runner, workload, name, interpreter, options.time)
    result.samples[name] = {}
  end
  for round = 1, options.rounds do
    for turn = 1, #names do
      local name = names[(turn + round) % #names + 1]
      local figures = sample(runner, workload, name, interpreter, result.counts[name])
      for key, value in pairs(figures) do
        result.samples[name][key] = result.samples[name][key] or {}
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
  if options.trace and workload.figures == "time" and not workload.fixed then
    trace(runner, workload, interpreter, result)
  end
  return result
end

return measure
