-- settimeout, gettimeout, and which waits they bound.
local test = ...
local socket = require("socket")

-- A client that a child process sends `count` bytes to, one every `pause` seconds.
local function dripping(t, count, pause)
  local server, port = t.server()
  t.child([[
    local port, count, pause = ...
    local socket = require("socket")
    local client = assert(socket.connect("127.0.0.1", port))
    for _ = 1, count do
      socket.sleep(pause)
      if not client:send("x") then break end
    end
    client:receive()]], ("%d, %d, %g"):format(port, count, pause))
  server:settimeout(30)
  local accepted = t.keep(server:accept())
  server:close()
  return accepted
end

test("settimeout: gives 1, gettimeout the values as they were set", function(t)
  local client = t.keep(socket.tcp())
  t.returns(t.pack(client:gettimeout()), -1, -1)
  local results = t.pack(client:settimeout(1.5))
  t.returns(results, 1)
  t.float(results[1], 1)
  t.returns(t.pack(client:gettimeout()), 1.5, -1)
  client:settimeout(2.5, "t")
  t.returns(t.pack(client:gettimeout()), 1.5, 2.5)
  client:settimeout(-3)
  client:settimeout(0, "t")
  t.returns(t.pack(client:gettimeout()), -3, 0)
  client:settimeout(1)
  local block, total = client:gettimeout()
  t.float(block, 1)
  t.float(total, 0)
end)

test("settimeout: nil and absent mean no limit", function(t)
  local client = t.keep(socket.tcp())
  client:settimeout(1)
  client:settimeout(1, "t")
  client:settimeout()
  t.returns(t.pack(client:gettimeout()), -1, 1)
  client:settimeout(nil, "t")
  t.returns(t.pack(client:gettimeout()), -1, -1)
  client:settimeout("2.5")
  t.returns(t.pack(client:gettimeout()), 2.5, -1)
  client:settimeout(math.huge)
  t.returns(t.pack(client:gettimeout()), math.huge, -1)
end)

test("settimeout: the first letter of the mode decides", function(t)
  local client = t.keep(socket.tcp())
  for _, mode in ipairs({ "b", "block", "bogus" }) do
    client:settimeout(-1)
    client:settimeout(5, mode)
    t.equal((client:gettimeout()), 5)
  end
  for _, mode in ipairs({ "t", "total", "r", "return", "tx" }) do
    client:settimeout(-1, "t")
    client:settimeout(6, mode)
    t.returns(t.pack(client:gettimeout()), 5, 6)
  end
  client:settimeout(7, nil)
  t.returns(t.pack(client:gettimeout()), 7, 6)
end)

test("settimeout: other modes and values raise", function(t)
  local client = t.keep(socket.tcp())
  for _, mode in ipairs({ "", "x", "B", "T" }) do
    t.bad_argument(3, "invalid timeout mode", client.settimeout, client, 1, mode)
  end
  t.bad_argument(3, "string expected, got table", client.settimeout, client, 1, {})
  t.bad_argument(2, "number expected, got string", client.settimeout, client, "x")
  t.bad_argument(2, "number expected, got boolean", client.settimeout, client, false)
end)

test("block timeout 0 fails at once, whatever the total one is", function(t)
  local client = t.pair()
  client:settimeout(0)
  for _, total in ipairs({ -1, 0, 30 }) do
    client:settimeout(total, "t")
    local elapsed, line, message, partial = t.timed(client.receive, client)
    t.equal(line, nil)
    t.equal(message, "timeout")
    t.equal(partial, "")
    t.between(elapsed, 0, 5)
  end
end)

test("total timeout 0 fails without waiting", function(t)
  local client, peer = t.pair()
  client:settimeout(0, "t")
  local elapsed, line, message = t.timed(client.receive, client)
  t.equal(line, nil)
  t.equal(message, "timeout")
  t.between(elapsed, 0, 5)
  peer:send("x\n")
  t.equal(client:receive(), "x")
end)

-- Mended: the original cuts to whole milliseconds and returns too early.
test("a wait is never shorter than the timeout", function(t)
  local client = t.pair()
  for _, mode in ipairs({ "b", "t" }) do
    client:settimeout(nil, "b")
    client:settimeout(nil, "t")
    for _, seconds in ipairs({ 0.0004, 0.0011, 0.0199, 0.05 }) do
      client:settimeout(seconds, mode)
      local elapsed, line, message = t.timed(client.receive, client)
      t.equal(line, nil)
      t.equal(message, "timeout")
      t.between(elapsed, seconds - 0.0001, seconds + 5, mode)
    end
  end
end)

test("both timeouts: the smaller bounds a wait", function(t)
  local client = t.pair()
  client:settimeout(0.05)
  client:settimeout(30, "t")
  t.between((t.timed(client.receive, client)), 0.0499, 5)
  client:settimeout(30)
  client:settimeout(0.05, "t")
  t.between((t.timed(client.receive, client)), 0.0499, 5)
end)

test("a call whose data flows does not time out", function(t)
  local client, peer = t.pair()
  peer:send(("x"):rep(20000) .. "\n")
  client:settimeout(0)
  t.equal(#client:receive(10000), 10000)
  client:settimeout(1e-9, "t")
  t.equal(#client:receive(), 10000)
end)

test("block alone bounds the sum of the waits of a call", function(t)
  local client = dripping(t, 40, 0.05)
  client:settimeout(0.4)
  local elapsed, data, message, partial = t.timed(client.receive, client, 40)
  t.equal(data, nil)
  t.equal(message, "timeout")
  t.between(elapsed, 0.3999, 10)
  t.between(#partial, 0, 39)
end)

test("total alone bounds the sum of the waits of a call", function(t)
  local client = dripping(t, 40, 0.05)
  client:settimeout(0.4, "t")
  local elapsed, data, message, partial = t.timed(client.receive, client, 40)
  t.equal(data, nil)
  t.equal(message, "timeout")
  t.between(elapsed, 0.3999, 10)
  t.between(#partial, 0, 39)
end)

test("block with a total one bounds each single wait", function(t)
  local start = socket.gettime()
  local client = dripping(t, 20, 0.1)
  client:settimeout(1.5)
  client:settimeout(30, "t")
  t.equal(client:receive(20), ("x"):rep(20))
  t.between(socket.gettime() - start, 1.6, 30)
end)

test("block with a total one: the total one ends the call", function(t)
  local client = dripping(t, 40, 0.05)
  client:settimeout(10)
  client:settimeout(0.4, "t")
  local elapsed, data, message, partial = t.timed(client.receive, client, 40)
  t.equal(data, nil)
  t.equal(message, "timeout")
  t.between(elapsed, 0.3999, 10)
  t.between(#partial, 0, 39)
end)

test("very large timeouts and infinity wait for the data", function(t)
  for _, seconds in ipairs({ math.huge, 1e10, 2 ^ 31, 2 ^ 63, 1e300 }) do
    local client = dripping(t, 1, 0.02)
    client:settimeout(seconds)
    client:settimeout(seconds, "t")
    t.equal(client:receive(1), "x")
  end
end)

test("the clock starts anew at each call", function(t)
  local client = t.pair()
  client:settimeout(0.03)
  client:settimeout(0.03, "t")
  for _ = 1, 3 do
    t.between((t.timed(client.receive, client)), 0.0299, 5)
  end
end)

test("a timeout leaves the connection usable", function(t)
  local client, peer = t.pair()
  client:settimeout(0.01)
  t.returns(t.pack(client:receive()), nil, "timeout", "")
  client:send("still here\n")
  peer:settimeout(0.01)
  t.equal(peer:receive(), "still here")
  t.returns(t.pack(peer:receive()), nil, "timeout", "")
end)
