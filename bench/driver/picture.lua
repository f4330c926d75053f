-- Results as pictures: one SVG for each group of workloads. A bar is how many times Moontide's CPU time, or
-- memory, another library takes, on a logarithmic scale; the line in it goes from the lowest to the highest
-- round, and the tick says where the C program is.

local picture = {}

local TITLES = {
  receive = "Receiving", send = "Sending, and back again", connections = "Connections, select, require",
  datagrams = "Datagrams", coding = "Codecs and URLs", http = "HTTP", tasks = "Tasks", tls = "TLS",
  echo = "Echo servers", memory = "Memory",
}

-- What a bar compares with if its label names nothing else.
local USUAL = "lua-socket"

local CHARACTER = 7.2 -- the width of one, or a little more
local WIDTH, RIGHT = 420, 90
local TOP, ROW, BAR, BOTTOM = 54, 24, 14, 60

-- The background is a part of the picture, so that it can be read on pages of either colour.
local STYLE = [[
  .page { fill: #fff } text { font: 12px sans-serif; fill: #222 }
  .title { font-size: 15px; font-weight: bold }
  .grid { stroke: #ccc } .one { stroke: #666 } .bar { fill: #2a7ab8 }
  .spread { stroke: #123; stroke-width: 2 }
  .limit { stroke: #c33; stroke-width: 3 } .small { font-size: 11px; fill: #555 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #16181c } text { fill: #ddd } .small { fill: #aaa } .grid { stroke: #444 }
    .one { stroke: #999 } .bar { fill: #3a86c4 } .spread { stroke: #def } .limit { stroke: #f66 }
  }]]

--- What is compared of a result and variant; nil where there is nothing.
local function ratio_of(result, variant)
  local ratios = result.ratios[variant]
  if not ratios then
    return nil
  end
  return ratios[result.workload.figures == "heap" and "heap" or "cpu"]
end

--- The bars of a result: one for each other variant, but for the C program, which is a tick in them.
local function add_rows(rows, result)
  if result.variants[1] ~= "moontide" or result.workload.pictured == false then
    return
  end
  local c = result.workload.figures == "time" and ratio_of(result, "c")
  local only_c = c and #result.variants == 2
  for _, variant in ipairs(result.variants) do
    local ratio = (variant ~= "c" or only_c) and ratio_of(result, variant)
    if ratio then
      rows[#rows + 1] = {
        name = result.workload.name .. (variant == USUAL and "" or " / " .. variant),
        median = ratio.median, lowest = ratio.lowest, highest = ratio.highest,
        limit = c and not only_c and ratio.median / c.median,
      }
    end
  end
end

--- Ticks of the scale, from the largest that is not above `low` to the smallest that is not below `high`.
local function ticks_between(low, high)
  local all = { 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500 }
  local first, last = 1, #all
  while first < 5 and all[first + 1] <= low do
    first = first + 1
  end
  while last > 6 and all[last - 1] >= high do
    last = last - 1
  end
  return table.move(all, first, last, 1, {})
end

local function scale_of(rows)
  local low, high = 1, 1
  for _, row in ipairs(rows) do
    low, high = math.min(low, row.lowest), math.max(high, row.highest, row.limit or 1)
  end
  return ticks_between(low, high)
end

local function widest(rows)
  local length = 0
  for _, row in ipairs(rows) do
    length = math.max(length, #row.name)
  end
  return math.ceil(length * CHARACTER)
end

local function value_text(value)
  return string.format(value >= 99.5 and "%.0f" or value >= 9.95 and "%.1f" or "%.2f", value)
end

local function draw(title, rows, interpreter, legend, second)
  local ticks = scale_of(rows)
  local left = 20 + widest(rows)
  local first, last = math.log(ticks[1]), math.log(ticks[#ticks])
  local function x(value)
    local place = (math.log(value) - first) / (last - first)
    return left + WIDTH * math.max(0, math.min(1, place))
  end
  local bottom = TOP + #rows * ROW
  local parts = {}
  local function add(text, ...)
    parts[#parts + 1] = text:format(...)
  end
  local function line(class, x1, x2, y1, y2)
    add('<line class="%s" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>', class, x1, x2, y1, y2)
  end
  local width, height = left + WIDTH + RIGHT, bottom + BOTTOM
  add('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">',
    width, height, width, height)
  add("<title>%s, %s</title><style>%s</style>", title, interpreter, STYLE)
  add('<rect class="page" width="%d" height="%d"/>', width, height)
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
    add('<text x="%d" y="%.1f" text-anchor="end">%s</text>', left - 8, middle + 4, row.name)
    add('<rect class="bar" x="%.1f" y="%d" width="%.1f" height="%d"/>', from, y, math.max(to - from, 1), BAR)
    line("spread", x(row.lowest), x(row.highest), middle, middle)
    if row.limit then
      line("limit", x(row.limit), x(row.limit), y - 2, y + BAR + 2)
    end
    add('<text x="%d" y="%.1f">%s</text>', left + WIDTH + 10, middle + 4, value_text(row.median))
  end
  add('<text class="small" x="10" y="%d">%s</text>', bottom + 34, legend)
  add('<text class="small" x="10" y="%d">%s</text></svg>', bottom + 49, second)
  return table.concat(parts, "\n") .. "\n"
end

--- Two lines of text.
local function legend_of(rows, group)
  local what = group == "memory" and "heap" or "CPU time"
  local named, limited = false, false
  for _, row in ipairs(rows) do
    named = named or row.name:find(" / ", 1, true)
    limited = limited or row.limit
  end
  return what .. " of the other divided by Moontide's: median, and lowest to highest round",
    "the other is " .. USUAL .. (named and " unless it is named" or "")
      .. (limited and "; red: the C program" or "")
end

--- SVG texts of the results of one interpreter, by the name of their group.
function picture.groups(results, interpreter)
  local groups = {}
  for _, result in ipairs(results) do
    local group = result.workload.group
    groups[group] = groups[group] or {}
    add_rows(groups[group], result)
  end
  local pictures = {}
  for group, rows in pairs(groups) do
    if #rows > 0 then
      pictures[group] = draw(TITLES[group], rows, interpreter, legend_of(rows, group))
    end
  end
  return pictures
end

return picture
