-- docs/limits.md has every limit of the library, docs/errors.md every text of its tables of errors:
--
--   lua5.4 tests/manual/lists.lua

local root = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/../.."

local function read(name)
  local file = assert(io.open(root .. "/" .. name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local passed, failed = 0, 0

-- `pattern` finds the names in the source; each has to stand in code on the page.
local function compare(source, pattern, page)
  local text = read(page)
  local found = 0
  for name in read(source):gmatch(pattern) do
    found = found + 1
    if text:find("`" .. name .. "`", 1, true) then
      passed = passed + 1
    else
      failed = failed + 1
      print(("FAIL %s does not have %s of %s"):format(page, name, source))
    end
  end
  assert(found > 0, source .. " has nothing that looks like " .. pattern)
end

compare("src/base/limits.hpp", "constexpr [%w_: ]- (k%w+) =", "docs/limits.md")
compare("src/base/error.hpp", 'X%([%w_]+, "([^"]+)"%)', "docs/errors.md")
compare("src/base/error.cpp", '{[%w_]+, "([^"]+)"}', "docs/errors.md")

-- The literals that `pattern` finds in the sources of a directory; values in them are X and N on the page.
local function compare_literals(directory, pattern)
  local page = read("docs/errors.md")
  -- What `moontide check` says of files is not an error of the library.
  local pipe = assert(io.popen(("cd '%s' && find %s -path '*moontide/check*' -prune -o -name '*.lua' -print "
    .. "-o -name '*.cpp' -print"):format(root, directory)))
  for source in pipe:lines() do
    for literal in read(source):gmatch(pattern) do
      local text = literal:gsub("%%s", "X"):gsub("%%d", "N")
      if page:find("`" .. text, 1, true) or text:find("^bad argument") then
        passed = passed + 1
      else
        failed = failed + 1
        print(("FAIL docs/errors.md does not have \"%s\" of %s"):format(text, source))
      end
    end
  end
  pipe:close()
end

compare_literals("src/lua", 'luaL_error%(L, "([^"]+)"')
compare_literals("lua", 'nil, "([^"]+)"')
compare_literals("lua", 'false, "([^"]+)"')
compare_literals("lua", 'error%(%(?"([^"]+)"')

local limits = read("src/base/limits.hpp")
for name in read("docs/limits.md"):gmatch("`(k%u%w+)`") do
  if limits:find("%f[%w]" .. name .. "%f[%W]") then
    passed = passed + 1
  else
    failed = failed + 1
    print(("FAIL docs/limits.md: there is no %s"):format(name))
  end
end

print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0 and 0 or 1)
