-- Byte streams between two ends, each of which sends a sequence that the other one knows. Any task may read,
-- write and close either end at any time.

-- A prime, so that no mistake in a position goes unnoticed for long. No CR and no LF.
local LENGTH = 40009

local function make_sequence(random)
  local bytes = {}
  for i = 1, LENGTH do
    bytes[i] = string.char(64 + random:upto(62))
  end
  return table.concat(bytes)
end

return function(context)
  local random, socket, complain = context.random, context.socket, context.complain
  local unix = require("socket.unix")
  local sequence = make_sequence(random)
  local ends = {} -- those that tasks choose from
  local PLACES = 24
  local paths = 0

  -- `count` bytes of the sequence, from the byte after `position` on.
  local function piece(position, count)
    local first = position % LENGTH
    if first + count <= LENGTH then
      return sequence:sub(first + 1, first + count)
    end
    local repeated = sequence:sub(first + 1) .. sequence:rep(math.floor(count / LENGTH) + 1)
    return repeated:sub(1, count)
  end

  local function connect_pair()
    if random:once_in(2) then
      local server = assert(socket.bind("127.0.0.1", 0))
      local ip, port = server:getsockname()
      local client = assert(socket.connect(ip, port))
      local accepted = assert(server:accept())
      server:close()
      return client, accepted
    end
    paths = paths + 1
    local path = context.directory .. "/s" .. paths
    local server = unix()
    assert(server:bind(path))
    assert(server:listen())
    local client = unix()
    assert(client:connect(path))
    local accepted = assert(server:accept())
    server:close()
    os.remove(path)
    return client, accepted
  end

  local function add_pair()
    local one, other = connect_pair()
    local a = { socket = one, got = 0, reading = 0, writing = 0 }
    local b = { socket = other, got = 0, reading = 0, writing = 0 }
    a.peer, b.peer = b, a
    ends[random:upto(PLACES)] = a
    ends[random:upto(PLACES)] = b
  end

  local function some_end()
    local one = ends[random:upto(PLACES)]
    if one and (one.closed or one.peer.closed) and random:once_in(2) then
      one = nil
    end
    if not one then
      add_pair()
      one = ends[random:upto(PLACES)]
    end
    return one
  end

  local EXPECTED = {
    timeout = true, closed = true, ["Connection reset by peer"] = true, ["Broken pipe"] = true,
  }

  local function check_failure(one, message, busy, what)
    context.outcome(what, message)
    if message == "Operation already in progress" then
      if not busy then
        complain("%s: busy, and nobody is there", what)
      end
    elseif not EXPECTED[message] then
      complain("%s failed with %s", what, tostring(message))
    elseif message ~= "closed" and message ~= "timeout" and not one.peer.closed and not one.closed then
      complain("%s failed with %s, and nobody closed it", what, message)
    elseif message == "closed" and not one.closed and not one.peer.closed then
      complain("%s is closed, and nobody closed it", what)
    end
  end

  -- How often `one` is in use that way, while f runs.
  local function using(one, way, f, ...)
    one[way] = one[way] + 1
    local function settle(succeeded, ...)
      one[way] = one[way] - 1
      if not succeeded then
        error((...), 0)
      end
      return ...
    end
    return settle(pcall(f, ...))
  end

  local function receive()
    local one = some_end()
    if not one then
      return
    end
    one.socket:settimeout(context.short())
    local pattern = random:once_in(8) and "*l" or random:once_in(8) and "*a" or random:upto(6000)
    local busy = one.reading > 0
    local data, message, partial = using(one, "reading", one.socket.receive, one.socket, pattern)
    if not data then
      check_failure(one, message, busy, "receive")
      data = partial
    else
      context.outcome("receive", "done")
      if type(pattern) == "number" and #data ~= pattern then
        complain("receive(%d) gave %d bytes", pattern, #data)
      end
    end
    if data ~= piece(one.got, #data) then
      complain("a stream is not what was sent, behind byte %d", one.got)
    end
    one.got = one.got + #data
    local _, sent = one.peer.socket:getstats()
    if one.got > sent then
      complain("%d bytes were received, %d sent", one.got, sent)
    end
  end

  local function send()
    local one = some_end()
    if not one then
      return
    end
    one.socket:settimeout(context.short())
    local size = random:once_in(10) and random:upto(400000) or random:upto(5000)
    local _, before = one.socket:getstats()
    local busy = one.writing > 0
    local last, message, partial = using(one, "writing", one.socket.send, one.socket, piece(before, size))
    if not last then
      check_failure(one, message, busy, "send")
      last = partial
    else
      context.outcome("send", "done")
      if last ~= size then
        complain("send of %d bytes gave %d", size, last)
      end
    end
    local _, after = one.socket:getstats()
    if message ~= "Operation already in progress" and after ~= before + last then
      complain("send says %d, the counter %d", last, after - before)
    end
  end

  local function close(one)
    one.closed = true
    one.socket:close()
  end

  local function close_some()
    local one = ends[random:upto(PLACES)]
    if one then
      close(one)
    end
    context.forget_some()
  end

  local function shutdown()
    local one = ends[random:upto(PLACES)]
    if one and random:once_in(4) then
      one.closed = true -- as the other end sees it
      one.socket:shutdown(random:once_in(2) and "send" or "both")
    end
  end

  local function wait_for_descriptor()
    local one = some_end()
    if not one then
      return
    end
    local fd = one.socket:getfd()
    if fd < 0 then
      return
    end
    local events = random:pick({ "r", "w", "rw" })
    local found, message = context.moontide.waitfd(fd, events, context.short())
    context.outcome("waitfd", found or message)
    if not found and message ~= "timeout" and message ~= "Bad file descriptor" then
      complain("waitfd failed with %s", tostring(message))
    elseif found and not events:find(found, 1, true) then
      complain("waitfd for %s gave %s", events, found)
    end
  end

  local function select_sockets()
    local reading, writing = {}, {}
    for _ = 1, random:upto(5) do
      local one = some_end()
      if one and not one.closed then
        local list = random:once_in(3) and writing or reading
        list[#list + 1] = one.socket
      end
    end
    local readable, writable, message
    local succeeded, failure = pcall(function()
      readable, writable, message = socket.select(reading, writing, context.short())
    end)
    if not succeeded and tostring(failure):find("select failed", 1, true) then
      return -- one of them was closed meanwhile
    elseif not succeeded then
      error(failure, 0)
    end
    context.outcome("select", message or "ready")
    if (message == "timeout") ~= (#readable + #writable == 0) then
      complain("select gave %d, %d, %s", #readable, #writable, tostring(message))
    end
  end

  -- Connections to one server, where several tasks accept and others connect.
  local server
  local accepting = 0
  local function accept()
    if not server then
      server = assert(socket.bind("127.0.0.1", 0))
    end
    server:settimeout(context.short())
    local busy = accepting > 0
    accepting = accepting + 1
    local succeeded, client, message = pcall(server.accept, server)
    accepting = accepting - 1
    if not succeeded then
      error(client, 0)
    end
    context.outcome("accept", client and "done" or message)
    if client then
      client:settimeout(context.short())
      local greeting, failure = client:receive(2)
      if greeting and greeting ~= "hi" then
        complain("a greeting is %q", greeting)
      elseif not greeting and not EXPECTED[failure] then
        complain("a greeting failed with %s", failure)
      end
      client:close()
    elseif message == "Operation already in progress" and not busy then
      complain("accept: busy, and nobody is there")
    elseif message ~= "timeout" and message ~= "closed" and message ~= "Operation already in progress" then
      complain("accept failed with %s", message)
    end
    if random:once_in(40) and server then
      server:close()
      server = nil
    end
  end

  local function connect()
    if not server then
      return
    end
    local ip, port = server:getsockname()
    if not ip then
      return
    end
    local client = socket.tcp()
    client:settimeout(context.short())
    local connected, message = client:connect(ip, port)
    context.outcome("connect", connected and "done" or message)
    if connected then
      client:send("hi")
    elseif message ~= "timeout" and message ~= "closed" and message ~= "connection refused" then
      complain("connect failed with %s", message)
    end
    if random:once_in(2) then
      client:close()
    end
  end

  local function finish()
    for place, one in pairs(ends) do
      close(one)
      close(one.peer)
      ends[place] = nil
    end
    if server then
      server:close()
      server = nil
    end
  end
  context.at_finish(finish)
  context.some_socket = function()
    local one = some_end()
    return one and not one.closed and one.socket
  end

  return {
    { name = "receive", call = receive }, { name = "receive", call = receive },
    { name = "send", call = send }, { name = "send", call = send },
    { name = "close", call = close_some }, { name = "shutdown", call = shutdown },
    { name = "waitfd", call = wait_for_descriptor }, { name = "select", call = select_sockets },
    { name = "accept", call = accept }, { name = "connect", call = connect },
  }
end
