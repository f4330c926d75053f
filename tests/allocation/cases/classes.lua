-- What is taken for an object of ours, and what is not.

local case, t = ...
local copied = copied -- luacheck: read_globals copied

-- Its memory says all that an object's says, but where it is.
case("classes: a copy of an object's memory is no object", function()
  local context = t.pair()
  local copy, methods = copied(context.client), { context.client.receive, context.client.getfd }
  local function act()
    for _, method in ipairs(methods) do
      local done, message = pcall(method, copy)
      assert(not done, "taken for an object")
      if not message:find("expected", 1, true) then
        error(message, 0)
      end
    end
  end
  return act
end)
