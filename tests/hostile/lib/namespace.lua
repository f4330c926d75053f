-- The functions of the namespace, and constructors.

return function(socket, pool, values, random, attempts, options)
  local namespace = {}
  local unix = require("socket.unix")
  local serial = require("socket.serial")

  local function add_result(results)
    if results[1] then
      pool.add(results[2])
    end
    return results
  end

  local CONSTRUCTORS = {
    { "tcp", socket.tcp }, { "tcp4", socket.tcp4 }, { "tcp6", socket.tcp6 }, { "udp", socket.udp },
    { "udp4", socket.udp4 }, { "udp6", socket.udp6 }, { "unix.stream", unix.stream },
    { "unix.dgram", unix.dgram }, { "unix", unix }, { "unix.tcp", unix.tcp },
  }

  function namespace.construct()
    local constructor = random:pick(CONSTRUCTORS)
    add_result(attempts.call(constructor[1], constructor[2], { n = 2, values.any(), values.any() }, true))
    if random:once_in(4) then
      add_result(attempts.call("serial", serial, { n = 1, values.device() }, true))
    end
  end

  -- socket.connect has no timeout: only the port of our own server, whose queue is never full, or
  -- arguments that fail at once.
  function namespace.connect()
    local port = random:once_in(4) and values.odd() or options.server_port
    local family = random:pick({ "inet", "inet6", "unspec", "x", n = 9 })
    local local_host = random:pick({ "127.0.0.1", "*", "::1", "nosuch host", {}, n = 12 })
    local f = random:pick({ socket.connect, socket.connect, socket.connect4, socket.connect6 })
    add_result(attempts.call("connect", f, { n = 5, values.host(), port, local_host,
      random:pick({ 0, "0", "x", n = 5 }), family }, true))
  end

  function namespace.bind()
    local results = attempts.call("bind", socket.bind, { n = 3, values.host(), values.bind_port(),
      random:pick({ 0, 1, 32, "x", n = 5 }) }, true)
    if results[1] and results[2] ~= nil then
      local _, port = results[2]:getsockname()
      values.add_port(port)
    end
    add_result(results)
  end

  -- Two objects that are connected, and bytes between them.
  function namespace.pair()
    local server = socket.bind("127.0.0.1", 0)
    if not server then
      return
    end
    local _, port = server:getsockname()
    local client = socket.connect("127.0.0.1", port)
    if client then
      server:settimeout(0.1)
      local accepted = server:accept()
      client:settimeout(0)
      client:send(values.string())
      pool.add(client)
      pool.add(accepted)
    end
    values.add_port(port)
    pool.add(server)
  end

  function namespace.datagrams()
    local receiver = socket.udp4()
    if not receiver then
      return
    end
    receiver:setsockname("127.0.0.1", 0)
    local _, port = receiver:getsockname()
    local sender = socket.udp4()
    if sender then
      for _ = 1, random:upto(4) do
        sender:sendto(values.string():sub(1, 20000), "127.0.0.1", port)
      end
    end
    values.add_port(port)
    pool.add(receiver)
    pool.add(sender)
  end

  function namespace.local_pair()
    local server = unix.stream()
    if not server then
      return
    end
    local path = "\0" .. options.directory .. random:upto(1000000)
    if server:bind(path) and server:listen() then
      local client = unix.stream()
      client:settimeout(0.01)
      if client:connect(path) then
        client:settimeout(0)
        client:send(values.string())
        server:settimeout(0.01)
        pool.add(server:accept())
      end
      pool.add(client)
    end
    pool.add(server)
  end

  local DNS = { "toip", "tohostname", "gethostname", "getaddrinfo", "getnameinfo" }

  function namespace.dns()
    local name = random:pick(DNS)
    attempts.call("dns." .. name, socket.dns[name], { n = 2, values.host(), values.port() }, true)
  end

  function namespace.time()
    local seconds = random:once_in(2) and values.short_time() or
      random:pick({ -1, 0 / 0, -math.huge, "0", "x", {}, n = 8 })
    attempts.call("sleep", socket.sleep, { n = 1, seconds })
    attempts.call("gettime", socket.gettime, { n = 1, values.any() })
    attempts.call("__unload", socket.__unload, { n = 1, values.any() })
    attempts.call("skip", socket.skip, { n = 4, values.any(), values.any(), values.any(), 1 })
  end

  function namespace.exceptions()
    local try = socket.newtry(random:once_in(2) and options.misbehave or values.any())
    local inner = random:once_in(3) and values.any() or function(...)
      options.misbehave()
      if random:once_in(4) then
        error(values.any())
      end
      return try(...)
    end
    local protected = attempts.call("protect", socket.protect, { n = 1, inner })[2]
    attempts.call("protected", protected, { n = 3, values.any(), values.any(), values.any() })
    attempts.call("try", try, { n = 2, values.any(), values.any() })
  end

  function namespace.streams()
    local object = random:once_in(4) and values.number() or pool.any()
    if object == nil then
      return
    end
    options.bound_waits(object)
    local mode = random:pick({ "keep-open", "close-when-done", "x", n = 4 })
    local sink = attempts.call("sink", socket.sink, { n = 2, mode, object })[2]
    attempts.call("sink()", sink, { n = 1, values.string() })
    attempts.call("sink(nil)", sink, { n = 1 })
    mode = random:pick({ "by-length", "until-closed", n = 3 })
    local source = attempts.call("source", socket.source, { n = 3, mode, object, values.number() })[2]
    for _ = 1, 3 do
      attempts.call("source()", source, { n = 0 })
    end
    attempts.call("select", socket.select, { n = 3, { sink, source }, { source, sink }, 0 })
  end

  return namespace
end
