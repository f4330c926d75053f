-- A Lua text as a list of tokens, for moontide.check: comments and blanks are gone, and what stands in a
-- string is a string's value. It takes the text of every Lua version.

local byte = string.byte
local find = string.find
local match = string.match
local sub = string.sub

local keywords = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat return then "
    .. "true until while"):gmatch("%a+") do
  keywords[word] = true
end
keywords["goto"] = nil -- a name in 5.1, and no rule asks for it

-- Symbols of several characters, the longest first; any other character is a symbol of its own.
local symbols = { "...", "..", "==", "~=", "<=", ">=", "<<", ">>", "//", "::" }

local escapes = {
  a = "\a", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", v = "\v",
  ["\\"] = "\\", ['"'] = '"', ["'"] = "'", ["\n"] = "\n",
}

local function count_lines(text, first, last)
  local count = 0
  local position = find(text, "\n", first, true)
  while position and position <= last do
    count = count + 1
    position = find(text, "\n", position + 1, true)
  end
  return count
end

-- What the escape at `position`, behind a backslash, stands for, and where the text goes on.
local function read_escape(text, position)
  local letter = sub(text, position, position)
  if escapes[letter] then
    return escapes[letter], position + 1
  end
  local hex = match(text, "^x(%x%x)", position)
  if hex then
    return string.char(tonumber(hex, 16)), position + 3
  end
  local decimal = match(text, "^%d%d?%d?", position)
  if decimal then
    return string.char(tonumber(decimal) % 256), position + #decimal
  end
  local blanks = match(text, "^z%s*", position)
  if blanks then
    return "", position + #blanks
  end
  local code = match(text, "^u{%x+}", position)
  if code then
    return "?", position + #code -- no rule asks which letter beyond ASCII it is
  end
  return letter, position + 1
end

-- The value of the quoted string that begins at `first`, and where the text goes on; nil if it has no end.
local function read_quoted(text, first)
  local quote = sub(text, first, first)
  local parts = {}
  local position = first + 1
  while true do
    local stop = find(text, "[\\\n" .. quote .. "]", position)
    if not stop then
      return nil
    end
    parts[#parts + 1] = sub(text, position, stop - 1)
    local found = sub(text, stop, stop)
    if found == quote then
      return table.concat(parts), stop + 1
    elseif found == "\n" then
      return nil
    end
    parts[#parts + 1], position = read_escape(text, stop + 1)
  end
end

-- The same for a long bracket; false where none begins.
local function read_long(text, first)
  local level = match(text, "^%[(=*)%[", first)
  if not level then
    return false
  end
  local begin = first + #level + 2
  local stop = find(text, "]" .. level .. "]", begin, true)
  if not stop then
    return nil
  end
  return (sub(text, begin, stop - 1):gsub("^\r?\n", "")), stop + #level + 2
end

local function read_number(text, first)
  local stop = first
  local is_hex = find(text, "^0[xX]", first)
  local pattern = is_hex and "^[%x%.xX]*" or "^[%d%.]*"
  stop = select(2, find(text, pattern, stop))
  while find(text, is_hex and "^[pP][+-]?%d" or "^[eE][+-]?%d", stop + 1) do
    stop = select(2, find(text, "^%a[+-]?%d+", stop + 1))
  end
  stop = select(2, find(text, "^[uUlLiI]*", stop + 1)) or stop -- LuaJIT's
  return sub(text, first, stop), stop + 1
end

local function read_symbol(text, position)
  for _, symbol in ipairs(symbols) do
    if sub(text, position, position + #symbol - 1) == symbol then
      return symbol
    end
  end
  return sub(text, position, position)
end

-- One token: its kind ("name", "keyword", "string", "number", "symbol"), its value and where the text goes
-- on. The kind is false for a comment, nil for what has no end.
local function read(text, position)
  if sub(text, position, position + 1) == "--" then
    local value, after = read_long(text, position + 2)
    if value == false then
      return false, nil, find(text, "\n", position, true) or #text + 1
    end
    if not value then
      return nil, "comment"
    end
    return false, nil, after
  end
  local word = match(text, "^[%a_\128-\255][%w_\128-\255]*", position)
  if word then
    return keywords[word] and "keyword" or "name", word, position + #word
  end
  if find(text, "^%.?%d", position) then
    return "number", read_number(text, position)
  end
  local value, after
  if find(text, "^[\"']", position) then
    value, after = read_quoted(text, position)
  else
    value, after = read_long(text, position)
    if value == false then
      local symbol = read_symbol(text, position)
      return "symbol", symbol, position + #symbol
    end
  end
  return value and "string" or nil, value or "string", after
end

local tokens = {}

-- A list of { kind =, value =, line = }; or nil, message, line.
function tokens.of(text)
  local list = {}
  local line = 1
  local position = 1
  if byte(text) == 35 then -- "#!", which the interpreters skip
    position = find(text, "\n", 1, true) or #text + 1
  end
  while true do
    local start = find(text, "%S", position)
    if not start then
      return list
    end
    line = line + count_lines(text, position, start - 1)
    local kind, value, after = read(text, start)
    if kind == nil then
      return nil, "unfinished " .. value, line
    elseif kind then
      list[#list + 1] = { kind = kind, value = value, line = line }
    end
    line = line + count_lines(text, start, after - 1)
    position = after
  end
end

return tokens
