-- irc_bot.lua PORT: joins a channel, answers pings and those that speak to it.
local socket = require("socket")

local connection = assert(socket.connect("127.0.0.1", tonumber((...))))
connection:settimeout(20)

local try = socket.newtry(function() connection:close() end)

local handlers = {}

function handlers.PING(_, rest)
  try(connection:send("PONG " .. rest .. "\r\n"))
end

handlers["001"] = function()
  try(connection:send("JOIN #lua\r\n"))
end

function handlers.PRIVMSG(who, rest)
  local channel, text = rest:match("^(%S+) :(.*)$")
  io.write(who, "> ", text, "\n")
  local word = text:match("^bot: echo (.*)$")
  if word then
    try(connection:send("PRIVMSG " .. channel .. " :" .. who .. ": " .. word .. "\r\n"))
  elseif text == "bot: go" then
    try(connection:send("QUIT :bye\r\n"))
  end
end

local run = socket.protect(function()
  try(connection:send("NICK bot\r\nUSER bot 0 * :a bot\r\n"))
  while true do
    local line = try(connection:receive())
    local who, command, rest = line:match("^:([^!%s]*)%S* (%S+) ?(.*)$")
    if not who then
      command, rest = line:match("^(%S+) ?(.*)$")
    end
    if handlers[command] then
      handlers[command](who, rest)
    end
  end
end)

io.write("ended: ", select(2, run()), "\n")
