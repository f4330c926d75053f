-- newtry, protect, and the finalisers in between.

local case = ...

case("newtry, protect", function()
  local socket = require("socket")
  local finalized
  local function act()
    finalized = 0
    local try = socket.newtry(function() finalized = finalized + 1 end)
    local guarded = socket.protect(function(...)
      socket.try(...)
      return try(nil, "reason")
    end)
    local result, failure = guarded(1, 2)
    assert(result == nil)
    assert(failure == "reason" or error(failure, 0))
    assert(finalized == 1)
    local succeeded, why = pcall(socket.protect(function() error("not ours", 0) end))
    assert(not succeeded)
    assert(why == "not ours" or error(why, 0))
  end
  local function verify()
    act()
  end
  return act, verify
end)

case("protect around calls that fail", function()
  local socket = require("socket")
  local function act()
    local result, failure = socket.protect(function()
      local client = socket.try(socket.tcp4())
      local try = socket.newtry(function() client:close() end)
      try(client:connect("127.0.0.1", 0))
    end)()
    assert(result == nil)
    assert(failure == "connection refused" or error(failure, 0))
  end
  return act, act
end)
