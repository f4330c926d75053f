-- tcp.md: receive, the matrix of patterns and prefixes over what the socket holds.

local R = ...
local net = R.net

-- Each state: its name, the data waiting, how the stream goes on, and the timeout of the call.
local states = {
  { "nothing, open", "", "open", 0 },
  { "nothing, ended", "", "ended", 5 },
  { "partial line, open", "partial", "open", 0 },
  { "partial line, ended", "partial", "ended", 5 },
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
  local client, peer
  if state[3] == "reset" then
    client = net.reset_pair(state[2])
  else
    client, peer = net.fed_pair(state[2], state[3] == "ended")
  end
  client:settimeout(state[4])
  return client, peer
end

for _, state in ipairs(states) do
  for _, pattern in ipairs(patterns) do
    for _, prefix in ipairs(prefixes) do
      local client, peer = open(state)
      local name = state[1] .. ": " .. pattern[1] .. ", " .. prefix[1]
      if prefix[2] == nil then
        R.call(name, client.receive, client, pattern[2])
      else
        R.call(name, client.receive, client, pattern[2], prefix[2])
      end
      R.values(name .. ", then dirty", client:dirty())
      R.call(name .. ", then all", client.receive, client, "*a")
      client:close()
      if peer then
        peer:close()
      end
    end
  end
end
