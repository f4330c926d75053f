-- Workloads of socket.http; the fields are those of workloads.lua.

local MIB = 1024 * 1024

return {
  { name = "http_64m", kind = "http_get", size = 64 * MIB, count = 4, warm = 1, smoke = 1, goal = 2.4,
    no_c = true },
  { name = "http_1g", kind = "http_get", size = 1024 * MIB, count = 1, fixed = true, smoke = 1, goal = 2.4,
    no_c = true },
  { name = "http_small", kind = "http_get", size = 100, count = 500, count_max = 5000, smoke = 3,
    goal = 1.3, no_c = true },
  { name = "http_memory", kind = "http_memory", size = 2048 * MIB, count = 1, fixed = true, smoke = 1,
    figures = "heap", limit = 4 * MIB, no_c = true },
}
