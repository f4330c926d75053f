-- workers: processes, each with a loop of its own. See docs/design/0008-workers.md.
--
-- A local stream links each of them to the process that started it. That sends a line to have a worker
-- stop, the seconds of grace; its end has the same effect, so no worker outlives who started it. A worker
-- sends the text of its error, and nothing if all went well; the end of the stream is the end of the worker.

local arguments = require("moontide.arguments")
local coroutines = require("moontide.coroutines")
local native = require("moontide.native").loop()
local process = require("moontide.native").process()
local task = require("moontide.task")

local error = error
local ipairs = ipairs
local pcall = pcall
local tostring = tostring

local workers = {}

local WORKERS_MAX = 1024

-- Bytes of an error that are told: they must fit into the stream while nobody reads.
local REPORT_BYTES = 8192

-- Workers that have not ended so long after their grace are killed.
local PATIENCE_SECONDS = 5

-- In the worker ---------------------------------------------------------------------------------------

-- Runs f(...) until it returns or the other end says stop. Its error is raised.
local function work(moontide, link, f, ...)
  local stopped
  local function main(...)
    local watcher = task.spawn("wait for stop", function()
      local grace = link:receive()
      stopped = true
      moontide.stop(tonumber(grace) or 0)
    end)
    local succeeded, failure = coroutines.pcall(f, ...)
    watcher:cancel()
    if not succeeded then
      error(failure, 0)
    end
  end
  local succeeded, failure = pcall(moontide.run, main, ...)
  if not succeeded and not (stopped and failure == task.cancelled) then
    error(failure, 0)
  end
end

-- Does not return.
local function become_worker(moontide, link, f, ...)
  local succeeded, failure = pcall(work, moontide, link, f, ...)
  if not succeeded then
    local named, text = pcall(tostring, failure)
    link:settimeout(0)
    link:send((named and tostring(text) or "an error without a text"):sub(1, REPORT_BYTES))
  end
  process.exit(succeeded and 0 or 1)
end

-- In the process that started them ----------------------------------------------------------------------

local Workers = {}
Workers.__index = Workers

-- Why a worker failed; nil if it did not.
local function failure_of(worker)
  local status, signal = process.reap(worker.pid)
  if worker.report ~= "" then
    return worker.report
  elseif signal and signal ~= 0 and status then
    return ("ended by signal %d"):format(signal)
  elseif status and status ~= 0 then
    return ("exited with status %d"):format(status)
  end
end

-- All that are left shall stop.
local function ask_to_stop(started, grace)
  for _, link in ipairs(started.links) do
    link:send(("%.3f\n"):format(grace))
  end
end

local function worker_ended(started, place)
  local link = table.remove(started.links, place)
  local worker = started.by_link[link]
  started.by_link[link] = nil
  link:close()
  local failure = failure_of(worker)
  if failure and not started.failure then
    started.failure = ("worker %d: %s"):format(worker.number, failure)
    ask_to_stop(started, 0)
  end
end

local function read(started, link)
  local worker = started.by_link[link]
  local data, message = link:receive("*b")
  if data then
    worker.report = worker.report .. data
  elseif message ~= "timeout" then
    for place, other in ipairs(started.links) do
      if other == link then
        return worker_ended(started, place)
      end
    end
  end
end

-- How many have not ended, as far as wait has seen.
function Workers:count()
  return #self.links
end

-- Until all have ended: true; or nil and the message of the first that failed, whereupon the others were
-- stopped; nil, "timeout" after `seconds`.
function Workers:wait(seconds)
  arguments.optional_number(seconds, 1, "wait")
  local deadline = seconds and native.now() + seconds
  while #self.links > 0 do
    local left = deadline and math.max(deadline - native.now(), 0)
    local ready = require("socket").select(self.links, nil, left)
    if #ready == 0 and left == 0 then
      return nil, "timeout"
    end
    for _, link in ipairs(ready) do
      read(self, link)
    end
  end
  if self.failure then
    return nil, self.failure
  end
  return true
end

-- Calls moontide.stop(grace) in all of them and waits for their end; kills those that do not.
function Workers:stop(grace)
  grace = math.max(arguments.optional_number(grace, 1, "stop") or 0, 0)
  ask_to_stop(self, grace)
  self:wait(grace + PATIENCE_SECONDS)
  for _, link in ipairs(self.links) do -- those that are left
    process.kill(self.by_link[link].pid)
  end
  return self:wait()
end

local function add(started, link, pid)
  link:settimeout(0)
  started.links[#started.links + 1] = link
  started.by_link[link] = { pid = pid, number = #started.links, report = "" }
end

-- The function moontide.workers.
function workers.bind(moontide)
  -- Starts `count` workers (default: one for each processor), each of which calls f(...) in a task: an
  -- object that waits for them and stops them; or nil, message.
  return function(count, f, ...)
    count = arguments.count(count or process.processors(), 1, 1, "workers")
    if count > WORKERS_MAX then
      error(("bad argument #1 to 'workers' (at most %d workers)"):format(WORKERS_MAX), 2)
    end
    arguments.callable(f, 2, "workers")
    if native.stats() > 0 then
      error("moontide.workers has to come before all tasks, which would run in each worker", 2)
    end
    local started = setmetatable({ links = {}, by_link = {} }, Workers)
    for _ = 1, count do
      local link, pid = process.fork()
      if not link then
        started:stop()
        return nil, pid
      elseif not pid then
        for _, other in ipairs(started.links) do
          other:close() -- or it would not end with the process that has the other end
        end
        become_worker(moontide, link, f, ...)
      end
      add(started, link, pid)
    end
    return started
  end
end

return workers
