-- Compares the names that modules and objects really have with those that the manual and the stubs for the
-- Lua language server have: nothing is missing in either, and nothing is there that does not exist.
--
--   tools/lua BUILD lua5.4 tests/manual/names.lua

local here = arg[0]:match("^(.*)/[^/]*$") or "."
local root = here .. "/../.."
package.path = here .. "/?.lua;" .. package.path
local live = require("live")
local stubs = require("stubs")

local passed, faults = 0, {}

local function check(is_good, format, ...)
  if is_good then
    passed = passed + 1
  else
    faults[#faults + 1] = "FAIL " .. format:format(...)
  end
end

local function output_of(command)
  local pipe = assert(io.popen(command))
  local output = pipe:read("*a")
  pipe:close()
  return output
end

local function read(name)
  local file = assert(io.open(root .. "/" .. name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function files(directory, pattern)
  local command = "cd '%s' && [ ! -d %s ] || find %s -name '%s' | LC_ALL=C sort"
  return output_of(command:format(root, directory, directory, pattern)):gmatch("[^\n]+")
end

-- Where each name stands, by the name: headings that are nothing but a name in code.
local headings = {}
for page in files("docs/reference", "*.md") do
  local in_fence = false
  for line in read(page):gmatch("[^\n]+") do
    if line:match("^```") then
      in_fence = not in_fence
    end
    local name = not in_fence and line:match("^#+%s+`([^`]+)`%s*$")
    if name then
      check(not headings[name], "%s: %s has a heading in %s already", page, name, headings[name] or "")
      headings[name] = page
    end
  end
end

local declared = {}
for file in files("library", "*.lua") do
  local text = read(file)
  local name = file:match("^library/(.*)%.lua$"):gsub("/", ".")
  local chunk, message = loadfile(root .. "/" .. file, "t")
  check(chunk, "%s: %s", file, message or "")
  check(text:match("^%-%-%-@meta ([%w_.]+)\n") == name, "%s: it does not begin with ---@meta %s", file, name)
  stubs.each(text, function(declaration)
    declared[declaration] = file
  end)
end

local certificate = output_of("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
  .. "-keyout /dev/null -subj /CN=names 2>/dev/null")
local exists = {}
live.each(certificate, function(name, is_optional)
  exists[name] = true
  if not is_optional then
    check(headings[name], "docs/reference has no heading for %s", name)
    check(declared[name], "library declares no %s", name)
  end
end)

for name, page in pairs(headings) do
  check(exists[name], "%s: there is no %s", page, name)
end
-- Other names are fields of tables that functions take or give.
local owners = {}
for name in pairs(exists) do
  owners[name:match("^(.*)[.:]") or name] = true
end
for name, file in pairs(declared) do
  if owners[name:match("^(.*)[.:]")] then
    check(exists[name], "%s: there is no %s", file, name)
  end
end

table.sort(faults)
for _, fault in ipairs(faults) do
  print(fault)
end
print(("%d passed, %d failed"):format(passed, #faults))
os.exit(#faults == 0 and 0 or 1)
