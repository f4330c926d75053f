-- For the tests of moontide: they run by themselves, and within the task that MOONTIDE_TEST_IN_TASKS=1
-- puts around each of them.

local moontide = require("moontide")

local tasks = {}

moontide.loop:getfd() -- opened once for all tests

-- f(...) as a task, with everything that it spawns.
function tasks.run(f, ...)
  if moontide.current() then
    return f(...)
  end
  return moontide.run(f, ...)
end

-- For what only the outermost run does.
function tasks.needs_outside(t)
  if moontide.current() then
    t.skip("the whole test runs inside moontide.run")
  end
end

-- The texts of all errors that nobody joined, from now until the test ends.
function tasks.reports(t)
  local texts = {}
  moontide.onerror(function(text)
    texts[#texts + 1] = text
  end)
  t.cleanup(function()
    moontide.onerror(nil)
  end)
  return texts
end

-- Lets all others run until they wait.
function tasks.settle()
  for _ = 1, 20 do
    moontide.yield()
  end
end

-- Serves in a task, calls client(port) in another one and stops; gives what serve returned.
function tasks.served(t, handler, options, client)
  tasks.needs_outside(t)
  options = options or {}
  local results
  moontide.run(function()
    local ready = moontide.channel(1)
    options.onready = function(_, port) ready:send(tonumber(port)) end
    local server = moontide.spawn("server", function()
      results = t.pack(moontide.serve("127.0.0.1:0", handler, options))
    end)
    client(ready:receive(), server)
    moontide.stop(30)
  end)
  return results
end

-- For servers.
function tasks.echo(client)
  local line = client:receive()
  while line do
    client:send(line .. "\n")
    line = client:receive()
  end
end

return tasks
