-- socket.dns, the clock, and the rest of the namespace.

local case = ...

local LOOK_UPS = {
  { "toip", "localhost" }, { "toip", "127.0.0.1" }, { "tohostname", "127.0.0.1" },
  { "tohostname", "localhost" }, { "gethostname" }, { "getaddrinfo", "localhost" },
  { "getaddrinfo", "::1" }, { "getnameinfo", "127.0.0.1", "80" },
  { "getnameinfo", nil, 80 },
}
for _, look_up in ipairs(LOOK_UPS) do
  case(("dns.%s %s"):format(look_up[1], look_up[2] or look_up[3] or ""), function()
    local f = require("socket").dns[look_up[1]]
    local function act()
      return assert(f(look_up[2], look_up[3]))
    end
    return act, act
  end)
end

case("dns: names that nobody has", function()
  local dns = require("socket").dns
  local function act()
    for _, name in ipairs({ "toip", "tohostname", "getaddrinfo", "getnameinfo" }) do
      local answer, failure = dns[name]("a name with spaces")
      assert(answer == nil)
      assert(failure == "host not found" or failure == "host or service not provided, or not known" or
        error(failure, 0))
    end
    local succeeded, failure = pcall(dns.getnameinfo)
    assert(not succeeded)
    assert(failure:find("cannot be both nil", 1, true) or error(failure, 0))
  end
  return act
end)

-- No server is asked: a label is too long.
case("dns: a query that nobody answers, flush", function()
  local dns = require("socket").dns
  local function act()
    local records, failure = dns.query(("x"):rep(64) .. ".test", "MX")
    assert(records == nil)
    assert(failure == "host not found" or error(failure, 0))
    assert(dns.flush() == 1)
  end
  return act, act
end)

case("time, sleep, skip", function()
  local socket = require("socket")
  local function act()
    assert(socket.gettime() > 1e9)
    socket.sleep(0)
    socket.sleep(1e-6)
    assert(socket.skip(1, 2, 3) == 3)
    socket.__unload()
  end
  return act
end)
