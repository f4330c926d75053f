-- tcp.md: send, its index rules and its failures.

local R = ...
local socket = require("socket")
local net = R.net

local client, peer = net.pair()

-- Sends and shows, besides the results, what arrived: a mark is sent behind it.
local function send_and_receive(...)
  local results = R.pack(client:send(...))
  assert(client:send("|\n"))
  local arrived = peer:receive("*l")
  return results[1], results[2], results[3], results.n, arrived
end

local indexes = { -100, -6, -5, -4, -3, -1, 0, 1, 2, 3, 5, 6, 7, 100 }
R.call("send(hello)", send_and_receive, "hello")
for _, i in ipairs(indexes) do
  R.call(("send(hello, %d)"):format(i), send_and_receive, "hello", i)
  for _, j in ipairs(indexes) do
    R.call(("send(hello, %d, %d)"):format(i, j), send_and_receive, "hello", i, j)
  end
end
for _, i in ipairs({ -1, 0, 1, 2, 5 }) do
  R.call(("send('', %d)"):format(i), send_and_receive, "", i)
  R.call(("send('', %d, %d)"):format(i, i), send_and_receive, "", i, i)
  R.call(("send(x, %d, %d)"):format(i, -i), send_and_receive, "x", i, -i)
end
R.call("send('')", send_and_receive, "")
R.call("send(hello, nil, nil)", send_and_receive, "hello", nil, nil)
R.call("send(hello, nil, 2)", send_and_receive, "hello", nil, 2)
R.call("send(hello, 4, nil)", send_and_receive, "hello", 4, nil)
R.call("send(hello, 1.9)", send_and_receive, "hello", 1.9)
R.call("send(hello, 2.9, 3.9)", send_and_receive, "hello", 2.9, 3.9)
R.call("send(hello, -1.9)", send_and_receive, "hello", -1.9)
R.call("send(hello, 0.9)", send_and_receive, "hello", 0.9)
R.call("send(hello, -0.5, -0.5)", send_and_receive, "hello", -0.5, -0.5)
R.call("send(hello, '2', '0x4')", send_and_receive, "hello", "2", "0x4")
R.call("send with extra arguments", send_and_receive, "hello", 1, 2, "x", {})
R.call("send of NUL bytes", send_and_receive, "a\0b\0")
R.call("send of a number with indexes", send_and_receive, 12345, 2, 4)
R.moontide_only("send(hello, 1, inf) saturates",
  'float 5, nil, nil, integer 3, "hello|"', send_and_receive, "hello", 1, math.huge)
R.moontide_only("send(hello, -inf) saturates",
  'float 5, nil, nil, integer 3, "hello|"', send_and_receive, "hello", -math.huge)
R.moontide_only("send(hello, 1, -inf) saturates",
  'float 0, nil, nil, integer 3, "|"', send_and_receive, "hello", 1, -math.huge)

-- Big data against a reader that reads nothing: partial results.
client:settimeout(0)
local big = ("0123456789abcdef"):rep(1048576)
R.call("send of 16 MB with timeout 0", function()
  local sent, failure, last = client:send(big)
  return sent, failure, type(last), last > 0, last < #big, last % 1
end)
R.call("send again: nothing fits", function()
  net.fill(client, peer)
  return client:send("x")
end)
R.call("send of an empty range while the buffer is full", client.send, client, "hello", 4, 2)
R.call("send of nothing while the buffer is full", client.send, client, "")
R.call("send from an index while the buffer is full", client.send, client, "hello", 3)
client:settimeout(0.05)
R.call("send with a timeout while the buffer is full", client.send, client, "hello", 3)
client:settimeout(-1)
client:settimeout(0.05, "t")
R.call("send with a total timeout while the buffer is full", client.send, client, "hello", 3)
client:close()
peer:close()

-- All of it arrives, whatever the size, and the sum of pieces is the whole.
R.call("resume with last + 1", function()
  local a, b = net.pair()
  a:settimeout(0)
  local data = ("abcdefgh"):rep(262144)
  local last, received, rounds = 0, {}, 0
  b:settimeout(0)
  local got = 0
  while got < #data do
    if last < #data then
      local done, failure, partial = a:send(data, last + 1)
      last = done or partial
      if not done and failure ~= "timeout" then
        return failure
      end
    end
    local chunk, _, partial = b:receive(65536)
    chunk = chunk or partial
    got = got + #chunk
    received[#received + 1] = chunk
    rounds = rounds + 1
    assert(rounds < 1e6)
    if chunk == "" then
      socket.select({ b }, last < #data and { a } or nil, 5)
    end
  end
  a:close()
  b:close()
  return last, table.concat(received) == data
end)

-- Failures.
local function on(make)
  return function(...)
    local sock, other = make()
    local results = R.pack(sock:send(...))
    sock:close()
    if other then
      other:close()
    end
    return R.unpack(results, 1, results.n)
  end
end
local function closed()
  local a, b = net.pair()
  a:close()
  return a, b
end
local function shut_down()
  local a, b = net.pair()
  a:shutdown("send")
  return a, b
end
local function never_connected()
  local sock = socket.tcp()
  sock:connect("", 1)
  return sock
end
local function reset()
  return net.reset_pair("")
end
local function refused()
  local sock = socket.tcp4()
  sock:connect("127.0.0.1", net.closed_port())
  return sock
end
for _, item in ipairs({ { "closed", closed }, { "shut down", shut_down }, { "reset", reset },
  { "never connected", never_connected }, { "refused", refused } }) do
  R.call("send on " .. item[1], on(item[2]), "hello")
  R.call("send(hello, 3) on " .. item[1], on(item[2]), "hello", 3)
  R.call("send(hello, -2) on " .. item[1], on(item[2]), "hello", -2)
  R.call("send('') on " .. item[1], on(item[2]), "")
  R.call("send(hello, 7, 9) on " .. item[1], on(item[2]), "hello", 7, 9)
end
R.call("send after the peer closed", function()
  local a, b = net.pair()
  b:close()
  net.readable(a)
  local first = a:send("x")
  local deadline = socket.gettime() + 5
  local sent, failure, last
  repeat
    sent, failure, last = a:send("x")
  until not sent or socket.gettime() > deadline
  a:close()
  return first, sent, failure, last
end)
