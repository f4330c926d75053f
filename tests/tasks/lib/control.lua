-- Tasks as such: sleeping, spawning, joining, cancelling, groups, scopes, coroutines, and waits within C
-- calls.

return function(context)
  local random, moontide, complain = context.random, context.moontide, context.complain

  local function sleep()
    local seconds = context.short()
    local began = moontide.now()
    moontide.sleep(seconds)
    if moontide.now() - began < seconds then
      complain("a sleep of %.4f s took %.4f s", seconds, moontide.now() - began)
    end
  end

  -- Short tasks, which others join and cancel.
  local children, PLACES = {}, 16
  local function child_body(value)
    context.coroutines[coroutine.running()] = true
    sleep()
    if random:once_in(6) then
      error("expected", 0)
    end
    return value, nil
  end

  local function spawn()
    local value = random:upto(1000000)
    local child = context.spawn("child", child_body, value):detach()
    child.expected = value
    -- Its errors are expected.
    child.owner = { _child_ended = function() return true end }
    children[random:upto(PLACES)] = child
  end

  function context.some_task()
    return children[random:upto(PLACES)]
  end

  local function join()
    local child = context.some_task()
    if not child then
      return spawn()
    end
    local succeeded, value, rest = child:pjoin(random:once_in(2) and context.short() or nil)
    if succeeded == nil then
      context.outcome("join", value)
    elseif succeeded then
      context.outcome("join", "done")
      if value ~= child.expected or rest ~= nil then
        complain("a task gave %s, not %s", tostring(value), tostring(child.expected))
      end
    else
      context.outcome("join", value == moontide.cancelled and "cancelled" or "failed")
      if value ~= "expected" and not (value == moontide.cancelled and child.was_cancelled) then
        complain("a task failed with %s", tostring(value))
      end
    end
  end

  local function cancel()
    local victim = context.some_task()
    if random:once_in(25) then
      victim = context.workers[random:upto(#context.workers)]
    end
    if victim then
      victim.was_cancelled = true
      victim:cancel()
    end
  end

  local function group()
    local fails = random:once_in(4)
    local done = 0
    local count = random:upto(4)
    local children_of = {}
    local succeeded, failure = pcall(moontide.group, function(g)
      for i = 1, count do
        children_of[i] = g:spawn(function()
          sleep()
          if fails and i == count then
            error("expected", 0)
          end
          done = done + 1
        end)
        context.tasks[children_of[i]] = true
      end
      if random:once_in(3) then
        sleep()
      end
    end)
    for _, one in ipairs(children_of) do
      if not context.has_ended(one) then
        complain("a group left a task behind")
      end
    end
    if succeeded and (fails or done ~= count) then
      complain("a group of %d ended with %d done", count, done)
    elseif not succeeded and failure ~= "expected" then
      error(failure, 0)
    end
  end

  local function several()
    local functions = {}
    for i = 1, random:upto(4) do
      functions[i] = function()
        sleep()
        return i
      end
    end
    if random:once_in(2) then
      local results = moontide.all(functions)
      for i = 1, #functions do
        if results[i] ~= i then
          complain("all gave %s in place %d", tostring(results[i]), i)
        end
      end
    else
      local place, value = moontide.any(functions)
      if place ~= value then
        complain("any gave %s, %s", tostring(place), tostring(value))
      end
    end
  end

  local function nested_scopes()
    local outer, inner = context.short(), context.short()
    local began = moontide.now()
    local result, message = moontide.timeout(outer, function()
      local _, why = moontide.timeout(inner, moontide.sleep, 0.01)
      if why == "timeout" and moontide.now() - began < math.min(inner, outer) - 0.0005 then
        complain("an inner scope of %.4f s ended after %.4f s", inner, moontide.now() - began)
      end
      return "through"
    end)
    if result ~= "through" and message ~= "timeout" then
      complain("nested scopes gave %s, %s", tostring(result), tostring(message))
    end
  end

  local function shielded()
    moontide.shield(sleep)
  end

  local function in_coroutine()
    local steps = 0
    local thread = coroutine.wrap(function(...)
      context.coroutines[coroutine.running()] = true
      local given = ...
      for i = 1, 3 do
        sleep()
        steps = steps + 1
        given = coroutine.yield(given + i)
      end
      return "end"
    end)
    local value = 0
    for i = 1, 3 do
      local next_value = thread(value)
      if next_value ~= value + i then
        complain("a coroutine yielded %s for %d", tostring(next_value), value)
      end
      value = next_value
      if random:once_in(3) then
        moontide.yield()
      end
    end
    if random:once_in(2) and (thread(value) ~= "end" or steps ~= 3) then
      complain("a coroutine did not end well")
    end
  end

  local function nested_coroutines()
    local outer = coroutine.create(function()
      local inner = coroutine.wrap(function()
        local _, failure = pcall(moontide.timeout, context.short(), sleep)
        coroutine.yield(1)
        if failure == moontide.cancelled then
          error(failure, 0)
        end
        sleep()
        return 2
      end)
      return inner() + inner()
    end)
    local succeeded, sum = coroutine.resume(outer)
    if not succeeded then
      error(sum, 0)
    elseif sum ~= 3 then
      complain("nested coroutines gave %s", tostring(sum))
    end
  end

  -- A comparator cannot be suspended.
  local function in_comparator()
    local list = { 2, 1 }
    table.sort(list, function(a, b)
      sleep()
      return a < b
    end)
    if list[1] ~= 1 or list[2] ~= 2 then
      complain("a sort went wrong")
    end
  end

  local function after()
    local called = false
    local one = moontide.after(context.short(), function()
      called = true
    end)
    context.tasks[one] = true
    if random:once_in(2) then
      one:cancel()
      if one:pjoin() ~= called then
        complain("after was cancelled, and its function called: %s", tostring(called))
      end
    else
      one:join()
      if not called then
        complain("after did not call")
      end
    end
  end

  local function litter()
    if random:once_in(10) then
      collectgarbage()
    else
      collectgarbage("step", 10)
    end
  end

  context.at_finish(function()
    for _, child in pairs(children) do
      child:cancel()
    end
    children = {}
  end)

  return {
    { name = "sleep", call = sleep }, { name = "sleep", call = sleep },
    { name = "yield", call = moontide.yield }, { name = "spawn", call = spawn },
    { name = "spawn", call = spawn }, { name = "join", call = join, unbounded = true },
    { name = "cancel", call = cancel }, { name = "cancel", call = cancel },
    { name = "group", call = group, unbounded = true },
    { name = "several", call = several, unbounded = true },
    { name = "nested scopes", call = nested_scopes }, { name = "shield", call = shielded },
    { name = "coroutine", call = in_coroutine }, { name = "coroutines", call = nested_coroutines },
    { name = "comparator", call = in_comparator }, { name = "after", call = after, unbounded = true },
    { name = "collect", call = litter },
  }
end
