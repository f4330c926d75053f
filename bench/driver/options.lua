-- Command line and environment.

local options = {}

options.usage = [[
usage: bench/run BUILD_DIR [OPTIONS]
       bench/run --compare=OLD,NEW
       bench/run BUILD_DIR --pool=FILE,FILE...

  --workload=PATTERNS  names such as line_*, or groups such as tls, separated by commas (environment:
                       WORKLOAD); default: all
  --rounds=N           rounds per workload, default 7 (environment: ROUNDS)
  --lua=PROGRAMS       interpreters, separated by commas, default lua5.4 (environment: LUA)
  --variants=NAMES     of moontide,lua-socket,lua-sec,copas,cqueues,luv,c; default: all
  --time=SECONDS       how long one run is to take, default 0.15
  --prefix=DIR         where Moontide is (share/lua, lib/lua), default BUILD_DIR
  --output=DIR         where results.txt, results.json and the pictures go, default BUILD_DIR/bench/results
  --wrap=COMMAND       put COMMAND before the subject's, such as "perf record -o FILE --"
  --smoke              few units, one round: only whether each workload runs and counts right
  --no-trace           no extra runs that count system calls and allocations
  --readme             measures nothing; puts the last results.txt into bench/README.md
  --compare=OLD[,NEW]  measures nothing; says whether the ratios of one run are within the spread of an
                       older one. OLD and NEW are their results.json, NEW that of DIR if absent. Succeeds
                       when each ratio of either run is in the other, whether they agree or not
  --pool=FILE,FILE...  measures nothing; results of several runs, which are results.json of each, the oldest
                       first, as if their rounds were those of one
  --list               print the groups and names of the workloads
]]

local function split(text)
  local list = {}
  for item in text:gmatch("[^,%s]+") do
    list[#list + 1] = item
  end
  return list
end

local function environment(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local function positive(text, name)
  local number = tonumber(text)
  if not number or number <= 0 then
    error("--" .. name .. ": a positive number expected, got " .. text, 0)
  end
  return number
end

local known = {
  workload = true, rounds = true, lua = true, variants = true, time = true, prefix = true,
  output = true, wrap = true, compare = true, pool = true,
}

local flag_names = {
  ["--smoke"] = true, ["--list"] = true, ["--help"] = true, ["--readme"] = true, ["--no-trace"] = true,
}

--- Reads the arguments; raises a text for the user if they make no sense.
function options.parse(arguments)
  local given = {}
  local flags = {}
  local build
  for _, argument in ipairs(arguments) do
    local name, value = argument:match("^%-%-(%w+)=(.*)$")
    if name and known[name] then
      given[name] = value
    elseif flag_names[argument] then
      flags[argument:sub(3)] = true
    elseif not build and argument:sub(1, 1) ~= "-" then
      build = argument
    else
      error("unknown argument: " .. argument, 0)
    end
  end
  local compared = given.compare and split(given.compare)
  if compared and (#compared < 1 or #compared > 2) then
    error("--compare: an argument OLD or OLD,NEW expected", 0)
  elseif not build and not flags.list and not flags.help and not (compared and compared[2]) then
    error("the build directory is missing", 0)
  end
  local lua = given.lua or environment("LUA")
  local workload = given.workload or environment("WORKLOAD")
  local output = given.output or (build and build .. "/bench/results")
  return {
    build = build,
    workload = workload and split(workload) or {},
    rounds = math.ceil(positive(given.rounds or environment("ROUNDS") or "7", "rounds")),
    lua = lua and split(lua),
    variants = split(given.variants or "moontide,lua-socket,lua-sec,copas,cqueues,luv,c"),
    time = positive(given.time or "0.15", "time"),
    prefix = given.prefix or build,
    output = output,
    compare = compared and { compared[1], compared[2] or output .. "/results.json" },
    pool = given.pool and split(given.pool),
    wrap = given.wrap,
    trace = not flags["no-trace"] and not given.wrap,
    readme = flags.readme,
    smoke = flags.smoke,
    list = flags.list,
    help = flags.help,
  }
end

--- Those of `workloads` that are asked for, by name or group; "*" stands for anything.
function options.choose(workloads, names)
  if #names == 0 then
    return workloads
  end
  local chosen = {}
  for _, workload in ipairs(workloads) do
    for _, name in ipairs(names) do
      local pattern = "^" .. name:gsub("%-", "%%-"):gsub("%*", ".*") .. "$"
      if workload.name:match(pattern) or workload.group:match(pattern) then
        chosen[#chosen + 1] = workload
        break
      end
    end
  end
  if #chosen == 0 then
    error("no such workload: " .. table.concat(names, ","), 0)
  end
  return chosen
end

return options
