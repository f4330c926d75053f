-- Goal: a line is read up to its limit and not a byte beyond it is collected, from our own streams as
-- from foreign objects.

local test = ...
local receive_line = require("moontide.line").receive_line

test("a line within the limit comes without its end", function(t)
  local client, peer = t.pair()
  peer:send("first\r\n\nlast\n")
  t.equal(receive_line(client, 5 + 1), "first")
  t.equal(receive_line(client, 0), "")
  t.equal(receive_line(client, 4), "last")
end)

test("a line beyond the limit fails with its first bytes, whether its end has come or not", function(t)
  for _, ending in ipairs({ "", "\n" }) do
    local client, peer = t.pair()
    peer:send("0123456789" .. ending)
    t.returns(t.pack(receive_line(client, 4)), nil, "line too long", "0123")
  end
end)

test("what lies behind the limit can still be read", function(t)
  local client, peer = t.pair()
  peer:send("0123456789\nnext\n")
  receive_line(client, 4)
  t.equal(client:receive("*l"), "456789")
  t.equal(client:receive("*l"), "next")
end)

test("the limit counts CRs, which are not part of the line", function(t)
  local client, peer = t.pair()
  peer:send("ab\r\n")
  t.returns(t.pack(receive_line(client, 2)), nil, "line too long", "ab")
  client, peer = t.pair()
  peer:send("ab\r\n")
  t.equal(receive_line(client, 3), "ab")
end)

test("an endless line does not make the buffer grow", function(t)
  local client, peer = t.pair()
  peer:settimeout(0)
  peer:send(("x"):rep(1000000))
  local _, message, partial = receive_line(client, 1000)
  t.equal(message, "line too long")
  t.equal(#partial, 1000)
  -- One read ahead is all that may have been taken beyond it.
  t.ok(client:getstats() <= 1000)
end)

test("errors come with what there was", function(t)
  local client, peer = t.pair()
  peer:send("half")
  client:settimeout(0.01)
  t.returns(t.pack(receive_line(client, 10)), nil, "timeout", "half")
  peer:close()
  t.returns(t.pack(receive_line(client, 10)), nil, "closed", "")
end)

test("local streams are read the same way", function(t)
  local client, peer = t.unix_pair()
  peer:send("0123456789\n")
  t.returns(t.pack(receive_line(client, 4)), nil, "line too long", "0123")
end)

test("a foreign object is asked for its line, whose length is checked", function(t)
  local lines = { "short", "much too long", false }
  local foreign = {}
  function foreign:receive(...)
    t.equal(select("#", ...), 0)
    local line = table.remove(lines, 1)
    if not line then
      return nil, "wantread", "par"
    end
    return line
  end
  t.equal(receive_line(foreign, 5), "short")
  t.returns(t.pack(receive_line(foreign, 5)), nil, "line too long", "much ")
  t.returns(t.pack(receive_line(foreign, 5)), nil, "wantread", "par")
end)

test("a method that a program replaced is called", function(t)
  local client = t.pair()
  local methods = getmetatable(client).__index
  local original = methods.receive
  methods.receive = function() return "replaced" end
  local good, line = pcall(receive_line, client, 10)
  methods.receive = original
  t.equal(good, true)
  t.equal(line, "replaced")
end)

test("an object that cannot receive is an error of the program", function(t)
  t.equal(pcall(receive_line, nil, 10), false)
  t.equal(pcall(receive_line, {}, 10), false)
  local server = t.server()
  t.equal(pcall(receive_line, server, 10), false)
end)
