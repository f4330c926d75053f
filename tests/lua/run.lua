-- Runs the Lua behaviour tests on the interpreter that runs this file:
--
--   lua5.4 tests/lua/run.lua [part of a file name]
--
-- Each test file gets a process of its own under timeout(1), so a crash or a hang costs one file and
-- the report names the test it happened in. MOONTIDE_TEST_SECONDS sets the limit per file. Failures
-- and skipped tests are printed with their reasons; the last line counts all tests. The exit code
-- says whether any test failed, or none ran. With MOONTIDE_TEST_OVER_TLS=1, see over_tls.lua.

local here = arg[0]:match("^(.*/)") or "./"
package.path = here .. "?.lua;" .. package.path

local harness = require("harness")
local over_tls = require("over_tls")

if arg[1] == "--file" then
  harness.run_file(here, arg[2])
  os.exit(0)
end

local filter = arg[1] or ""
local seconds = tonumber(os.getenv("MOONTIDE_TEST_SECONDS") or "") or 240
local total = { passed = 0, failed = 0, skipped = 0 }

local function command(file)
  -- Some tests want many descriptors. Where the limit cannot be raised they say so.
  return "ulimit -S -n \"$(ulimit -H -n)\" 2>/dev/null; timeout -k 5 " .. seconds .. " "
    .. harness.interpreter_command() .. " " .. harness.quote(here .. "run.lua") .. " --file "
    .. harness.quote(file) .. " 2>&1; echo \"" .. harness.mark .. "exit $?\""
end

-- Runs one file and prints what it says, but for the lines that are meant for us.
local function run(file)
  local count = { passed = 0, failed = 0, skipped = 0 }
  local current, code, finished
  local pipe = assert(io.popen(command(file)))
  for line in pipe:lines() do
    local event, rest = line:match("^" .. harness.mark .. "(%a+) ?(.*)$")
    if not event then
      print(line)
    elseif event == "test" then
      current = rest
    elseif event == "end" then
      finished = true
    elseif event == "exit" then
      code = tonumber(rest)
    else
      count[event] = count[event] + 1
    end
  end
  pipe:close()
  if not finished or code ~= 0 then
    local reason = "ended with exit code " .. tostring(code)
    if code == 124 or code == 137 then
      reason = "did not end within " .. seconds .. " s"
    end
    print("FAIL " .. file .. ": the process " .. reason .. ", in: " .. (current or "(loading)"))
    count.failed = count.failed + 1
  end
  print(("%-28s %4d passed, %d failed, %d skipped"):format(file, count.passed, count.failed,
    count.skipped))
  for key, value in pairs(count) do
    total[key] = total[key] + value
  end
end

print("Lua behaviour tests on " .. harness.lua_name())
for _, file in ipairs(require("files")) do
  if file:find(filter, 1, true) and (over_tls.files[file] or not over_tls.is_on) then
    run(file)
  end
end
print(("%d passed, %d failed, %d skipped"):format(total.passed, total.failed, total.skipped))
os.exit(total.failed == 0 and total.passed > 0 and 0 or 1)
