-- A runner that starts nothing: each run takes what a function says, and is written down.

local measure = require("measure")

local scripted_runner = {}

scripted_runner.interpreter = { program = "lua5.4", version = "Lua 5.4", abi = "5.4" }

--- `seconds(variant, run)` is what a unit takes in the run of that number.
function scripted_runner.new(seconds)
  local runner = { runs = {} }

  function runner.has()
    return true
  end

  function runner:run(workload, variant, _, _, count)
    table.insert(self.runs, { workload = workload.name, variant = variant, count = count })
    local time = seconds(variant, #self.runs) * count
    return { wall = time, cpu = time, lua_heap = 100 * count, c_heap = 0, resident = 0 }
  end

  function runner:trace(workload, variant)
    table.insert(self.runs, { workload = workload.name, variant = variant, traced = true })
    return { calls = 1, allocations = 2 }
  end

  return runner
end

function scripted_runner.workload(name, changes)
  local workload = {
    name = name, group = "send", variants = { "moontide", "lua-socket" }, count = 10, operations = 1,
    processes = 1, figures = "time",
  }
  for key, value in pairs(changes or {}) do
    workload[key] = value
  end
  return workload
end

--- The results of all workloads with so many rounds.
function scripted_runner.measure(runner, workloads, rounds)
  return measure.all(runner, workloads, { "moontide", "lua-socket" }, { scripted_runner.interpreter },
    { rounds = rounds, time = 0.1, trace = true }, function() end)
end

return scripted_runner
