-- What a benchmark leaves: tables as text, every sample as JSON, and a picture for each group.

local json = require("json")
local measure = require("measure")
local picture = require("picture")
local report = require("report")

local publish = {}

local function heading(facts)
  local packages = {}
  for name, version in pairs(facts.packages) do
    packages[#packages + 1] = name .. " " .. version
  end
  table.sort(packages)
  return string.format("%s, %s, %s cores, load %s, %s\n%s\n%d rounds of %s s\n",
    facts.date, facts.processor, facts.cores, facts.load, facts.kernel, table.concat(packages, ", "),
    facts.rounds, facts.seconds_per_run)
end

--- { time = {result, ...}, heap = {result, ...} } of one interpreter.
local function groups_of(results, interpreter)
  local groups = { time = {}, heap = {} }
  for _, result in ipairs(results) do
    if result.interpreter == interpreter then
      table.insert(groups[result.workload.figures], result)
    end
  end
  return groups
end

function publish.write_file(path, text)
  local file = assert(io.open(path, "w"))
  assert(file:write(text))
  assert(file:close())
end

--- One table for each variant that the first one is compared with, and what else there is to say.
local function tables_text(groups, variants, interpreter)
  local tables = {}
  if #variants == 1 then
    tables[1] = report.plain_times(groups.time, variants[1])
  end
  for i = 2, #variants do
    tables[#tables + 1] = report.times(groups.time, variants, variants[i], interpreter)
  end
  tables[#tables + 1] = report.alone(groups.time, variants)
  tables[#tables + 1] = report.traces(groups.time, variants)
  tables[#tables + 1] = report.delays(groups.time, variants)
  tables[#tables + 1] = report.heaps(groups.heap, variants)
  local filled = {}
  for _, text in ipairs(tables) do
    if text ~= "" then
      filled[#filled + 1] = text
    end
  end
  return table.concat(filled, "\n")
end

--- Writes results.txt, results.json and the pictures into the directory `output`, and the tables to standard
-- output. `results` as measure.all returns them.
function publish.write(output, facts, variants, interpreters, results)
  local parts = { heading(facts) }
  local document = { facts = facts, results = {} }
  local pictures = {}
  for _, interpreter in ipairs(interpreters) do
    local groups = groups_of(results, interpreter)
    parts[#parts + 1] = "\n" .. interpreter.version .. "\n\n"
    parts[#parts + 1] = tables_text(groups, variants, interpreter)
    local by_name = {}
    for _, group in pairs(groups) do
      for _, result in ipairs(group) do
        by_name[result.workload.name] = measure.record(result)
      end
    end
    document.results[interpreter.version] = by_name
    local all = table.move(groups.heap, 1, #groups.heap, #groups.time + 1, groups.time)
    for name, svg in pairs(picture.groups(all, interpreter.version)) do
      pictures[name .. "-" .. interpreter.version:lower():gsub("[^%w.]+", "")] = svg
    end
  end
  local text = table.concat(parts)
  assert(os.execute("mkdir -p '" .. output .. "'"))
  publish.write_file(output .. "/results.txt", text)
  publish.write_file(output .. "/results.json", json.encode(document))
  for name, svg in pairs(pictures) do
    publish.write_file(output .. "/" .. name .. ".svg", svg)
  end
  io.write(text)
end

return publish
