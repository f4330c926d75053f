-- Comparisons that every class of objects needs: the metatable in the registry, the exact methods,
-- tostring, and what each method says to a wrong self.

local R = ...

local classes = {}

local function sorted_keys(list)
  local keys = {}
  for key, value in pairs(list) do
    keys[#keys + 1] = tostring(key) .. ":" .. type(value)
  end
  table.sort(keys)
  return keys
end

-- The metatable of `object`, which is of class `name`.
function classes.describe(name, object)
  local registered = debug.getregistry()[name]
  local metatable = getmetatable(object)
  R.values(name .. ": registered metatable", registered == metatable, type(metatable))
  for _, key in ipairs(sorted_keys(metatable)) do
    R.values(name .. ": metatable key " .. key, true)
  end
  R.values(name .. ": number of metatable keys", #sorted_keys(metatable))
  for key, value in pairs(metatable) do
    if type(key) == "string" and key:find("{") then
      R.values(name .. ": marker " .. key, value)
    end
  end
  R.values(name .. ": __name", metatable.__name)
  R.values(name .. ": class", metatable.__index.class, object.class)
  for _, key in ipairs(sorted_keys(metatable.__index)) do
    R.values(name .. ": method " .. key, true)
  end
  R.values(name .. ": number of methods", #sorted_keys(metatable.__index))
  R.values(name .. ": tostring", object)
  R.values(name .. ": tostring shows an address", tostring(object):find("^[%w]+{%w+}: 0x%x+$") ~= nil)
  R.values(name .. ": unknown field", object.no_such_field, object[1])
  R.call(name .. ": assignment", function() object.field = 1 end)
  R.call(name .. ": length", function() return #object end)
  R.call(name .. ": call", function() return object() end)
  R.values(name .. ": as a key", ({ [object] = "found" })[object])
  R.values(name .. ": __index table is its own metatable's only one", getmetatable(metatable.__index))
end

-- Each class has a table of its own.
function classes.compare_tables(name, first, second)
  local a, b = getmetatable(first), getmetatable(second)
  R.values(name .. ": metatables differ", a ~= b, a.__index ~= b.__index)
end

-- Selves that belong to no class of the library.
local function strangers()
  return {
    { "nil", nil }, { "a number", 42 }, { "a string", "text" }, { "a table", {} }, { "true", true },
    { "a file", io.stdout },
  }
end

-- Calls `method` on everything it must refuse. `foreign` are objects of other classes of the library
-- as { name, object }; those of the same kind have the method too and are also called in method syntax.
function classes.refuse(label, functions, method, foreign)
  local kind = functions.class:match("^%a+")
  local f = functions[method]
  R.call(label .. "." .. method .. " on no self", f)
  for _, item in ipairs(strangers()) do
    R.call(label .. "." .. method .. " on " .. item[1], f, item[2])
  end
  R.method(label .. "." .. method .. " on a table, as its method", { [method] = f }, method, 1, 2)
  for _, item in ipairs(foreign) do
    R.call(label .. "." .. method .. " on " .. item[1], f, item[2])
    if item[2].class:match("^%a+") == kind then
      R.method(label .. "." .. method .. " on " .. item[1] .. ", as its method", item[2], method)
    end
  end
end

return classes
