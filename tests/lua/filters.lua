-- Filters for the ltn12 tests.

local filters = {}

function filters.identity(chunk)
  return chunk
end

-- Collects until it has `size` bytes and gives that many at a time.
function filters.buffering(size)
  local held = ""
  return function(chunk)
    if chunk == nil then
      local rest = held:sub(1, size)
      held = held:sub(size + 1)
      return rest ~= "" and rest or nil
    end
    held = held .. chunk
    if #held < size then
      return ""
    end
    local output = held:sub(1, size)
    held = held:sub(size + 1)
    return output
  end
end

-- Notes each call of `filter` in `calls` as name(argument)=result.
function filters.recording(calls, name, filter)
  return function(chunk)
    local output = filter(chunk)
    calls[#calls + 1] = name .. "(" .. tostring(chunk) .. ")=" .. tostring(output)
    return output
  end
end

-- Raises when it gets data before it answered "", anything after nil, or nil after answering nil.
function filters.strict(filter)
  local drained, ended, finished = true, false, false
  return function(chunk)
    assert(not finished, "called after it had finished")
    assert(not ended or chunk == nil, "data after the end")
    assert(chunk == nil or chunk == "" or drained, "data before it was drained")
    assert(chunk ~= "" or not drained, "asked again although drained")
    ended = ended or chunk == nil
    local output = filter(chunk)
    drained = output == ""
    finished = output == nil
    return output
  end
end

return filters
