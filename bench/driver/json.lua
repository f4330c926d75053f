-- Writes JSON: keys in alphabetical order, lists as arrays, so that two results can be compared.

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

return json
