-- Mailboxes (mbox format) and messages, taken apart.
--
-- The functions call each other through the module table, where programs may replace them. Each works
-- in one pass over the text.

local byte = string.byte
local concat = table.concat
local find = string.find
local gmatch = string.gmatch
local gsub = string.gsub
local ipairs = ipairs
local lower = string.lower
local match = string.match
local pairs = pairs
local rawget = rawget
local rawset = rawset
local sub = string.sub
local type = type

local mbox = {}

-- Scripts of the Lua 5.1 era use the module as a global.
if type(rawget(_G, "module")) == "function" then
  rawset(_G, "mbox", mbox)
end

local function is_space(code)
  return code == 32 or (code >= 9 and code <= 13)
end

-- A pattern would go over a run of white space once for each of its bytes.
local function without_outer_space(text)
  local last = #text
  while last > 0 and is_space(byte(text, last)) do
    last = last - 1
  end
  return sub(text, find(text, "%S") or 1, last)
end

local function with_line_feeds(text)
  return (gsub(text, "\r\n", "\n"))
end

-- A line end with blanks or tabs behind it continues a header (RFC 5322, 2.2.3).
local function unfold(text)
  return (gsub(text, "\n[ \t]+", " "))
end

function mbox.split_headers(text)
  text = unfold(with_line_feeds(text))
  local lines = {}
  for line in gmatch(text, "[^\n]+") do
    lines[#lines + 1] = line
  end
  return lines
end

-- Where a run of bytes without white space and colons begins that ends just before `position`.
local function name_start(text, position)
  while position > 1 and not is_space(byte(text, position - 1)) do
    position = position - 1
  end
  return position
end

function mbox.parse_header(line)
  line = gsub(unfold(line), "\n", "")
  local colon = find(line, ":", 1, true)
  if not colon then
    return nil, nil
  end
  return sub(line, name_start(line, colon), colon - 1), sub(line, find(line, "%S", colon + 1) or #line + 1)
end

function mbox.parse_headers(text)
  local lines = mbox.split_headers(text)
  local values = {}
  for index, line in ipairs(lines) do
    -- The first line of a mailbox's first message is none of its headers.
    local is_separator = index == 1 and sub(line, 1, 5) == "From "
    local name, value
    if not is_separator then
      name, value = mbox.parse_header(line)
    end
    if name and value then
      name = lower(name)
      local list = values[name] or {}
      list[#list + 1] = value
      values[name] = list
    end
  end
  local headers = {}
  for name, list in pairs(values) do
    headers[name] = concat(list, ", ")
  end
  return headers
end

function mbox.parse_from(text)
  local opening = find(text, "<", 1, true)
  local closing = opening and find(text, ">", opening + 1, true)
  local name, address
  if closing then
    name = without_outer_space(sub(text, 1, opening - 1))
    address = sub(text, opening + 1, closing - 1)
  else
    name, address = "", match(text, "^%s*(.*)$")
  end
  if name == "" then
    name = address
  end
  return (gsub(name, '"', "")), address
end

function mbox.split_message(text)
  text = with_line_feeds(text)
  local position = find(text, "\n\n", 1, true)
  if position then
    return sub(text, 1, position), sub(text, position + 2)
  elseif sub(text, 1, 1) == "\n" then
    return "", sub(text, 2)
  end
  return text, ""
end

function mbox.split_mbox(text)
  text = with_line_feeds(text)
  local messages = {}
  local position = 1
  while true do
    local first, last = find(text, "\n\nFrom ", position, true)
    messages[#messages + 1] = sub(text, position, (first or 0) - 1)
    if not first then
      return messages
    end
    position = (find(text, "\n", last + 1, true) or #text) + 1
  end
end

function mbox.parse_message(text)
  local headers, body = mbox.split_message(text)
  return { headers = mbox.parse_headers(headers), body = body }
end

function mbox.parse(text)
  local messages = mbox.split_mbox(text)
  for index, text_of_message in ipairs(messages) do
    messages[index] = mbox.parse_message(text_of_message)
  end
  return messages
end

return mbox
