-- send of a list: the strings go out as one, and indexes count over all of them.
local test = ...
local moontide = require("moontide")
local tasks = require("tasks")

-- What stands for `list` in one string.
local function joined(list)
  return table.concat(list)
end

-- A list of `count` different strings, and some of them empty.
local function many(count)
  local list = {}
  for place = 1, count do
    list[place] = place % 7 == 0 and "" or "piece " .. place .. ("."):rep(place % 11)
  end
  return list
end

test("the strings of a list arrive in their order", function(t)
  local client, peer = t.pair()
  local results = t.pack(client:send({ "hel", "lo", " ", "world", "\n" }))
  t.returns(results, 12, nil, nil)
  t.float(results[1], 12)
  t.equal(peer:receive(), "hello world")
end)

test("indexes: the results and the bytes are those of the strings in one", function(t)
  local client, peer = t.pair()
  local list = { "", "he", "", "l", "lo", "" }
  local function arrived()
    local _, sent = client:getstats()
    client:setstats(0, 0)
    return sent > 0 and peer:receive(sent) or ""
  end
  local function check(...)
    local expected = t.pack(client:send("hello", ...))
    local bytes = arrived()
    t.returns(t.pack(client:send(list, ...)), t.unpack(expected))
    t.equal(arrived(), bytes)
  end
  for first = -7, 7 do
    check(first)
    for last = -7, 7 do
      check(first, last)
    end
  end
  check(nil, 3)
  check(0.5, 3.9)
  check("2", "3")
  check(-math.huge, math.huge)
  check(-2 ^ 70, 2 ^ 70)
end)

test("a list of nothing succeeds without a system call, even on a closed object", function(t)
  local client = t.pair()
  client:close()
  t.returns(t.pack(client:send({})), 0, nil, nil)
  t.returns(t.pack(client:send({ "", "" })), 0, nil, nil)
  t.returns(t.pack(client:send({}, 5)), 4, nil, nil)
  t.returns(t.pack(client:send({ "he", "llo" }, 4, 2)), 3, nil, nil)
end)

test("numbers are sent as their text, and stay numbers in the list", function(t)
  local client, peer = t.pair()
  local list = { 1, "+", 2.5, "=" }
  t.returns(t.pack(client:send(list)), 6, nil, nil)
  t.equal(peer:receive(6), "1+2.5=")
  t.list(list, { 1, "+", 2.5, "=" })
end)

test("anything else in the list is an argument error that names its place", function(t)
  local client, peer = t.pair()
  local function bad(place, kind, list)
    t.bad_argument(2, "string expected at index " .. place .. " of the list, got " .. kind,
      client.send, client, list)
  end
  bad(1, "boolean", { true })
  bad(3, "table", { "a", 2, {} })
  bad(2, "function", { "a", print, "c" })
  bad(1, "userdata", { client })
  t.bad_argument(3, "number expected, got string", client.send, client, { "x" }, "y")
  t.bad_argument(4, "number expected, got boolean", client.send, client, { "x" }, 1, true)
  client:close()
  t.returns(t.pack(peer:receive("*a")), nil, "closed", "") -- nothing of them has been sent
end)

test("metamethods of the list are not asked", function(t)
  local client, peer = t.pair()
  local list = setmetatable({ "raw" }, {
    __index = function() error("asked") end,
    __len = function() error("asked") end,
  })
  t.returns(t.pack(client:send(list)), 3, nil, nil)
  t.equal(peer:receive(3), "raw")
end)

test("more strings than one system call takes", function(t)
  local client, peer = t.pair()
  local list = many(5000)
  local text = joined(list)
  t.returns(t.pack(client:send(list)), #text, nil, nil)
  t.equal(peer:receive(#text) == text, true)
end)

test("all sizes of strings, side by side", function(t)
  local client, peer = t.pair()
  local list = {}
  for _, size in ipairs({ 1, 16383, 2, 16384, 3, 16385, 100, 40000, 5, 65536, 7 }) do
    list[#list + 1] = string.char(97 + #list):rep(size)
  end
  local text = joined(list)
  local got
  tasks.run(function()
    moontide.all({
      function() t.returns(t.pack(client:send(list)), #text, nil, nil) end,
      function() got = peer:receive(#text) end,
    })
  end)
  t.equal(got == text, true)
end)

test("a large list goes through in parts with settimeout(0)", function(t)
  local client, peer = t.pair()
  local list = {}
  for place = 1, 3000 do
    list[place] = ("%07d "):format(place):rep(place % 300 * 5)
  end
  local text = joined(list)
  client:settimeout(0)
  peer:settimeout(0)
  local last, stops, parts = 0, 0, {}
  while last < #text do
    local sent, message, partial = client:send(list, last + 1)
    t.ok(sent or t.is_timeout(message))
    t.between(sent or partial, last, #text)
    last = sent or partial
    stops = stops + 1
    local whole, _, rest = peer:receive("*a")
    parts[#parts + 1] = whole or rest
  end
  t.between(stops, 2, math.huge)
  client:close()
  peer:settimeout(5)
  parts[#parts + 1] = peer:receive("*a") or ""
  t.equal(table.concat(parts) == text, true)
end)

test("a timeout gives the index of the last byte sent, to go on from", function(t)
  local client = t.pair()
  t.fill(client)
  t.returns(t.pack(client:send({ "he", "llo" }, 2)), nil, "timeout", 1)
  t.returns(t.pack(client:send({ "he", "llo" }, 4)), nil, "timeout", 3)
  client:settimeout(0.05)
  local elapsed, sent, message, last = t.timed(client.send, client, { "a", "b" })
  t.returns({ sent, message, last, n = 3 }, nil, "timeout", 0)
  t.between(elapsed, 0.0499, 5)
end)

test("a closed object", function(t)
  local client = t.pair()
  client:close()
  t.returns(t.pack(client:send({ "he", "llo" })), nil, "closed", 0)
  t.returns(t.pack(client:send({ "he", "llo" }, 3)), nil, "closed", 2)
end)

test("the statistics count its bytes", function(t)
  local client = t.pair()
  client:send({ "he", "", "llo" }, 2)
  t.equal(select(2, client:getstats()), 4)
end)

test("a list that changes while its strings wait does no harm", function(t)
  local client, peer = t.pair()
  local block = 50000
  local list = {}
  for place = 1, 200 do
    list[place] = string.char(97 + place % 26):rep(block)
  end
  local expected = joined(list)
  local got
  tasks.run(function()
    local sender = moontide.spawn(function() return client:send(list) end)
    tasks.settle()
    for place = 1, #list do
      list[place] = nil
    end
    for _ = 1, 3 do
      collectgarbage()
      moontide.yield()
    end
    got = peer:receive(#expected)
    t.returns(t.pack(sender:join()), #expected, nil, nil)
  end)
  t.equal(got == expected, true)
end)

test("lists of a few bytes go through in parts with settimeout(0), too", function(t)
  local client, peer = t.pair()
  client:settimeout(0)
  peer:settimeout(0)
  local expected, arrived, stops = {}, {}, 0
  local function drain()
    local whole, _, rest = peer:receive("*a")
    arrived[#arrived + 1] = whole or rest
  end
  local number = 0
  repeat -- until two of them went in parts
    local list = {}
    for place = 1, 16 do
      number = number + 1
      list[place] = ("%d,"):format(number):rep(40 + place)
    end
    local text = joined(list)
    expected[#expected + 1] = text
    local sent, message, last = client:send(list)
    while not sent do
      t.ok(t.is_timeout(message))
      t.between(last, 0, #text - 1)
      stops = stops + (last > 0 and 1 or 0)
      drain()
      sent, message, last = client:send(list, last + 1)
    end
    t.equal(sent, #text)
  until stops == 2 or number > 1e6
  t.equal(stops, 2)
  client:close()
  peer:settimeout(5)
  drain()
  t.equal(table.concat(arrived) == table.concat(expected), true)
end)

test("a list of a few bytes that waits in a task is sent as it was", function(t)
  local client, peer = t.pair()
  local other, other_peer = t.pair()
  local filled = t.fill(client)
  client:settimeout(nil)
  local list, text = {}, {}
  for place = 1, 16 do
    list[place] = ("%d,"):format(place):rep(100)
    text[place] = list[place]
  end
  local got
  tasks.run(function()
    local sender = moontide.spawn(function() return client:send(list) end)
    tasks.settle()
    for place = 1, #list do
      list[place] = nil
    end
    for _ = 1, 20 do -- what others send meanwhile may lie where that list lay
      t.equal(other:send({ ("y"):rep(4000), ("z"):rep(4000) }), 8000)
      t.equal(#other_peer:receive(8000), 8000)
      collectgarbage()
      moontide.yield()
    end
    got = peer:receive(filled + #joined(text)):sub(filled + 1)
    t.returns(t.pack(sender:join()), #joined(text), nil, nil)
  end)
  t.equal(got == joined(text), true)
end)

test("a second sender is told so, and where it stands", function(t)
  local client, peer = t.pair()
  tasks.run(function()
    local list = { ("x"):rep(5000000), ("y"):rep(5000000) }
    local first = moontide.spawn(function() return client:send(list) end)
    tasks.settle()
    t.returns(t.pack(client:send({ "he", "llo" }, 3)), nil, "Operation already in progress", 2)
    t.equal(#peer:receive(10000000), 10000000)
    t.returns(t.pack(first:join()), 10000000, nil, nil)
  end)
end)

test("closing the object ends a waiting send", function(t)
  local client = t.pair()
  t.fill(client)
  client:settimeout(nil)
  tasks.run(function()
    local sender = moontide.spawn(function() return client:send({ "a", "b" }) end)
    tasks.settle()
    client:close()
    t.returns(t.pack(sender:join()), nil, "closed", 0)
  end)
end)

test("unix streams send lists, too", function(t)
  local client, peer = t.unix_pair()
  local list = many(3000)
  local text = joined(list)
  t.returns(t.pack(client:send(list, 3, -2)), #text - 1, nil, nil)
  client:close()
  t.equal(peer:receive("*a") == text:sub(3, -2), true)
end)

test("in debug mode the elapsed time comes last", function(t)
  t.equal(t.output_of([[
    local socket = require("socket")
    local server = socket.bind("127.0.0.1", 0)
    local client = socket.connect("127.0.0.1", (select(2, server:getsockname())))
    socket._DEBUG = true
    local function show(sent, message, partial, elapsed, ...)
      print(sent and math.floor(sent), message, partial, type(elapsed), select("#", ...))
    end
    show(client:send({ "he", "llo" }))
    show(client:send({ "he", "llo" }, 4, 2))
    client:close()
    local results = { client:send({ "x" }) }
    print(results[1], results[2], math.floor(results[3]), type(results[4]))
  ]], nil, "MOONTIDE_DEBUG=1"),
    "5\tnil\tnil\tnumber\t0\n3\tnil\tnil\tnumber\t0\nnil\tclosed\t0\tnumber")
end)
