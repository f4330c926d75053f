-- Checks of arguments, with the texts that Lua's own libraries use.

local error = error
local getmetatable = getmetatable
local tostring = tostring
local type = type

local arguments = {}

-- Raises it from the point of view of the function that the script called, `depth` levels above the
-- check (default 1: the caller of the check).
local function bad(index, name, expected, value, depth)
  local got = value == nil and "no value" or type(value)
  error(("bad argument #%d to '%s' (%s expected, got %s)"):format(index, name, expected, got),
    3 + (depth or 1))
end

function arguments.number(value, index, name, depth)
  if type(value) ~= "number" then
    local number = type(value) == "string" and tonumber(value)
    return number or bad(index, name, "number", value, depth)
  elseif value ~= value then
    error(("bad argument #%d to '%s' (not a number)"):format(index, name), 2 + (depth or 1))
  end
  return value
end

function arguments.optional_number(value, index, name, depth)
  if value == nil then
    return nil
  end
  return arguments.number(value, index, name, (depth or 1) + 1)
end

function arguments.is_callable(value)
  if type(value) == "function" then
    return true
  end
  local metatable = getmetatable(value)
  return type(metatable) == "table" and metatable.__call ~= nil
end

function arguments.callable(value, index, name, depth)
  return arguments.is_callable(value) and value or bad(index, name, "function", value, depth)
end

function arguments.table(value, index, name, depth)
  return type(value) == "table" and value or bad(index, name, "table", value, depth)
end

-- A count: 0 and more, no fraction.
function arguments.count(value, least, index, name)
  arguments.number(value, index, name, 2)
  if value < least or (value % 1 ~= 0 and value ~= math.huge) then
    error(("bad argument #%d to '%s' (whole number from %s on expected, got %s)"):format(index, name,
      tostring(least), tostring(value)), 3)
  end
  return value
end

return arguments
