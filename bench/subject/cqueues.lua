-- Workloads of tasks.lua and http.lua for cqueues and lua-http.

local bench = ...

local kinds = {}

local function nothing() end

local function measured(work, run)
  run(work.warm)
  local bytes, wall, cpu = bench.timed(run, work.count)
  return { bytes = bytes, wall = wall, cpu = cpu }
end

function kinds.cqueues_spawn_join(work)
  local queue = require("cqueues").new()
  return measured(work, function(count)
    for _ = 1, count do
      queue:wrap(nothing)
      assert(queue:loop())
    end
    return count
  end)
end

function kinds.cqueues_spawn_join_many(work)
  local queue = require("cqueues").new()
  return measured(work, function(count)
    for _ = 1, count do
      for _ = 1, work.size do
        queue:wrap(nothing)
      end
      assert(queue:loop())
    end
    return count
  end)
end

function kinds.cqueues_switch(work)
  local cqueues = require("cqueues")
  return measured(work, function(count)
    local queue = cqueues.new()
    for _ = 1, 2 do
      queue:wrap(function()
        for _ = 1, count do
          cqueues.sleep(0)
        end
      end)
    end
    assert(queue:loop())
    return count
  end)
end

local function get(count, uri)
  local request = require("http.request")
  local bytes = 0
  for _ = 1, count do
    local headers, stream = assert(request.new_from_uri(uri):go())
    if headers:get(":status") ~= "200" then
      error(headers:get(":status"))
    end
    for chunk in stream:each_chunk() do
      bytes = bytes + #chunk
    end
    stream:shutdown()
  end
  return bytes
end

function kinds.cqueues_http_get(work)
  local uri = string.format("http://127.0.0.1:%d/%.0f", bench.port("TCP"), work.size)
  return measured(work, function(count)
    return get(count, uri)
  end)
end

return kinds
