-- Loads a file of cases: load.lua DIRECTORY FILE NAME. Gives act, verify and the sanity check of the
-- case with that name, which is set up by then; or, for an empty name, the names of all.
--
-- A case is a function that sets up and returns act and verify. act() runs with little memory: what it
-- raises, or returns after nil, has to be about memory. verify(succeeded, ...) then looks at what is
-- left, with all memory; behind `succeeded` are act's results or the error.

local directory, file, wanted = ...
local support = assert(loadfile(directory .. "/support.lua"))()
local names, cases = {}, {}

local function case(name, set_up)
  assert(not cases[name], "two cases have the name " .. name)
  names[#names + 1] = name
  cases[name] = set_up
end

assert(loadfile(directory .. "/cases/" .. file))(case, support)
if wanted == "" then
  return (table.unpack or unpack)(names) -- luacheck: ignore 113
end
local act, verify = cases[wanted]()
return act, verify or function() end, support.check_state
