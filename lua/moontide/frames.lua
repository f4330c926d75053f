-- Protected calls in tasks. A function within socket.protect that is interrupted never gets to its `try`, so
-- the finalizers that were made while it ran are called as it unwinds.
--
-- A frame holds those of one call: try -> { number, finalizer }. Their keys are weak, since what nobody can
-- call any more owns nothing.

local native = require("moontide.native").loop()

local call_without_yield = native.call_without_yield
local current = native.current
local ipairs = ipairs
local pairs = pairs
local pcall = pcall
local setmetatable = setmetatable
local sort = table.sort

local frames = {}

local count = 0
local weak_keys = { __mode = "k" }

local function innermost(task)
  local frame = task.frame
  while frame and frame.done do -- coroutines within the task may end in any order
    frame = frame.outer
  end
  task.frame = frame
  return frame
end

-- For a call that begins; nil outside of tasks.
function frames.open()
  local task = current()
  if not task then
    return nil
  end
  local frame = { outer = innermost(task), finalizers = nil, done = false }
  task.frame = frame
  return frame
end

function frames.own(finalizer, try)
  local task = current()
  local frame = task and innermost(task)
  if frame then
    count = count + 1
    frame.finalizers = frame.finalizers or setmetatable({}, weak_keys)
    frame.finalizers[try] = { count, finalizer }
  end
end

-- The last one first.
local function run_finalizers(frame)
  local list = {}
  for _, entry in pairs(frame.finalizers or {}) do
    list[#list + 1] = entry
  end
  sort(list, function(a, b)
    return a[1] > b[1]
  end)
  for _, entry in ipairs(list) do
    pcall(call_without_yield, entry[2]) -- none keeps the others from running
  end
end

-- Takes what pcall gave, and passes it on.
function frames.close(frame, succeeded, ...)
  frame.done = true
  if not succeeded and frames.interrupts((...)) then
    run_finalizers(frame)
  end
  return succeeded, ...
end

return frames
