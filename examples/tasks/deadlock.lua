-- Two tasks that lock two mutexes in opposite order: neither can go on. run() ends them and raises an
-- error that says who waited for what.
local moontide = require("moontide")

local left, right = moontide.mutex(), moontide.mutex()

local function lock_both(first, second)
  first:lock()
  moontide.yield()
  second:lock()
end

print(select(2, pcall(moontide.run, function()
  local one = moontide.spawn("one", lock_both, left, right)
  moontide.spawn("two", lock_both, right, left)
  one:join()
end)))
