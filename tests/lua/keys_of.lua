-- For child processes: a function that gives the sorted keys of a table in one line.
return [[
local function keys(t)
  local names = {}
  for name in pairs(t) do names[#names + 1] = tostring(name) end
  table.sort(names)
  return table.concat(names, " ")
end
]]
