-- Whether each workload runs, and counts what it must count, for each library and interpreter.

local measure = require("measure")

local smoke = {}

local ALL = { "lua5.1", "lua5.2", "lua5.3", "lua5.4", "luajit" }

--- Those interpreters that are installed and that the build has a probe for.
function smoke.interpreters(runner)
  local list = {}
  for _, program in ipairs(ALL) do
    local interpreter = runner:interpreter(program)
    if not interpreter then
      print(program .. ": not installed, left out")
    elseif not runner:has_probe(interpreter) then
      print(program .. ": not part of this build, left out")
    else
      list[#list + 1] = interpreter
    end
  end
  return list
end

--- The workload as it is run here, with its `smoke_size`.
local function reduced(workload)
  if not workload.smoke_size then
    return workload
  end
  local counted = workload.counted
  if counted == workload.size then
    counted = workload.smoke_size
  end
  return setmetatable({ size = workload.smoke_size, counted = counted }, { __index = workload })
end

local function check(runner, tally, workload, variant, interpreter)
  local warm = math.min(measure.warm_units(workload, workload.smoke), 1)
  local figures, output = runner:run(reduced(workload), variant, interpreter, warm, workload.smoke)
  if figures then
    tally.passed = tally.passed + 1
    return
  end
  tally.failed = tally.failed + 1
  print(string.format("FAILED %s, %s%s: %s", workload.name, variant,
    variant == "c" and "" or " on " .. interpreter.program, output))
end

--- Returns whether all went well.
function smoke.run(runner, workloads, variants, interpreters)
  local tally = { passed = 0, failed = 0 }
  for index, interpreter in ipairs(interpreters) do
    for _, workload in ipairs(workloads) do
      for _, variant in ipairs(measure.taking_part(runner, workload, variants, interpreter)) do
        if variant ~= "c" or index == 1 then
          check(runner, tally, workload, variant, interpreter)
        end
      end
    end
  end
  print(string.format("%d passed, %d failed", tally.passed, tally.failed))
  return tally.failed == 0 and tally.passed > 0
end

return smoke
