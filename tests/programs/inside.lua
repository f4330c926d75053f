-- inside.lua PROGRAM ARGUMENTS...: runs a program that knows nothing of tasks as one, beside a ticker, and
-- says on standard error whether that kept ticking.
local moontide = require("moontide")

local program = table.remove(arg, 1)
local unpack = table.unpack or unpack -- luacheck: ignore 143

moontide.run(function()
  local ticks = 0
  local ticker = moontide.every(0.001, function() ticks = ticks + 1 end)
  local chunk = assert(loadfile(program))
  chunk(unpack(arg))
  ticker:cancel()
  io.stderr:write("ticks ", ticks, "\n")
end)
