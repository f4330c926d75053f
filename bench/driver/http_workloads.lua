-- Workloads of socket.http; the fields are those of workloads.lua. cqueues stands for lua-http.

local MIB = 1024 * 1024

local list = {
  { name = "http_64m", kind = "http_get", size = 64 * MIB, count = 4, warm = 1, smoke = 1, smoke_size = MIB,
    traced = 1, goal = 2.4 },
  { name = "http_1g", kind = "http_get", size = 1024 * MIB, count = 1, fixed = true, smoke = 1,
    smoke_size = MIB, goal = 2.4 },
  { name = "http_small", kind = "http_get", size = 100, count = 500, count_max = 5000, smoke = 3,
    goal = 1.3 },
}

for _, workload in ipairs(list) do
  workload.group = "http"
  workload.variants = { "moontide", "lua-socket", "cqueues" }
  workload.needs = { cqueues = "http.request" }
end

list[#list + 1] = {
  name = "http_memory", group = "memory", kind = "http_memory", size = 2048 * MIB, count = 1, fixed = true,
  smoke = 1, smoke_size = MIB, figures = "heap", limit = 4 * MIB, variants = { "moontide", "lua-socket" },
  pictured = false, -- what is left is next to nothing, and so is not to be divided by
}

return list
