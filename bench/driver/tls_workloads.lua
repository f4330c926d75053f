-- Workloads of TLS; the fields are those of workloads.lua.

local BLOCK = 65536 -- as in loopback/tls.h
local SECONDS = 0.4 -- rounds of 0.15 s differ by a fifth, and the goals by a tenth

local list = {
  { name = "tls_send", size = BLOCK, count = 2000, smoke = 4, seconds = SECONDS },
  { name = "tls_receive", size = BLOCK, count = 2000, smoke = 4, seconds = SECONDS },
}

-- A handshake leaves descriptors in TIME_WAIT and takes long, so neither side gets many.
for _, name in ipairs({ "tls_client", "tls_server", "tls_server_resumed" }) do
  list[#list + 1] = {
    name = name, size = 0, counted = 1, count = 100, count_max = 3000, smoke = 4, seconds = SECONDS,
  }
end

for _, workload in ipairs(list) do
  workload.group, workload.kind = "tls", workload.name
end

list[#list + 1] = {
  name = "heap_tls", group = "memory", kind = "tls_idle", size = 0, count = 1000, fixed = true, smoke = 10,
  counted = 1, figures = "heap",
}

for _, workload in ipairs(list) do
  workload.variants = { "moontide", "lua-sec", "c" }
end

return list
