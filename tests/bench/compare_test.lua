-- Whether two runs agree.
local test = ...
local compare = require("compare")
local harness = require("harness")
local json = require("json")
local measure = require("measure")
local scripted_runner = require("scripted_runner")

local here = arg[0]:match("^(.*/)") or "./"

-- Ratios of five rounds by workload: lowest 1.00, median 1.25, highest 1.50.
local SPREAD = { 1.25, 1.0, 1.5, 1.2, 1.3 }

local FACTS = { date = "2026-11-26 19:40 UTC", load = "0.10", processor = "AMD EPYC",
                packages = { OpenSSL = "3.0.19", luv = "1.44.2" } }

--- A run as it comes back from its file: `ratios` has those of the rounds of each workload.
local function document(ratios, changes)
  local results, facts = {}, {}
  for name, list in pairs(ratios) do
    -- The first two runs find out how many units there are; then two make a round.
    local runner = scripted_runner.new(function(variant, run)
      return 0.001 * (variant == "moontide" and 1 or list[(run - 1) // 2] or 1)
    end)
    local workload = scripted_runner.workload(name)
    results[name] = measure.record(scripted_runner.measure(runner, { workload }, #list)[1])
  end
  for key, value in pairs(FACTS) do
    facts[key] = value
  end
  for key, value in pairs(changes or {}) do
    facts[key] = value
  end
  return json.decode(json.encode({ facts = facts, results = { ["Lua 5.4"] = results } }))
end

local function text_of(old, new, changes)
  return compare.text(document(old), document(new, changes))
end

test("a median at either end of the spread is within it", function(t)
  for _, median in ipairs({ 1.0, 1.25, 1.5 }) do
    local text, complete = text_of({ send_16 = SPREAD }, { send_16 = { median } })
    t.equal(complete, true)
    t.matches(text, "\n1 of 1 wall ratios within the spread of the other run\n"
      .. "1 of 1 CPU ratios within the spread of the other run\n$")
    t.matches(text, ("\nsend_16   lua%%-socket  1%%.25 %%(1%%.00%%-1%%.50%%)  +%.2f "):format(median))
    t.equal(text:find("%", 1, true), nil)
  end
end)

test("a median beyond the spread is named with how far it lies outside", function(t)
  local text, complete = text_of({ send_16 = SPREAD, connect = SPREAD, accept = SPREAD },
    { send_16 = { 1.8 }, connect = { 1.1 }, accept = { 0.9 } })
  t.equal(complete, true)
  t.matches(text, "\n1 of 3 CPU ratios within the spread of the other run; not\n"
    .. "  send_16, lua%-socket: 1%.80 is 20%.0 %% above 1%.00%-1%.50\n"
    .. "  accept, lua%-socket: 0%.90 is 10%.0 %% below 1%.00%-1%.50\n$")
  t.matches(text, "\nsend_16   [^\n]* 1%.80 +%+20%.0 %%[^\n]* 1%.80 +%+20%.0 %%\n")
  t.matches(text, "\naccept    [^\n]* 0%.90 +%-10%.0 %%")
end)

test("it is the first run's spread and the second run's median", function(t)
  local wide, narrow = { send_16 = { 1, 2, 3 } }, { send_16 = { 2.4, 2.5, 2.6 } }
  t.matches(text_of(wide, narrow), "\n1 of 1 CPU ratios")
  t.matches(text_of(narrow, wide), "\n0 of 1 CPU ratios .*: 2%.00 is 16%.7 %% below 2%.40%-2%.60\n$")
end)

test("what the tables print as the same is no difference", function(t)
  t.matches(text_of({ send_16 = { 1.004 } }, { send_16 = { 0.996 } }), "\n1 of 1 CPU ratios")
  t.matches(text_of({ send_16 = { 0.996 } }, { send_16 = { 1.004 } }), "\n1 of 1 CPU ratios")
  t.matches(text_of({ send_16 = { 1.004 } }, { send_16 = { 1.006 } }), "\n0 of 1 CPU ratios")
end)

test("spreads are those of the rounds, whatever else the file states", function(t)
  local old = document({ send_16 = SPREAD })
  local result = old.results["Lua 5.4"].send_16
  result.ratios["lua-socket"] = { cpu = { median = 9, low = 9, high = 9 } }
  result.figures, result.variants = nil, nil
  t.matches(compare.text(old, document({ send_16 = { 1.1 } })), "\n1 of 1 CPU ratios")
end)

test("heaps are compared by their bytes", function(t)
  local old, new = document({ heap_idle = { 1, 1 } }), document({ heap_idle = { 2, 2 } })
  for _, of_run in ipairs({ old, new }) do
    local result = of_run.results["Lua 5.4"].heap_idle
    result.figures = "heap"
    -- The C program has next to no heap: no picture shows it, and it is not compared.
    result.ratios.c, result.samples.c = {}, result.samples["lua-socket"]
  end
  local samples = new.results["Lua 5.4"].heap_idle.samples
  samples["lua-socket"] = setmetatable({ lua_heap = { 150, 150 } }, { __index = samples["lua-socket"] })
  local text, complete = compare.text(old, new)
  t.equal(complete, true)
  t.matches(text, "\n0 of 1 heap ratios .* not\n"
    .. "  heap_idle, lua%-socket: 1%.50 is 50%.0 %% above 1%.00%-1%.00\n$")
  t.equal(text:find("CPU", 1, true), nil)
end)

test("what only one of the runs has is named, and the comparison is not complete", function(t)
  local text, complete = text_of({ send_16 = SPREAD, connect = SPREAD },
    { send_16 = SPREAD, accept = SPREAD })
  t.equal(complete, false)
  t.matches(text, "\nonly in the first run: connect, lua%-socket\n"
    .. "only in the second run: accept, lua%-socket\n")
  t.matches(text, "\n1 of 1 CPU ratios within the spread of the other run\n$")
end)

test("runs that have nothing in common are not compared", function(t)
  local other = document({ send_16 = SPREAD })
  other.results = { LuaJIT = other.results["Lua 5.4"] }
  local text, complete = compare.text(document({ send_16 = SPREAD }), other)
  t.equal(complete, false)
  t.matches(text, "\nLua 5.4\n\nnothing that both runs have\n\nLuaJIT\n\nnothing that both runs have\n$")
end)

test("runs without any ratio are not compared", function(t)
  local alone = document({ send_16 = SPREAD })
  local result = alone.results["Lua 5.4"].send_16
  result.samples["lua-socket"], result.ratios = nil, {}
  local text, complete = compare.text(alone, alone)
  t.equal(complete, false)
  t.matches(text, "\n\nLua 5.4\n\nnothing that both runs have\n$")
  alone.results = {}
  t.equal(select(2, compare.text(alone, alone)), false)
end)

test("a variant is not taken for another that ratios are formed by", function(t)
  local old = document({ send_16 = SPREAD })
  local samples = old.results["Lua 5.4"].send_16.samples
  old.results["Lua 5.4"].send_16 = {
    group = "send", figures = "time", ratios = { ["lua-socket"] = {} },
    samples = { ["lua-socket"] = samples["lua-socket"], c = samples.moontide },
  }
  local text, complete = compare.text(old, document({ send_16 = SPREAD }))
  t.equal(complete, false)
  t.matches(text, "nothing that both runs have")
end)

test("other machines and versions are named, dates and loads are not", function(t)
  local text = text_of({ send_16 = SPREAD }, { send_16 = SPREAD }, {
    date = "2026-11-27 00:06 UTC", load = "3.07", processor = "Intel Xeon",
    packages = { OpenSSL = "3.0.20", luv = "1.44.2", glibc = "2.36" },
  })
  t.equal(text:match("^(.-)\n\n"), "first: 2026-11-26 19:40 UTC\nsecond: 2026-11-27 00:06 UTC\n"
    .. "OpenSSL differs: 3.0.19, 3.0.20\nglibc differs: not recorded, 2.36\n"
    .. "processor differs: AMD EPYC, Intel Xeon")
end)

-- The command ------------------------------------------------------------------------------------------

local function file_with(t, text)
  local name = t.tmpname()
  local file = assert(io.open(name, "w"))
  assert(file:write(text))
  file:close()
  return name
end

local function run(arguments)
  local pipe = assert(io.popen(harness.quote(here .. "../../bench/run") .. " " .. arguments .. " 2>&1"))
  local output = pipe:read("a")
  local _, _, code = pipe:close()
  return output, code
end

local function compared(t, old, new)
  return run("--compare=" .. file_with(t, json.encode(old)) .. "," .. file_with(t, json.encode(new)))
end

test("the command succeeds when all ratios could be compared, whether they agree or not", function(t)
  local output, code = compared(t, document({ send_16 = SPREAD }), document({ send_16 = { 3 } }))
  t.equal(code, 0, output)
  t.matches(output, "\n0 of 1 CPU ratios within the spread of the other run; not\n")
end)

test("the command fails when a ratio is in one of the files only", function(t)
  local output, code = compared(t, document({ send_16 = SPREAD }),
    document({ send_16 = SPREAD, connect = SPREAD }))
  t.equal(code, 1, output)
  t.matches(output, "\nonly in the second run: connect, lua%-socket\n")
end)

test("the command names a file that it cannot read", function(t)
  local good = file_with(t, json.encode(document({ send_16 = SPREAD })))
  for text, message in pairs({ ["{"] = "no key at byte 2", ["{}"] = "no results of bench/run" }) do
    local bad = file_with(t, text)
    local output, code = run("--compare=" .. good .. "," .. bad)
    t.equal(code, 1, output)
    t.equal(output, "bench/run: " .. bad .. ": " .. message .. "\n")
  end
  local output, code = run("--compare=" .. good .. ".gone," .. good)
  t.equal(code, 1, output)
  t.equal(output, "bench/run: " .. good .. ".gone: No such file or directory\n")
end)

test("the second file is that of the build directory where none is named", function(t)
  local place = t.tmpname() .. "_output"
  assert(os.execute("mkdir -p " .. place))
  t.cleanup(function() os.execute("rm -r " .. place) end)
  local good = file_with(t, json.encode(document({ send_16 = SPREAD })))
  local output, code = run("BUILD --output=" .. place .. " --compare=" .. good)
  t.equal(code, 1, output)
  t.equal(output, "bench/run: " .. place .. "/results.json: No such file or directory\n")
  assert(os.execute("cp " .. good .. " " .. place .. "/results.json"))
  output, code = run("BUILD --output=" .. place .. " --compare=" .. good)
  t.equal(code, 0, output)
end)
