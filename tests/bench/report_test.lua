-- What tables and pictures state of the rounds.
local test = ...
local picture = require("picture")
local report = require("report")
local scripted_runner = require("scripted_runner")
local statistics = require("statistics")

local WORKLOAD = scripted_runner.workload("send_16", { goal = 1.1 })

local function result()
  local figures = { wall = statistics.summary({ 0.001 }), cpu = statistics.summary({ 0.001 }) }
  local ratio = statistics.summary({ 0.5, 1.25, 2, 1.5, 1.0 })
  return {
    workload = WORKLOAD, variants = { "moontide", "lua-socket" },
    summary = { moontide = figures, ["lua-socket"] = figures },
    ratios = { ["lua-socket"] = { wall = ratio, cpu = ratio } },
  }
end

test("a table has the median of the ratios, the lowest and the highest", function(t)
  local text = report.times({ result() }, { "moontide", "lua-socket" }, "lua-socket",
    scripted_runner.interpreter)
  t.matches(text, "  1%.25 %(0%.50%-2%.00%)  1%.25 %(0%.50%-2%.00%)  1%.10\n$")
end)

-- The ticks at the ends of the spread have its coordinates.
test("the line in a bar goes from the lowest round to the highest", function(t)
  local svg = picture.groups({ result() }, "Lua 5.4").send
  local from, to = svg:match('<line class="spread" x1="([%d.]+)" x2="([%d.]+)"')
  local function place(tick)
    return svg:match('<text class="small" x="([%d.]+)" [^>]*>' .. tick .. "x</text>")
  end
  t.equal(from, place("0%.5"))
  t.equal(to, place("2"))
  t.matches(svg, "divided by Moontide's: median, and lowest to highest round")
end)
