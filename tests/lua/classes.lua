-- What all socket classes have in common: how their metatables look and how methods check their self.

local classes = {}

local function sorted_keys(owner)
  local names = {}
  for name in pairs(owner) do
    names[#names + 1] = tostring(name)
  end
  table.sort(names)
  return table.concat(names, " ")
end

local function sorted_words(text)
  local words = {}
  for word in text:gmatch("%S+") do
    words[#words + 1] = word
  end
  table.sort(words)
  return table.concat(words, " ")
end

-- The metatable of class `name`: exactly the groups as marker keys, exactly the methods in __index.
function classes.check_metatable(t, name, groups, methods)
  local metatable = debug.getregistry()[name]
  t.is("table", metatable, name)
  local named = (_VERSION == "Lua 5.3" or _VERSION == "Lua 5.4") and " __name" or ""
  t.equal(sorted_keys(metatable), sorted_words("__index __gc __tostring " .. groups .. named), name)
  t.is("table", metatable.__index, name)
  t.equal(sorted_keys(metatable.__index), sorted_words("class " .. methods), name)
  t.equal(metatable.__index.class, name)
  for group in groups:gmatch("%S+") do
    t.equal(metatable[group], true)
  end
  for method in methods:gmatch("%S+") do
    t.is("function", metatable.__index[method], method)
  end
  if named ~= "" then
    t.equal(metatable.__name, name)
  end
  return metatable
end

-- `object` has the class `name` and shows it.
function classes.check_object(t, object, name)
  t.equal(getmetatable(object), debug.getregistry()[name])
  t.equal(object.class, name)
  t.matches(tostring(object), "^" .. name:gsub("%p", "%%%0") .. ": 0x%x+$")
end

-- Each of the methods demands the class or group `wanted` of its self, before it looks at anything
-- else; `wrong` is a list of values that are not of it.
function classes.check_self(t, methods, index, wanted, wrong)
  for method in methods:gmatch("%S+") do
    local f = index[method]
    for position = 1, wrong.n or #wrong do
      t.bad_argument(1, wanted .. " expected", f, wrong[position])
    end
    t.bad_argument(1, wanted .. " expected", f)
  end
end

return classes
