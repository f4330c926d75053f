-- The scenarios of memory_failure.cpp: for each name a function that sets up and returns what is done
-- with little memory, act(context), and what is looked at after it, verify(context, succeeded, ...), with
-- what act returned or the error it raised.

local scenarios, names = {}, {}

local function scenario(name, set_up)
  names[#names + 1] = name
  scenarios[name] = set_up
end

local TEXT = ("first line\r\nsecond, with \r inside\r\n" .. ("0123456789"):rep(300) .. "\nlast"):rep(3)

local function pair()
  local socket = require("socket")
  local server = assert(socket.bind("127.0.0.1", 0))
  local client = assert(socket.connect("127.0.0.1", (select(2, server:getsockname()))))
  local accepted = assert(server:accept())
  accepted:settimeout(2)
  client:settimeout(2)
  return { socket = socket, server = server, client = client, accepted = accepted }
end

-- Reads on a deeper stack than act ran on: what a failed call has left behind must not stop it.
local function deeper(f)
  local result
  table.sort({ 1, 2 }, function()
    result = result or coroutine.wrap(f)()
    return false
  end)
  return result
end

local function without_returns(text)
  return (text:gsub("\r", ""))
end

-- receive(pattern, prefix): the bytes that act got and those that are left are all that was sent. CRs
-- may be gone where a line was asked for.
local function receiving(pattern, prefix, end_of_line, close)
  return function()
    local context = pair()
    context.client:send(TEXT)
    if close then
      context.client:close()
    else
      context.client:shutdown("send")
    end
    local function act()
      return context.accepted:receive(pattern, prefix)
    end
    local function verify(_, succeeded, data, failure, partial)
      local got = ""
      if succeeded then
        got = assert(data or partial, failure)
        assert(got:sub(1, #(prefix or "")) == (prefix or ""), "the prefix is gone")
        got = got:sub(#(prefix or "") + 1) .. (data and end_of_line or "")
      end
      local rest, why, left = deeper(function()
        local a, b, c = context.accepted:receive("*a")
        return { a, b, c }
      end), nil, nil
      rest, why, left = rest[1], rest[2], rest[3]
      local all = got .. (rest or left)
      assert(rest or #got > 0 and why == "closed", "the rest cannot be read: " .. tostring(why))
      assert(without_returns(all) == without_returns(TEXT), "bytes are lost")
    end
    return verify, act, context
  end
end

scenario("require socket", function()
  local function act()
    return require("socket")._SETSIZE
  end
  local function verify()
    local socket = require("socket")
    assert(socket._SETSIZE >= 1024, "_SETSIZE is " .. tostring(socket._SETSIZE))
    local context = pair()
    context.client:send("x\n")
    assert(context.accepted:receive() == "x")
    local named = socket.tcp()
    named:settimeout(5)
    assert(named:connect("localhost", (select(2, context.server:getsockname()))))
  end
  return verify, act
end)

scenario("require socket.unix", function()
  local function act()
    return require("socket.unix"), require("socket.serial")
  end
  local function verify()
    assert(require("socket.unix")():close())
    assert(require("socket.serial")("/dev/null")):close()
    assert(tostring(require("socket").udp4()):find("udp{unconnected}", 1, true))
  end
  return verify, act
end)

scenario("receive a line", receiving("*l", nil, "\n"))
scenario("receive a line, prefix", receiving("*l", "prefix", "\n", true))
scenario("receive a count", receiving(2500, nil, ""))
scenario("receive a count, prefix", receiving(2500, "prefix", ""))
scenario("receive all", receiving("*a", nil, "", true))
scenario("receive all, prefix", receiving("*a", "prefix", ""))
scenario("receive too many", receiving(1e6, "p", ""))

scenario("receive 2 MiB", function()
  local context = pair()
  local data = ("abcdefgh"):rep(32768)
  context.client:settimeout(0)
  context.client:setoption("send-buffer-size", 4 * 1024 * 1024)
  context.accepted:setoption("recv-buffer-size", 4 * 1024 * 1024)
  local sent = 0
  for _ = 1, 8 do
    local last, _, reached = context.client:send(data)
    sent = sent + (last or reached)
  end
  local got
  local function act()
    local bytes, failure, partial = context.accepted:receive(sent)
    got = bytes or partial
    return bytes, failure, partial
  end
  local function verify()
    local count = got and #got or 0
    while count < sent do
      local bytes, failure, partial = context.accepted:receive(sent - count)
      assert(bytes or #partial > 0, failure)
      count = count + #(bytes or partial)
    end
    assert(count == sent)
    assert(context.accepted:getstats() == sent, "the statistics say otherwise")
  end
  return verify, act
end)

scenario("receive after a timeout", function()
  local context = pair()
  context.client:send("half a line")
  context.accepted:settimeout(0.01)
  local got = ""
  local function act()
    local line, failure, partial = context.accepted:receive()
    got = partial
    assert(failure == "timeout" or failure == "out of memory", failure)
    return line
  end
  local function verify()
    context.client:send(", the rest\n")
    context.accepted:settimeout(2)
    local line = deeper(function() return context.accepted:receive("*l", got) end)
    assert(line == "half a line, the rest", tostring(line))
  end
  return verify, act
end)

scenario("send", function()
  local context = pair()
  local data = ("x"):rep(30000)
  local function act()
    return context.client:send(data, 2, -2)
  end
  local function verify(_, succeeded)
    local sent = select(2, context.client:getstats())
    assert(sent == (succeeded and 29998 or sent) and (sent == 0 or sent == 29998), "sent " .. sent)
    assert(context.client:send("end\n") == 4)
    assert(#assert(context.accepted:receive()) == sent + 3)
  end
  return verify, act
end)

local function accepting(server, connect)
  local client = connect()
  client:send("hello\n")
  local accepted
  local function act()
    local failure
    accepted, failure = server:accept()
    return accepted, failure
  end
  local function verify()
    server:settimeout(1)
    accepted = accepted or assert(server:accept())
    accepted:settimeout(1)
    assert(accepted:receive() == "hello")
    accepted:close()
    client:close()
    local again = connect()
    accepted = assert(server:accept())
    assert(again:send("x\n") and accepted:receive() == "x")
  end
  return verify, act
end

scenario("accept", function()
  local socket = require("socket")
  local server = assert(socket.bind("127.0.0.1", 0))
  local port = select(2, server:getsockname())
  return accepting(server, function() return assert(socket.connect("127.0.0.1", port)) end)
end)

scenario("accept, local", function()
  local unix = require("socket.unix")
  local server = assert(unix())
  assert(server:bind(""))
  assert(server:listen())
  return accepting(server, function()
    local client = unix()
    assert(client:connect(server:getsockname()))
    return client
  end)
end)

for _, host in ipairs({ "127.0.0.1", "localhost" }) do
  for _, timeout in ipairs({ -1, 2 }) do
    scenario(("connect to %s, timeout %d"):format(host, timeout), function()
      local socket = require("socket")
      local server = assert(socket.bind("127.0.0.1", 0))
      local port = select(2, server:getsockname())
      local client = socket.tcp()
      client:settimeout(timeout)
      local function act()
        return client:connect(host, port)
      end
      local function verify(_, succeeded, done)
        client:settimeout(5)
        if not (succeeded and done) then
          local again, failure = client:connect(host, port)
          assert(again or failure == "already connected", failure)
        end
        server:settimeout(1)
        local accepted = assert(server:accept())
        assert(client:send("x\n") and accepted:receive() == "x")
      end
      return verify, act
    end)
  end
end

scenario("socket.connect, socket.bind", function()
  local socket = require("socket")
  local server = assert(socket.bind("127.0.0.1", 0))
  local port = select(2, server:getsockname())
  local function act()
    local client, failure = socket.connect("localhost", port, "127.0.0.1", 0, "inet")
    if not client then
      return nil, failure
    end
    return socket.bind("localhost", 0)
  end
  local function verify()
    assert(socket.connect("127.0.0.1", port))
    assert(socket.bind("localhost", 0))
  end
  return verify, act
end)

scenario("objects and names", function()
  local socket = require("socket")
  local context = pair()
  local function act()
    for _, make in ipairs({ "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6" }) do
      local object, failure = socket[make]()
      if not object then
        return nil, failure
      end
      if not tostring(object):find(object.class, 1, true) then
        error("tostring")
      end
    end
    local address, port = context.client:getsockname()
    if not address then
      return nil, port
    end
    return context.client:getpeername()
  end
  local function verify()
    assert(context.client:getpeername() == "127.0.0.1")
    assert(socket.udp():close())
  end
  return verify, act
end)

local here = debug.getinfo(1, "S").source:match("^@(.*)/") or "."
assert(loadfile(here .. "/memory_more.lua"))(scenario, pair, deeper)

return function(name)
  if not name then
    return names
  end
  return scenarios[name]()
end
