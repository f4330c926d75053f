-- What the examples of a page are, and whether one printed what it should have.

local examples = {}

-- "lua" is for every version, "lua 5.4" for that one.
local function runs_here(info)
  local language, version = info:match("^(%S+)%s*([%d.]*)")
  return language == "lua" and (version == "" or _VERSION == "Lua " .. version)
end

local function names_of(comment)
  local names = {}
  for name in comment:gmatch("[^%s,]+") do
    names[#names + 1] = name
  end
  return names
end

-- What follows "-->" in each line, in order; nil where nothing does.
local function expectation(lines)
  local expected = {}
  for _, line in ipairs(lines) do
    expected[#expected + 1] = line:match("%-%->(.*)$")
  end
  return expected[1] and expected
end

-- The examples in the text of a page: `line` is its fence's, `code` has as many empty lines before it as
-- the page has lines, so that errors name the line of the page.
function examples.of(page, text)
  local found = {}
  local number, setups, current, language = 0, "", nil, nil
  for line in (text .. "\n"):gmatch("(.-)\r?\n") do
    number = number + 1
    local info = line:match("^%s*```(.*)$")
    if current then
      if info then
        if runs_here(language) then
          current.code = ("\n"):rep(current.line) .. table.concat(current.lines, "\n") .. "\n"
          current.expected = expectation(current.lines)
          found[#found + 1] = current
        end
        current, setups = nil, ""
      else
        current.lines[#current.lines + 1] = line
      end
    elseif info then
      language = info
      current = { page = page, line = number, lines = {}, setups = names_of(setups) }
    elseif line:match("%S") then
      setups = line:match("^%s*<!%-%- run:(.-)%-%->%s*$") or ""
    end
  end
  assert(not current, page .. ": a fence does not end")
  return found
end

-- Blanks count as one, so that results may be aligned, and tabs need not be written.
local function normal(line)
  return (line:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

-- Nil, or a text that tells how `output` differs from what the example expects.
function examples.difference(example, output)
  if not example.expected then
    return nil
  end
  local printed = {}
  for line in output:gmatch("([^\n]*)\n?") do
    printed[#printed + 1] = line
  end
  while #printed > 0 and printed[#printed] == "" do
    printed[#printed] = nil
  end
  local expected = example.expected
  for i = 1, math.max(#printed, #expected) do
    local wanted, got = expected[i] and normal(expected[i]), printed[i] and normal(printed[i])
    if wanted ~= got and not (wanted == "" and not got) then
      return ("line %d of its output:\n  expected: %s\n  got:      %s\n"):format(
        i, wanted or "(nothing)", got or "(nothing)")
    end
  end
end

return examples
