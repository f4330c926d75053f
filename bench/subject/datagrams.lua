-- Workloads of datagrams. Neither side is ever more than a window ahead of the other: for each half of it
-- that was received, a datagram goes back.

local bench = ...
local socket = require("socket")

local HALF_WINDOW = 32 -- as in loopback/subject_datagrams.c

local kinds = {}

--- A bound socket, with a peer if `connected`, and the connection that the command went by.
local function prepare(work, command, per_unit, connected)
  local udp = assert(socket.udp())
  assert(udp:setsockname("127.0.0.1", 0))
  local _, port = udp:getsockname()
  if connected then
    assert(udp:setpeername("127.0.0.1", bench.port("UDP")))
  end
  return udp, bench.open("tcp", string.format("%s %s %.0f %.0f %d", command, port, work.size,
    per_unit * (work.warm + work.count), 2 * HALF_WINDOW))
end

local function receive_by(work, take, per_unit, connected)
  local udp, control = prepare(work, "datagrams", per_unit, connected)
  local peer = bench.port("UDP")
  take(udp, 0, work.warm, peer)
  local bytes, wall, cpu = bench.timed(take, udp, work.warm, work.count, peer)
  control:close()
  return { bytes = bytes, wall = wall, cpu = cpu }
end

-- The peer has the last word on what arrived.
local function send_by(work, give, per_unit, connected)
  local udp, control = prepare(work, "collect", per_unit, connected)
  local peer = bench.port("UDP")
  local data = string.rep("x", work.size)
  give(udp, 0, work.warm, data, peer)
  local _, wall, cpu = bench.timed(give, udp, work.warm, work.count, data, peer)
  local arrived = tonumber((assert(control:receive("*l"))))
  control:close()
  return { bytes = arrived - per_unit * work.warm * work.size, wall = wall, cpu = cpu }
end

local function receive_with_sender(udp, first, count, peer)
  local half = HALF_WINDOW
  local bytes = 0
  for i = first + 1, first + count do
    local data, from, port = udp:receivefrom()
    if port ~= peer then
      error(data and "the wrong sender" or from)
    end
    bytes = bytes + #data
    if i % half == 0 then
      udp:sendto("c", "127.0.0.1", peer)
    end
  end
  return bytes
end

function kinds.receivefrom(work)
  return receive_by(work, receive_with_sender, 1)
end

local function receive_each(udp, first, count)
  local half = HALF_WINDOW
  local bytes = 0
  for i = first + 1, first + count do
    local data, message = udp:receive()
    if not data then
      error(message)
    end
    bytes = bytes + #data
    if i % half == 0 then
      udp:send("c")
    end
  end
  return bytes
end

function kinds.receive_udp(work)
  return receive_by(work, receive_each, 1, true)
end

-- A unit is a batch: what is there, and the rest of it when it has come.
local function receive_batches(udp, _, count, peer)
  local bytes = 0
  for _ = 1, count do
    local have = 0
    while have < HALF_WINDOW do
      local list, _, ports = assert(udp:receivemany(HALF_WINDOW - have))
      for index = 1, #list do
        if ports[index] ~= peer then
          error("the wrong sender")
        end
        bytes = bytes + #list[index]
      end
      have = have + #list
    end
    udp:sendto("c", "127.0.0.1", peer)
  end
  return bytes
end

local function receive_batches_singly(udp, first, count, peer)
  return receive_with_sender(udp, first * HALF_WINDOW, count * HALF_WINDOW, peer)
end

-- A library without receivemany takes them one by one.
function kinds.receivemany(work)
  local many = socket.udp().receivemany
  return receive_by(work, many and receive_batches or receive_batches_singly, HALF_WINDOW)
end

--- Called before each half of the window is sent; `done` datagrams were.
local function wait_for_credit(udp, done)
  if done >= 2 * HALF_WINDOW then
    assert(udp:receive())
  end
end

local function send_each_to(udp, first, count, data, peer)
  local half = HALF_WINDOW
  for i = first, first + count - 1 do
    if i % half == 0 then
      wait_for_credit(udp, i)
    end
    local sent, message = udp:sendto(data, "127.0.0.1", peer)
    if not sent then
      error(message)
    end
  end
end

function kinds.sendto(work)
  return send_by(work, send_each_to, 1)
end

local function send_each(udp, first, count, data)
  local half = HALF_WINDOW
  for i = first, first + count - 1 do
    if i % half == 0 then
      wait_for_credit(udp, i)
    end
    local sent, message = udp:send(data)
    if not sent then
      error(message)
    end
  end
end

function kinds.send_udp(work)
  return send_by(work, send_each, 1, true)
end

local function send_batches(udp, first, count, data, peer)
  local list = {}
  for index = 1, HALF_WINDOW do
    list[index] = data
  end
  for batch = first, first + count - 1 do
    wait_for_credit(udp, batch * HALF_WINDOW)
    local sent, message = udp:sendmany(list, "127.0.0.1", peer)
    if sent ~= HALF_WINDOW then
      error(message)
    end
  end
end

local function send_batches_singly(udp, first, count, data, peer)
  return send_each_to(udp, first * HALF_WINDOW, count * HALF_WINDOW, data, peer)
end

function kinds.sendmany(work)
  local many = socket.udp().sendmany
  return send_by(work, many and send_batches or send_batches_singly, HALF_WINDOW)
end

return kinds
