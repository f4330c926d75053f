-- The file results.json of a run.

local json = require("json")

local document = {}

--- { facts, results = { interpreter = { workload = what measure.record keeps } } }
function document.read(path)
  local file, message = io.open(path)
  if not file then
    error(message, 0)
  end
  local text = file:read("a") or ""
  file:close()
  local good, run = pcall(json.decode, text)
  if not good then
    error(path .. ": " .. run, 0)
  elseif type(run) ~= "table" or not run.facts or not run.results then
    error(path .. ": no results of bench/run", 0)
  end
  return run
end

return document
