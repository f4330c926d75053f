-- Tasks at work: 200 downloads at once, an echo server with 10,000 connections, a group that is cancelled.
-- All of it on one thread; the servers run in the same process, but for the 10,000 clients, which have one
-- of their own. Ends with failure if anything is wrong.
--
--   lua tasks.lua [CONNECTIONS]
--   lua tasks.lua clients CONNECTIONS PORT REPORT_PORT      what it starts as the second process
local http = require("socket.http")
local moontide = require("moontide")
local socket = require("socket")

local is_client = arg[1] == "clients"
local wanted = tonumber(arg[is_client and 2 or 1]) or 10000

-- Serves in a task while f(port) runs.
local function with_server(handler, f)
  local ready = moontide.channel(1)
  local server = moontide.spawn("server", moontide.serve, "127.0.0.1:0", handler,
    { backlog = 1024, onready = function(_, port) ready:send(tonumber(port)) end })
  local results = f(ready:receive())
  server:cancel()
  server:pjoin()
  return results
end

-- 200 downloads -------------------------------------------------------------------------------------------

local function answer_after_a_second(client)
  local path = client:receive():match("^GET (%S+)")
  repeat until client:receive() == ""
  moontide.sleep(1)
  client:send("HTTP/1.1 200 OK\r\ncontent-length: " .. #path .. "\r\nconnection: close\r\n\r\n" .. path)
end

local function downloads(port)
  local start, right = moontide.now(), 0
  moontide.group(function(group)
    for index = 1, 200 do
      group:spawn(function()
        local path = "/page/" .. index
        local body, code = http.request("http://127.0.0.1:" .. port .. path)
        assert(code == 200 and body == path, code)
        right = right + 1
      end)
    end
  end)
  local seconds = moontide.now() - start
  print(("  %d downloads at once from a server that answers after one second: %.2f s"):format(right, seconds))
  assert(right == 200 and seconds < 20, "one after the other") -- which would take 200 s
end

-- 10,000 connections --------------------------------------------------------------------------------------

local function echo(client)
  local line = client:receive()
  while line do
    client:send(line .. "\n")
    line = client:receive()
  end
end

local function possible_connections()
  local limit = socket._SETSIZE
  local file = io.open("/proc/self/limits")
  if file then
    limit = tonumber(file:read("*a"):match("Max open files%s+(%d+)")) or limit
    file:close()
  end
  return math.min(wanted, limit - 100)
end

-- Echoes a line over each connection, waits until all of them are open and the other process lets them go
-- on, and does it again. `report` is the connection to that process.
local function clients(port, report)
  local right = 0
  local connected, go = moontide.semaphore(0), moontide.event()
  moontide.group(function(group)
    local connecting = moontide.semaphore(500)
    for index = 1, wanted do
      group:spawn(function()
        local client
        connecting:with(function()
          client = assert(socket.connect("127.0.0.1", port))
          client:send("hello " .. index .. "\n")
          assert(client:receive() == "hello " .. index)
        end)
        connected:release()
        go:wait()
        client:send("all " .. index .. "\n")
        assert(client:receive() == "all " .. index)
        right = right + 1
        client:close()
      end)
    end
    for _ = 1, wanted do
      connected:acquire()
    end
    report:send("open\n")
    assert(report:receive() == "go")
    go:set()
  end)
  report:send(right .. "\n")
end

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function echoes(port)
  local count = possible_connections()
  if count < wanted then
    print(("  the limit of open files allows only %d connections"):format(count))
  end
  local start, before = moontide.now(), moontide.stats().tasks
  local listener = assert(socket.bind("127.0.0.1", 0))
  local _, report_port = listener:getsockname()
  local command = ("%s %s clients %d %d %d"):format(quote(arg[-1]), quote(arg[0]), count, port, report_port)
  local process = assert(io.popen(command, "w"))
  listener:settimeout(60)
  local report = assert(listener:accept(), "the clients did not start")
  report:settimeout(60)
  assert(report:receive() == "open", "the clients could not connect")
  local tasks = moontide.stats().tasks - before
  report:send("go\n")
  local right = tonumber((report:receive()))
  process:close()
  listener:close()
  report:close()
  print(("  %d connections echoed on one thread, all open at once, %d tasks: %.1f s, %.0f MiB of memory")
    :format(right, tasks, moontide.now() - start, collectgarbage("count") / 1024))
  assert(right == count and tasks == count)
end

-- A cancelled group -----------------------------------------------------------------------------------------

local function open_descriptors()
  local count = 0
  for descriptor = 0, 255 do
    local file = io.open("/proc/self/fdinfo/" .. descriptor)
    if file then
      count = count + 1
      file:close()
    end
  end
  return count
end

local function cancelled_group()
  collectgarbage()
  collectgarbage()
  local tasks, descriptors = moontide.stats().tasks, open_descriptors()
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  local result, message = moontide.timeout(0.1, moontide.group, function(group)
    for _ = 1, 50 do
      group:spawn(http.request, "http://127.0.0.1:" .. port .. "/") -- nobody will answer
      group:spawn(moontide.sleep, 3600)
      group:spawn(function() moontide.channel():receive() end)
    end
  end)
  assert(result == nil and message == "timeout")
  server:close()
  local left = moontide.stats().tasks - tasks
  local open = open_descriptors() - descriptors
  print(("  a group of 150 tasks, cancelled: %d tasks and %d descriptors are left behind"):format(left, open))
  assert(left == 0 and open == 0)
end

if is_client then
  moontide.run(clients, tonumber(arg[3]), assert(socket.connect("127.0.0.1", tonumber(arg[4]))))
  return
end

moontide.run(function()
  with_server(answer_after_a_second, downloads)
  with_server(echo, echoes)
  cancelled_group()
end)
