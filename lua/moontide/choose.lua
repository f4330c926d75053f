-- Tables of makers: what lies behind socket.sink, socket.source, mime.encode and their like.

local error = error
local type = type

-- A function (name, ...) that calls the maker of that name. Without a name it is that of "default".
-- Programs add entries to the table at any time.
return function(makers)
  return function(name, first, second)
    if type(name) ~= "string" then
      name, first, second = "default", name, first
    end
    local make = makers[name]
    if not make then
      error("unknown key (" .. name .. ")", 3)
    end
    return make(first, second)
  end
end
