-- What is measured. Fields of a workload:
--   name        what WORKLOAD chooses by
--   group       chooses by, too; there is a picture of each
--   kind        the function of subject/*.lua and loopback/subject_*.c that does it, or with `program` "load"
--               the server in echo/servers
--   variants    what takes part: Moontide, lua-socket and the C program if absent
--   needs       modules that a variant must have, by its name
--   servers     with `program` "load": servers of variants that have another than `kind`
--   program     "peer", or "load" for echo servers
--   in_flight   with "load": messages that are under way at once
--   transport   "tcp" or "unix"
--   size        bytes per unit, or sockets
--   count       units of the first, calibrating run; more or fewer follow from the time it took
--   count_max   never more units than these
--   fixed       count is the number of units, there is no calibration and no warm-up
--   warm        units before the clock starts; a tenth of the count if absent
--   seconds     how long a run has to take at least, where the default is too short
--   smoke       units in a smoke run
--   smoke_size  what takes the place of `size` in it
--   counted     what a correct run counts per unit (mostly bytes); the size if absent
--   operations  operations per unit, 1 if absent: times are shown for each of them
--   processes   processes per round whose median is the round's figure, 1 if absent
--   traced      units of the run that counts system calls and allocations; a fifth of the count if absent
--   figures     "time", or "heap" for bytes of Lua heap and C heap per unit
--   pictured    false if it has no place in a picture
--   limit       bytes of each heap per unit that Moontide is to stay below
--   goal        times lua-socket's speed that Moontide is to reach; a table where LuaJIT's differs

local KIB, MIB = 1024, 1024 * 1024
local WITHOUT_C = { "moontide", "lua-socket" }

local workloads = {}

local function add(workload)
  workload.program = workload.program or "peer"
  workload.variants = workload.variants or { "moontide", "lua-socket", "c" }
  workload.transport = workload.transport or "tcp"
  workload.figures = workload.figures or "time"
  workload.counted = workload.counted or workload.size
  workload.operations = workload.operations or 1
  workload.processes = workload.processes or 1
  workloads[#workloads + 1] = workload
end

local function bytes_text(size)
  if size >= MIB then
    return string.format("%dm", size // MIB)
  elseif size >= KIB and size % KIB == 0 then
    return string.format("%dk", size // KIB)
  end
  return tostring(size)
end

for _, line in ipairs({ { 16, 500000, 2.0 }, { 64, 300000, 2.5 }, { 1024, 50000, 6.5 } }) do
  add({ name = "line_" .. bytes_text(line[1]), group = "receive", kind = "lines", size = line[1],
        count = line[2], smoke = 1000, goal = line[3] })
end

for _, block in ipairs({
  { 1, 1000000, 1.5 }, { 16, 1000000, 1.6 }, { 2 * KIB, 100000, 2.7 }, { 64 * KIB, 4000, 2.4 },
  { MIB, 200, 1.8 },
}) do
  add({ name = "receive_" .. bytes_text(block[1]), group = "receive", kind = "receive", size = block[1],
        count = block[2], smoke = 8, goal = block[3] })
end

add({ name = "receive_any", group = "receive", kind = "receive_any", size = 64 * KIB, count = 4000,
      smoke = 8 })
add({ name = "receive_all_64m", group = "receive", kind = "receive_all", size = 64 * MIB, count = 2,
      warm = 1, smoke = 1, smoke_size = MIB, traced = 1, goal = { lua = 2.0, luajit = 6.0 } })
add({ name = "receive_all_256m", group = "receive", kind = "receive_all", size = 256 * MIB, count = 1,
      warm = 1, count_max = 2, smoke = 1, smoke_size = MIB, traced = 1 })

for _, block in ipairs({
  { 16, 100000, 1.0 }, { 2 * KIB, 50000, 1.0 }, { 64 * KIB, 4000, 1.15 }, { 16 * MIB, 10, 1.5 },
}) do
  add({ name = "send_" .. bytes_text(block[1]), group = "send", kind = "send", size = block[1],
        count = block[2], smoke = 4, goal = block[3] })
end

for _, block in ipairs({ { 2 * KIB, 50000 }, { 64 * KIB, 4000 } }) do
  add({ name = "send_list_" .. bytes_text(block[1]), group = "send", kind = "send_list", size = block[1],
        count = block[2], smoke = 4 })
end
add({ name = "sendfile_16m", group = "send", kind = "sendfile", size = 16 * MIB, count = 10, smoke = 1 })

for _, transport in ipairs({ "tcp", "unix" }) do
  for _, size in ipairs({ 1, 64 }) do
    add({ name = string.format("pingpong_%s_%d", transport, size), group = "send", kind = "pingpong",
          transport = transport, size = size, count = 4000, smoke = 50, goal = 1.05 })
  end
end

-- lua-socket's select takes no descriptor above 1,023.
for _, sockets in ipairs({ { 10, 20000 }, { 100, 4000 }, { 1000, 300 }, { 10000, 20 } }) do
  add({ name = "select_" .. sockets[1], group = "connections", kind = "select", size = sockets[1],
        count = sockets[2], smoke = 5, smoke_size = math.min(sockets[1], 1000), counted = 1, goal = 4.0,
        variants = sockets[1] > 1000 and { "moontide", "c" } or nil })
end

-- All these connections may wait in the peer's backlog, which holds 4096.
add({ name = "connect", group = "connections", kind = "connect", size = 0, count = 2000, count_max = 3500,
      smoke = 50, counted = 1, goal = 1.35 })
add({ name = "accept", group = "connections", kind = "accept", size = 0, count = 20, smoke = 2,
      counted = 100, operations = 100, traced = 1, goal = 1.2 })

-- What is counted are the bytes of the results.
for _, coding in ipairs({
  { "b64", 1398104, 38 }, { "unb64", MIB, 28 }, { "unb64_lines", MIB, 14 }, { "qp_wrap", 1151846, 3.5 },
  { "b64_chain", 1434898, 12 },
}) do
  add({ name = coding[1], group = "coding", kind = coding[1], size = MIB, count = 50, warm = 30, smoke = 1,
        counted = coding[2], goal = coding[3], variants = WITHOUT_C })
end

add({ name = "require", group = "connections", kind = "require", size = 0, count = 1, fixed = true,
      smoke = 1, counted = 1, processes = 11, goal = 1.0, variants = WITHOUT_C })

add({ name = "heap_require", group = "memory", kind = "require", size = 0, count = 1, fixed = true,
      smoke = 1, counted = 1, figures = "heap", variants = WITHOUT_C })
add({ name = "heap_idle", group = "memory", kind = "idle", size = 0, count = 10000, fixed = true,
      smoke = 130, counted = 1, figures = "heap", limit = 1024 })
add({ name = "heap_drained", group = "memory", kind = "drained", size = 0, count = 10000, fixed = true,
      smoke = 130, counted = 1, figures = "heap", limit = 1024 })

for _, name in ipairs({ "datagram", "url", "http", "tasks", "tls", "echo" }) do
  for _, workload in ipairs(require(name .. "_workloads")) do
    add(workload)
  end
end

return workloads
