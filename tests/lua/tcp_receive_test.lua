-- receive on TCP clients: patterns by line and until closed, prefixes, partial results. Receiving by
-- size has its own file.
local test = ...

-- A pair of which the first receives what was sent, without waiting for more.
local function receiving(t, ...)
  local client, peer = t.pair()
  for index = 1, select("#", ...) do
    assert(peer:send((select(index, ...))))
  end
  client:settimeout(5)
  return client, peer
end

test("lines: gives the bytes before the line feed, and three results", function(t)
  local client = receiving(t, "one\ntwo\n\nfour\n")
  t.returns(t.pack(client:receive()), "one", nil, nil)
  t.returns(t.pack(client:receive("*l")), "two", nil, nil)
  t.returns(t.pack(client:receive(nil)), "", nil, nil)
  t.returns(t.pack(client:receive("*line and more")), "four", nil, nil)
end)

test("lines: every carriage return is removed, zero bytes are not", function(t)
  local client = receiving(t, "a\rb\r\r\n\0x\0\r\n\r\n")
  t.equal(client:receive(), "ab")
  t.equal(client:receive(), "\0x\0")
  t.equal(client:receive(), "")
end)

test("lines: an unterminated line at the end is the partial result", function(t)
  local client, peer = receiving(t, "whole\nha\rlf")
  peer:close()
  t.equal(client:receive(), "whole")
  t.returns(t.pack(client:receive()), nil, "closed", "half")
  t.returns(t.pack(client:receive()), nil, "closed", "")
end)

test("lines: a timeout returns the partial line and the next call continues", function(t)
  local client, peer = receiving(t, "half a\r ")
  client:settimeout(0)
  t.returns(t.pack(client:receive("*l")), nil, "timeout", "half a ")
  t.returns(t.pack(client:receive("*l")), nil, "timeout", "")
  peer:send("line\n")
  client:settimeout(5)
  t.returns(t.pack(client:receive("*l", "half a ")), "half a line", nil, nil)
end)

test("lines: longer than any buffer", function(t)
  local client, peer = t.pair()
  local line = ("0123456789abcdef"):rep(20000)
  peer:settimeout(0)
  client:settimeout(0)
  local sent, got = 0, ""
  local text = line .. "\nnext\n"
  local whole
  for _ = 1, 100000 do
    if sent < #text then
      local last, _, partial = peer:send(text, sent + 1)
      sent = last or partial
    end
    local message
    whole, message, got = client:receive("*l", got)
    if whole then
      break
    end
    t.equal(message, "timeout")
  end
  t.equal(whole, line)
  client:settimeout(5)
  t.equal(client:receive(), "next")
end)

test("all: everything until the peer closes, then closed", function(t)
  local client, peer = receiving(t, "some\r\n\0bytes")
  peer:close()
  t.returns(t.pack(client:receive("*a")), "some\r\n\0bytes", nil, nil)
  t.returns(t.pack(client:receive("*a")), nil, "closed", "")
  t.returns(t.pack(client:receive("*all", "p")), nil, "closed", "p")
end)

test("all: what is buffered already counts, nothing at all is closed", function(t)
  local client, peer = receiving(t, "line\nrest")
  client:receive()
  peer:close()
  t.returns(t.pack(client:receive("*a")), "rest", nil, nil)
  local other, other_peer = t.pair()
  other_peer:close()
  t.returns(t.pack(other:receive("*a")), nil, "closed", "")
  t.returns(t.pack(other:receive("*a", "prefix")), nil, "closed", "prefix")
end)

test("all: a timeout gives what there is, to be resumed with it", function(t)
  local client, peer = receiving(t, "one ")
  client:settimeout(0)
  t.returns(t.pack(client:receive("*a")), nil, "timeout", "one ")
  peer:send("two")
  peer:close()
  client:settimeout(5)
  t.returns(t.pack(client:receive("*a", "one ")), "one two", nil, nil)
end)

test("all: a reset loses nothing but is an error", function(t)
  local client, peer = receiving(t, "data")
  client:settimeout(0)
  t.equal(client:receive(1), "d")
  peer:setoption("linger", { on = true, timeout = 0 })
  peer:close()
  client:settimeout(5)
  t.returns(t.pack(client:receive("*a")), nil, "closed", "ata")
end)

test("prefix: stands in front of every result as it is", function(t)
  local client, peer = receiving(t, "line\nrest")
  t.returns(t.pack(client:receive("*l", "a\r\n")), "a\r\nline", nil, nil)
  client:settimeout(0)
  t.returns(t.pack(client:receive("*l", "pre\r")), nil, "timeout", "pre\rrest")
  t.returns(t.pack(client:receive("*l", 12)), nil, "timeout", "12")
  peer:close()
  t.returns(t.pack(client:receive("*l", "x")), nil, "closed", "x")
end)

test("prefix: checked before the pattern, nil is none, false is not", function(t)
  local client = receiving(t, "a\nb\n")
  t.bad_argument(3, "string expected, got boolean", client.receive, client, "bad", false)
  t.bad_argument(3, "string expected, got table", client.receive, client, {}, {})
  t.equal(client:receive("*l", nil), "a")
  t.equal(client:receive("*l", ""), "b")
end)

test("patterns: anything else raises", function(t)
  local client = receiving(t, "x\n")
  for _, pattern in ipairs({ "l", "a", "*L", "*n", "", "*", "line", "**l", "x", "1x", "--1" }) do
    t.bad_argument(2, "invalid receive pattern", client.receive, client, pattern)
  end
  t.bad_argument(2, "string expected, got table", client.receive, client, {})
  t.bad_argument(2, "string expected, got boolean", client.receive, client, true)
  t.bad_argument(2, "string expected, got boolean", client.receive, client, false)
  t.bad_argument(2, "string expected, got function", client.receive, client, print)
  t.equal(client:receive(), "x")
end)

test("patterns: further arguments are ignored", function(t)
  local client = receiving(t, "x\n")
  t.returns(t.pack(client:receive("*l", "", "ignored", {})), "x", nil, nil)
end)

test("lines and blocks and the rest take turns without losing a byte", function(t)
  local client, peer = receiving(t, "line one\n12345line two\r\n", ("z"):rep(9000), "tail")
  peer:close()
  t.equal(client:receive(), "line one")
  t.equal(client:receive(5), "12345")
  t.equal(client:receive("*l"), "line two")
  t.equal(client:receive(9000), ("z"):rep(9000))
  t.equal(client:receive("*a"), "tail")
  t.returns(t.pack(client:receive()), nil, "closed", "")
end)

test("a never connected object: the system's text", function(t)
  local socket = require("socket")
  local client = t.keep(socket.tcp4())
  client:settimeout(0)
  client:connect("127.0.0.1", t.refusing_port())
  client:getoption("error")
  local fresh = t.keep(socket.tcp4())
  debug.setmetatable(fresh, getmetatable(client))
  t.returns(t.pack(fresh:receive()), nil, "Transport endpoint is not connected", "")
  t.returns(t.pack(fresh:receive(3, "p")), nil, "Transport endpoint is not connected", "p")
  local none = t.keep(socket.tcp())
  none:connect("", 80)
  t.returns(t.pack(none:receive()), nil, "closed", "")
end)

test("a reset connection: closed", function(t)
  local client, peer = t.pair()
  peer:setoption("linger", { on = true, timeout = 0 })
  peer:close()
  t.returns(t.pack(client:receive()), nil, "closed", "")
  t.returns(t.pack(client:receive("*a")), nil, "closed", "")
  t.returns(t.pack(client:receive(5)), nil, "closed", "")
end)

test("dirty: says whether bytes are in the buffer", function(t)
  local client, peer = t.pair()
  t.returns(t.pack(client:dirty()), false)
  peer:send("ab")
  t.equal(client:dirty(), false)
  t.equal(client:receive(1), "a")
  t.equal(client:dirty(), true)
  t.equal(client:receive(1), "b")
  t.equal(client:dirty(), false)
end)

test("8,000,000 bytes arrive whole, line by line and by size", function(t)
  local client, peer = t.pair()
  local block = ("0123456789abcdef"):rep(500000)
  local text = block .. "\n" .. block
  client:settimeout(0)
  peer:settimeout(0)
  local sent = 0
  local function pump(pattern)
    local parts, whole = {}, nil
    while not whole do
      if sent < #text then
        local last, _, partial = peer:send(text, sent + 1)
        sent = last or partial
      end
      local message, partial
      whole, message, partial = client:receive(pattern)
      if not whole then
        t.equal(message, "timeout")
        parts[#parts + 1] = partial
        pattern = type(pattern) == "number" and pattern - #partial or pattern
      end
    end
    return table.concat(parts) .. whole
  end
  t.equal(pump("*l") == block, true)
  t.equal(pump(#block) == block, true)
end)
