-- Finds programs on the local network without knowing where they are, by datagrams to everybody:
--
--   lua udp_discovery.lua offer NAME [PORT]       answers those who ask (port 9966)
--   lua udp_discovery.lua find [PORT [ADDRESS]]   asks, and lists who answers within a second
local moontide = require "moontide"
local socket = require "socket"

local question, answer = "moontide: who is there?", "moontide: here is "
local port = tonumber(arg[1] == "offer" and arg[3] or arg[2]) or 9966

local function offer(name)
  local udp = assert(socket.udp4())
  -- Several programs of one machine may offer something: they share the port.
  assert(udp:setoption("reuseaddr", true))
  assert(udp:setsockname("*", port))
  print("listening on " .. table.concat({ udp:getsockname() }, " ", 1, 2))
  io.stdout:flush()
  while true do
    local text, host, from = udp:receivefrom()
    if text == question then
      udp:sendto(answer .. name, host, from)
    end
  end
end

-- Calls found(name, host) for every answer. It goes on until a deadline of its caller ends it.
local function find(address, found)
  local udp = assert(socket.udp4())
  assert(udp:setoption("broadcast", true))
  assert(udp:setsockname("*", 0))
  moontide.group(function(group)
    group:spawn("asking", function()
      while true do
        assert(udp:sendto(question, address, port))
        moontide.sleep(0.3) -- datagrams get lost: it asks again while the answers come in
      end
    end)
    while true do
      local text, host = udp:receivefrom()
      if text and text:sub(1, #answer) == answer then
        found(text:sub(#answer + 1), host)
      end
    end
  end)
end

if arg[1] == "offer" and arg[2] then
  offer(arg[2])
elseif arg[1] == "find" then
  local seen, count = {}, 0
  moontide.run(function()
    moontide.timeout(1, find, arg[3] or "255.255.255.255", function(name, host)
      if not seen[name .. host] then
        seen[name .. host] = true
        count = count + 1
        print(name .. " at " .. host)
      end
    end)
  end)
  print(count .. " found")
else
  io.stderr:write("usage: lua udp_discovery.lua offer NAME [PORT] | find [PORT [ADDRESS]]\n")
  os.exit(2)
end
