-- docs/reference/moontide.md: its examples show what they really print.
local test = ...
local harness = require("harness")

local load_text = loadstring or load -- luacheck: ignore 113
local root = harness.support .. "../../"

local function read_manual()
  local file = assert(io.open(root .. "docs/reference/moontide.md"))
  local text = file:read("*a")
  file:close()
  return text
end

-- What stands in the manual behind "`name` prints:".
local function shown(name)
  return assert(read_manual():match("`" .. name:gsub("%p", "%%%0") .. "` prints:\n\n```text\n(.-)\n```"))
end

local function printed_by(t, name)
  local pipe = assert(io.popen("cd " .. harness.quote(root) .. " && " .. harness.interpreter_command()
    .. " " .. name .. " 2>&1"))
  t.cleanup(function() pipe:close() end)
  return (pipe:read("*a"):gsub("\n$", ""))
end

-- Which descriptor it is depends on those that are open, and a slow machine takes longer.
local function normal(text)
  return (text:gsub("descriptor %d+", "descriptor N"):gsub("waiting %d+%.%d s", "waiting T s"))
end

for _, name in ipairs({ "examples/tasks/dump.lua", "examples/tasks/deadlock.lua" }) do
  test(name .. " prints what the manual shows", function(t)
    t.equal(normal(printed_by(t, name)), normal(shown(name)))
  end)
end

test("the Lua code in the manual has no mistakes of grammar", function(t)
  local count = 0
  for code in read_manual():gmatch("```lua\n(.-)\n```") do
    count = count + 1
    t.ok(load_text(code))
  end
  t.between(count, 5, 100)
end)

test("the manual names everything that the module has", function(t)
  local text = read_manual()
  for name in pairs(require("moontide")) do
    t.ok(text:find("%f[%w]" .. name .. "%f[%W]"), name)
  end
end)
