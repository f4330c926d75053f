-- Results as pictures: one SVG for each group of workloads. A bar is how many times as fast as lua-socket
-- Moontide is, by CPU time, on a logarithmic scale; the line in it spans the quartiles, and the tick says
-- where the C program is.

local picture = {}

local GROUPS = {
  { "receive", "Receiving", "^line_", "^receive_" },
  { "send", "Sending, and back again", "^send_", "^pingpong_" },
  { "connections", "Connections, select, require", "^select_", "^connect$", "^accept$", "^require$" },
  { "datagrams", "Datagrams", "^receivefrom_" },
  { "coding", "Codecs and URLs", "b64", "^qp", "^url_" },
  { "http", "HTTP", "^http_" },
}

local LEFT, WIDTH, RIGHT = 130, 420, 90
local TOP, ROW, BAR, BOTTOM = 54, 24, 14, 44

local STYLE = [[
  text { font: 12px sans-serif; fill: #222 } .title { font-size: 15px; font-weight: bold }
  .grid { stroke: #ccc } .one { stroke: #666 } .bar { fill: #2a7ab8 }
  .spread { stroke: #123; stroke-width: 2 }
  .limit { stroke: #c33; stroke-width: 3 } .small { font-size: 11px; fill: #555 }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .small { fill: #aaa } .grid { stroke: #444 } .one { stroke: #999 }
    .bar { fill: #4a9ad8 } .spread { stroke: #def }
  }]]

local function group_of(name)
  for _, group in ipairs(GROUPS) do
    for index = 3, #group do
      if name:find(group[index]) then
        return group
      end
    end
  end
end

--- What there is to draw of a result; nil where there is nothing to compare with.
local function row_of(result)
  local ratio = result.ratios["lua-socket"]
  if not ratio or result.variants[1] ~= "moontide" then
    return nil
  end
  local c = result.ratios.c
  return {
    name = result.workload.name, median = ratio.cpu.median, low = ratio.cpu.low, high = ratio.cpu.high,
    limit = c and ratio.cpu.median / c.cpu.median,
  }
end

--- Ticks of the scale, from the largest that is not above `low` to the smallest that is not below `high`.
local function ticks_between(low, high)
  local all = { 0.5, 1, 2, 5, 10, 20, 50, 100, 200 }
  local first, last = 1, #all
  while first < 2 and all[first + 1] <= low do
    first = first + 1
  end
  while last > 3 and all[last - 1] >= high do
    last = last - 1
  end
  return table.move(all, first, last, 1, {})
end

local function draw(title, rows, interpreter)
  local low, high = 1, 1
  for _, row in ipairs(rows) do
    low, high = math.min(low, row.low), math.max(high, row.high, row.limit or 1)
  end
  local ticks = ticks_between(low, high)
  local first, last = math.log(ticks[1]), math.log(ticks[#ticks])
  local function x(value)
    local place = (math.log(value) - first) / (last - first)
    return LEFT + WIDTH * math.max(0, math.min(1, place))
  end
  local bottom = TOP + #rows * ROW
  local parts = {}
  local function add(text, ...)
    parts[#parts + 1] = text:format(...)
  end
  local function line(class, x1, x2, y1, y2)
    add('<line class="%s" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>', class, x1, x2, y1, y2)
  end
  add('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img">',
    LEFT + WIDTH + RIGHT, bottom + BOTTOM)
  add("<title>%s, %s</title><style>%s</style>", title, interpreter, STYLE)
  add('<text class="title" x="10" y="22">%s</text>', title)
  add('<text class="small" x="10" y="40">%s</text>', interpreter)
  for _, tick in ipairs(ticks) do
    line(tick == 1 and "one" or "grid", x(tick), x(tick), TOP - 6, bottom)
    add('<text class="small" x="%.1f" y="%d" text-anchor="middle">%gx</text>', x(tick), bottom + 15, tick)
  end
  for index, row in ipairs(rows) do
    local y = TOP + (index - 1) * ROW
    local middle = y + BAR / 2
    local from, to = math.min(x(1), x(row.median)), math.max(x(1), x(row.median))
    add('<text x="%d" y="%.1f" text-anchor="end">%s</text>', LEFT - 8, middle + 4, row.name)
    add('<rect class="bar" x="%.1f" y="%d" width="%.1f" height="%d"/>', from, y, math.max(to - from, 1), BAR)
    line("spread", x(row.low), x(row.high), middle, middle)
    if row.limit then
      line("limit", x(row.limit), x(row.limit), y - 2, y + BAR + 2)
    end
    add('<text x="%d" y="%.1f">%.2f</text>', LEFT + WIDTH + 10, middle + 4, row.median)
  end
  add('<text class="small" x="10" y="%d">%s</text></svg>', bottom + 34,
    "times as fast as lua-socket by CPU time, with quartiles; red: the C program")
  return table.concat(parts, "\n") .. "\n"
end

--- SVG texts of the results of one interpreter, by the name of their group.
function picture.groups(results, interpreter)
  local rows = {}
  for _, result in ipairs(results) do
    local group, row = group_of(result.workload.name), row_of(result)
    if group and row then
      rows[group] = rows[group] or {}
      table.insert(rows[group], row)
    end
  end
  local pictures = {}
  for group, list in pairs(rows) do
    pictures[group[1]] = draw(group[2], list, interpreter)
  end
  return pictures
end

return picture
