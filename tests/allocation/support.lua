-- What the cases share.

local t = {}

-- Two connected tcp{client} objects of this process and the server that made them.
function t.pair()
  local socket = require("socket")
  local server = assert(socket.bind("127.0.0.1", 0))
  local client = assert(socket.connect("127.0.0.1", (select(2, server:getsockname()))))
  local accepted = assert(server:accept())
  accepted:settimeout(5)
  client:settimeout(5)
  return { socket = socket, server = server, client = client, accepted = accepted }
end

-- Two udp{unconnected} objects with names, and their ports.
function t.udp_pair()
  local socket = require("socket")
  local receiver, sender = assert(socket.udp4()), assert(socket.udp4())
  assert(receiver:setsockname("127.0.0.1", 0))
  assert(sender:setsockname("127.0.0.1", 0))
  receiver:settimeout(5)
  return receiver, sender, (select(2, receiver:getsockname())), (select(2, sender:getsockname()))
end

-- Two connected unixstream{client} objects and the server.
function t.local_pair()
  local unix = require("socket.unix")
  local server, client = assert(unix()), assert(unix())
  assert(server:bind("") and server:listen() and client:connect(server:getsockname()))
  local accepted = assert(server:accept())
  accepted:settimeout(5)
  return { server = server, client = client, accepted = accepted }
end

-- Sends it whole however much the system takes at once: nobody reads meanwhile.
function t.fill(from, to, data)
  from:setoption("send-buffer-size", 4 * #data)
  to:setoption("recv-buffer-size", 4 * #data)
  assert(from:send(data) == #data)
end

-- For verify: the results of f, or of another call where act's were none or a failure.
function t.complete(succeeded, results, f)
  if succeeded and results[1] then
    return results
  end
  return { f() }
end

-- The whole library once, as far as one short script can tell.
function t.check_state()
  local context = t.pair()
  assert(context.client:send("one\ntwo") == 7)
  assert(context.accepted:receive() == "one" and context.accepted:receive(3) == "two")
  local readable = assert(context.socket.select({ context.accepted }, nil, 0))
  assert(#readable == 0)
  assert(context.client:close())
  assert(select(2, context.accepted:receive()) == "closed")
  local receiver, sender, port = t.udp_pair()
  assert(sender:sendto("datagram", "127.0.0.1", port))
  assert(receiver:receive() == "datagram")
  assert(tostring(receiver):find("^udp{unconnected}: "))
  local text, failure = context.socket.protect(function()
    context.socket.try(nil, "reason")
  end)()
  assert(text == nil and failure == "reason")
end

return t
