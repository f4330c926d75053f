-- Writes JSON, keys in alphabetical order and lists as arrays, and reads it.

local json = {}

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r" }

local function quote(text)
  return '"' .. text:gsub('[%c"\\]', function(character)
    return escapes[character] or string.format("\\u%04x", character:byte())
  end) .. '"'
end

local function encode(value, indent)
  local inner = indent .. "  "
  local items = {}
  if type(value) ~= "table" then
    if type(value) == "number" then
      return string.format("%.9g", value)
    end
    return type(value) == "string" and quote(value) or tostring(value)
  elseif #value > 0 then
    if type(value[1]) == "number" then
      inner = "" -- samples stay on one line
    end
    for i, item in ipairs(value) do
      items[i] = encode(item, inner)
    end
  else
    local keys = {}
    for key in pairs(value) do
      keys[#keys + 1] = key
    end
    table.sort(keys)
    for i, key in ipairs(keys) do
      items[i] = quote(key) .. ": " .. encode(value[key], inner)
    end
  end
  local open, close = "{", "}"
  if #value > 0 then
    open, close = "[", "]"
  end
  if inner == "" then
    return open .. table.concat(items, ", ") .. close
  end
  return open .. "\n" .. inner .. table.concat(items, ",\n" .. inner) .. "\n" .. indent .. close
end

function json.encode(value)
  return encode(value, "") .. "\n"
end

local read_value

local plain = { n = "\n", t = "\t", r = "\r" }

--- Of escapes with digits there are only those of single bytes, as they are written above.
local function read_string(text, start)
  local parts, place = {}, start + 1
  while true do
    local part, behind = text:match('^([^"\\]*)()', place)
    parts[#parts + 1] = part
    if behind > #text then
      error("a string without an end at byte " .. start, 0)
    elseif text:sub(behind, behind) == '"' then
      return table.concat(parts), behind + 1
    end
    local digits = text:match("^u00(%x%x)", behind + 1)
    local letter = text:sub(behind + 1, behind + 1)
    parts[#parts + 1] = digits and string.char(tonumber(digits, 16)) or plain[letter] or letter
    place = behind + (digits and 6 or 2)
  end
end

--- What stands between the bracket at `place` and `close`; `read_item(place)` returns the place behind an
-- item. Returns the place behind it all.
local function read_items(text, place, close, read_item)
  place = text:match("^%s*()", place + 1)
  if text:sub(place, place) == close then
    return place + 1
  end
  while true do
    place = text:match("^%s*()", read_item(place))
    local separator = text:sub(place, place)
    if separator == close then
      return place + 1
    elseif separator ~= "," then
      error(string.format("neither , nor %s at byte %d", close, place), 0)
    end
    place = text:match("^%s*()", place + 1)
  end
end

local function read_object(text, start)
  local object = {}
  local finish = read_items(text, start, "}", function(place)
    local key, colon = read_string(text, text:match('^()"', place) or error("no key at byte " .. place, 0))
    local behind = text:match("^%s*:()", colon) or error("no : at byte " .. colon, 0)
    object[key], place = read_value(text, behind)
    return place
  end)
  return object, finish
end

local function read_array(text, start)
  local array = {}
  local finish = read_items(text, start, "]", function(place)
    array[#array + 1], place = read_value(text, place)
    return place
  end)
  return array, finish
end

local words = { ["true"] = true, ["false"] = false }

function read_value(text, place)
  place = text:match("^%s*()", place)
  local first = text:sub(place, place)
  if first == "{" then
    return read_object(text, place)
  elseif first == "[" then
    return read_array(text, place)
  elseif first == '"' then
    return read_string(text, place)
  end
  local word, behind = text:match("^([%w.+-]+)()", place)
  local value = words[word]
  if value == nil then
    value = word and word:find("^-?%d") and tonumber(word)
  end
  if value == nil then
    error("no value at byte " .. place, 0)
  end
  return value, behind
end

--- The value of a text, which has no `null`; raises a text that says where it is wrong.
function json.decode(text)
  local value, behind = read_value(text, 1)
  if text:find("%S", behind) then
    error("more than one value, at byte " .. behind, 0)
  end
  return value
end

return json
