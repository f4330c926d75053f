-- Runs every example of the manual and compares what it prints with what it says that it prints:
--
--   tools/lua BUILD INTERPRETER tests/manual/run.lua [PATTERN]
--
-- An example is a fence of ```lua in a README.md or below docs; README.md here has the rules. Each runs in a
-- process and a directory of its own, and with the servers that the comment before its fence asks for, see
-- setups.lua. PATTERN, as of string.find, chooses by "docs/page.md:LINE".

local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path
local examples = require("examples")

local AT_A_TIME = 4
local SECONDS = 60 -- a hanging one must not hang the tests; a busy machine may take its time

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function output_of(command)
  local pipe = assert(io.popen(command))
  local output = pipe:read("*a")
  pipe:close()
  return output
end

local function read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function write(name, text)
  local file = assert(io.open(name, "wb"))
  file:write(text)
  file:close()
end

local root = output_of("cd " .. quote(here .. "/../..") .. " && pwd"):match("[^\n]+")
local work = output_of("mktemp -d -t moontide-manual.XXXXXX"):match("[^\n]+")
local interpreter = arg[-1]
if interpreter:find("/") then
  interpreter = output_of("realpath " .. quote(interpreter)):match("[^\n]+")
end

local function pages()
  local found = { "README.md", "tests/manual/README.md" }
  local list = output_of("cd " .. quote(root)
    .. " && find docs -name node_modules -prune -o -name '*.md' -print | LC_ALL=C sort")
  for name in list:gmatch("[^\n]+") do
    found[#found + 1] = name
  end
  return found
end

-- Starts the example: gives the pipe of its output, behind which its exit code stands.
local function start(example, number)
  local directory = ("%s/%d"):format(work, number)
  assert(output_of("mkdir " .. quote(directory) .. " && echo made") == "made\n", "cannot make " .. directory)
  write(directory .. "/example.lua", example.code)
  local command = {
    "cd", quote(directory), "&& timeout -k 2", SECONDS, quote(interpreter),
    quote(root .. "/tests/manual/example.lua"), "example.lua", quote(example.page),
    quote(work .. "/certificates"),
  }
  for _, setup in ipairs(example.setups) do
    command[#command + 1] = quote(setup)
  end
  command[#command + 1] = "2>errors </dev/null; echo exit $?"
  return { example = example, directory = directory, pipe = assert(io.popen(table.concat(command, " "))) }
end

-- Nil, or what was wrong with the example.
local function finish(run)
  local output, code = run.pipe:read("*a"):match("^(.-)exit (%d+)\n$")
  run.pipe:close()
  local errors = read(run.directory .. "/errors")
  if code == "124" or code == "137" then
    return ("it did not end within %d seconds\n%s%s"):format(SECONDS, output, errors)
  elseif code ~= "0" then
    return errors ~= "" and errors or "exit code " .. code
  end
  local difference = examples.difference(run.example, output)
  return difference and difference .. errors
end

local function indented(text)
  return "  " .. text:gsub("%s+$", ""):gsub("\n", "\n  ")
end

local passed, failed = 0, 0

local function report(run)
  local fault = finish(run)
  if fault then
    failed = failed + 1
    print(("FAIL %s:%d\n%s"):format(run.example.page, run.example.line, indented(fault)))
  else
    passed = passed + 1
  end
end

local function run_all(list)
  local running = {}
  for number, example in ipairs(list) do
    if #running == AT_A_TIME then
      report(table.remove(running, 1))
    end
    running[#running + 1] = start(example, number)
  end
  for _, run in ipairs(running) do
    report(run)
  end
end

local made = output_of(("sh %s %s 2>&1 && echo made"):format(
  quote(root .. "/tests/manual/certificates.sh"), quote(work .. "/certificates")))
assert(made:match("made\n$"), made)

local chosen = {}
for _, page in ipairs(pages()) do
  for _, example in ipairs(examples.of(page, read(root .. "/" .. page))) do
    if not arg[1] or ("%s:%d"):format(page, example.line):find(arg[1]) then
      chosen[#chosen + 1] = example
    end
  end
end
run_all(chosen)
os.execute("rm -rf " .. quote(work))
print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0 and passed > 0 and 0 or 1)
