-- sendfile on stream objects.
local test = ...
local moontide = require("moontide")
local tasks = require("tasks")

-- A file with this content, and its name.
local function file_of(t, text)
  local name = t.tmpname()
  local file = assert(io.open(name, "wb"))
  file:write(text)
  file:close()
  return name
end

local function numbers(size)
  local lines = {}
  for line = 1, math.ceil(size / 8) do
    lines[line] = ("%07d\n"):format(line)
  end
  return table.concat(lines):sub(1, size)
end

test("a path: all of the file, and how far it came", function(t)
  local client, peer = t.pair()
  local results = t.pack(client:sendfile(file_of(t, "hello, file")))
  t.returns(results, 11, nil, nil)
  t.float(results[1], 11)
  t.equal(peer:receive(11), "hello, file")
end)

test("offset and length choose a part, and the result is where to go on", function(t)
  local client, peer = t.pair()
  local name = file_of(t, "0123456789")
  t.returns(t.pack(client:sendfile(name, 2, 3)), 5, nil, nil)
  t.returns(t.pack(client:sendfile(name, 5, 3)), 8, nil, nil)
  t.returns(t.pack(client:sendfile(name, 8)), 10, nil, nil)
  t.returns(t.pack(client:sendfile(name, nil, 1)), 1, nil, nil)
  t.returns(t.pack(client:sendfile(name, 9.9, "1")), 10, nil, nil)
  client:close()
  t.equal(peer:receive("*a"), "23456789" .. "0" .. "9")
end)

test("a handle of io: its position is neither used nor moved", function(t)
  local client, peer = t.pair()
  local file = assert(io.open(file_of(t, "0123456789"), "rb"))
  t.cleanup(function() file:close() end)
  t.equal(file:read(4), "0123")
  t.returns(t.pack(client:sendfile(file, 1, 5)), 6, nil, nil)
  t.equal(peer:receive(5), "12345")
  t.equal(file:read(2), "45")
  t.returns(t.pack(client:sendfile(file)), 10, nil, nil)
  t.equal(peer:receive(10), "0123456789")
  t.equal(file:seek(), 6)
end)

test("what was written to a handle is sent, flushed or not", function(t)
  local client, peer = t.pair()
  local name = t.tmpname()
  local file = assert(io.open(name, "w+b"))
  t.cleanup(function() file:close() end)
  file:write("just written")
  t.returns(t.pack(client:sendfile(file)), 12, nil, nil)
  t.equal(peer:receive(12), "just written")
end)

test("a descriptor, here the standard input of another process", function(t)
  local server, port = t.server()
  local pipe = t.child([[
    local client = require("socket").connect("127.0.0.1", ...)
    print(math.floor((client:sendfile(0, 3))))
  ]], port, "exec 0< " .. file_of(t, "by number") .. ";")
  local peer = t.keep(server:accept())
  t.equal(peer:receive("*a"), "number")
  t.equal(pipe:read("*l"), "9")
end)

test("a large file arrives as it is", function(t)
  local client, peer = t.pair()
  local text = numbers(9000001)
  local name = file_of(t, text)
  local got
  tasks.run(function()
    moontide.all({
      function() t.returns(t.pack(client:sendfile(name, 7)), #text, nil, nil) end,
      function() got = peer:receive(#text - 7) end,
    })
  end)
  t.equal(got == text:sub(8), true)
end)

test("with settimeout(0) it goes on from where it came to", function(t)
  local client, peer = t.pair()
  local text = numbers(12000000)
  local name = file_of(t, text)
  client:settimeout(0)
  peer:settimeout(0)
  local last, stops, parts = 0, 0, {}
  while last < #text do
    local sent, message, partial = client:sendfile(name, last, #text - last)
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

test("a timeout says how far it came", function(t)
  local client = t.pair()
  local name = file_of(t, numbers(1000))
  t.fill(client)
  t.returns(t.pack(client:sendfile(name, 10)), nil, "timeout", 10)
  client:settimeout(0.03)
  local elapsed, sent, message, last = t.timed(client.sendfile, client, name)
  t.returns({ sent, message, last, n = 3 }, nil, "timeout", 0)
  t.between(elapsed, 0.0299, 5)
end)

test("a file that ends before the length does", function(t)
  local client, peer = t.pair()
  local name = file_of(t, "short")
  t.returns(t.pack(client:sendfile(name, 1, 10)), nil, "file too short", 5)
  t.returns(t.pack(client:sendfile(name, 9, 1)), nil, "file too short", 9)
  t.returns(t.pack(client:sendfile(name, 5)), 5, nil, nil)
  t.returns(t.pack(client:sendfile(name, 9)), 9, nil, nil) -- to an end that lies before
  t.equal(peer:receive(4), "hort")
end)

test("files without bytes, lengths of 0", function(t)
  local client = t.pair()
  t.returns(t.pack(client:sendfile(file_of(t, ""))), 0, nil, nil)
  t.returns(t.pack(client:sendfile(file_of(t, "x"), 0, 0)), 0, nil, nil)
  client:close()
  t.returns(t.pack(client:sendfile(file_of(t, "x"), 7, 0)), 7, nil, nil)
end)

test("files of the system whose size is not known", function(t)
  local client, peer = t.pair()
  local file = assert(io.open("/proc/self/limits"))
  local text = file:read("*a")
  file:close()
  t.returns(t.pack(client:sendfile("/proc/self/limits")), #text, nil, nil)
  t.equal(peer:receive(#text), text)
end)

test("what is no file", function(t)
  local client = t.pair()
  local name = t.tmpname()
  t.returns(t.pack(client:sendfile(name, 3)), nil, "No such file or directory", 3)
  t.returns(t.pack(client:sendfile("/")), nil, "Is a directory", 0)
  t.returns(t.pack(client:sendfile(-1)), nil, "Bad file descriptor", 0)
  t.returns(t.pack(client:sendfile(1e9)), nil, "Bad file descriptor", 0)
  t.returns(t.pack(client:sendfile(client:getfd())), nil, "Illegal seek", 0)
end)

test("wrong arguments", function(t)
  local client = t.pair()
  local file = assert(io.open(file_of(t, "x")))
  file:close()
  t.bad_argument(2, "closed file", client.sendfile, client, file)
  t.bad_argument(2, "invalid path", client.sendfile, client, "/dev\0/null")
  for _, value in ipairs({ true, {}, client, print }) do
    t.bad_argument(2, "file, path or descriptor expected, got " .. type(value), client.sendfile, client,
      value)
  end
  t.bad_argument(2, "file, path or descriptor expected, got nil", client.sendfile, client, nil)
  for _, value in ipairs({ -1, 0 / 0, -math.huge }) do
    t.bad_argument(3, "offset must be at least 0", client.sendfile, client, "/dev/null", value)
    t.bad_argument(4, "length must be at least 0", client.sendfile, client, "/dev/null", 0, value)
  end
  t.bad_argument(3, "number expected, got string", client.sendfile, client, "/dev/null", "x")
  t.bad_argument(4, "number expected, got table", client.sendfile, client, "/dev/null", 0, {})
  t.returns(t.pack(client:sendfile("/dev/null", math.huge)), 2 ^ 53, nil, nil)
end)

test("a closed object, and a peer that is gone", function(t)
  local client, peer = t.pair()
  local name = file_of(t, numbers(100000))
  peer:close()
  local message
  t.wait_until(function()
    local sent
    sent, message = client:sendfile(name)
    return not sent
  end, "the reset to come back")
  t.equal(message, "closed")
  client:close()
  t.returns(t.pack(client:sendfile(name, 5)), nil, "closed", 5)
end)

test("sending to a closed connection does not kill the process", function(t)
  t.equal(t.output_of([[
    local socket = require("socket")
    local server = socket.bind("127.0.0.1", 0)
    local client = socket.connect("127.0.0.1", (select(2, server:getsockname())))
    local accepted = server:accept()
    accepted:setoption("linger", { on = true, timeout = 0 })
    accepted:close()
    for _ = 1, 5 do client:sendfile(arg and arg[0] or "/proc/self/exe", 0, 1) end
    print("alive", (select(2, client:sendfile("/proc/self/exe", 0, 1))))]]), "alive\tclosed")
end)

test("a handle that is closed while its file is being sent does no harm", function(t)
  local client, peer = t.pair()
  local text = numbers(9000000)
  local file = assert(io.open(file_of(t, text), "rb"))
  tasks.run(function()
    local sender = moontide.spawn(function() return client:sendfile(file) end)
    tasks.settle()
    t.equal(sender:status(), "waiting")
    file:close()
    t.returns(t.pack(client:send("x")), nil, "Operation already in progress", 0)
    t.returns(t.pack(client:sendfile("/dev/null", 4)), nil, "Operation already in progress", 4)
    t.equal(peer:receive(#text) == text, true)
    t.returns(t.pack(sender:join()), #text, nil, nil)
  end)
end)

test("one that is cancelled or whose object is closed leaves no descriptor behind", function(t)
  local client = t.pair()
  local name = file_of(t, numbers(9000000))
  tasks.run(function()
    local sender = moontide.spawn(function() return client:sendfile(name) end)
    tasks.settle()
    t.equal(sender:cancel(), true)
    t.equal(sender:pjoin(), false)
    local other = t.tcp_pair()
    local waiting = moontide.spawn(function() return other:sendfile(name) end)
    tasks.settle()
    other:close()
    local sent, message = waiting:join()
    t.returns({ sent, message, n = 2 }, nil, "closed")
  end)
end)

test("the statistics count its bytes", function(t)
  local client = t.pair()
  client:sendfile(file_of(t, "0123456789"), 3)
  t.equal(select(2, client:getstats()), 7)
end)

test("unix streams and adopted descriptors send files, too", function(t)
  local text = numbers(3000000)
  local name = file_of(t, text)
  for _, adopts in ipairs({ false, true }) do
    local client, peer = t.unix_pair()
    if adopts then
      client:setfd(client:getfd())
    end
    tasks.run(function()
      local sender = moontide.spawn(function() return client:sendfile(name, 1) end)
      t.equal(peer:receive(#text - 1) == text:sub(2), true)
      t.returns(t.pack(sender:join()), #text, nil, nil)
    end)
  end
end)
