-- Workloads of socket.url; the fields are those of workloads.lua.

local KIB = 1024

local list = {
  { name = "url_parse", kind = "url_parse", size = 80, count = 50000, smoke = 5,
    goal = { lua = 6.5, luajit = 6 } },
}

for _, text in ipairs({ { "1k", KIB, 2000 }, { "4k", 4 * KIB, 500 } }) do
  list[#list + 1] = {
    name = "url_escape_" .. text[1], kind = "url_escape", size = text[2], count = text[3], smoke = 3,
    counted = text[2] + 2 * (text[2] // 5), goal = { lua = 58, luajit = 30 },
  }
  list[#list + 1] = {
    name = "url_unescape_" .. text[1], kind = "url_unescape", size = text[2], count = text[3], smoke = 3,
    goal = { lua = 33, luajit = 30 },
  }
end

for _, workload in ipairs(list) do
  workload.group, workload.variants = "coding", { "moontide", "lua-socket" }
end

return list
