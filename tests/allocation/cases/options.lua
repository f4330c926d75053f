-- Options, above all those whose values are tables.

local case = ...

case("options of tcp", function()
  local client = assert(require("socket").tcp4())
  local function act()
    assert(client:setoption("linger", { on = true, timeout = 0 }))
    assert(client:setoption("tcp-keepidle", 100))
    assert(client:setoption("keepalive", true))
    assert(client:getoption("linger").on == true)
    assert(client:getoption("tcp-keepidle") == 100)
    assert(client:getoption("error") == nil)
    assert(client:getoption("bindtodevice") == "")
  end
  local function verify()
    assert(client:setoption("linger", { on = false, timeout = 0 }))
    assert(client:getoption("linger").on == false)
  end
  return act, verify
end)

case("options of udp", function()
  local udp = assert(require("socket").udp4())
  local membership = { multiaddr = "224.0.0.251", interface = "127.0.0.1" }
  local function act()
    assert(udp:setoption("ip-multicast-if", "127.0.0.1"))
    assert(udp:getoption("ip-multicast-if") == "127.0.0.1")
    assert(udp:setoption("ip-add-membership", membership))
    assert(udp:setoption("ip-drop-membership", membership))
    local done, failure = udp:setoption("ipv6-add-membership", { multiaddr = "ff02::1", interface = 1 })
    assert(done or failure == "setsockopt failed" or error(failure, 0))
  end
  local function verify()
    udp:setoption("ip-drop-membership", membership)
    assert(udp:setoption("ip-add-membership", membership))
  end
  return act, verify
end)

case("options of local sockets", function()
  local unix = require("socket.unix")
  local stream, dgram = assert(unix()), assert(unix.dgram())
  local function act()
    assert(stream:setoption("linger", { on = true, timeout = 0 }))
    assert(stream:setoption("keepalive", true))
    assert(dgram:setoption("reuseaddr", true))
  end
  return act
end)

case("options that are wrong", function()
  local client = assert(require("socket").tcp4())
  local function act()
    for _, attempt in ipairs({
      { "expected, got", "setoption", "linger", 5 },
      { "'on' field expected", "setoption", "linger", { on = 1 } },
      { "'timeout' field expected", "setoption", "linger", { on = true } },
      { "unsupported option", "setoption", ("name"):rep(20), true },
      { "unsupported option", "getoption", "broadcast" },
    }) do
      local succeeded, failure = pcall(client[attempt[2]], client, attempt[3], attempt[4])
      assert(not succeeded)
      assert(failure:find(attempt[1], 1, true) or error(failure, 0))
    end
  end
  return act
end)
