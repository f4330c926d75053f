-- What the rules of moontide.check ask about the arguments of a call. Each function here makes a condition, a
-- function of a call that is true where the rule applies; arguments are counted from 1, without self.

local conditions = {}

local lower = string.lower

-- A field of the table that is argument `index`; nil if it is no table, or has no such field.
local function field(call, index, name)
  local argument = call.arguments[index]
  return argument and argument.fields and argument.fields[name]
end

conditions.field = field

-- The text of a URL: the first argument, or the field url of the table that it is.
function conditions.url(call)
  local value = field(call, 1, "url") or call.arguments[1] or {}
  return value.text or value.begins or ""
end

function conditions.url_matches(pattern)
  return function(call)
    return lower(conditions.url(call)):find(pattern) ~= nil
  end
end

function conditions.text_matches(index, pattern)
  return function(call)
    local argument = call.arguments[index]
    return argument ~= nil and argument.text ~= nil and argument.text:find(pattern) ~= nil
  end
end

function conditions.field_matches(index, name, pattern)
  return function(call)
    local value = field(call, index, name)
    return value ~= nil and value.text ~= nil and value.text:find(pattern) ~= nil
  end
end

function conditions.field_is(index, name, literal)
  return function(call)
    local value = field(call, index, name)
    return value ~= nil and value.literal == literal
  end
end

function conditions.number(index, holds)
  return function(call)
    local argument = call.arguments[index]
    return argument ~= nil and argument.number ~= nil and holds(argument.number, argument.spelling)
  end
end

function conditions.count_below(count)
  return function(call)
    return #call.arguments < count
  end
end

function conditions.all(...)
  local list = { ... }
  return function(call, facts)
    for _, condition in ipairs(list) do
      if not condition(call, facts) then
        return false
      end
    end
    return true
  end
end

function conditions.any(...)
  local list = { ... }
  return function(call, facts)
    for _, condition in ipairs(list) do
      if condition(call, facts) then
        return true
      end
    end
    return false
  end
end

function conditions.none(condition)
  return function(call, facts)
    return not condition(call, facts)
  end
end

-- The file gives a value to `path`, or names it.
function conditions.assigned(path)
  return function(_, facts)
    return facts.assigned[path] == true
  end
end

function conditions.named(path)
  return function(_, facts)
    return facts.named[path] == true
  end
end

-- One of the texts of a table: of its fields, or in its list.
function conditions.some_text(value, holds)
  if not value then
    return false
  elseif value.text then
    return holds(value.text)
  end
  for name, inner in pairs(value.fields or {}) do
    if inner.text and holds(inner.text, name) then
      return true
    end
  end
  for _, inner in ipairs(value.items or {}) do
    if inner.text and holds(inner.text) then
      return true
    end
  end
  return false
end

function conditions.field_text(index, name, pattern)
  return function(call)
    return conditions.some_text(field(call, index, name), function(text)
      return text:find(pattern) ~= nil
    end)
  end
end

-- An IPv4 or IPv6 address as text.
function conditions.is_address(text)
  return text:find("^%d+%.%d+%.%d+%.%d+$") ~= nil or text:find("^[%x:.]*:[%x:.]*$") ~= nil
end

return conditions
