-- cqueues.lua WORKLOAD: see moontide.lua. Where cqueues has nothing of the kind there is no such workload.

local cqueues = require("cqueues")
local probe = require("moontide_bench_probe")

local clock = probe.cpu
local works = {}

local function nothing() end

local function timed(count, f)
  f(count // 10)
  local start = clock()
  f(count)
  return count, clock() - start
end

function works.spawn_join()
  local queue = cqueues.new()
  return timed(100000, function(count)
    for _ = 1, count do
      queue:wrap(nothing)
      queue:loop()
    end
  end)
end

function works.spawn_join_1000()
  local queue = cqueues.new()
  return timed(200000, function(count)
    for _ = 1, count // 1000 do
      for _ = 1, 1000 do
        queue:wrap(nothing)
      end
      queue:loop()
    end
  end)
end

function works.yield()
  return timed(500000, function(count)
    local half = count // 2
    local queue = cqueues.new()
    for _ = 1, 2 do
      queue:wrap(function()
        for _ = 1, half do
          cqueues.sleep(0)
        end
      end)
    end
    queue:loop()
  end)
end

local work = works[arg[1]]
if not work then
  print("none")
  os.exit(0)
end
print(("%.0f %.9f"):format(work()))
