-- Workloads of tasks; the fields are those of workloads.lua.

local ALONE, BESIDE = { "moontide" }, { "moontide", "cqueues" }

local list = {
  { name = "spawn_join", kind = "spawn_join", size = 0, count = 20000, smoke = 50, variants = BESIDE },
  { name = "spawn_join_1000", kind = "spawn_join_many", size = 1000, count = 30, smoke = 2,
    operations = 1000, variants = BESIDE },
  { name = "task_switch", kind = "switch", size = 0, count = 50000, smoke = 50, operations = 2,
    variants = BESIDE },
}

for _, capacity in ipairs({ 0, 64 }) do
  list[#list + 1] = {
    name = "channel_" .. capacity, kind = "channel", size = capacity, count = 50000, smoke = 50,
    variants = ALONE,
  }
end

for _, armed in ipairs({ 0, 1000, 10000, 100000 }) do
  list[#list + 1] = {
    name = "timers_" .. armed, kind = "timers", size = armed, count = 20000, smoke = 50,
    smoke_size = armed // 10, variants = ALONE,
  }
end

for _, workload in ipairs(list) do
  workload.group, workload.counted = "tasks", 1
end

list[#list + 1] = {
  name = "heap_task", group = "memory", kind = "task_idle", size = 0, count = 10000, fixed = true,
  smoke = 130, counted = 1, figures = "heap", variants = ALONE,
}

return list
