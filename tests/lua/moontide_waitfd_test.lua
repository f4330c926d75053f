-- moontide.waitfd: waiting for descriptors of any kind.
local test = ...
local moontide = require("moontide")
local tasks = require("tasks")

local run = tasks.run

test("waitfd tells what a descriptor is ready for", function(t)
  run(function()
    local client, server = t.pair()
    local fd = client:getfd()
    t.returns(t.pack(moontide.waitfd(fd, "r", 0.005)), nil, "timeout")
    t.equal(moontide.waitfd(fd, "w"), "w")
    t.equal(moontide.waitfd(fd, "rw"), "w")
    moontide.after(0.005, server.send, server, "x")
    t.equal(moontide.waitfd(fd, "r"), "r")
    t.equal(moontide.waitfd(fd), "r")
    t.equal(moontide.waitfd(fd, "rw", 5), "rw")
  end)
end)

test("waitfd works outside of tasks, and checks its arguments", function(t)
  local client = t.pair()
  t.equal(moontide.waitfd(client:getfd(), "w", 5), "w")
  t.returns(t.pack(moontide.waitfd(client:getfd(), "r", 0)), nil, "timeout")
  t.raises("bad argument #2 to 'waitfd'", function() return (moontide.waitfd(client:getfd(), "x")) end)
  for _, fd in ipairs({ -1, 2 ^ 32, 2 ^ 31, 1e300, 0 / 0 }) do -- whose low bits name a good one
    t.raises("bad argument #1 to 'waitfd'", function() return (moontide.waitfd(fd, "r", 0)) end)
  end
  t.raises("bad argument #3 to 'waitfd' (number expected, got table)", moontide.waitfd, 0, "r", {})
  local fd = client:getfd()
  client:close()
  t.equal(moontide.waitfd(fd, "r", 5), nil)
end)
