-- A thin test harness: what a test file and run.lua need, and nothing else.
--
-- A test file starts with `local test = ...` and calls test("a sentence", function(t) ... end). The
-- methods of t are in check.lua (assertions) and fixture.lua (sockets, files, child processes). After
-- each test everything it kept is closed, the collector runs twice, and a descriptor that is open now
-- but was not before fails the test.

local over_tls = require("over_tls")

local harness = { mark = "@@ ", support = (arg[0]:match("^(.*/)") or "./") .. "../support/" }

function harness.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- How a child process starts the interpreter that runs us, with our module paths.
function harness.interpreter_command()
  local first = 0
  while arg[first - 1] do
    first = first - 1
  end
  local paths = ("package.path=%q package.cpath=%q"):format(package.path, package.cpath)
  return harness.quote(arg[first]) .. " -e " .. harness.quote(paths)
end

function harness.lua_name()
  return rawget(_G, "jit") and jit.version or _VERSION -- luacheck: ignore 113
end

-- Open descriptors ----------------------------------------------------------------------------------

-- Lua cannot list a directory, but a file of this one exists for each open descriptor. Opening it has
-- no effect on the descriptor, and the handle does not see itself.
local function is_open(descriptor)
  local file = io.open("/proc/self/fdinfo/" .. descriptor)
  if file then
    file:close()
  end
  return file ~= nil
end

local function descriptor_table_size()
  local status = io.open("/proc/self/status")
  if not status then
    return 0
  end
  local size = tonumber(status:read("*a"):match("FDSize:%s*(%d+)"))
  status:close()
  return size or 0
end

-- A set of numbers.
function harness.open_descriptors()
  local open = {}
  for descriptor = 0, descriptor_table_size() - 1 do
    if is_open(descriptor) then
      open[descriptor] = true
    end
  end
  return open
end

local function new_descriptors(before)
  local found = {}
  for descriptor in pairs(harness.open_descriptors()) do
    if not before[descriptor] then
      found[#found + 1] = descriptor
    end
  end
  table.sort(found)
  return found
end

-- What descriptors are of, as far as the system tells: "7 (socket:[4711]), 8 (/dev/null)".
local function described(descriptors)
  local process = io.open("/proc/self/stat"):read("*n")
  local texts = {}
  for index, descriptor in ipairs(descriptors) do
    local pipe = io.popen(("readlink /proc/%d/fd/%d"):format(process, descriptor))
    texts[index] = ("%d (%s)"):format(descriptor, pipe:read("*l") or "closed by now")
    pipe:close()
  end
  return table.concat(texts, ", ")
end

-- The resolver's threads may hold a descriptor for a moment after the call that started them is over, and
-- compiled code the functions it was made for and with them an object, so a suspicion is checked again for up
-- to a second.
local function leaked_since(before)
  local socket = require("socket")
  local compiler = rawget(_G, "jit")
  local found = new_descriptors(before)
  for _ = 1, 100 do
    if #found == 0 then
      break
    end
    if compiler then
      compiler.flush()
    end
    collectgarbage()
    socket.sleep(0.01)
    found = new_descriptors(before)
  end
  return found
end

-- Running -------------------------------------------------------------------------------------------

local function say(event, text)
  io.write(harness.mark, event, " ", text or "", "\n")
  io.flush()
end

local function context()
  local t = {}
  for key, assertion in pairs(require("check")) do
    t[key] = assertion
  end
  for key, make in pairs(require("fixture")) do
    t[key] = function(...)
      return make(t, ...)
    end
  end
  return t
end

-- Undoes in reverse order. Gives the first failure.
local function clean_up(cleanups)
  local failure
  for index = #cleanups, 1, -1 do
    local good, message = pcall(cleanups[index])
    failure = failure or (not good and "in a cleanup: " .. tostring(message)) or nil
  end
  return failure
end

-- Of a traceback, only the lines that lie in a test file say anything.
local function explain(message)
  local lines = { tostring(message) }
  for line in debug.traceback("", 3):gmatch("[^\n]+") do
    if line:find("_test.lua:", 1, true) then
      lines[#lines + 1] = line:gsub("^%s+", "  ")
    end
  end
  return table.concat(lines, "\n")
end

-- Tests in tasks: with MOONTIDE_TEST_IN_TASKS=1 each body runs in a task, beside another one that keeps
-- waking up. Results have to be the same.
local in_tasks = (os.getenv("MOONTIDE_TEST_IN_TASKS") or "") ~= ""

local function run_in_task(f)
  local moontide = require("moontide")
  return moontide.run(function()
    local ticker = moontide.every(0.005, function() end)
    local function settle(...)
      ticker:cancel()
      return ...
    end
    return settle(f())
  end)
end

-- What the scheduler opens once stays open, and so does what select opens for many sockets.
local function open_scheduler()
  require("moontide").loop:getfd()
end
local function open_select_queue()
  local socket = require("socket")
  local many = {}
  for index = 1, 8 do
    many[index] = assert(socket.udp4())
  end
  socket.select(many, nil, 0)
  for index = 1, #many do
    many[index]:close()
  end
end

-- Gives nil, or the failure; the second result is the reason of a skipped test.
local function run_body(body, cleanups)
  local t = context()
  t.cleanups = cleanups
  local skipped
  local function call()
    return xpcall(function()
      body(t)
    end, function(message)
      if type(message) == "table" and message.skipped then
        skipped = message.skipped
        return nil
      end
      return explain(message)
    end)
  end
  local good, failure
  if in_tasks then
    good, failure = run_in_task(call)
  else
    good, failure = call()
  end
  return not good and failure or nil, skipped
end

local function run_test(file, name, body)
  say("test", name)
  local before = harness.open_descriptors()
  local cleanups = {}
  local failure, skipped = nil, over_tls.is_on and (over_tls.exceptions[file] or {})[name]
  if not skipped then
    failure, skipped = run_body(body, cleanups)
  end
  failure = clean_up(cleanups) or failure
  collectgarbage()
  collectgarbage() -- what finalizers let go
  local leaked = leaked_since(before)
  if #leaked > 0 and not failure then
    failure = "left descriptors open: " .. described(leaked)
  end
  if failure then
    print("FAIL " .. file .. ": " .. name .. "\n  " .. failure:gsub("\n", "\n  "))
    say("failed")
  elseif skipped then
    print("SKIP " .. file .. ": " .. name .. ": " .. skipped)
    say("skipped")
  else
    say("passed")
  end
end

function harness.run_file(directory, file)
  if descriptor_table_size() == 0 then
    print("NOTE " .. file .. ": no /proc/self, descriptors are not checked for leaks")
  end
  -- What tests use once stays open or in memory for good; it must not look like a leak.
  require("socket")
  open_select_queue()
  if in_tasks then
    open_scheduler()
  end
  local chunk = assert(loadfile(directory .. file .. ".lua"))
  chunk(function(name, body)
    run_test(file, name, body)
  end)
  say("end")
end

return harness
