-- What is taken for an object of ours, and what is not.

local case, t = ...
local copied, unwritten = copied, unwritten -- luacheck: read_globals copied unwritten

-- Checks that every method refuses all of these.
local function refuse(methods, objects)
  for _, object in ipairs(objects) do
    for _, method in ipairs(methods) do
      local done, message = pcall(method, object)
      assert(not done, "taken for an object")
      if not message:find("expected", 1, true) then
        error(message, 0)
      end
    end
  end
end

-- Its memory says all that an object's says, but where it is.
case("classes: a copy of an object's memory is no object", function()
  local context = t.pair()
  local copies, methods = { copied(context.client) }, { context.client.receive, context.client.getfd }
  return function()
    refuse(methods, copies)
  end
end)

-- What checks that methods refuse new memory of an object's size. The allocator gives the block of the
-- last object that was freed to the first that asks for one of its size.
local function refuse_new(methods, object)
  local others = {}
  for index = 1, 20 do
    others[index] = unwritten(object)
  end
  return function()
    refuse(methods, others)
  end
end

case("classes: memory that held an object is no object", function()
  local context = t.pair()
  local methods = { context.client.receive, context.client.getfd }
  context.client = nil
  collectgarbage()
  collectgarbage()
  return refuse_new(methods, context.accepted)
end)

-- Calls `finalise` when it is collected.
local function sentinel(finalise)
  if newproxy then -- luacheck: read_globals newproxy
    local proxy = newproxy(true)
    getmetatable(proxy).__gc = finalise
    return proxy
  end
  return setmetatable({}, { __gc = finalise })
end

-- Another finaliser may bring an object back, for use after its own: there is no second one.
case("classes: memory that held an object that came back is no object", function()
  local context = t.pair()
  local methods = { context.client.receive, context.client.getfd }
  do
    local client = context.client
    context.watch = sentinel(function()
      context.back = client
    end)
  end
  context.client, context.watch = nil, nil
  collectgarbage()
  collectgarbage()
  assert(context.back:getfd() == -1 and select(2, context.back:receive()) == "closed")
  context.back = nil
  collectgarbage()
  collectgarbage()
  return refuse_new(methods, context.accepted)
end)
