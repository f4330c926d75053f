-- Workloads of datagrams; the fields are those of workloads.lua.

local HALF_WINDOW = 32 -- as in subject/datagrams.lua

local list = {}

for _, call in ipairs({
  { "receivefrom", "receivefrom", { [64] = 1.45, [1400] = 1.4 } }, { "sendto", "sendto", {} },
  { "udp_receive", "receive_udp", {} }, { "udp_send", "send_udp", {} },
}) do
  for _, size in ipairs({ 64, 1400 }) do
    list[#list + 1] = {
      name = string.format("%s_%d", call[1], size), group = "datagrams", kind = call[2], size = size,
      count = 50000, smoke = 500, goal = call[3][size],
    }
  end
end

-- A unit is a batch.
for _, kind in ipairs({ "receivemany", "sendmany" }) do
  list[#list + 1] = {
    name = kind .. "_64", group = "datagrams", kind = kind, size = 64, count = 1500, smoke = 10,
    counted = 64 * HALF_WINDOW, operations = HALF_WINDOW,
  }
end

return list
