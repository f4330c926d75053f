-- Goal: no script, however wild, crashes the library, leaks a descriptor or closes somebody else's.
-- Method: random calls with random arguments on objects in random states, also from callbacks,
-- finalisers and coroutines; the seed decides all choices.
--
--   INTERPRETER hostile.lua CALLS SEED DIRECTORY [tasks]
--
-- DIRECTORY: for sockets and files, to be removed. With "tasks" all of it happens in tasks.

local calls_wanted = tonumber(arg[1] or 20000)
local seed = tonumber(arg[2] or os.time())
local directory = arg[3] or "."
local in_tasks = arg[4] == "tasks"
package.path = (arg[0]:match("^(.*)/") or ".") .. "/lib/?.lua;" .. package.path

local descriptors = require("descriptors")
local log = os.getenv("MOONTIDE_HOSTILE_LOG") and io.open(os.getenv("MOONTIDE_HOSTILE_LOG"), "w")
if in_tasks then
  require("moontide").loop:getfd() -- it stays open
end
do -- and so does what select opens for many
  local udp, many = require("socket").udp4, {}
  for index = 1, 8 do
    many[index] = assert(udp())
  end
  require("socket").select(many, nil, 0)
  for index = 1, #many do
    many[index]:close()
  end
end
local before = descriptors.open()
local sentinel = descriptors.sentinel()

local socket = require("socket")
local random = require("random").new(seed)
print(("%s, seed %d, %d calls%s"):format(rawget(_G, "jit") and jit.version or _VERSION, seed, calls_wanted,
  in_tasks and ", in tasks" or ""))

local complaints = {}
local options = { directory = directory, in_tasks = in_tasks, select = socket.select }
function options.report(text)
  complaints[#complaints + 1] = text
end

local attempts = require("attempt")(options.report)
attempts.log = log
require("socket.unix")
require("socket.serial")
local server = assert(socket.bind("127.0.0.1", 0, 4096))
options.server_port = select(2, server:getsockname())
options.foreign_userdata = { io.tmpfile(), rawget(_G, "newproxy") and newproxy(true) } -- luacheck: ignore 113

local pool = require("pool")(random)
function options.some_object()
  return pool.any()
end
local values = require("values")(socket, random, options)
local methods = require("methods")(pool, values, random, attempts)
options.bound_waits = methods.bound_waits
local handover = require("handover")(socket, pool, random, attempts, options)
local lists = require("lists")(socket, pool, values, random, attempts, options)
local namespace = require("namespace")(socket, pool, values, random, attempts, options)
local collect = require("collect")(pool, values, random, attempts, options)
local constructors = { socket.tcp, socket.tcp4, socket.udp, socket.udp4, require("socket.unix").stream,
  require("socket.unix").dgram }

-- What callbacks and finalisers do: one more call, from within another.
local depth = 0
function options.misbehave()
  if depth >= 3 or options.quiet or options.closing then
    return
  end
  depth = depth + 1
  local n = random:upto(12)
  if n <= 7 then
    methods.call_one(true)
  elseif n <= 9 then
    lists.select(true)
  elseif n == 10 then
    pool.add(random:pick(constructors)())
  elseif n == 11 then
    collect.litter()
  else
    collect.settle_anywhere()
  end
  depth = depth - 1
end

local function in_coroutine()
  local thread = coroutine.create(function()
    methods.call_one(true)
    coroutine.yield()
    lists.select(true)
    socket.protect(function()
      coroutine.yield()
      methods.call_one(true)
    end)()
  end)
  for _ = 1, 4 do
    attempts.call("resume", coroutine.resume, { n = 1, thread })
  end
end

-- One object, many calls: states that follow from one another.
local function dwell()
  local object = pool.any()
  for _ = 1, 8 do
    if object ~= nil then
      methods.call_on(object)
    end
  end
end

-- Those that prepare something nobody else may see yet, and undo it.
local ALONE = {
  { 2, function() collect.die_estranged(constructors) end }, { 1, collect.disguise },
}

local ACTIONS = {
  { 60, methods.call_one }, { 20, dwell }, { 6, methods.call_with_wrong_self },
  { 6, methods.use_as_value }, { 8, namespace.construct }, { 4, namespace.connect },
  { 4, namespace.bind }, { 3, namespace.pair }, { 3, namespace.local_pair }, { 3, namespace.datagrams },
  { 2, namespace.dns }, { 3, namespace.time }, { 5, namespace.exceptions }, { 4, namespace.streams },
  { 12, lists.select }, { 4, handover.exchange }, { 3, handover.replace }, { 2, handover.share },
  { 4, collect.change_class }, { 6, collect.settle_anywhere }, { 3, collect.litter },
  { 6, collect.step }, { 2, function() collect.die_together(constructors) end },
  { 3, in_coroutine }, { 3, pool.retire_one },
}
for _, action in ipairs(in_tasks and {} or ALONE) do
  ACTIONS[#ACTIONS + 1] = action
end
local total = 0
for _, action in ipairs(ACTIONS) do
  total = total + action[1]
end

local function act()
  local n = random:upto(total)
  for _, action in ipairs(ACTIONS) do
    n = n - action[1]
    if n <= 0 then
      return action[2]()
    end
  end
end

-- The server's queue is emptied before it fills: connections to it must not wait.
local function drain()
  server:settimeout(0)
  for _ = 1, 100 do
    local client = server:accept()
    if not client then
      return
    end
    pool.add(client)
  end
end

local rounds = 0
local function round()
  act()
  rounds = rounds + 1
  if rounds % 100 == 0 then
    drain()
  end
  if rounds % 2000 == 0 then
    lists.recurse(rounds % 4000 == 0 and 1e6 or 50)
  end
  return attempts.calls < calls_wanted
end

if in_tasks then
  require("tasks")(values, random, attempts, options, act).run(round)
else
  while round() do end
end

options.closing = true
pool.clear()
server:close()
options.foreign_userdata[1]:close()
if rawget(_G, "jit") then
  jit.flush() -- a compiled trace holds the objects of its constants
end
for _ = 1, 3 do
  collectgarbage("collect")
end
if not sentinel:still_works() then
  options.report("a descriptor of the program was closed")
end

-- A look-up that nobody waits for any more holds its descriptor until it ends.
local deadline = os.time() + 10
local difference
repeat
  difference = descriptors.difference(before, descriptors.open())
until not difference or os.time() > deadline
if difference then
  options.report("descriptors differ:\n" .. difference)
end

for i = 1, math.min(#complaints, 20) do
  print("FAIL " .. complaints[i])
end
print(("%d calls, %d raised, %d gave nil and a message"):format(attempts.calls, attempts.raised,
  attempts.refused))
print(("%d passed, %d failed"):format(#complaints == 0 and attempts.calls or 0, #complaints))
if #complaints > 0 then
  os.exit(1)
end
