-- Goal: neither a clock that is set nor signals shorten a wait, prolong it, or make a call fail.
-- Method: a child process waits in every call that can wait, and measures with the system's uptime, that
-- nobody can set. Preloaded libraries disturb it: libfaketime, whose clock the test steps in the middle
-- of each wait, or a storm of a thousand signals per second.
local test = ...

-- What the child runs: `waits` is a list of names and functions that each wait for SECONDS and give
-- "timeout". `around(name, f)` runs one and returns the elapsed time and its results.
local CHILD = [[
  local socket, unix = require("socket"), require("socket.unix")
  local SECONDS = 0.2
  local function uptime()
    local file = io.open("/proc/uptime")
    local seconds = file:read("*n")
    file:close()
    return seconds
  end
  local function check(name, f)
    local start = uptime()
    local _, message, third = f()
    local elapsed = uptime() - start
    if name == "select" then message = third end
    if name == "sleep" then message = "timeout" end
    -- The uptime has two digits, so it may show a hundredth less. A wait that a step of the clock or the
    -- storm prolongs does not end for an hour, or never; one that ends late, on a busy machine, is fine.
    local fine = elapsed >= SECONDS - 0.011 and elapsed < SECONDS + 20
    return fine and message == "timeout", ("%s %s after %.2f"):format(name, tostring(message), elapsed)
  end

  local server = assert(socket.bind("127.0.0.1", 0))
  local port = select(2, server:getsockname())
  local client = assert(socket.connect("127.0.0.1", port))
  local peer = assert(server:accept())
  local udp = socket.udp4()
  udp:setsockname("127.0.0.1", 0)
  local dgram = unix.dgram()
  -- A server whose queue is full: nothing more connects.
  local full = socket.tcp4()
  full:bind("127.0.0.1", 0)
  full:listen(0)
  local full_port = select(2, full:getsockname())
  local fillers = {}
  for i = 1, 4 do
    fillers[i] = socket.tcp4()
    fillers[i]:settimeout(0)
    fillers[i]:connect("127.0.0.1", full_port)
  end
  local more_than_fits = ("x"):rep(2^24)
  for _, object in ipairs({ server, client, peer, udp, dgram }) do object:settimeout(SECONDS) end
  local quiet = assert(socket.connect("127.0.0.1", port))
  local silent = assert(server:accept())
  silent:settimeout(SECONDS)

  local waits = {
    { "sleep", function() return socket.sleep(SECONDS) end },
    { "select", function() return socket.select({ silent }, nil, SECONDS) end },
    { "accept", function() return server:accept() end },
    { "receive line", function() return silent:receive() end },
    { "receive count", function() return silent:receive(10) end },
    { "receive all", function() return silent:receive("*a") end },
    { "send", function() return peer:send(more_than_fits) end },
    { "udp receive", function() return udp:receive() end },
    { "udp receivefrom", function() return udp:receivefrom() end },
    { "dgram receive", function() return dgram:receive() end },
    { "connect", function()
        local one = socket.tcp4()
        one:settimeout(SECONDS)
        local done, message = one:connect("127.0.0.1", full_port)
        one:close()
        return done, message
      end },
  }
]]

local function library(pattern)
  local pipe = io.popen("ls " .. pattern .. " 2>/dev/null")
  local name = pipe:read("*l")
  pipe:close()
  return name
end

local function with_library(name, settings)
  -- Where the interpreter is linked with the sanitizers, their runtime objects to being second.
  return ("ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 %s LD_PRELOAD=%s"):format(settings, name)
end


for _, hours in ipairs({ 1, -1 }) do
  test(("a clock that is set by %+d h during a wait changes nothing"):format(hours), function(t)
    local faketime = library("/usr/lib/*/faketime/libfaketime.so.1")
    if not faketime then
      t.skip("libfaketime is not installed")
    end
    local path = t.tmpname()
    local server, port = t.server()
    local function set(offset)
      local file = assert(io.open(path, "w"))
      file:write(offset, "\n")
      file:close()
    end
    set("+0")
    local pipe = t.child(CHILD .. [[
      local clock = assert(socket.connect("127.0.0.1", ...))
      for _, wait in ipairs(waits) do
        -- A step that comes too late, on a busy machine, disturbs nothing and proves nothing.
        for try = 1, 50 do
          clock:send("set it back\n")
          clock:receive()
          local before = os.time()
          clock:send("waiting\n")
          local fine, text = check(wait[1], wait[2])
          local stepped = math.abs(os.time() - before) > 1800
          if not fine then print(text) end
          if stepped then break end
          if try == 50 then print(wait[1], "was never disturbed") end
        end
      end
      print(#waits .. " waits")]], ("%d"):format(port),
      with_library(faketime, "FAKETIME_TIMESTAMP_FILE=" .. path
        .. " FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1"))
    server:settimeout(30)
    local clock = t.keep(server:accept())
    clock:settimeout(30)
    for line in function() return (clock:receive()) end do
      if line == "waiting" then
        set(("%+dh"):format(hours))
      else
        set("+0")
        clock:send("done\n")
      end
    end
    t.equal(pipe:read("*a"), "11 waits\n")
  end)
end

for _, kind in ipairs({ "interrupt", "restart" }) do
  test("a storm of signals changes no wait and no result, handler installed to " .. kind, function(t)
    local build = os.getenv("MOONTIDE_BUILD") or package.cpath:match("^(.-)/lib/lua/")
    local storm = library(build .. "/tests/libmoontide_signal_storm.so")
    t.is("string", storm)
    local output = t.output_of(CHILD .. [[
      for _, wait in ipairs(waits) do
        local fine, text = check(wait[1], wait[2])
        if not fine then print(text) end
      end
      -- Bulk data, both ways at once, in every size of step.
      local sent, received, bytes = 0, 0, ("0123456789"):rep(300000)
      local parts = {}
      silent:settimeout(0.01)
      quiet:settimeout(0.01)
      while received < #bytes do
        if sent < #bytes then
          local last, message, partial = quiet:send(bytes, sent + 1)
          if not last and message ~= "timeout" then print("send", message) break end
          sent = last or partial
        end
        local block, message, partial = silent:receive(65536)
        if not block and message ~= "timeout" then print("receive", message) break end
        parts[#parts + 1] = block or partial
        received = received + #parts[#parts]
      end
      print(table.concat(parts) == bytes, #waits .. " waits")]], nil,
      with_library(storm, "MOONTIDE_STORM=" .. kind))
    local result, signals = output:match("^(.*)\n(%d+) signals$")
    t.equal(result or output, "true\t11 waits")
    -- One every millisecond; those that come while the process is not on a processor are one.
    t.equal(tonumber(signals) > 50, true)
  end)
end
