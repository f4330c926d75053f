-- Libraries made for LuaSocket, as they are, inside and outside of moontide.run.
--
--   lua tasks_peers.lua DIRECTORY LIBRARIES REDIS_PORT

local here, libraries, redis_port = ...
package.path = here .. "/?.lua;" .. package.path .. ";" .. libraries .. "/?.lua"

local tally = require("tally")
local check, equal = tally.check, tally.equal
local moontide = require("moontide")
local socket = require("socket")

-- f has to give the same inside and outside; inside, a ticker has to keep ticking.
local function both(name, f)
  check(name .. ", outside of run", f)
  check(name .. ", inside run", function()
    local ticks = 0
    moontide.run(function()
      local ticker = moontide.spawn(function()
        while true do
          moontide.sleep(0)
          ticks = ticks + 1
          moontide.yield()
        end
      end)
      f()
      ticker:cancel()
    end)
    equal(ticks > 0, true, "ticks")
  end)
end

-- copas -------------------------------------------------------------------------------------------------

-- Its loop has no end of its own: it is stepped until `done` says so.
local function step_until(copas, done)
  for _ = 1, 400 do
    if done() then
      return
    end
    copas.step(0.05)
  end
  error("copas does not come to an end")
end

both("copas: an echo server and ten clients", function()
  package.loaded.copas = nil
  local copas = require("copas")
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  copas.addserver(server, function(connection)
    local client = copas.wrap(connection)
    while true do
      local line = client:receive()
      if not line then
        break
      end
      client:send(line .. "!\n")
    end
    connection:close()
  end)
  local got, done = {}, 0
  for index = 1, 10 do
    copas.addthread(function()
      local connection = socket.tcp()
      connection:settimeout(0)
      assert(copas.connect(connection, "127.0.0.1", port))
      local client = copas.wrap(connection)
      for round = 1, 5 do
        client:send(index .. " " .. round .. "\n")
        local line = client:receive()
        got[#got + 1] = line
      end
      connection:close()
      done = done + 1
    end)
  end
  step_until(copas, function() return done == 10 end)
  server:close()
  table.sort(got)
  equal(#got, 50)
  equal(got[1], "1 1!")
  equal(got[50], "9 5!")
end)

both("copas: a large block both ways", function()
  package.loaded.copas = nil
  local copas = require("copas")
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  local block = ("0123456789abcdef"):rep(32768)
  copas.addserver(server, function(connection)
    local client = copas.wrap(connection)
    client:send(client:receive(#block):reverse())
    connection:close()
  end)
  local got
  copas.addthread(function()
    local connection = socket.tcp()
    connection:settimeout(0)
    assert(copas.connect(connection, "127.0.0.1", port))
    local client = copas.wrap(connection)
    client:send(block)
    got = client:receive(#block)
    connection:close()
  end)
  step_until(copas, function() return got end)
  server:close()
  equal(got == block:reverse(), true)
end)

-- redis -------------------------------------------------------------------------------------------------

local redis = require("redis")

both("redis: values, lists, a pipeline and an error", function()
  local client = redis.connect("127.0.0.1", tonumber(redis_port))
  equal(client:ping(), true)
  client:flushdb()
  client:set("key", "a value\r\nof two lines")
  equal(client:get("key"), "a value\r\nof two lines")
  equal(client:get("none"), nil)
  for index = 1, 5 do
    client:rpush("list", index)
  end
  equal(table.concat(client:lrange("list", 0, -1), ","), "1,2,3,4,5")
  if table.maxn or _VERSION == "Lua 5.2" then -- its pipelines fail on 5.3 and later, on any sockets
    local replies = client:pipeline(function(line)
      for index = 1, 100 do
        line:incrby("counter", index)
      end
    end)
    equal(#replies, 100)
    equal(replies[100], 5050)
  end
  local good, message = pcall(client.lpush, client, "key", "x")
  equal(good, false)
  equal(tostring(message):find("WRONGTYPE", 1, true) ~= nil, true, "the error")
  client:quit()
end)

check("redis: waiting for a list suspends only its task", function()
  moontide.run(function()
    local waiting = redis.connect("127.0.0.1", tonumber(redis_port))
    local other = redis.connect("127.0.0.1", tonumber(redis_port))
    other:flushdb()
    local task = moontide.spawn(function() return waiting:blpop("queue", 20) end)
    moontide.sleep(0.02)
    equal(task:status(), "waiting")
    other:rpush("queue", "job")
    local result = task:join(10)
    equal(type(result) == "table" and result[2] or result, "job")
    waiting:quit()
    other:quit()
  end)
end)

check("redis: twenty clients at once", function()
  moontide.run(function()
    moontide.group(function(group)
      for index = 1, 20 do
        group:spawn(function()
          local client = redis.connect("127.0.0.1", tonumber(redis_port))
          for round = 1, 20 do
            client:set("key" .. index, round)
            equal(client:get("key" .. index), tostring(round))
          end
          client:quit()
        end)
      end
    end)
  end)
end)

tally.finish()
