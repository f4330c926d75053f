-- Results as text tables.

local report = {}

local function seconds_text(seconds)
  for _, unit in ipairs({ { 1e-6, 1e9, "ns" }, { 1e-3, 1e6, "us" }, { 1, 1e3, "ms" } }) do
    if seconds < unit[1] then
      local value = seconds * unit[2]
      return string.format(value < 10 and "%.2f %s" or value < 100 and "%.1f %s" or "%.0f %s",
        value, unit[3])
    end
  end
  return string.format("%.2f s", seconds)
end

local function ratio_text(ratio)
  return string.format("%.2f (%.2f-%.2f)", ratio.median, ratio.lowest, ratio.highest)
end

--- Columns as wide as they have to be; the first is flush left.
local function lay_out(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for column, text in ipairs(row) do
      widths[column] = math.max(widths[column] or 1, #text)
    end
  end
  local lines = {}
  for i, row in ipairs(rows) do
    local cells = {}
    for column, text in ipairs(row) do
      local format = column == 1 and "%-" .. widths[1] .. "s" or "%" .. widths[column] .. "s"
      cells[column] = string.format(format, text)
    end
    lines[i] = table.concat(cells, "  "):gsub("%s+$", "")
  end
  return table.concat(lines, "\n") .. "\n"
end

report.lay_out = lay_out

local function goal_of(workload, interpreter)
  local goal = workload.goal
  if type(goal) == "table" then
    goal = interpreter.jit and goal.luajit or goal.lua
  end
  return goal
end

--- The goal; "!" if wall and CPU time fall short of it, "~" if only one of them does: on a machine
--- with other work, the wall time of what waits for the peer says little.
local function goal_text(result, interpreter)
  local goal = goal_of(result.workload, interpreter)
  local ratios = result.ratios["lua-socket"]
  if not goal or not ratios or result.variants[1] ~= "moontide" then
    return ""
  end
  local missed = (ratios.wall.median < goal and 1 or 0) + (ratios.cpu.median < goal and 1 or 0)
  return string.format("%.2f %s", goal, missed == 2 and "!" or missed == 1 and "~" or " ")
end

local function rate_text(seconds)
  local rate = 1 / seconds
  local unit = ""
  if rate >= 999500 then
    rate, unit = rate / 1e6, "M"
  elseif rate >= 999.5 then
    rate, unit = rate / 1e3, "k"
  end
  local format = rate < 9.995 and "%.2f %s/s" or rate < 99.95 and "%.1f %s/s" or "%.0f %s/s"
  return string.format(format, rate, unit)
end

--- Times per operation of the first variant and of variant `other`, and how many times as fast the
--- first one is. "" if there is no workload of both.
function report.times(results, variants, other, interpreter)
  local first = variants[1]
  local rows = {
    { "", first, "", "", other, "", "times as fast", "", "" },
    { "workload", "units", "wall", "cpu", "wall", "cpu", "wall", "cpu",
      other == "lua-socket" and "goal" or "" },
  }
  for _, result in ipairs(results) do
    local ratios = result.variants[1] == first and result.ratios[other]
    if ratios then
      local ours, theirs = result.summary[first], result.summary[other]
      rows[#rows + 1] = {
        result.workload.name, rate_text(ours.wall.median),
        seconds_text(ours.wall.median), seconds_text(ours.cpu.median),
        seconds_text(theirs.wall.median), seconds_text(theirs.cpu.median),
        ratio_text(ratios.wall), ratio_text(ratios.cpu),
        other == "lua-socket" and goal_text(result, interpreter) or "",
      }
    end
  end
  return #rows > 2 and lay_out(rows) or ""
end

local function plain_row(result, variant)
  local wall, cpu = result.summary[variant].wall.median, result.summary[variant].cpu.median
  return { result.workload.name, rate_text(wall), seconds_text(wall), seconds_text(cpu) }
end

--- Times per operation of a variant that has none to be compared with.
function report.plain_times(results, variant)
  local rows = { { "workload", "units", "wall", "cpu" } }
  for _, result in ipairs(results) do
    if result.summary[variant] then
      rows[#rows + 1] = plain_row(result, variant)
    end
  end
  return #rows > 1 and lay_out(rows) or ""
end

--- The same of those workloads that nothing else can do.
function report.alone(results, variants)
  local single = {}
  for _, result in ipairs(results) do
    if #result.variants == 1 and #variants > 1 then
      single[#single + 1] = result
    end
  end
  local text = report.plain_times(single, variants[1])
  return text == "" and "" or variants[1] .. " alone\n" .. text
end

local function variants_of(results, variants, has)
  local names = {}
  for _, name in ipairs(variants) do
    for _, result in ipairs(results) do
      if has(result, name) then
        names[#names + 1] = name
        break
      end
    end
  end
  return names
end

--- A table of one figure for each variant, in two columns' worth: { title, text(result, variant) }.
local function side_by_side(results, names, has, columns)
  local rows = { { "" }, { "workload" } }
  for _, column in ipairs(columns) do
    for index, name in ipairs(names) do
      table.insert(rows[1], index == 1 and column[1] or "")
      table.insert(rows[2], name)
    end
  end
  for _, result in ipairs(results) do
    local row, any = { result.workload.name }, false
    for _, column in ipairs(columns) do
      for _, name in ipairs(names) do
        any = any or has(result, name)
        row[#row + 1] = has(result, name) and column[2](result, name) or "-"
      end
    end
    if any then
      rows[#rows + 1] = row
    end
  end
  return #rows > 2 and lay_out(rows) or ""
end

local function count_text(count)
  local text = string.format(count < 0.0995 and "%.3f" or count < 9.95 and "%.2f" or "%.0f", count)
  return count > 0 and tonumber(text) == 0 and "<0.001" or text
end

--- System calls and allocations per operation.
function report.traces(results, variants)
  local function has(result, name)
    return result.traced[name] ~= nil
  end
  return side_by_side(results, variants_of(results, variants, has), has, {
    { "system calls", function(result, name) return count_text(result.traced[name].calls) end },
    { "allocations", function(result, name) return count_text(result.traced[name].allocations) end },
  })
end

--- How long one message takes, where there are many at once.
function report.delays(results, variants)
  local function has(result, name)
    return result.summary[name] ~= nil and result.summary[name].median ~= nil
  end
  local function delay(which)
    return function(result, name)
      return seconds_text(result.summary[name][which].median)
    end
  end
  return side_by_side(results, variants_of(results, variants, has), has, {
    { "echo: median", delay("median") }, { "99 of 100 within", delay("late") },
  })
end

local heaps = {
  { "lua_heap", "Lua heap", true }, { "c_heap", "C heap", true }, { "resident", "resident", false },
}

--- Bytes per unit of each heap.
function report.heaps(results, variants)
  local names = variants_of(results, variants, function(result, name)
    return result.summary[name] ~= nil
  end)
  local header = { "workload", "bytes of" }
  for _, name in ipairs(names) do
    header[#header + 1] = name
  end
  header[#header + 1] = "limit"
  local rows = { header }
  for _, result in ipairs(results) do
    for _, heap in ipairs(heaps) do
      local row = { result.workload.name, heap[2] }
      for _, name in ipairs(names) do
        local summary = result.summary[name]
        row[#row + 1] = summary and string.format("%.0f", summary[heap[1]].median) or "-"
      end
      local limit = heap[3] and result.workload.limit
      local ours = result.summary.moontide
      row[#row + 1] = limit and string.format("%d%s", limit,
        ours and ours[heap[1]].median > limit and " !" or "") or ""
      rows[#rows + 1] = row
    end
  end
  return #rows > 1 and lay_out(rows) or ""
end

return report
