-- Several runs as one, with the rounds of all of them: what differs between hours, boots and days is in their
-- spread.

local document = require("document")
local measure = require("measure")
local workloads = require("workloads")

local pool = {}

local function each(list, name)
  local values = {}
  for index, item in ipairs(list) do
    values[index] = item[name]
  end
  return values
end

--- The one value that all runs have, or a text of all that there are.
local function joined(values)
  local seen, list = {}, {}
  for _, value in ipairs(values) do
    list[#list + 1] = not seen[value] and value or nil
    seen[value] = true
  end
  return #list == 1 and list[1] or table.concat(list, " / ")
end

local function joined_facts(list)
  local facts = { packages = {}, interpreters = list[1].interpreters, rounds = 0 }
  for name in pairs(list[1]) do
    facts[name] = facts[name] or joined(each(list, name))
  end
  for name in pairs(list[1].packages) do
    facts.packages[name] = joined(each(each(list, "packages"), name))
  end
  for _, run in ipairs(list) do
    facts.rounds = facts.rounds + run.rounds
  end
  return facts
end

--- Appends the rounds of a record to those of `result`.
local function append(result, record)
  for variant, samples in pairs(record.samples) do
    local all = result.samples[variant] or {}
    for name, list in pairs(samples) do
      all[name] = table.move(list, 1, #list, #(all[name] or {}) + 1, all[name] or {})
    end
    result.samples[variant] = all
  end
end

--- What each run has of a workload, the same variants everywhere; nil if no run has it.
local function records_of(documents, interpreter, workload)
  local records, sides = {}, {}
  for index, run in ipairs(documents) do
    local record = (run.results[interpreter] or {})[workload]
    records[#records + 1] = record
    sides[index] = record and table.concat(record.variants, ", ") or "nothing"
    if sides[index] ~= sides[1] then
      error(string.format("%s on %s: %s in the run of %s, %s in that of %s", workload, interpreter, sides[1],
        documents[1].facts.date, sides[index], run.facts.date), 0)
    end
  end
  return records[1] and records
end

--- Nothing of a run may be left out in silence.
local function check_complete(documents)
  local interpreters = table.concat(documents[1].facts.interpreters, ", ")
  local known = {}
  for _, workload in ipairs(workloads) do
    known[workload.name] = true
  end
  for _, run in ipairs(documents) do
    local others = table.concat(run.facts.interpreters, ", ")
    if others ~= interpreters then
      error(string.format("%s in the run of %s, %s in that of %s", interpreters, documents[1].facts.date,
        others, run.facts.date), 0)
    end
    for _, results in pairs(run.results) do
      for name in pairs(results) do
        if not known[name] then
          error("there is no workload " .. name .. " any more", 0)
        end
      end
    end
  end
end

--- Documents as results.json has them, the oldest first. Returns facts, interpreters and results as those
-- of one run. Units and counts of system calls and allocations are those of the last.
function pool.documents(documents)
  check_complete(documents)
  local interpreters, results = {}, {}
  for place, name in ipairs(documents[1].facts.interpreters) do
    interpreters[place] = { version = name, jit = name:find("JIT") ~= nil }
    for _, workload in ipairs(workloads) do
      local records = records_of(documents, name, workload.name)
      if records then
        local last = records[#records]
        local result = {
          workload = workload, interpreter = interpreters[place], variants = last.variants,
          counts = last.counts, traced = last.traced, samples = {},
        }
        for _, record in ipairs(records) do
          append(result, record)
        end
        measure.sum_up(result)
        results[#results + 1] = result
      end
    end
  end
  return joined_facts(each(documents, "facts")), interpreters, results
end

--- The same of files.
function pool.files(paths)
  local documents = {}
  for index, path in ipairs(paths) do
    documents[index] = document.read(path)
  end
  return pool.documents(documents)
end

return pool
