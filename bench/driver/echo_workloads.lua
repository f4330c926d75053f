-- Echo servers; the fields are those of workloads.lua. lua-socket and copas wait by select(2), which takes no
-- descriptor above 1,023.

local MESSAGE = 64 -- as in echo/load.c
local SELECT_MAX = 1000

-- The clock starts when each connection has had so many: opening them, and what a server does once for each,
-- are measured elsewhere.
local WARM_ECHOES = 4

local list = {}

local function add(name, connections, workload)
  workload.name, workload.group, workload.program = name .. "_" .. connections, "echo", "load"
  workload.size, workload.counted = connections, MESSAGE
  workload.count, workload.seconds, workload.smoke = 5000, 1, 200
  workload.warm = WARM_ECHOES * connections
  workload.smoke_size = math.min(connections, 100)
  workload.in_flight = workload.in_flight or 64
  list[#list + 1] = workload
end

-- Most connections of a server are silent at any moment: 64 messages are under way at once.
for _, connections in ipairs({ 100, 1000, 5000 }) do
  local all = connections <= SELECT_MAX
  add("echo", connections, {
    kind = "moontide",
    servers = { ["lua-socket"] = "select", copas = "copas", cqueues = "cqueues", luv = "luv" },
    variants = all and { "moontide", "lua-socket", "copas", "cqueues", "luv", "c" }
      or { "moontide", "cqueues", "luv", "c" },
  })
  add("echo_select", connections, {
    kind = "select", variants = all and { "moontide", "lua-socket", "c" } or { "moontide", "c" },
  })
end

-- Every connection busy: nearly every socket of a select is ready, the best that can happen to it.
add("echo_busy", 1000, {
  kind = "moontide", in_flight = 1000, servers = { ["lua-socket"] = "select", copas = "copas" },
  variants = { "moontide", "lua-socket", "copas", "c" },
})

return list
