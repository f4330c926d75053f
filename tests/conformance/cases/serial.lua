-- unix.md: socket.serial on devices, FIFOs and files.

local R = ...
local serial = require("socket.serial")
local socket = require("socket")
local net = R.net

-- The constructor.
R.values("type", type(serial))
R.call("no arguments", serial)
for _, wrong in ipairs({ { "nil", nil }, { "true", true }, { "a table", {} }, { "a function", print } }) do
  R.call("path " .. wrong[1], serial, wrong[2])
end
R.call("in an expression", function() return serial() end)
R.call("missing file", serial, "no such file")
R.call("empty path", serial, "")
R.call("a directory", serial, ".")
R.call("file as a directory", function()
  io.open("plain", "w"):close()
  return serial("plain/name")
end)
R.call("number of results of a failure", function() return select("#", serial("no such file")) end)
R.call("a file nobody may write", serial, "/proc/sys/kernel/ostype")
R.call("another file nobody may write", serial, "/sys/kernel/notes")
R.call("a socket file", function()
  local unix = require("socket.unix")
  local sock = unix.stream()
  sock:bind("socket file")
  sock:close()
  return serial("socket file")
end)
R.call("a number as path", function()
  io.open("5", "w"):close()
  return serial(5).class
end)
R.call("one value", function() return select("#", serial("/dev/null")), serial("/dev/null").class end)
R.call("extra arguments", function() return serial("/dev/null", 9600, {}).class end)

-- /dev/null and /dev/zero.
local null = assert(serial("/dev/null"))
R.method("null: send", null, "send", "hello")
R.method("null: send a range", null, "send", "hello", 2, 3)
R.method("null: send nothing", null, "send", "")
R.method("null: receive line", null, "receive")
R.method("null: receive all", null, "receive", "*a")
R.method("null: receive 5, prefix", null, "receive", 5, "pre")
R.method("null: receive 2, prefix", null, "receive", 2, "pre")
R.method("null: receive 0", null, "receive", 0)
R.call("null: stats", function()
  local received, sent, age = null:getstats()
  return received, sent, age >= 0
end)
R.method("null: setstats", null, "setstats", 1, 2, 3)
R.method("null: settimeout", null, "settimeout", 1)
R.method("null: settimeout total", null, "settimeout", 1, "t")
R.method("null: dirty", null, "dirty")
R.call("null: getfd", function()
  local fd = null:getfd()
  return fd >= 0, (rawget(math, "type") or type)(fd)
end)
R.method("null: close", null, "close")
R.method("null: close again", null, "close")
R.method("null: getfd closed", null, "getfd")
R.method("null: send closed", null, "send", "x")
R.method("null: receive closed", null, "receive")
R.call("zero: receive", function()
  local zero = assert(serial("/dev/zero"))
  local data, failure, partial = zero:receive(10)
  local dirty = zero:dirty()
  zero:close()
  return data, failure, partial, dirty
end)
R.call("full: send", function()
  local full = assert(serial("/dev/full"))
  local results = R.pack(full:send("x"))
  full:close()
  return results[1], results[2], results[3], results.n
end)

-- A FIFO with ourselves at both ends: opened for reading and writing it answers to itself.
os.execute("mkfifo fifo")
local function fifo(f)
  return function()
    local line = assert(serial("fifo"))
    line:settimeout(5)
    local results = R.pack(f(line))
    line:close()
    return R.unpack(results, 1, results.n)
  end
end
R.call("fifo: line", fifo(function(line)
  local sent = line:send("first\r\nsecond")
  local data = line:receive()
  return sent, data, line:dirty(), line:receive(6)
end))
R.call("fifo: timeout 0", fifo(function(line)
  line:settimeout(0)
  line:send("half")
  return line:receive("*l")
end))
R.call("fifo: timeout, waiting", fifo(function(line)
  line:settimeout(0.02)
  return line:receive(1)
end))
R.call("fifo: full", fifo(function(line)
  line:settimeout(0)
  local last, failure, partial = line:send(("x"):rep(1000000))
  local more, why = line:send("x")
  return last, failure, partial and partial > 0 and partial < 1000000, more, why
end))
R.call("fifo: select", fifo(function(line)
  local before, _, timeout = socket.select({ line }, nil, 0)
  line:send("x")
  local r, w = socket.select({ line }, { line }, 5)
  return #before, timeout, #r, r[1] == line, #w
end))
R.call("fifo: stats", fifo(function(line)
  line:send("line\nmore")
  line:receive()
  local received, sent = line:getstats()
  return received, sent
end))
R.call("fifo: setfd", fifo(function(line)
  local fd = line:getfd()
  local count = select("#", line:setfd(-1))
  local data, failure = line:receive()
  line:setfd(fd)
  return count, data, failure
end))
R.call("fifo: as a tcp client", fifo(function(line)
  local sock = socket.tcp()
  sock:setfd(line:getfd())
  debug.setmetatable(sock, debug.getregistry()["tcp{client}"])
  local sent, failure = sock:send("x")
  sock:setfd(-1)
  return sent, failure
end))

-- A regular file: reading stops at its end.
R.call("file: all of it", function()
  local file = io.open("text", "w")
  file:write("one\ntwo\n")
  file:close()
  local text = assert(serial("text"))
  local first, second = text:receive(), text:receive("*a")
  local third, failure = text:receive()
  text:close()
  return first, second, third, failure
end)

-- Argument errors.
local line = assert(serial("/dev/null"))
for _, item in ipairs({ { "send" }, { "send", {} }, { "receive", "bad" }, { "receive", -1 },
  { "receive", {} },
  { "settimeout", "x" }, { "settimeout", 1, "x" }, { "setfd" }, { "setstats", "x" } }) do
  local name = item[1] .. " with " .. type(item[2]) .. " " .. (type(item[2]) == "table" and ""
    or tostring(item[2]))
    .. " " .. tostring(item[3])
  if #item == 1 then
    R.call(name, line[item[1]], line)
    R.method(name .. " (method)", line, item[1])
  else
    R.call(name, line[item[1]], line, item[2], item[3])
    R.method(name .. " (method)", line, item[1], item[2], item[3])
  end
end
line:close()

-- A descriptor whose other end is gone: write(2) would end the process by a signal.
R.call("broken pipe", function()
  local client, peer = net.pair()
  peer:setoption("linger", { on = true, timeout = 0 })
  peer:close()
  net.readable(client)
  local sock = assert(serial("/dev/null"))
  sock:close()
  sock:setfd(client:getfd())
  client:setfd(-1)
  sock:send("x")
  local sent, failure, last = sock:send("x")
  sock:close()
  return sent, failure, last
end)
R.values("sockets left open", net.socket_count())
