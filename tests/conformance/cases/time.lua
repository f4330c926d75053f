-- socket.md: gettime and sleep.

local R = ...
local socket = require("socket")

local now = socket.gettime()
R.values("gettime is a number", type(now), now > 1e9, now < 1e11)
R.values("gettime is a float", (rawget(math, "type") or type)(now))
R.values("gettime is wall clock", math.abs(now - os.time()) < 2)
R.values("gettime gives one value", select("#", socket.gettime()))
R.values("gettime ignores arguments", type(socket.gettime(1, "x", {})))
R.values("gettime does not run backwards", socket.gettime() >= now)

R.call("sleep()", socket.sleep)
R.call("sleep(nil)", socket.sleep, nil)
R.call("sleep(word)", socket.sleep, "soon")
R.call("sleep(table)", socket.sleep, {})
R.call("sleep(boolean)", socket.sleep, true)
R.call("sleep(0)", socket.sleep, 0)
R.call("sleep(numeric string)", socket.sleep, "0")
R.call("sleep(negative)", socket.sleep, -1)
R.call("sleep(-inf)", socket.sleep, -math.huge)
R.call("sleep(fraction)", socket.sleep, 0.001)
R.call("sleep ignores further arguments", socket.sleep, 0, "x", {})
R.call("sleep in a namespace call", function() socket.sleep() end)
R.call("sleep is as long as asked", function()
  local start = socket.gettime()
  socket.sleep(0.05)
  local took = socket.gettime() - start
  return took >= 0.049, took < 5
end)
R.call("sleep(1e-9) returns", socket.sleep, 1e-9)
R.moontide_only("sleep(nan)", "(none)", socket.sleep, 0 / 0)
