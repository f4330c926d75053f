-- Turns any list of Lua values into one line of text that is the same in every process that got the
-- same answer: addresses disappear, registered ports and objects are replaced by their names.

local M = {}

local math_type = rawget(math, "type")
local names = setmetatable({}, { __mode = "k" })
local ports = {}

local TEXT_BYTES_MAX = 160
local DEPTH_MAX = 4

-- Gives an object a name for all lines that follow.
function M.name_object(object, name)
  names[object] = name
  return object
end

-- Replaces a number (an ephemeral port) by a name wherever it appears as a value of its own.
function M.name_port(port, name)
  ports[string.format("%d", tonumber(port))] = name
end

local function escape(text)
  text = text:gsub("[%c\127-\255\\\"]", function(char)
    if char == "\n" then
      return "\\n"
    elseif char == "\r" then
      return "\\r"
    elseif char == '"' or char == "\\" then
      return "\\" .. char
    end
    return string.format("\\%03d", char:byte())
  end)
  return text
end

-- Long strings are cut, with a checksum so that a difference anywhere in them is still seen.
local function show_string(text)
  if ports[text] then
    return '"<' .. ports[text] .. '>"'
  elseif #text <= TEXT_BYTES_MAX then
    return '"' .. escape(text) .. '"'
  end
  local sum = 0
  for position = 1, #text do
    sum = (sum * 31 + text:byte(position)) % 2147483647
  end
  return string.format('"%s"... (%d bytes, sum %.0f)', escape(text:sub(1, 24)), #text, sum)
end

-- "float 5", "integer 5" where numbers have subtypes; "number 5" elsewhere.
local function show_number(number)
  local kind = math_type and math_type(number) or "number"
  local text
  if number ~= number then
    text = "nan"
  elseif number == math.huge or number == -math.huge then
    text = number > 0 and "inf" or "-inf"
  else
    text = string.format("%.14g", number)
  end
  return kind .. " " .. (ports[text] and "<" .. ports[text] .. ">" or text)
end

local function hide_addresses(text)
  return (text:gsub("0x%x+", "ADDR"))
end

local show

local function show_table(value, depth, seen)
  if seen[value] then
    return "<cycle>"
  elseif depth > DEPTH_MAX then
    return "{...}"
  end
  seen[value] = true
  local parts = {}
  for key, item in pairs(value) do
    local left
    if type(key) == "string" and key:match("^[%a_][%w_]*$") then
      left = key
    elseif type(key) == "number" then
      left = string.format("[%.14g]", key)
    else
      left = "[" .. show(key, depth + 1, seen) .. "]"
    end
    parts[#parts + 1] = left .. "=" .. show(item, depth + 1, seen)
  end
  seen[value] = nil
  table.sort(parts)
  return "{" .. table.concat(parts, ", ") .. "}"
end

function show(value, depth, seen)
  local kind = type(value)
  if value ~= nil and names[value] then
    return "<" .. names[value] .. ">"
  elseif kind == "string" then
    return show_string(value)
  elseif kind == "number" then
    return show_number(value)
  elseif kind == "table" then
    return show_table(value, depth or 1, seen or {})
  elseif kind == "userdata" then
    local fine, text = pcall(tostring, value)
    return hide_addresses(fine and tostring(text) or "userdata")
  elseif kind == "nil" or kind == "boolean" then
    return tostring(value)
  end
  return kind
end

-- All values, trailing nils included; "(none)" for no value at all.
function M.values(count, list)
  if count == 0 then
    return "(none)"
  end
  local parts = {}
  for index = 1, count do
    parts[index] = show(list[index])
  end
  return table.concat(parts, ", ")
end

-- The text of a raised error. Of its position only the presence is kept. The interpreter's own
-- "attempt to ..." messages lose it too, and the name of the variable: they tell where the
-- implementation is written in Lua, and in which words.
function M.error_text(value)
  local text = value:gsub("^[^%s:]+:%d+: ", "@ ")
  text = hide_addresses(text)
  text = text:gsub("'socket%.core%.", "'socket.")
  text = text:gsub("(attempt to %a+) %a+ '[^']*' %(([^()]*)%)", "%1 %2")
  text = text:gsub("(attempt to .*) %(%a+ '[^']*'%)$", "%1")
  text = text:gsub("^@ (attempt to )", "%1")
  return text
end

function M.raised(value)
  if type(value) == "string" then
    value = M.error_text(value)
  end
  return "raises " .. show(value)
end

return M
