-- socket.select: arguments, collecting, results and readiness. Dirty objects have their own file.
local test = ...
local socket = require("socket")

-- An object that is no socket of ours but reports a descriptor.
local function foreign(descriptor)
  return { getfd = function() return descriptor end }
end

test("timeout: two distinct empty tables and the word", function(t)
  local results = t.pack(socket.select(nil, nil, 0))
  t.equal(results.n, 3)
  t.is("table", results[1])
  t.is("table", results[2])
  t.equal(next(results[1]), nil)
  t.equal(next(results[2]), nil)
  t.different(results[1], results[2])
  t.equal(results[3], "timeout")
  local other = socket.select({}, {}, 0)
  t.different(other, results[1])
end)

test("timeout: with nothing to wait for it is a sleep", function(t)
  local elapsed, _, _, message = t.timed(socket.select, nil, nil, 0.05)
  t.equal(message, "timeout")
  t.between(elapsed, 0.0499, 30)
  elapsed = t.timed(socket.select, {}, {}, 0.0015)
  t.between(elapsed, 0.0014, 30)
end)

test("timeout: not shortened while nothing is ready", function(t)
  local client = t.pair()
  local elapsed, _, _, message = t.timed(socket.select, { client }, nil, 0.05)
  t.equal(message, "timeout")
  t.between(elapsed, 0.0499, 30)
end)

test("timeout: nil, negative and infinite wait for as long as it takes", function(t)
  local client, peer = t.pair()
  peer:send("x")
  for _, seconds in ipairs({ -1, -0.5, math.huge, 1e300, 2 ^ 31, 2 ^ 40, -math.huge }) do
    t.returns(t.pack(#socket.select({ client }, nil, seconds)), 1)
  end
  t.list(socket.select({ client }), { client })
  t.list(socket.select({ client }, nil, nil), { client })
end)

test("timeout: infinite waits go on without anything ready", function(t)
  for _, seconds in ipairs({ "math.huge", "2^40", "-1", "nil" }) do
    t.equal(t.output_of('require("socket").select(nil, nil, ' .. seconds .. ') print("woke")', nil,
      "timeout 0.2"), "")
  end
end)

test("arguments: the timeout is checked first, then the tables in order", function(t)
  t.bad_argument(3, "number expected, got string", socket.select, 1, 2, "x")
  t.bad_argument(1, "table expected, got number", socket.select, 1, 2, 0)
  t.bad_argument(2, "table expected, got string", socket.select, nil, "x", 0)
  t.bad_argument(1, "table expected, got boolean", socket.select, false, nil, 0)
  t.bad_argument(3, "number expected, got table", socket.select, nil, nil, {})
  -- Lua 5.3 and later say tcp{master} for userdata.
  t.raises("table expected, got ", socket.select, t.keep(socket.tcp4()), nil, 0)
end)

test("arguments: numeric strings do as timeout, a fourth is ignored", function(t)
  t.equal(select(3, socket.select(nil, nil, "0")), "timeout")
  t.equal(select(3, socket.select(nil, nil, 0, "ignored")), "timeout")
end)

test("results: two tables when something is ready, keyed by index and by object", function(t)
  local client, peer = t.pair()
  peer:send("x")
  local results = t.pack(socket.select({ client }, { peer }, 1))
  t.equal(results.n, 2)
  t.list(results[1], { client })
  t.list(results[2], { peer })
  t.float(results[1][client], 1)
  t.float(results[2][peer], 1)
  local entries = 0
  for key in pairs(results[1]) do
    entries = entries + 1
    t.ok(key == 1 or key == client)
  end
  t.equal(entries, 2)
  t.equal(getmetatable(results[1]), nil)
  if math.type then -- luacheck: ignore 143
    for key in pairs(results[1]) do
      t.ok(key == client or math.type(key) == "integer") -- luacheck: ignore 143
    end
  end
end)

test("results: fresh tables that programs may change", function(t)
  local client, peer = t.pair()
  peer:send("x")
  local list = { client }
  local first = socket.select(list, nil, 1)
  first[1], first[client] = nil, nil
  t.list(socket.select(list, nil, 1), { client })
  t.list(list, { client })
end)

test("results: ordered by descriptor whatever the order of the list", function(t)
  local objects = {}
  for index = 1, 8 do
    objects[index] = t.udp()
  end
  local shuffled = { objects[5], objects[2], objects[8], objects[1], objects[7], objects[3],
    objects[6], objects[4] }
  table.sort(objects, function(a, b) return a:getfd() < b:getfd() end)
  local _, writable = socket.select(nil, shuffled, 1)
  t.list(writable, objects)
  for index = 1, #objects do
    t.float(writable[objects[index]], index)
  end
end)

test("results: an object that is listed twice is reported once", function(t)
  local client = t.pair()
  local _, writable = socket.select(nil, { client, client }, 1)
  t.list(writable, { client })
  t.float(writable[client], 1)
end)

-- Mended: the original reports only the last object of a descriptor, even across the lists.
test("results: distinct objects with one descriptor are all reported, in list order", function(t)
  local client, peer = t.pair()
  peer:send("x")
  local one, two = foreign(client:getfd()), foreign(client:getfd())
  local readable, writable = socket.select({ two, client, one }, { one, client }, 1)
  t.list(readable, { two, client, one })
  t.list(writable, { one, client })
end)

test("collecting: from 1 up to the first nil, hash entries are ignored", function(t)
  local one, two = t.udp(), t.udp()
  local list = { one, nil, two, key = two }
  local _, writable = socket.select(nil, list, 1)
  t.list(writable, { one })
  t.equal(writable[two], nil)
end)

test("collecting: proxies with an __index metamethod work", function(t)
  local one, two = t.udp(), t.udp()
  local behind = { one, two }
  local proxy = setmetatable({}, { __index = function(_, key) return behind[key] end })
  local _, writable = socket.select(nil, proxy, 1)
  t.equal(#writable, 2)
end)

test("collecting: what has no getfd is ignored", function(t)
  local one = t.udp()
  local _, writable = socket.select(nil, { "text", {}, one, io.stdout }, 1)
  t.list(writable, { one })
end)

-- Mended: the original raises "attempt to index".
test("collecting: numbers and booleans are ignored", function(t)
  local one = t.udp()
  local _, writable = socket.select({ 1, true }, { 12, true, false, one }, 1)
  t.list(writable, { one })
end)

test("collecting: other values that cannot be indexed raise", function(t)
  for _, value in ipairs({ print, coroutine.create(function() end) }) do
    local fine, message = pcall(socket.select, { value }, nil, 0)
    t.equal(fine, false)
    t.matches(message, "attempt to index a " .. type(value) .. " value")
  end
end)

test("collecting: getfd gets the element as its only argument", function(t)
  local one = t.udp()
  local arguments
  local object = { getfd = function(...)
    arguments = t.pack(...)
    return one:getfd()
  end }
  local _, writable = socket.select(nil, { object }, 1)
  t.returns(arguments, object)
  t.list(writable, { object })
end)

test("collecting: getfd is found through metatables", function(t)
  local one = t.udp()
  local object = setmetatable({}, { __index = foreign(one:getfd()) })
  local _, writable = socket.select(nil, { object }, 1)
  t.list(writable, { object })
end)

test("collecting: closed and nonsensical descriptors are ignored", function(t)
  local one, closed = t.udp(), t.udp()
  closed:close()
  local unopened = t.keep(socket.tcp())
  local list = { closed, unopened, foreign(-1), foreign(nil), foreign("x"), foreign({}),
    foreign(false), foreign(-5.5), one }
  local readable, writable = socket.select(list, list, 1)
  t.list(readable, {})
  t.list(writable, { one })
end)

test("collecting: fractions are cut and numeric strings do", function(t)
  local one = t.udp()
  local float, text = foreign(one:getfd() + 0.7), foreign(("%d"):format(one:getfd()))
  local _, writable = socket.select(nil, { float }, 1)
  t.list(writable, { float })
  _, writable = socket.select(nil, { text }, 1)
  t.list(writable, { text })
end)

test("collecting: an error inside getfd comes out unchanged", function(t)
  local failure = {}
  local object = { getfd = function() error(failure) end }
  local _, raised = pcall(socket.select, { object }, nil, 0)
  t.equal(raised, failure)
  _, raised = pcall(socket.select, nil, { object }, 0)
  t.equal(raised, failure)
end)

test("collecting: callbacks that close or change what is listed do no harm", function(t)
  for _, change in ipairs({
    function(list, one, object)
      for index = 1, #list do
        if list[index] ~= one and list[index] ~= object then
          list[index]:close()
        end
      end
    end,
    function(list) list[2], list[3], list[4] = nil, nil, nil end,
    function(list, one) list[#list + 1] = one end,
    function(_, one) socket.select({ one }, { one }, 0) end,
    function() collectgarbage() end,
  }) do
    local one = t.udp()
    local list, calls = nil, 0
    local object = {}
    function object.getfd()
      calls = calls + 1
      if calls == 1 then
        change(list, one, object)
      end
      return one:getfd()
    end
    list = { object, (t.udp()), (t.udp()), one }
    local _, writable = socket.select(nil, list, 1)
    t.equal(writable[1], object)
    -- Here the others were collected before. What they reported may be closed by now: select may fail.
    calls = 0
    list = { (t.udp()), (t.udp()), one, object }
    pcall(socket.select, list, list, 0)
  end
end)

test("collecting: getfd cannot yield", function(t)
  local object = { getfd = function() return coroutine.yield() end }
  local co = coroutine.create(function() return socket.select({ object }, nil, 0) end)
  local good, message = coroutine.resume(co)
  t.equal(good, false)
  t.matches(message, "attempt to yield")
end)

test("collecting: a descriptor of _SETSIZE or more raises", function(t)
  local large = foreign(socket._SETSIZE)
  t.bad_argument(1, "descriptor too large for set size", socket.select, { large }, nil, 0)
  t.bad_argument(2, "descriptor too large for set size", socket.select, nil, { large }, 0)
  t.bad_argument(1, "descriptor too large for set size", socket.select, { foreign(2 ^ 40) }, nil, 0)
end)

test("a descriptor that is not open raises select failed", function(t)
  local client = t.pair()
  t.raises("select failed", socket.select, { client, foreign(socket._SETSIZE - 1) }, nil, 0)
  t.raises("select failed", socket.select, nil, { foreign(socket._SETSIZE - 1) }, 0)
end)

test("readable: data, end of stream, a waiting connection", function(t)
  local client, peer = t.pair()
  t.equal(select(3, socket.select({ client }, nil, 0)), "timeout")
  peer:send("x")
  t.list(socket.select({ client }, nil, 1), { client })
  client:receive(1)
  t.equal(select(3, socket.select({ client }, nil, 0)), "timeout")
  peer:close()
  t.list(socket.select({ client }, nil, 1), { client })
  local server, port = t.server()
  t.equal(select(3, socket.select({ server }, { server }, 0)), "timeout")
  t.keep(socket.connect("127.0.0.1", port))
  local readable, writable = socket.select({ server }, { server }, 1)
  t.list(readable, { server })
  t.list(writable, {})
end)

test("readable and writable: a fresh TCP socket and a refused connect", function(t)
  local fresh = t.keep(socket.tcp4())
  local readable, writable = socket.select({ fresh }, { fresh }, 1)
  t.list(readable, { fresh })
  t.list(writable, { fresh })
  local refused = t.keep(socket.tcp4())
  refused:settimeout(0)
  refused:connect("127.0.0.1", t.refusing_port())
  readable, writable = socket.select({ refused }, { refused }, 1)
  t.list(readable, { refused })
  t.list(writable, { refused })
end)

test("writable: until the buffers are full, and again when they drain", function(t)
  local client, peer = t.pair()
  local sent = t.fill(client)
  t.equal(select(3, socket.select(nil, { client }, 0)), "timeout")
  peer:settimeout(5)
  peer:receive(sent)
  local _, writable = socket.select(nil, { client }, 5)
  t.list(writable, { client })
end)

test("readable and writable: regular files always are", function(t)
  local path = t.tmpname()
  io.open(path, "w"):close()
  local serial = t.keep(require("socket.serial")(path))
  local readable, writable = socket.select({ serial }, { serial }, 1)
  t.list(readable, { serial })
  t.list(writable, { serial })
end)

test("datagram, unix and server objects stand in one list", function(t)
  local udp, port = t.udp()
  local server, server_port = t.server()
  local left, right = t.unix_pair()
  t.keep(socket.udp4()):sendto("x", "127.0.0.1", port)
  t.keep(socket.connect("127.0.0.1", server_port))
  right:send("x")
  local readable = socket.select({ udp, server, left, right }, nil, 1)
  t.equal(#readable, 3)
  t.ok(readable[udp] and readable[server] and readable[left])
  t.equal(readable[right], nil)
end)

test("a finaliser that changes the lists meanwhile makes nothing ready that is not", function(t)
  local quiet = t.pair()
  local list, changes = {}, 0
  local function garbage()
    local function change()
      changes = changes + 1
      list[1] = quiet
    end
    if newproxy then
      getmetatable(newproxy(true)).__gc = change
    else
      setmetatable({}, { __gc = change })
    end
  end
  local client, peer = t.pair()
  peer:send("x")
  local within, rounds = 0, 0
  while within < 20 and rounds < 100000 do
    rounds = rounds + 1
    garbage()
    list[1] = client
    local before = changes
    local readable = socket.select(list, nil, 0)
    within = within + (changes - before)
    t.between(#readable, 0, 1)
    t.equal(readable[1] == nil or readable[1] == client, true)
  end
  t.between(within, 20, math.huge)
end)

test("a list with holes ends at the first of them, whatever its length says", function(t)
  local client, peer = t.pair()
  peer:send("x")
  for power = 10, 59 do
    local list = { client, client, client, client, [5] = client }
    local fields = {}
    for bit = 3, power do
      fields[#fields + 1] = ("[%.0f] = object"):format(2 ^ bit)
    end
    local load_text = loadstring or load -- luacheck: ignore 113
    local made = load_text("local object = ... return { object, object, object, object, [5] = object, "
      .. table.concat(fields, ", ") .. " }")(client)
    t.list(socket.select(made, nil, 0), { client })
    t.list(socket.select(list, nil, 0), { client })
  end
end)
