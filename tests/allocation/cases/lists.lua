-- Lists of strings and of datagrams, and files: no byte and no datagram is lost or comes twice.

local case, t = ...

-- A list with a string of `count` bytes, of which `size` bytes are sent, from `first` to `last`.
local function send_case(name, count, size, first, last)
  case(name, function()
    local context = t.pair()
    local list = { "one,", 2, ",", ("x"):rep(count), "" }
    local function act()
      return assert(context.client:send(list, first, last))
    end
    local function verify(succeeded)
      local sent = select(2, context.client:getstats())
      assert(sent == size or not succeeded and sent == 0, "sent " .. sent)
      assert(list[2] == 2)
      assert(context.client:send("end\n") == 4)
      assert(#assert(context.accepted:receive()) == sent + 3)
    end
    return act, verify
  end)
end

send_case("send a list", 5000, 5004, 2, -2)
send_case("send a list of a few bytes", 500, 506)

case("send a list that is none", function()
  local context = t.pair()
  local function act()
    local succeeded, failure = pcall(context.client.send, context.client, { "a", false })
    assert(not succeeded)
    assert(failure:find("string expected at index 2", 1, true) or error(failure, 0))
  end
  return act
end)

case("receive what is there", function()
  local context = t.pair()
  context.client:send(("0123456789"):rep(50))
  local function act()
    return "received", context.accepted:receive("*b", 120)
  end
  local function verify(succeeded, _, data)
    data = succeeded and data or assert(context.accepted:receive("*b", 120))
    local rest = assert(context.accepted:receive(500 - #data))
    assert(data .. rest == ("0123456789"):rep(50))
  end
  return act, verify
end)

case("udp receivemany", function()
  local receiver, sender, port, sender_port = t.udp_pair()
  for digit = 1, 5 do
    assert(sender:sendto(("a datagram "):rep(9) .. digit, "127.0.0.1", port))
  end
  local function take()
    return receiver:receivemany(10)
  end
  local function verify(succeeded, ...)
    local got = t.complete(succeeded, { ... }, take)
    assert(#got[1] == 5 and #got[2] == 5 and #got[3] == 5, got[2])
    for digit = 1, 5 do
      assert(got[1][digit] == ("a datagram "):rep(9) .. digit)
      assert(got[2][digit] == "127.0.0.1" and got[3][digit] == tonumber(sender_port))
    end
    receiver:settimeout(0)
    assert(select(2, receiver:receivemany(10)) == "timeout", "there is another one")
  end
  return take, verify
end)

case("udp sendmany", function()
  local receiver, sender, port = t.udp_pair()
  local sent
  local function act()
    sent = nil
    sent = assert(sender:sendmany({ "same", "size", 3, "" }, { "127.0.0.1", "127.0.0.1", "127.0.0.1",
      "127.0.0.1" }, port))
  end
  local function verify(succeeded)
    assert(sent == 4 or not succeeded)
    receiver:settimeout(0)
    local got = receiver:receivemany(10)
    assert(got == nil or table.concat(got, ",") == "same,size,3,")
    assert(got or not succeeded)
  end
  return act, verify
end)

for _, stream in ipairs({ { "sendfile", "pair" }, { "sendfile: local streams", "local_pair" } }) do
  case(stream[1], function()
    local context = t[stream[2]]()
    local name = os.tmpname()
    local file = assert(io.open(name, "w+b"))
    os.remove(name)
    file:write(("0123456789"):rep(2000))
    local function act()
      return assert(context.client:sendfile(file, 5, 10000))
    end
    local function verify(succeeded)
      local sent = select(2, context.client:getstats())
      assert(sent == 10000 or not succeeded and sent == 0, "sent " .. sent)
      context.client:send("end\n")
      assert(#assert(context.accepted:receive()) == sent + 3)
      file:close()
    end
    return act, verify
  end)
end

case("sendfile without a file", function()
  local context = t.pair()
  local function act()
    local sent, failure, reached = context.client:sendfile("/nonexistent", 7)
    assert(sent == nil and reached == 7)
    assert(failure == "No such file or directory" or error(failure, 0))
    local succeeded
    succeeded, failure = pcall(context.client.sendfile, context.client, {})
    assert(not succeeded)
    assert(failure:find("file, path or descriptor expected", 1, true) or error(failure, 0))
  end
  return act
end)
