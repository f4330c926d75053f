-- Debug mode, switched on by MOONTIDE_DEBUG=1 when the library is loaded.
local test = ...

local function debug_output(t, script)
  return t.output_of(script, nil, "MOONTIDE_DEBUG=1")
end

local connected = [[
local socket = require("socket")
local server = socket.bind("127.0.0.1", 0)
local client = socket.connect("127.0.0.1", (select(2, server:getsockname())))
local accepted = server:accept()
local function show(count, ...)
  local values = {}
  for index = 1, select("#", ...) do
    local value = select(index, ...)
    values[index] = index == 4 and type(value) or tostring(value)
    if index == 4 then assert(value >= 0 and value < 60) end
    if index == 4 and math.type then assert(math.type(value) == "float") end
  end
  print(select("#", ...), table.concat(values, " "))
end
]]

test("_DEBUG is true, and absent for other values of the variable", function(t)
  t.equal(debug_output(t, "print(require('socket')._DEBUG)"), "true")
  t.equal(t.output_of("print(require('socket')._DEBUG)", nil, "MOONTIDE_DEBUG=0"), "nil")
  t.equal(t.output_of("print(require('socket')._DEBUG)", nil, "MOONTIDE_DEBUG="), "nil")
end)

test("send and receive give the elapsed seconds as fourth result", function(t)
  t.equal(debug_output(t, connected .. [[
    show(4, client:send("hello\nrest"))
    show(4, accepted:receive())
    accepted:settimeout(0)
    show(4, accepted:receive())
    client:close()
    show(4, accepted:receive(5))
    show(4, client:send("abc", 2))
    show(4, client:send(""))
    show(4, accepted:receive(1, "prefix"))]]):gsub("%.0 ", " "), "4\t10 nil nil number\n"
      .. "4\thello nil nil number\n4\tnil timeout rest number\n4\tnil closed  number\n"
      .. "4\tnil closed 1 number\n4\t0 nil nil number\n4\tprefix nil nil number")
end)

test("the elapsed seconds are those of the call", function(t)
  t.equal(debug_output(t, connected .. [[
    accepted:settimeout(0.05)
    local _, _, _, elapsed = accepted:receive()
    print(elapsed >= 0.0499 and elapsed < 5)]]), "true")
end)

test("unix streams and serial objects do alike, datagrams do not", function(t)
  local output = t.output_of([[
    local path = ...
    local unix = require("socket.unix")
    local server = unix.stream()
    server:bind(path)
    server:listen()
    local client = unix.stream()
    client:connect(path)
    local accepted = server:accept()
    print(select("#", client:send("x\n")), select("#", accepted:receive()))
    local null = require("socket.serial")("/dev/null")
    print(select("#", null:send("x")), select("#", null:receive()))
    local udp = require("socket").udp4()
    udp:setsockname("127.0.0.1", 0)
    print(select("#", udp:sendto("x", udp:getsockname())), select("#", udp:receive()))]],
    ("%q"):format(t.tmpname()), "MOONTIDE_DEBUG=1")
  t.equal(output, "4\t4\n4\t4\n1\t1")
end)

test("everything else is the same", function(t)
  t.equal(debug_output(t, connected .. [[
    print(select("#", client:getstats()), select("#", client:settimeout(1)),
      select("#", client:close()))]]), "3\t1\t1")
end)
