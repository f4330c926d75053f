-- Several runs as one.
local test = ...
local compare = require("compare")
local harness = require("harness")
local json = require("json")
local measure = require("measure")
local pool = require("pool")
local scripted_runner = require("scripted_runner")

local here = arg[0]:match("^(.*/)") or "./"

--- A run as it comes back from its file. `ratios` are those of its rounds, `date` when it was.
local function run_of(date, ratios, changes)
  local runner = scripted_runner.new(function(variant, run)
    return 0.001 * (variant == "moontide" and 1 or ratios[(run - 1) // 2] or 1)
  end)
  local workload = scripted_runner.workload("send_16", changes)
  local result = measure.record(scripted_runner.measure(runner, { workload }, #ratios)[1])
  local facts = {
    date = date, load = "0.10", rounds = #ratios, seconds_per_run = 0.15, interpreters = { "Lua 5.4" },
    packages = { moontide = "build of " .. date, luv = "1.44.2" },
  }
  return json.decode(json.encode({ facts = facts, results = { ["Lua 5.4"] = { send_16 = result } } }))
end

local function near(t, value, expected)
  t.between(value, expected - 1e-6, expected + 1e-6)
end

test("median and spread are those of all rounds", function(t)
  local monday, tuesday = run_of("Monday", { 1.2, 1.3, 1.25 }), run_of("Tuesday", { 1.5, 1.4 })
  local _, _, results = pool.documents({ monday, tuesday })
  t.equal(#results, 1)
  local ratio = results[1].ratios["lua-socket"].cpu
  near(t, ratio.median, 1.3)
  near(t, ratio.lowest, 1.2)
  near(t, ratio.highest, 1.5)
  t.equal(#results[1].samples.moontide.wall, 5)
end)

test("another run is within a pool though it is outside of each of its runs", function(t)
  local monday, tuesday = run_of("Monday", { 1.1, 1.1 }), run_of("Tuesday", { 1.3, 1.3 })
  local third = run_of("Wednesday", { 1.2 })
  local facts, _, results = pool.documents({ monday, tuesday })
  local both = { facts = facts, results = { ["Lua 5.4"] = { send_16 = measure.record(results[1]) } } }
  t.matches(compare.text(both, third), "\n1 of 1 CPU ratios within the spread of the other run\n$")
  for _, one in ipairs({ monday, tuesday }) do
    t.matches(compare.text(one, third), "\n0 of 1 CPU ratios")
  end
end)

test("what differs between the runs is told of each, and the rounds are added up", function(t)
  local facts, interpreters = pool.documents({ run_of("Monday", { 1, 1 }), run_of("Tuesday", { 1, 1, 1 }) })
  t.equal(facts.date, "Monday / Tuesday")
  t.equal(facts.packages.moontide, "build of Monday / build of Tuesday")
  t.equal(facts.packages.luv, "1.44.2")
  t.equal(facts.load, "0.10")
  t.equal(facts.seconds_per_run, 0.15)
  t.equal(facts.rounds, 5)
  t.equal(#interpreters, 1)
  t.equal(interpreters[1].version, "Lua 5.4")
end)

test("runs of other variants are no pool", function(t)
  local _, message = pcall(pool.documents, {
    run_of("Monday", { 1 }), run_of("Tuesday", { 1 }, { variants = { "moontide" } }),
  })
  t.equal(message, "send_16 on Lua 5.4: moontide, lua-socket in the run of Monday, "
    .. "moontide in that of Tuesday")
end)

test("a run without one of the workloads is in no pool", function(t)
  local short = run_of("Tuesday", { 1 })
  short.results["Lua 5.4"] = {}
  local _, message = pcall(pool.documents, { short, run_of("Monday", { 1 }) })
  t.equal(message, "send_16 on Lua 5.4: nothing in the run of Tuesday, "
    .. "moontide, lua-socket in that of Monday")
end)

test("runs on other interpreters are no pool", function(t)
  local more = run_of("Tuesday", { 1 })
  more.facts.interpreters = { "Lua 5.4", "LuaJIT 2.1.0" }
  more.results["LuaJIT 2.1.0"] = more.results["Lua 5.4"]
  local _, message = pcall(pool.documents, { run_of("Monday", { 1 }), more })
  t.equal(message, "Lua 5.4 in the run of Monday, Lua 5.4, LuaJIT 2.1.0 in that of Tuesday")
end)

test("a workload that is unknown now is not dropped in silence", function(t)
  local old = run_of("Monday", { 1 })
  old.results["Lua 5.4"].send_carrier_pigeon = old.results["Lua 5.4"].send_16
  local _, message = pcall(pool.documents, { old })
  t.equal(message, "there is no workload send_carrier_pigeon any more")
end)

test("the command leaves what a run leaves", function(t)
  local place = t.tmpname() .. "_output"
  assert(os.execute("mkdir -p " .. place))
  t.cleanup(function() os.execute("rm -r " .. place) end)
  local names = {}
  for index, ratios in ipairs({ { 1.2, 1.2 }, { 1.4, 1.4, 1.4 } }) do
    names[index] = string.format("%s/%d.json", place, index)
    local file = assert(io.open(names[index], "w"))
    assert(file:write(json.encode(run_of("day " .. index, ratios))))
    file:close()
  end
  local pipe = assert(io.popen(string.format("%s build --pool=%s --output=%s/pool 2>&1",
    harness.quote(here .. "../../bench/run"), table.concat(names, ","), place)))
  local output = pipe:read("a")
  t.equal(select(3, pipe:close()), 0, output)
  t.matches(output, "^day 1 / day 2, ")
  t.matches(output, "\n5 rounds of 0%.15 s\n")
  t.matches(output, "\nsend_16 .* 1%.40 %(1%.20%-1%.40%)")
  for _, name in ipairs({ "results.txt", "results.json", "send-lua5.4.svg" }) do
    local file = assert(io.open(place .. "/pool/" .. name))
    t.equal(file:read(1) ~= nil, true, name)
    file:close()
  end
end)

test("the tables of the last run take the place of those in the README", function(t)
  local place = t.tmpname() .. "_bench"
  t.cleanup(function() os.execute("rm -r " .. place) end)
  local source = harness.quote(here .. "../../bench/")
  assert(os.execute(string.format("mkdir -p %s && cp -r %srun %sdriver %s", place, source, source, place)))
  local function write(name, text)
    local file = assert(io.open(place .. "/" .. name, "w"))
    assert(file:write(text))
    file:close()
  end
  write("README.md", "# Benchmarks\n\n## Latest table\n\n```text\nold\n```\n")
  write("run.json", json.encode(run_of("Monday", { 1.2 })))
  assert(os.execute(string.format("cd %s && ./run . --pool=run.json --output=. >/dev/null", place)))
  assert(os.execute(string.format("cd %s && ./run . --readme --output=.", place)))
  local file = assert(io.open(place .. "/README.md"))
  local text = file:read("a")
  file:close()
  t.matches(text, "^# Benchmarks\n\n## Latest table\n\n```text\nMonday, .* 1%.20 .*\n```\n$")
  t.equal(text:find("old", 1, true), nil)
end)
