-- Many rounds of the same: nothing is left behind.
local test = ...
local socket = require("socket")

local function descriptor_probe(t)
  return t.keep(socket.udp4()):getfd()
end

test("20,000 rounds of connect, accept and close with the collector stopped", function(t)
  local server, port = t.server()
  local before = descriptor_probe(t)
  collectgarbage()
  collectgarbage("stop")
  t.cleanup(function() collectgarbage("restart") end)
  for round = 1, 20000 do
    local client, message = socket.connect("127.0.0.1", port)
    if not client then
      error("round " .. round .. ": " .. message)
    end
    local accepted = assert(server:accept())
    -- A reset: thousands of ports in TIME_WAIT would exhaust the machine.
    client:setoption("linger", { on = true, timeout = 0 })
    client:close()
    accepted:close()
  end
  t.equal(descriptor_probe(t), before + 1)
end)

test("thousands of datagram and unix objects with the collector stopped", function(t)
  local unix = require("socket.unix")
  local before = descriptor_probe(t)
  collectgarbage("stop")
  t.cleanup(function() collectgarbage("restart") end)
  for _ = 1, 3000 do
    local udp = assert(socket.udp4())
    udp:setsockname("127.0.0.1", 0)
    udp:close()
    assert(unix.stream()):close()
    assert(unix.dgram()):close()
    assert(socket.tcp()):close()
  end
  t.equal(descriptor_probe(t), before + 1)
end)

test("failed connects, binds and accepts with the collector stopped", function(t)
  local refusing = t.refusing_port()
  local server, port = t.server()
  server:settimeout(0)
  local before = descriptor_probe(t)
  collectgarbage("stop")
  t.cleanup(function() collectgarbage("restart") end)
  for _ = 1, 500 do
    socket.connect("127.0.0.1", refusing)
    socket.connect("127.0.0.1", port, "1.2.3.4")
    socket.bind("127.0.0.1", port)
    socket.bind("1.2.3.4", 0)
    server:accept()
    require("socket.serial")("/nosuch")
  end
  t.equal(descriptor_probe(t), before + 1)
end)

test("buffers of drained connections do not stay", function(t)
  local text = ("x"):rep(30000) .. "\n"
  collectgarbage()
  collectgarbage()
  local before = collectgarbage("count")
  for _ = 1, 50 do
    local client, peer = t.pair()
    peer:send(text)
    t.equal(#client:receive(), 30000)
  end
  collectgarbage()
  collectgarbage()
  t.between(collectgarbage("count") - before, -1e6, 50 * 8, "kilobytes of Lua memory")
end)
