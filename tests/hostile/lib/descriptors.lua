-- What is open in this process, and descriptors that the library must never touch.

local descriptors = {}

-- Prints the number and target of each descriptor of the parent; not the pipe that it prints to.
local LISTING = [[
pipe=$(readlink /proc/$$/fd/1)
for entry in /proc/$PPID/fd/*; do
  target=$(readlink "$entry") || continue
  [ "$target" = "$pipe" ] || echo "${entry##*/} $target"
done]]

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- A map from number to target. The outer shell replaces itself, so that $PPID is this process.
function descriptors.open()
  local output = io.popen("exec sh -c " .. quote(LISTING))
  local open = {}
  for line in output:lines() do
    local number, target = line:match("^(%d+) (.*)$")
    open[number] = target
  end
  output:close()
  return open
end

-- What the two maps do not have in common, as text; nil when they are equal.
function descriptors.difference(before, after)
  local lines = {}
  for number, target in pairs(after) do
    if before[number] ~= target then
      lines[#lines + 1] = ("%s is %s, was %s"):format(number, target, before[number] or "not open")
    end
  end
  for number, target in pairs(before) do
    if not after[number] then
      lines[#lines + 1] = ("%s is closed, was %s"):format(number, target)
    end
  end
  return lines[1] and table.concat(lines, "\n")
end

-- A pipe and a file that belong to the program.
local sentinel = {}
sentinel.__index = sentinel

function descriptors.sentinel()
  local path = os.tmpname()
  return setmetatable({
    path = path,
    pipe = io.popen("cat >" .. quote(path), "w"),
    file = io.tmpfile(),
  }, sentinel)
end

-- Sends bytes through both and closes them. True when all of them arrived.
function sentinel:still_works()
  local good = self.pipe:write("through the pipe") and self.pipe:close()
  local copy = io.open(self.path)
  good = good and copy:read("*a") == "through the pipe"
  copy:close()
  os.remove(self.path)
  good = good and self.file:write("into the file") and self.file:seek("set")
  good = good and self.file:read("*a") == "into the file"
  return good and self.file:close() and true or false
end

return descriptors
