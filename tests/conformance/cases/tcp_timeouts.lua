-- tcp.md, Timeouts: settimeout and gettimeout, and what the two limits do.

local R = ...
local socket = require("socket")
local net = R.net

-- Setting and reading.
local sock = socket.tcp()
R.method("gettimeout: fresh", sock, "gettimeout")
R.method("settimeout: no arguments", sock, "settimeout")
R.method("gettimeout: after it", sock, "gettimeout")
for _, value in ipairs({ 0, 1, 0.5, -1, -0.5, 1e10, -1e10, math.huge, -math.huge, 0.0001, 2 ^ 53 }) do
  R.call(("settimeout(%.14g)"):format(value), function()
    local result = sock:settimeout(value)
    return result, sock:gettimeout()
  end)
  R.call(("settimeout(%.14g, 't')"):format(value), function()
    local result = sock:settimeout(value, "t")
    return result, sock:gettimeout()
  end)
end
sock:settimeout()
sock:settimeout(nil, "t")
R.values("gettimeout: both gone", sock:gettimeout())
for index, mode in ipairs({ "b", "block", "bxyz", "t", "total", "tick", "r", "reply", "b\0t" }) do
  R.call(("mode %q"):format(mode):gsub("%c", "?"), function()
    local result = sock:settimeout(index, mode)
    local block, total = sock:gettimeout()
    sock:settimeout()
    sock:settimeout(nil, "t")
    return result, block, total
  end)
end
R.call("mode nil", function()
  local result = sock:settimeout(3, nil)
  return result, sock:gettimeout()
end)
R.call("nil with a mode", function()
  sock:settimeout(4, "t")
  local result = sock:settimeout(nil, "t")
  return result, sock:gettimeout()
end)
R.call("one does not touch the other", function()
  sock:settimeout(1, "b")
  sock:settimeout(2, "t")
  sock:settimeout(3, "b")
  return sock:gettimeout()
end)
R.call("extra arguments", function()
  return sock:settimeout(1, "b", {}, print)
end)
R.call("settimeout keeps the class", function()
  sock:settimeout(0)
  return sock.class, sock:getfd()
end)
sock:close()

-- What happens to a receive that finds nothing. `least` and `most` bound the time it takes.
local function timed(block, total, least, most)
  local client, peer = net.pair()
  client:settimeout(block, "b")
  client:settimeout(total, "t")
  local start = socket.gettime()
  local data, failure, partial = client:receive(1)
  local took = socket.gettime() - start
  client:close()
  peer:close()
  return data, failure, partial, took >= least - 0.002, took < most
end
R.call("receive: block 0", timed, 0, nil, 0, 5)
R.call("receive: block 0, total 10", timed, 0, 10, 0, 5)
R.call("receive: total 0", timed, nil, 0, 0, 5)
R.call("receive: block 0.05", timed, 0.05, nil, 0.05, 5)
R.call("receive: total 0.05", timed, nil, 0.05, 0.05, 5)
R.call("receive: block 0.05, total 10", timed, 0.05, 10, 0.05, 5)
R.call("receive: block 10, total 0.05", timed, 10, 0.05, 0.05, 5)
R.call("receive: block 0.05, total 0", timed, 0.05, 0, 0, 5)
R.call("receive: negative block, total 0.05", timed, -3, 0.05, 0.05, 5)
R.call("receive: numeric strings", timed, "0.05", nil, 0.05, 5)
R.moontide_only("a positive timeout under a millisecond is waited for", "true, true", function()
  local client, peer = net.pair()
  client:settimeout(0.0009)
  local whole, rounds = true, 0
  for _ = 1, 20 do
    local start = socket.gettime()
    client:receive(1)
    whole = whole and socket.gettime() - start >= 0.0009
    rounds = rounds + 1
  end
  client:close()
  peer:close()
  return whole, rounds == 20
end)
R.moontide_only("a timeout is never cut short", "true", function()
  local client, peer = net.pair()
  client:settimeout(0.0205)
  local whole = true
  for _ = 1, 5 do
    local start = socket.gettime()
    client:receive(1)
    whole = whole and socket.gettime() - start >= 0.0205
  end
  client:close()
  peer:close()
  return whole
end)

-- A timeout of 0 still takes what is there.
R.call("block 0: data that is there", function()
  local client, peer = net.fed_pair("data", false)
  client:settimeout(0)
  local data, failure, partial = client:receive(4)
  local more = R.pack(client:receive(4))
  client:close()
  peer:close()
  return data, failure, partial, more[1], more[2], more[3]
end)
R.call("block 0: part of it", function()
  local client, peer = net.fed_pair("da", false)
  client:settimeout(0)
  local data, failure, partial = client:receive(4)
  client:close()
  peer:close()
  return data, failure, partial
end)
R.call("block 0: send of a little", function()
  local client, peer = net.pair()
  client:settimeout(0)
  local last, failure = client:send("hello")
  client:close()
  peer:close()
  return last, failure
end)
R.call("data without a pause never times out", function()
  local client, peer = net.fed_pair(("x"):rep(60000), false)
  client:settimeout(1e-6, "t")
  local data, failure = client:receive(1)
  client:close()
  peer:close()
  return data, failure
end)
for _, huge in ipairs({ math.huge, 1e10, 1e300 }) do
  R.call(("huge timeout %.14g: data comes"):format(huge), function()
    local client, peer = net.pair()
    client:settimeout(huge)
    peer:send("line\n")
    local line, failure = client:receive()
    client:settimeout(huge, "t")
    peer:send("again\n")
    local again = client:receive()
    client:close()
    peer:close()
    return line, failure, again
  end)
end

-- One byte every half second from a process of its own, so that nothing here blocks the sender.
local function dripping(block, total, count)
  local server, port = net.listener()
  local script = assert(io.open("drip.sh", "w"))
  script:write("exec 3<>/dev/tcp/127.0.0.1/$1\n",
    "for i in 1 2 3 4 5 6; do printf x >&3; sleep 0.5; done\nsleep 1\n")
  script:close()
  os.execute("bash drip.sh " .. port .. " >/dev/null 2>&1 &")
  local client = assert(server:accept())
  server:close()
  client:settimeout(block, "b")
  client:settimeout(total, "t")
  local data, failure, partial = client:receive(count)
  client:close()
  return data, failure, partial and #partial > 0 and #partial < count
end
local bash = os.execute("command -v bash >/dev/null 2>&1")
if bash == true or bash == 0 then
  R.call("drip: block alone bounds the sum", dripping, 1.8, nil, 6)
  R.call("drip: block with a total bounds each wait", dripping, 1.8, 20, 6)
  R.call("drip: total bounds the sum", dripping, 20, 1.8, 6)
  R.call("drip: both are generous", dripping, 20, 20, 6)
else
  R.skip("drip: ", "no bash")
end
