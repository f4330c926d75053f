-- Goal: whatever tasks do to each other, each wait ends exactly once and as it should, streams stay whole,
-- and nothing is left at the end.
-- Method: many tasks do random things with random timeouts to things that they share, close those, and
-- cancel each other; the seed decides all choices, the clock only who comes first. A model that knows what
-- may come out watches.
--
--   INTERPRETER property.lua OPERATIONS SEED DIRECTORY      DIRECTORY: for sockets, to be removed

local operations = tonumber(arg[1] or 20000)
local seed = tonumber(arg[2] or os.time())
local directory = arg[3] or "."
local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/lib/?.lua;" .. here .. "/../hostile/lib/?.lua;" .. package.path

local descriptors = require("descriptors")
local moontide = require("moontide")
local raw_pcall = pcall -- tasks cannot be suspended through it on plain Lua 5.1
local socket = require("socket")
local random = require("random").new(seed)

local WORKERS = 48

print(("%s, seed %d, %d operations"):format(rawget(_G, "jit") and jit.version or _VERSION, seed, operations))

local complaints = {}
local function complain(text, ...)
  complaints[#complaints + 1] = text:format(...)
end

local context = {
  complain = complain, directory = directory, moontide = moontide, random = random, socket = socket,
  log = os.getenv("MOONTIDE_PROPERTY_LOG") and io.open(os.getenv("MOONTIDE_PROPERTY_LOG"), "w"),
  coroutines = setmetatable({}, { __mode = "k" }), -- all that were ever made
  tasks = setmetatable({}, { __mode = "k" }),
}

-- A short time in seconds; now and then none at all.
function context.short()
  return random:once_in(6) and 0 or random:unit() * 0.004
end

function context.spawn(...)
  local object = moontide.spawn(...)
  context.tasks[object] = true
  return object
end

local OVER = { done = true, failed = true, cancelled = true }

function context.has_ended(object)
  return OVER[object:status()]
end

-- What came out how often; what to do at the end, in a task and after.
context.outcomes = {}
function context.outcome(name, result)
  local key = name .. ": " .. tostring(result)
  context.outcomes[key] = (context.outcomes[key] or 0) + 1
end

local at_finish, at_settle = {}, {}
function context.at_finish(f)
  at_finish[#at_finish + 1] = f
end
function context.at_settle(f)
  at_settle[#at_settle + 1] = f
end

-- Objects that nobody closed are closed by the collector.
function context.forget_some()
  if random:once_in(20) then
    collectgarbage()
  end
end

local actions = {}
for _, name in ipairs({ "streams", "datagrams", "exchange", "control" }) do
  for _, action in ipairs(require(name)(context)) do
    actions[#actions + 1] = action
  end
end

-- The one way to call something that waits: counts that it comes back, and once.
local begun, ended, by_name = 0, 0, {}
local function attempt(action, ...)
  begun = begun + 1
  local number, returns = begun, 0
  by_name[action.name] = (by_name[action.name] or 0) + 1
  -- A wait within a C call ends after those that began above it: it must not be for one below.
  local call = not action.unbounded and random:once_in(12) and raw_pcall or pcall
  local function settle(succeeded, ...)
    returns = returns + 1
    ended = ended + 1
    if returns > 1 then
      complain("%s %d came back %d times", action.name, number, returns)
    end
    return succeeded, ...
  end
  return settle(call(action.call, ...))
end

local TOLERATED = { "too many waits within C calls", "too many C levels", "C stack overflow" }

local function is_tolerated(failure)
  for _, text in ipairs(TOLERATED) do
    if tostring(failure):find(text, 1, true) then
      return true
    end
  end
end

local function one_operation()
  local action = random:pick(actions)
  local limit = random:once_in(3) and context.short()
  local succeeded, failure
  if limit then
    succeeded, failure = attempt({ name = action.name, unbounded = action.unbounded, call = function()
      local began = moontide.now()
      local result, message = moontide.timeout(limit, action.call)
      if message == "timeout" and result == nil and moontide.now() - began < limit - 0.001 then
        complain("a scope of %.4f s in %s ended after %.4f s", limit, action.name, moontide.now() - began)
      end
    end })
  else
    succeeded, failure = attempt(action)
  end
  if failure == moontide.cancelled and not succeeded then
    error(failure, 0)
  elseif not succeeded and not is_tolerated(failure) then
    complain("%s raised %s", action.name, tostring(failure))
  end
end

local left = operations
local workers = {}
context.workers = workers

local function work()
  context.coroutines[coroutine.running()] = true
  while left > 0 and #complaints == 0 do
    left = left - 1
    one_operation()
  end
end

local function main()
  -- Whatever they do, in the end they end: those that were cancelled are followed by others.
  while left > 0 and #complaints == 0 do
    for i = 1, WORKERS do
      if not workers[i] or context.has_ended(workers[i]) then
        workers[i] = context.spawn("worker " .. i, work)
      end
    end
    moontide.sleep(0.002)
  end
  for i = 1, WORKERS do
    local succeeded, failure = workers[i]:pjoin(30)
    if succeeded == nil then
      complain("worker %d does not end:\n%s", i, moontide.dump())
      break
    elseif not succeeded and failure ~= moontide.cancelled then
      complain("worker %d ended with %s", i, tostring(failure))
    end
  end
  for _, f in ipairs(at_finish) do
    f()
  end
  for _, object in ipairs(moontide.tasks()) do
    if object ~= moontide.current() then
      object:cancel()
    end
  end
end

local function collect_all()
  if rawget(_G, "jit") then
    jit.flush() -- compiled code keeps what was an immutable upvalue when it was made
  end
  for _ = 1, 4 do
    collectgarbage()
  end
end

local function count(set)
  local n = 0
  for _ in pairs(set) do
    n = n + 1
  end
  return n
end

moontide.onerror(function(text)
  -- A group that was interrupted raises that, and the error of its task is reported.
  if not text:find("that nobody joined: expected\n", 1, true) then
    complain("%s", text)
  end
end)
moontide.run(function() -- what the scheduler opens once, it keeps
  local udp = socket.udp4()
  udp:setsockname("127.0.0.1", 0)
  udp:settimeout(0.001)
  udp:receive()
  udp:close()
end)
collect_all()
local before = descriptors.open()

local succeeded, failure = pcall(moontide.run, main)
if not succeeded then
  complain("run raised %s", tostring(failure))
end
for _, f in ipairs(at_settle) do
  f()
end
for i = 1, WORKERS do
  workers[i] = nil
end
collect_all()

local stats = moontide.stats()
for _, name in ipairs({ "tasks", "ready", "waiting", "timers" }) do
  if stats[name] ~= 0 then
    complain("%d %s are left", stats[name], name)
  end
end
if begun ~= ended then
  complain("%d operations began, %d ended", begun, ended)
end
if count(context.tasks) > 0 then
  complain("%d objects of tasks are left", count(context.tasks))
end
local difference = descriptors.difference(before, descriptors.open())
if difference then
  complain("descriptors are left: %s", difference)
end
local alive = 0
for thread in pairs(context.coroutines) do
  alive = alive + (coroutine.status(thread) == "suspended" and debug.traceback(thread):find("\n", 1, true)
    and debug.getinfo(thread, 0, "f") and 1 or 0)
end
if alive > 0 then
  complain("%d coroutines are left", alive)
end

if os.getenv("MOONTIDE_PROPERTY_COUNTS") then
  for name, times in pairs(by_name) do
    print(name, times)
  end
  print("switches", stats.switches, "outcomes:")
  for name, times in pairs(context.outcomes) do
    print("", name, times)
  end
end
for i = 1, math.min(#complaints, 10) do
  print("FAIL seed " .. seed .. ": " .. complaints[i])
end
print(("%d passed, %d failed"):format(#complaints == 0 and 1 or 0, #complaints == 0 and 0 or 1))
os.exit(#complaints == 0 and 0 or 1, true)
