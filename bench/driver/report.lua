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
  return string.format("%.2f (%.2f-%.2f)", ratio.median, ratio.low, ratio.high)
end

local function lay_out(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for column, text in ipairs(row) do
      widths[column] = math.max(widths[column] or 0, #text)
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

--- Times per operation of the first variant and of variant `other`, and how many times as fast the
--- first one is.
function report.times(results, variants, other, interpreter)
  local first = variants[1]
  local rows = {
    { "", first, "", other, "", "times as fast", "", "" },
    { "workload", "wall", "cpu", "wall", "cpu", "wall", "cpu", "goal" },
  }
  for _, result in ipairs(results) do
    local ratios = result.ratios[other]
    if ratios then
      local ours, theirs = result.summary[first], result.summary[other]
      rows[#rows + 1] = {
        result.workload.name,
        seconds_text(ours.wall.median), seconds_text(ours.cpu.median),
        seconds_text(theirs.wall.median), seconds_text(theirs.cpu.median),
        ratio_text(ratios.wall), ratio_text(ratios.cpu),
        other == "lua-socket" and goal_text(result, interpreter) or "",
      }
    end
  end
  return lay_out(rows)
end

--- Times per operation of a variant that has none to be compared with.
function report.plain_times(results, variant)
  local rows = { { "workload", "wall", "cpu" } }
  for _, result in ipairs(results) do
    local summary = result.summary[variant]
    if summary then
      local wall, cpu = summary.wall.median, summary.cpu.median
      rows[#rows + 1] = { result.workload.name, seconds_text(wall), seconds_text(cpu) }
    end
  end
  return lay_out(rows)
end

local heaps = {
  { "lua_heap", "Lua heap", true }, { "c_heap", "C heap", true }, { "resident", "resident", false },
}

--- Bytes per unit of each heap.
function report.heaps(results, variants)
  local header = { "workload", "bytes of" }
  for _, name in ipairs(variants) do
    header[#header + 1] = name
  end
  header[#header + 1] = "limit"
  local rows = { header }
  for _, result in ipairs(results) do
    for _, heap in ipairs(heaps) do
      local row = { result.workload.name, heap[2] }
      for _, name in ipairs(variants) do
        local summary = result.summary[name]
        row[#row + 1] = summary and string.format("%.0f", summary[heap[1]].median) or "-"
      end
      local limit = heap[3] and result.workload.limit
      local first = result.summary[variants[1]][heap[1]].median
      row[#row + 1] = limit and string.format("%d%s", limit,
        variants[1] == "moontide" and first > limit and " !" or "") or ""
      rows[#rows + 1] = row
    end
  end
  return lay_out(rows)
end

return report
