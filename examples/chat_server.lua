-- A chat for everybody who connects, with telnet or nc:
--
--   lua chat_server.lua [HOST:PORT]
--
-- The first line is a name, every other one goes to all the others; "/who" lists them, "/quit" leaves.
local moontide = require "moontide"

io.stdout:setvbuf("line") -- what is printed can be read at once, also through a pipe

local waiting_max = 100 -- lines for a guest who does not read; then it has to leave

local guests = {} -- by name: the channel of what the guest gets to read

local function tell(text, except)
  for name, lines in pairs(guests) do
    if name ~= except and not lines:try_send(text) then
      lines:close()
    end
  end
end

local function who()
  local names = {}
  for name in pairs(guests) do
    names[#names + 1] = name
  end
  table.sort(names)
  return "* here: " .. table.concat(names, ", ")
end

local function ask_name(client)
  client:send("Your name?\n")
  local name = client:receive()
  while name and (not name:find("^%w+$") or guests[name]) do
    client:send("Another name?\n")
    name = client:receive()
  end
  return name
end

-- Reads what a guest says until it leaves.
local function listen(client, name, lines)
  local line = client:receive()
  while line and line ~= "/quit" do
    if line == "/who" then
      lines:try_send(who())
    else
      tell(name .. ": " .. line, name)
    end
    line = client:receive()
  end
end

local function welcome(client)
  local name = ask_name(client)
  if not name then return end
  local lines = moontide.channel(waiting_max)
  guests[name] = lines
  tell("* " .. name .. " joined")
  -- Whichever ends first: the guest leaves, or a line cannot be sent to it. The other one is cancelled.
  moontide.any({
    function() listen(client, name, lines) end,
    function()
      local line = lines:receive()
      while line and client:send(line .. "\n") do
        line = lines:receive()
      end
    end,
  })
  guests[name] = nil
  tell("* " .. name .. " left")
end

assert(moontide.serve(arg[1] or "127.0.0.1:0", welcome, {
  onready = function(host, port)
    print("listening on " .. host .. ":" .. port)
  end,
}))
