-- Programs as they were written for LuaSocket (tests/programs), run by themselves and inside moontide.run
-- with equal results. This process plays their peers.
local test = ...
local harness = require("harness")
local socket = require("socket")

local programs = harness.support .. "../programs/"

-- Starts a program; the pipe from what it prints.
local function start(t, inside, name, ...)
  local words = { "timeout -k 5 60", harness.interpreter_command() }
  if inside then
    words[#words + 1] = harness.quote(programs .. "inside.lua")
  end
  words[#words + 1] = harness.quote(programs .. name .. ".lua")
  for _, argument in ipairs({ ... }) do
    words[#words + 1] = harness.quote(tostring(argument))
  end
  words[#words + 1] = "2>&1"
  local pipe = assert(io.popen(table.concat(words, " ")))
  t.cleanup(function() pipe:close() end)
  return pipe
end

-- What is left in the pipe; inside, the ticker has to have ticked.
local function rest_of(t, pipe, inside)
  local text = pipe:read("*a")
  if inside then
    local ticks
    text = text:gsub("ticks (%d+)\n", function(count)
      ticks = tonumber(count)
      return ""
    end)
    t.between(ticks, 1, math.huge)
  end
  return text
end

-- play(inside) has to give the same outside and inside.
local function both(name, play)
  for _, inside in ipairs({ false, true }) do
    test(name .. (inside and ", inside run" or ", by itself"), function(t)
      play(t, inside)
    end)
  end
end

local function connect(t, port)
  local client = t.keep(socket.connect("127.0.0.1", tonumber(port)))
  client:settimeout(30)
  return client
end

both("a chat server with select", function(t, inside)
  local pipe = start(t, inside, "chat_server")
  local port = pipe:read("*l")
  local log, clients = {}, {}
  local function hear(index)
    log[#log + 1] = index .. " " .. tostring((clients[index]:receive()))
  end
  for index = 1, 3 do
    clients[index] = connect(t, port)
    for listener = 1, index do hear(listener) end
  end
  clients[2]:send("hello\n")
  hear(1)
  hear(3)
  clients[3]:send("two words\n/quit\n")
  for _, index in ipairs({ 1, 2, 1, 2, 3 }) do hear(index) end
  clients[1]:send("/shutdown\n")
  for _, index in ipairs({ 1, 2, 1, 2 }) do hear(index) end
  t.equal(table.concat(log, "\n"), table.concat({
    "1 * guest1 joined", "1 * guest2 joined", "2 * guest2 joined", "1 * guest3 joined",
    "2 * guest3 joined", "3 * guest3 joined", "1 guest2: hello", "3 guest2: hello",
    "1 guest3: two words", "2 guest3: two words", "1 * guest3 left", "2 * guest3 left", "3 nil",
    "1 * bye", "2 * bye", "1 nil", "2 nil",
  }, "\n"))
  t.equal(rest_of(t, pipe, inside), "3 guests\n")
end)

both("a port forwarder", function(t, inside)
  local server, target_port = t.server()
  local pipe = start(t, inside, "forwarder", target_port)
  local client = connect(t, pipe:read("*l"))
  local target = t.keep(server:accept())
  target:settimeout(30)
  local block = ("0123456789"):rep(2000)
  for _ = 1, 10 do
    client:send(block)
    t.equal(target:receive(#block) == block, true)
    target:send(block:reverse())
    t.equal(client:receive(#block) == block:reverse(), true)
  end
  client:shutdown("send")
  t.equal(select(2, target:receive()), "closed")
  target:send("last words\n")
  target:close()
  t.equal(client:receive(), "last words")
  t.equal(select(2, client:receive()), "closed")
  client:close()
  t.equal(rest_of(t, pipe, inside), "400011 bytes\n")
end)

both("a link checker", function(t, inside)
  local page = [[<a href="/one">1</a> <a href="two">2</a> <a href="mailto:x@y">3</a> <a href="/gone">4</a>]]
  local peer = t.http_peer({
    "HTTP/1.1 200 OK\r\nContent-Length: " .. #page .. "\r\nConnection: close\r\n\r\n" .. page,
    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
    { 0.02, "HTTP/1.1 301 Moved\r\nLocation: /x\r\nConnection: close\r\n\r\n" },
    "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n",
  })
  local pipe = start(t, inside, "link_checker", "http://127.0.0.1:" .. peer.port .. "/index")
  t.equal(rest_of(t, pipe, inside), "/gone: 404\n2 good, 1 broken\n")
end)

both("an IRC bot", function(t, inside)
  local server, port = t.server()
  local pipe = start(t, inside, "irc_bot", port)
  local bot = t.keep(server:accept())
  bot:settimeout(30)
  t.equal(bot:receive(), "NICK bot")
  t.equal(bot:receive(), "USER bot 0 * :a bot")
  bot:send(":irc.example 001 bot :welcome\r\nPING :abc\r\n")
  t.equal(bot:receive(), "JOIN #lua")
  t.equal(bot:receive(), "PONG :abc")
  bot:send(":anna!a@host PRIVMSG #lua :bot: echo hello there\r\n")
  t.equal(bot:receive(), "PRIVMSG #lua :anna: hello there")
  bot:send(":carl!c@host PRIVMSG #lua :bot: go\r\n")
  t.equal(bot:receive(), "QUIT :bye")
  bot:close()
  t.equal(rest_of(t, pipe, inside), "anna> bot: echo hello there\ncarl> bot: go\nended: closed\n")
end)

both("a downloader with a dispatcher of its own", function(t, inside)
  local peer = t.http_peer({ { { "a", 5000 }, 0.05, { "a", 5000 } }, { { "b", 70000 } }, { 0.02, "c" } })
  local pipe = start(t, inside, "downloader", peer.port, "/1", "/2", "/3")
  local sizes = {}
  for path, size in rest_of(t, pipe, inside):gmatch("(%S+) (%d+)\n") do
    t.matches(path, "^/[123]$")
    sizes[#sizes + 1] = tonumber(size)
  end
  table.sort(sizes)
  t.list(sizes, { 1, 10000, 70000 })
end)
