-- Sources and sinks on a socket.

local setmetatable = setmetatable

-- A callable object that can stand in the lists of socket.select in place of its socket.
return function(sock, call)
  return setmetatable({
    getfd = function() return sock:getfd() end,
    dirty = function() return sock:dirty() end,
  }, { __call = call })
end
