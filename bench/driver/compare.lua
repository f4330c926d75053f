-- Whether two runs agree: is the median of each ratio of the second run within what the first one states?

local document = require("document")
local lay_out = require("report").lay_out
local ratios = require("ratios")

local compare = {}

local KINDS = { "cpu", "wall", "heap" }
local TITLES = { cpu = "CPU", wall = "wall", heap = "heap" }

local places, left_out = {}, {}
for place, workload in ipairs(require("workloads")) do
  places[workload.name] = place
  left_out[workload.name] = workload.figures == "heap" and workload.pictured == false
end

--- The variant that the others of a result are compared with.
local function first_of(result)
  for name in pairs(result.samples) do
    if not result.ratios[name] then
      return name
    end
  end
end

--- As the tables print it: what is not told apart there is no difference here.
local function rounded(value)
  return tonumber(string.format("%.2f", value))
end

--- How far `median` lies beyond the nearer end of a spread, as a fraction of that end; 0 within it.
local function outside(spread, median)
  if rounded(median) > rounded(spread.highest) then
    return median / spread.highest - 1
  elseif rounded(median) < rounded(spread.lowest) then
    return median / spread.lowest - 1
  end
  return 0
end

--- Whether tables or pictures show the ratio. The heap of the C program is next to nothing, and so are some
-- others: nothing is to be divided by them.
local function is_shown(name, other, figures)
  return figures == "time" or other ~= "c" and not left_out[name]
end

--- Adds what a document says of one interpreter to `into`, by workload, variant and kind. Ratios are
-- worked out anew from the samples: so a file that states other spreads than these can be compared, too.
local function collect(into, results, side)
  for name, result in pairs(results or {}) do
    local figures = result.figures or result.group == "memory" and "heap" or "time"
    local first = first_of(result)
    for other, found in pairs(ratios.of(result.samples, first, figures)) do
      local against = first == "moontide" and other or other .. " / " .. first
      local kinds = figures == "heap" and { "heap" } or { "cpu", "wall" }
      for _, kind in ipairs(is_shown(name, other, figures) and kinds or {}) do
        local key = name .. "\n" .. against
        into[key] = into[key] or { workload = name, against = against }
        into[key][kind] = into[key][kind] or {}
        into[key][kind][side] = found[kind]
      end
    end
  end
end

local function sorted_rows(by_key)
  local rows = {}
  for _, row in pairs(by_key) do
    rows[#rows + 1] = row
  end
  table.sort(rows, function(a, b)
    local here, there = places[a.workload] or math.huge, places[b.workload] or math.huge
    if here ~= there then
      return here < there
    elseif a.workload ~= b.workload then
      return a.workload < b.workload
    end
    return a.against < b.against
  end)
  return rows
end

local function interpreters_of(old, new)
  local names = {}
  for name in pairs(old.results) do
    names[#names + 1] = name
  end
  for name in pairs(new.results) do
    if not old.results[name] then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

--- Two documents, as results.json has them. Returns a list of { name = interpreter, rows = {...} }; a row is
-- { workload, against, cpu = {first, second, outside}, wall = ..., heap = ... }. The first and the second are
-- { median, lowest, highest }, one of them nil where only the other run has it.
function compare.documents(old, new)
  local list = {}
  for _, name in ipairs(interpreters_of(old, new)) do
    local by_key = {}
    collect(by_key, old.results[name], "first")
    collect(by_key, new.results[name], "second")
    local rows = sorted_rows(by_key)
    for _, row in ipairs(rows) do
      for _, kind in ipairs(KINDS) do
        local ratio = row[kind]
        if ratio and ratio.first and ratio.second then
          ratio.outside = outside(ratio.first, ratio.second.median)
        end
      end
    end
    list[#list + 1] = { name = name, rows = rows }
  end
  return list
end

local function spread_text(spread)
  return string.format("%.2f-%.2f", spread.lowest, spread.highest)
end

local function cells(row, kind)
  local ratio = row[kind] or {}
  if not ratio.outside then
    return "-", "-", ""
  end
  return string.format("%.2f (%s)", ratio.first.median, spread_text(ratio.first)),
    string.format("%.2f", ratio.second.median),
    ratio.outside ~= 0 and string.format("%+.1f %%", 100 * ratio.outside) or ""
end

local function table_text(rows, kinds)
  local lines = { { "", "" }, { "workload", "other" } }
  for _, kind in ipairs(kinds) do
    table.move({ TITLES[kind], "", "" }, 1, 3, #lines[1] + 1, lines[1])
    table.move({ "first", "second", "outside" }, 1, 3, #lines[2] + 1, lines[2])
  end
  for _, row in ipairs(rows) do
    local line = { row.workload, row.against }
    local any = false
    for _, kind in ipairs(kinds) do
      any = any or row[kind] ~= nil and row[kind].outside ~= nil
      table.move({ cells(row, kind) }, 1, 3, #line + 1, line)
    end
    lines[#lines + 1] = any and line or nil
  end
  return #lines > 2 and lay_out(lines) .. "\n" or ""
end

--- How many ratios of a kind are within, and which are not. "" if neither run has any.
local function count_text(rows, kind)
  local compared, within, lines = 0, 0, {}
  for _, row in ipairs(rows) do
    local ratio = row[kind]
    if ratio and ratio.outside then
      compared = compared + 1
      within = within + (ratio.outside == 0 and 1 or 0)
    end
    if ratio and ratio.outside and ratio.outside ~= 0 then
      lines[#lines + 1] = string.format("  %s, %s: %.2f is %.1f %% %s %s\n", row.workload, row.against,
        ratio.second.median, 100 * math.abs(ratio.outside), ratio.outside > 0 and "above" or "below",
        spread_text(ratio.first))
    end
  end
  if compared == 0 then
    return "", 0
  end
  return string.format("%d of %d %s ratios within the spread of the other run%s\n%s", within, compared,
    TITLES[kind], #lines > 0 and "; not" or "", table.concat(lines)), compared
end

--- What only one of the runs has: a line for each workload, and how many.
local function missing_text(rows)
  local lines, others = {}, {}
  for _, side in ipairs({ "first", "second" }) do
    for _, row in ipairs(rows) do
      for _, kind in ipairs(KINDS) do
        if row[kind] and row[kind][side] and not row[kind].outside then
          local line = string.format("only in the %s run: %s", side, row.workload)
          if not others[line] then
            lines[#lines + 1], others[line] = line, {}
          end
          if others[line][#others[line]] ~= row.against then
            table.insert(others[line], row.against)
          end
        end
      end
    end
  end
  for index, line in ipairs(lines) do
    lines[index] = line .. ", " .. table.concat(others[line], ", ") .. "\n"
  end
  return table.concat(lines), #lines
end

--- What is known of machine, versions and rounds, but for what is another in each run.
local function flat(facts)
  local all = {}
  for key, value in pairs(facts) do
    all[key] = type(value) ~= "table" and tostring(value) or nil
  end
  for name, version in pairs(facts.packages or {}) do
    all[name] = version
  end
  all.date, all.load = nil, nil
  return all
end

local function facts_text(old, new)
  local before, after = flat(old.facts), flat(new.facts)
  local keys = {}
  for key in pairs(before) do
    keys[#keys + 1] = key
  end
  for key in pairs(after) do
    keys[#keys + 1] = not before[key] and key or nil
  end
  table.sort(keys)
  local lines = { "first: " .. old.facts.date .. "\nsecond: " .. new.facts.date .. "\n" }
  for _, key in ipairs(keys) do
    if before[key] ~= after[key] then
      lines[#lines + 1] = string.format("%s differs: %s, %s\n", key:gsub("_", " "),
        before[key] or "not recorded", after[key] or "not recorded")
    end
  end
  return table.concat(lines)
end

--- Returns the text, and whether each ratio of either run could be compared.
function compare.text(old, new)
  local parts, complete = { facts_text(old, new) }, true
  for _, interpreter in ipairs(compare.documents(old, new)) do
    local rows, any = interpreter.rows, 0
    local missing, missing_count = missing_text(rows)
    local counts = {}
    for index, kind in ipairs({ "heap", "wall", "cpu" }) do -- the one to believe comes last
      local compared
      counts[index], compared = count_text(rows, kind)
      any = any + compared
    end
    complete = complete and missing_count == 0 and any > 0
    parts[#parts + 1] = "\n" .. interpreter.name .. "\n\n"
    parts[#parts + 1] = any > 0 and table_text(rows, { "cpu", "wall" }) .. table_text(rows, { "heap" })
      .. missing .. table.concat(counts) or "nothing that both runs have\n"
  end
  return table.concat(parts), complete and #parts > 1
end

--- The same of two files.
function compare.files(old, new)
  return compare.text(document.read(old), document.read(new))
end

return compare
