-- Workloads of socket.http: a table of functions that take the workload and return the figures. The
-- peer answers "GET /N" with N bytes.

local bench = ...

local kinds = {}

local function get(count, size)
  local http = require("socket.http")
  local null = require("ltn12").sink.null()
  local url = string.format("http://127.0.0.1:%d/%.0f", bench.port("TCP"), size)
  local bytes = 0
  for _ = 1, count do
    local result, code, headers = http.request({ url = url, sink = null })
    if code ~= 200 or not result then
      error(code)
    end
    bytes = bytes + tonumber(headers["content-length"])
  end
  return bytes
end

function kinds.http_get(work)
  get(work.warm, work.size)
  local bytes, wall, cpu = bench.timed(get, work.count, work.size)
  return { bytes = bytes, wall = wall, cpu = cpu }
end

function kinds.http_memory(work)
  get(1, 100)
  return bench.weighed(get, work.count, work.size)
end

return kinds
