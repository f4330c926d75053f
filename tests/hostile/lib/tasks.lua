-- The same calls inside tasks, which others cancel, wait for, and whose objects they close; and calls of
-- moontide's own functions with arguments that fit, nearly fit or do not fit at all.

local moontide = require("moontide")

local unpack = table.unpack or unpack -- luacheck: ignore 143
local WORKERS = 6
local SLOTS = 40
local BOUND = 0.002 -- seconds any wait may take

-- Left out are those that end everything or concern the whole program.
local FUNCTIONS = { "all", "any", "channel", "condition", "current", "deadline", "dump", "event", "group",
  "mutex", "now", "select", "semaphore", "shield", "sleep", "spawn", "stats", "tasks", "timeout", "waitfd",
  "yield" }

return function(values, random, attempts, options, act)
  local tasks = {}
  local known = {} -- tasks that others may cancel
  local objects = {} -- channels and the like

  local function body()
    for _ = 1, random:upto(4) do
      act()
    end
    if random:once_in(20) then
      error(values.any(), 0)
    end
    return values.any()
  end

  local function keep(task)
    known[random:upto(SLOTS)] = task
    return task
  end

  local function some_task()
    return known[random:upto(SLOTS)]
  end

  local function some_object()
    local makers = { moontide.channel, moontide.mutex, moontide.condition, moontide.event,
      moontide.semaphore }
    local slot = random:upto(SLOTS)
    if objects[slot] == nil or random:once_in(20) then
      objects[slot] = random:pick(makers)(random:pick({ 0, 1, 2, 5 }))
    end
    return objects[slot]
  end

  local function argument()
    local n = random:upto(8)
    if n <= 2 then
      return body
    elseif n == 3 then
      return some_object()
    elseif n == 4 then
      return some_task()
    elseif n == 5 then
      return { body, some_task() or body, values.any() }
    elseif n == 6 then
      return values.short_time()
    end
    return values.any()
  end

  -- Whatever f waits for, it goes on soon; that f meddles with the bound itself is part of the game.
  local function bounded(name, f, ...)
    local arguments = { n = select("#", ...), ... }
    attempts.call(name, moontide.timeout, { n = 2, BOUND, function()
      return f(unpack(arguments, 1, arguments.n))
    end })
  end

  local function call_function()
    local name = random:pick(FUNCTIONS)
    bounded(name, moontide[name], argument(), argument(), argument())
  end

  local function call_method()
    local object = random:once_in(4) and some_task() or some_object()
    local names = {}
    for name, value in pairs(getmetatable(object).__index) do
      if type(value) == "function" then
        names[#names + 1] = name
      end
    end
    table.sort(names)
    local name = random:pick(names)
    if name == "values" then
      return -- an iterator: called by the loop below
    end
    local self = random:once_in(20) and values.any() or object
    bounded("object:" .. name, object[name], self, argument(), argument())
  end

  local function iterate()
    local channel = moontide.channel(2)
    keep(moontide.spawn(function()
      for number = 1, 3 do
        channel:send(number)
      end
      channel:close()
    end))
    bounded("values", function()
      for _ in channel:values() do
        act()
      end
    end)
  end

  local function spawn()
    keep(moontide.spawn(body))
  end

  local function cancel()
    local task = some_task()
    if task then
      attempts.call("cancel", task.cancel, { n = 2, task, values.any() })
    end
  end

  local function await()
    local task = some_task()
    if task then
      attempts.call("pjoin", task.pjoin, { n = 2, task, values.short_time() })
    end
  end

  local function scopes()
    local n = random:upto(3)
    if n == 1 then
      attempts.call("timeout", moontide.timeout, { n = 2, values.short_time(), body })
    elseif n == 2 then
      bounded("shield", moontide.shield, body)
    else
      bounded("group", moontide.group, function(group)
        for _ = 1, random:upto(3) do
          group:spawn(body)
        end
        body()
        if random:once_in(3) then
          group:cancel()
        end
      end)
    end
  end

  local function in_coroutine()
    local resume = coroutine.wrap(body)
    attempts.call("wrap", resume, { n = 0 })
  end

  local function wrong_place()
    attempts.call("run", moontide.run, { n = 1, body })
    attempts.call("step", moontide.loop.step, { n = 2, moontide.loop, 0 })
    attempts.call("loop", moontide.loop.timeout, { n = 1, moontide.loop })
    attempts.call("tostring", tostring, { n = 1, some_task() or some_object() })
  end

  local ACTIONS = { call_function, call_method, iterate, spawn, spawn, cancel, cancel, await, scopes, scopes,
    in_coroutine, wrong_place, moontide.yield }

  -- Errors that nobody joined are what we raised, or what a finaliser did.
  moontide.onerror(function(text)
    if type(text) ~= "string" or not text:find("^error in task '") then
      options.report("onerror got " .. tostring(text))
    end
  end)

  -- Calls `round` until it says false; between its acts the other tasks go on.
  function tasks.run(round)
    local succeeded, failure = pcall(moontide.run, function()
      moontide.group(function(group)
        for _ = 1, WORKERS do
          group:spawn(function()
            while round() do
              local n = random:upto(12)
              if n <= 4 then
                random:pick(ACTIONS)()
              elseif n <= 6 then
                moontide.yield()
              end
            end
          end)
        end
      end)
      for _, task in ipairs(moontide.tasks()) do
        if task ~= moontide.current() then
          task:cancel()
        end
      end
    end)
    if not succeeded then
      options.report("run raised " .. tostring(failure))
    end
    local left = moontide.stats()
    print(left.switches .. " switches between tasks")
    if left.tasks ~= 0 then
      options.report("tasks are left behind")
    end
  end

  return tasks
end
