-- Rounds: the variants take turns, so that what else the machine does meets all of them alike.

local ratios = require("ratios")
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
local function trace(runner, result)
  local workload = result.workload
  for _, name in ipairs(result.variants) do
    local count = workload.traced or math.ceil(result.counts[name] * TRACED_FRACTION)
    local warm = warm_units(workload, count)
    local traced, output = runner:trace(workload, name, result.interpreter, warm, count)
    if not traced then
      error(string.format("%s, %s, traced: %s", workload.name, name, output), 0)
    end
    result.traced[name] = traced
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

--- Finds out how many units a run of each variant has; nil if no variant takes part. The first variant is the
-- one that the others are compared with. Returns { workload, interpreter, variants,
-- counts = {variant = units}, samples = {variant = {}} }; the rounds fill the samples.
function measure.prepare(runner, workload, variants, interpreter, options)
  local names = taking_part(runner, workload, variants, interpreter)
  if #names == 0 then
    return nil
  end
  local result = {
    workload = workload, interpreter = interpreter, variants = names, counts = {}, samples = {},
  }
  for _, name in ipairs(names) do
    result.counts[name] = calibrate(runner, workload, name, interpreter, options.time)
    result.samples[name] = {}
  end
  return result
end

--- One run of each variant. They begin in another order in each round.
function measure.round(runner, result, round)
  local names = result.variants
  for turn = 1, #names do
    local name = names[(turn + round) % #names + 1]
    local figures = sample(runner, result.workload, name, result.interpreter, result.counts[name])
    for key, value in pairs(figures) do
      result.samples[name][key] = result.samples[name][key] or {}
      result.samples[name][key][round] = value
    end
  end
end

--- Adds what the samples come to: summary = {variant = {wall = {median, lowest, highest}, ...}} and
-- ratios = {variant = {wall, cpu, heap}}.
function measure.sum_up(result)
  result.summary = {}
  for name, samples in pairs(result.samples) do
    result.summary[name] = {}
    for key, list in pairs(samples) do
      result.summary[name][key] = statistics.summary(list)
    end
  end
  result.ratios = ratios.of(result.samples, result.variants[1], result.workload.figures)
end

--- When all rounds are over: sums up, and adds traced = {variant = {calls, allocations}}.
function measure.finish(runner, result, options)
  measure.sum_up(result)
  result.traced = {}
  if options.trace and result.workload.figures == "time" and not result.workload.fixed then
    trace(runner, result)
  end
end

--- Measures all workloads on all interpreters, and returns the results in that order. A round goes through
-- all of them before the next one begins: so the rounds of a workload lie far apart, and what changes over
-- minutes (other guests of the machine, its clock, where memory happens to lie) is in their spread.
-- `say` is called with a line of progress.
function measure.all(runner, workloads, variants, interpreters, options, say)
  local results = {}
  say("finding out how many units a run has")
  for _, interpreter in ipairs(interpreters) do
    for _, workload in ipairs(workloads) do
      results[#results + 1] = measure.prepare(runner, workload, variants, interpreter, options)
    end
  end
  for round = 1, options.rounds do
    say(string.format("round %d of %d", round, options.rounds))
    for _, result in ipairs(results) do
      measure.round(runner, result, round)
    end
  end
  say(options.trace and "counting system calls and allocations" or "summing up")
  for _, result in ipairs(results) do
    measure.finish(runner, result, options)
  end
  return results
end

--- What results.json keeps of a result: each round's figures, too.
function measure.record(result)
  return {
    workload = result.workload.name, group = result.workload.group, figures = result.workload.figures,
    variants = result.variants, counts = result.counts, samples = result.samples,
    summary = result.summary, ratios = result.ratios, traced = result.traced,
  }
end

return measure
