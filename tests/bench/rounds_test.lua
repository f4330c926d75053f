-- The order of runs, and that it shows what changes during a run of the whole.
local test = ...
local scripted_runner = require("scripted_runner")

local WORKLOADS = {
  scripted_runner.workload("one"), scripted_runner.workload("two"), scripted_runner.workload("three"),
}
local RUNS_OF_A_ROUND = 2 * #WORKLOADS

local function near(t, value, expected)
  t.between(value, expected - 1e-9, expected + 1e-9)
end

local function steady()
  return 0.001
end

test("a round goes through all workloads before the next begins", function(t)
  local runner = scripted_runner.new(steady)
  scripted_runner.measure(runner, WORKLOADS, 4)
  local names = {}
  for index, run in ipairs(runner.runs) do
    names[index] = index % 2 == 1 and run.workload or nil
    t.equal(run.workload, runner.runs[index - (index + 1) % 2].workload, "the variants follow each other")
  end
  local order = {}
  for index = 1, #runner.runs, 2 do
    order[#order + 1] = names[index]
  end
  -- To find the count of units, four rounds, and to count system calls.
  t.equal(table.concat(order, " "), ("one two three "):rep(6):sub(1, -2))
end)

test("a change during the run is within the spread of every workload", function(t)
  local half = RUNS_OF_A_ROUND + 4 * RUNS_OF_A_ROUND
  local runner = scripted_runner.new(function(variant, run)
    return variant == "moontide" and run > half and 0.002 or 0.001
  end)
  for _, result in ipairs(scripted_runner.measure(runner, WORKLOADS, 7)) do
    local ratio = result.ratios["lua-socket"].cpu
    near(t, ratio.lowest, 0.5)
    near(t, ratio.median, 1)
    near(t, ratio.highest, 1)
  end
end)

test("the count of units is found once, and every round has it", function(t)
  local runner = scripted_runner.new(steady)
  local results = scripted_runner.measure(runner, WORKLOADS, 3)
  for index, run in ipairs(runner.runs) do
    if index <= RUNS_OF_A_ROUND then
      t.equal(run.count, 10)
    elseif not run.traced then
      t.equal(run.count, 100)
    end
  end
  t.equal(results[3].counts["lua-socket"], 100)
  t.equal(#results[3].samples.moontide.wall, 3)
end)

test("another variant begins in the next round", function(t)
  local runner = scripted_runner.new(steady)
  scripted_runner.measure(runner, { WORKLOADS[1] }, 3)
  local first = {}
  for round = 1, 3 do
    first[round] = runner.runs[1 + 2 * round].variant
  end
  t.equal(table.concat(first, " "), "moontide lua-socket moontide")
end)

test("a ratio is formed within a round", function(t)
  local runner = scripted_runner.new(function(variant, run)
    return (variant == "moontide" and 1 or 3) * (0.001 + 0.001 * ((run - 1) // 2))
  end)
  local ratio = scripted_runner.measure(runner, { WORKLOADS[1] }, 5)[1].ratios["lua-socket"].wall
  near(t, ratio.lowest, 3)
  near(t, ratio.highest, 3)
end)
