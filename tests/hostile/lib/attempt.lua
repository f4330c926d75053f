-- Calls, counted and judged: whatever is called returns or raises an ordinary Lua error.

local unpack = table.unpack or unpack -- luacheck: ignore 143

-- Texts that no program may ever see (contract errors.md), or that only a fault can produce.
local FORBIDDEN = { "Resource temporarily unavailable", "Operation now in progress",
  "Interrupted system call", "C++ exception", "std::", "not enough memory", "unknown error" }

return function(report)
  -- `depth`: calls under way, one inside the other. `log`: a file that names each call before it.
  local attempts = { calls = 0, raised = 0, refused = 0, depth = 0 }

  local function judge_text(name, text)
    for _, forbidden in ipairs(FORBIDDEN) do
      if text:find(forbidden, 1, true) then
        report(("%s: %s"):format(name, text:sub(1, 200)))
      end
    end
  end

  -- Results of a function that reports failures as nil and a message.
  local function judge_results(name, results, tells_why)
    if results[2] ~= nil or results.n < 2 then
      return
    elseif tells_why then
      attempts.refused = attempts.refused + 1
      if type(results[3]) ~= "string" then
        report(("%s: nil and a message that is a %s"):format(name, type(results[3])))
      else
        judge_text(name, results[3])
      end
    end
  end

  local function counted(...)
    return select("#", ...), ...
  end

  local function enter(f, ...)
    attempts.depth = attempts.depth + 1
    return counted(f(...))
  end

  -- pcall(f, ...), packed. Within `depth` a finaliser may raise, so it is changed where pcall is around, and
  -- before anything that could run a finaliser: each call of a function may.
  local function caught(f, arguments)
    local depth = attempts.depth
    local values = { pcall(enter, f, unpack(arguments, 1, arguments.n)) }
    attempts.depth = depth
    if not values[1] then
      return { n = 2, false, values[2] }
    end
    local results = { n = values[2] + 1, true }
    for index = 2, results.n do
      results[index] = values[index + 1]
    end
    return results
  end

  -- Calls f with the arguments (a table with field n). `tells_why`: a first result of nil comes with a
  -- message. Returns what pcall gives, packed.
  function attempts.call(name, f, arguments, tells_why)
    attempts.calls = attempts.calls + 1
    if attempts.log then
      attempts.log:write(("%d %s\n"):format(attempts.calls, name))
      attempts.log:flush()
    end
    local results = caught(f, arguments)
    if results[1] then
      judge_results(name, results, tells_why)
    else
      attempts.raised = attempts.raised + 1
      if type(results[2]) == "string" then
        judge_text(name, results[2])
      end
    end
    return results
  end

  return attempts
end
