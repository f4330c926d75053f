-- ssl.md, 4.5: receive, the matrix of patterns and prefixes over what the connection holds and how it ends.
-- TLS 1.2 sends nothing after the handshake, so that readable means that there are data.

local R = ...
local ssl = require("ssl")
local tls = R.load("tls")
local net = R.net

local mine = assert(ssl.newcontext(tls.client({ protocol = "tlsv1_2" })))
local theirs = assert(ssl.newcontext(tls.server({ protocol = "tlsv1_2" }, "ec")))

-- Each state: its name, the data waiting, how the stream goes on, and the timeout of the call.
local states = {
  { "nothing, open", "", "open", 0 },
  { "nothing, ended", "", "ended", 5 },
  { "nothing, truncated", "", "truncated", 5 },
  { "partial line, open", "partial", "open", 0 },
  { "partial line, ended", "partial", "ended", 5 },
  { "partial line, truncated", "partial", "truncated", 5 },
  { "line, open", "first\r\nsecond", "open", 0 },
  { "line, ended", "first\r\nsecond", "ended", 5 },
  { "empty line, open", "\nrest", "open", 0 },
  { "CRs, ended", "a\rb\r\r\nc\rd\r", "ended", 5 },
  { "NULs, ended", "a\0b\n\0c", "ended", 5 },
  { "reset behind data", "first\nsecond", "reset", 5 },
  { "reset", "", "reset", 5 },
}
local patterns = {
  { "none" }, { "*l", "*l" }, { "*a", "*a" }, { "0", 0 }, { "1", 1 }, { "3", 3 }, { "5", 5 }, { "100", 100 },
}
local prefixes = { { "no prefix" }, { "prefix ''", "" }, { "prefix 'pre'", "pre" },
  { "prefix CR LF", "p\r\n" } }

local function open(state)
  local client, server, sock = tls.pair_with_socket(mine, theirs)
  if state[2] ~= "" then
    assert(server:send(state[2]))
  end
  if state[3] == "reset" then
    tls.reset(server, sock)
  elseif state[3] == "truncated" then
    tls.truncate(server, sock)
  else
    sock:setfd(-1)
    if state[3] == "ended" then
      server:close()
    end
  end
  if state[2] ~= "" or state[3] ~= "open" then
    assert(net.readable(client))
  end
  client:settimeout(state[4])
  return client, server
end

for _, state in ipairs(states) do
  for _, pattern in ipairs(patterns) do
    for _, prefix in ipairs(prefixes) do
      local client, server = open(state)
      local name = state[1] .. ": " .. pattern[1] .. ", " .. prefix[1]
      if prefix[2] == nil then
        R.call(name, client.receive, client, pattern[2])
      else
        R.call(name, client.receive, client, pattern[2], prefix[2])
      end
      -- After a fatal end the original answers by chance (fix 9).
      if state[3] == "open" or state[3] == "ended" then
        R.values(name .. ", then dirty and want", client:dirty(), client:want())
        R.call(name .. ", then all", client.receive, client, "*a")
        R.call(name .. ", then a line", client.receive, client)
      end
      tls.close(client, server)
    end
  end
end

for _, state in ipairs({ states[3], states[12] }) do
  R.moontide_only("later calls say closed: " .. state[1], 'nil, "closed", ""', function()
    local client, server = open(state)
    repeat
      local data, message = client:receive()
      assert(data or message)
    until not data
    local results = R.pack(client:receive())
    tls.close(client, server)
    return R.unpack(results, 1, results.n)
  end)
end

-- Patterns that are none, and numbers that are no integers.
local client, server = tls.pair(mine, theirs)
for _, pattern in ipairs({ "l", "a", "", "x", "*", "*x", "n", "*n", -1, "-1", "*lx", "*all", "5", "2.7",
    2.7, "0x2",
    " 2" }) do
  server:send("line\n")
  net.readable(client)
  client:settimeout(0)
  tls.call(("pattern %s %s"):format(type(pattern), pattern), client.receive, client, pattern)
  client:receive("*a")
end
for _, pattern in ipairs({ { "nil", nil }, { "true", true }, { "a table", {} } }) do
  tls.call("pattern " .. pattern[1], client.receive, client, pattern[2])
end
for _, prefix in ipairs({ { "a number", 5 }, { "true", true }, { "a table", {} } }) do
  tls.call("prefix " .. prefix[1], client.receive, client, "*l", prefix[2])
end
tls.call("receive(2, prefix that is long enough)", client.receive, client, 2, "long")
tls.call("receive(4, prefix of this length)", client.receive, client, 4, "long")
tls.call("receive('*l', prefix with a line in it)", client.receive, client, "*l", "line\n")
tls.close(client, server)

-- The option that takes a truncation for an end.
R.call("ignore_unexpected_eof", function()
  local sock
  client, server, sock = tls.pair_with_socket(
    tls.client({ protocol = "tlsv1_2", options = { "all", "ignore_unexpected_eof" } }), theirs)
  server:send("text")
  tls.truncate(server, sock)
  local results = R.pack(client:receive("*a"))
  tls.close(client, server)
  return R.unpack(results, 1, results.n)
end)
