-- Datagrams that tasks send to sockets where others receive.

return function(context)
  local random, socket, complain = context.random, context.socket, context.complain
  local receivers = {}
  local PLACES = 3

  local function some_receiver()
    local place = random:upto(PLACES)
    if not receivers[place] then
      local udp = socket.udp4()
      assert(udp:setsockname("127.0.0.1", 0))
      receivers[place] = { socket = udp, reading = 0 }
    end
    return receivers[place], place
  end

  local function receive()
    local one, place = some_receiver()
    one.socket:settimeout(context.short())
    local busy = one.reading > 0
    one.reading = one.reading + 1
    local succeeded, data, ip = pcall(one.socket.receivefrom, one.socket)
    one.reading = one.reading - 1
    if not succeeded then
      error(data, 0)
    end
    context.outcome("receivefrom", data and "done" or ip)
    if data then
      local size, body = data:match("^(%d+) (x*)$")
      if not body or tonumber(size) ~= #body or ip ~= "127.0.0.1" then
        complain("a datagram is not what was sent")
      end
    elseif ip == "Operation already in progress" then
      if not busy then
        complain("receivefrom: busy, and nobody is there")
      end
    elseif ip ~= "timeout" and not (ip == "closed" and one.closed) then
      complain("receivefrom failed with %s", tostring(ip))
    end
    if random:once_in(50) then
      one.closed = true
      one.socket:close()
      if receivers[place] == one then
        receivers[place] = nil
      end
    end
  end

  local function send()
    local one = some_receiver()
    local ip, port = one.socket:getsockname()
    local size = random:upto(2000)
    local sender = random:once_in(2) and one.socket or socket.udp4()
    local sent, message = sender:sendto(size .. " " .. ("x"):rep(size), ip, port)
    context.outcome("sendto", sent and "done" or message)
    if sender ~= one.socket and random:once_in(2) then
      sender:close()
    end
  end

  context.at_finish(function()
    for _, one in pairs(receivers) do
      one.socket:close()
    end
    receivers = {}
  end)

  return { { name = "receivefrom", call = receive }, { name = "sendto", call = send } }
end
