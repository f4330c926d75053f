-- Seeing inside: who spawned whom, and who waits where for what.

local native = require("moontide.native").loop()

local ipairs = ipairs
local table_concat = table.concat

local inspect = {}

-- A list of the tasks that have not ended, in the order in which they were spawned.
function inspect.tasks()
  local list = native.objects()
  table.sort(list, function(a, b)
    return a[1] < b[1]
  end)
  return list
end

local WAITS = { read = "to read from", write = "to write to" }

-- What a parked task waits for. `joined`: the task whose end it is, if it is that.
local function park_text(waiter, joined)
  if joined then
    return ("for task '%s' to end"):format(joined:getname())
  end
  return waiter and waiter.what or "for another task"
end

-- "waiting 1.5 s to read from descriptor 7"
local function state_text(object, now)
  local state, wants, fd, since, joined, thread = native.state(object)
  if not state then
    return "ended"
  elseif state ~= "waiting" and state ~= "parked" then
    return state
  end
  local text = ("waiting %.1f s"):format(now - since)
  if fd then
    text = ("%s %s descriptor %d"):format(text, WAITS[wants], fd)
  elseif wants == "any" then
    text = text .. " for one of several descriptors"
  elseif wants == "timer" and state == "waiting" then
    text = text .. " for time to pass"
  else
    text = text .. " " .. park_text(object[3], joined)
  end
  return text, thread
end

-- The frames of a suspended task, our own left out.
local function frames(thread, indent)
  local lines = {}
  local level = 0
  while thread and #lines < 8 do
    local info = debug.getinfo(thread, level, "Sl")
    if not info then
      break
    end
    if info.what ~= "C" and not info.source:find("moontide/", 1, true) and info.currentline > 0 then
      lines[#lines + 1] = ("%sat %s:%d"):format(indent, info.short_src, info.currentline)
    end
    level = level + 1
  end
  return lines
end

local function add(lines, object, children, depth, now)
  local indent = ("  "):rep(depth)
  local text, thread = state_text(object, now)
  lines[#lines + 1] = ("%s%s: %s"):format(indent, object:getname(), text)
  for _, line in ipairs(frames(thread, indent .. "    ")) do
    lines[#lines + 1] = line
  end
  for _, child in ipairs(children[object] or {}) do
    add(lines, child, children, depth + 1, now)
  end
end

-- The tree of tasks as text: who spawned whom, where each waits, since when, and for what.
function inspect.dump()
  local tasks, children, lines = inspect.tasks(), {}, {}
  local roots = {}
  for _, object in ipairs(tasks) do
    local list, parent = roots, native.parent(object)
    if parent then
      children[parent] = children[parent] or {}
      list = children[parent]
    end
    list[#list + 1] = object
  end
  local now = native.now()
  for _, object in ipairs(roots) do
    add(lines, object, children, 0, now)
  end
  return table_concat(lines, "\n")
end

function inspect.stats()
  local alive, ready, waiting, switches, timers = native.stats()
  return { tasks = alive, ready = ready, waiting = waiting, switches = switches, timers = timers }
end

return inspect
