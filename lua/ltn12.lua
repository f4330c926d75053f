-- LTN12: filters, sources, sinks and the pumps between them.
--
-- A source gives chunks, a sink takes them, a filter transforms them; nil is the end of data and ""
-- means "nothing now". Nothing here checks for functions: callable tables do as well.
--
-- Programs replace fields of this module at run time, so whatever one part uses of another is looked
-- up when it is needed.

local assert = assert
local error = error
local rawget = rawget
local rawset = rawset
local select = select
local sub = string.sub
local type = type
local unpack = table.unpack or unpack -- luacheck: ignore 143

local filter, source, sink, pump = {}, {}, {}, {}

local ltn12 = {
  _VERSION = "LTN12 1.0.3",
  BLOCKSIZE = 2048,
  filter = filter,
  source = source,
  sink = sink,
  pump = pump,
}

-- Scripts of the Lua 5.1 era use the module as a global.
if type(rawget(_G, "module")) == "function" then
  rawset(_G, "ltn12", ltn12)
end

-- Filters -----------------------------------------------------------------------------------------

function filter.cycle(low, context, extra)
  assert(low)
  return function(chunk)
    local result
    result, context = low(context, chunk, extra)
    return result
  end
end

-- The chain drains from the back: while a filter behind the first unfinished one still holds output,
-- that output is taken before the first is asked for more.
function filter.chain(...)
  local filters = { ... }
  local count = select("#", ...)
  local first = 1       -- the first filter that has not finished yet
  local current = 1
  local drain = ""      -- asks a filter for what it still holds; nil once the input has ended

  local function step(value)
    while true do
      if current == first then
        value = filters[first](value)
        if value == "" or first == count then
          return value
        elseif value == nil then
          first = first + 1
          current = first
        else
          current = current + 1
        end
      else
        if value == nil then
          value = ""
        end
        value = filters[current](value)
        if value == "" then
          current = current - 1
          value = drain
        elseif value == nil then
          error("filter returned inappropriate nil")
        elseif current == count then
          return value
        else
          current = current + 1
        end
      end
    end
  end

  return function(chunk)
    if chunk == nil then
      drain = nil
    elseif current ~= first and drain and type(chunk) == "string" and chunk ~= "" then
      -- A caller that gives data before it has drained the chain: everything held comes out first, so
      -- that the new data cannot overtake it.
      local held = ""
      repeat
        local output = step("")
        held = held .. output
      until output == ""
      local output = step(chunk)
      return output == nil and held or held .. output
    end
    return step(chunk)
  end
end

-- Sources -----------------------------------------------------------------------------------------

local function empty_source()
  return nil
end

function source.empty()
  return empty_source
end

function source.error(message)
  return function()
    return nil, message
  end
end

function source.file(handle, message)
  if not handle then
    return source.error(message or "unable to open file")
  end
  local failure
  local function finish()
    if failure then
      return nil, failure
    end
    return nil
  end
  return function()
    if not handle then
      return finish()
    end
    local chunk
    chunk, failure = handle:read(ltn12.BLOCKSIZE)
    if chunk then
      return chunk
    end
    handle:close()
    handle = nil
    return finish()
  end
end

function source.simplify(src)
  assert(src)
  return function()
    local chunk, failure_or_source = src()
    src = failure_or_source or src
    if not chunk then
      return nil, failure_or_source
    end
    return chunk
  end
end

function source.string(text)
  if not text then
    return source.empty()
  end
  local position = 1
  return function()
    local chunk = sub(text, position, position + ltn12.BLOCKSIZE - 1)
    position = position + #chunk
    if chunk == "" then
      return nil
    end
    return chunk
  end
end

function source.table(chunks)
  assert(type(chunks) == "table")
  local index = 0
  return function()
    index = index + 1
    return chunks[index]
  end
end

function source.rewind(src)
  assert(src)
  local stored, count = {}, 0
  return function(chunk)
    if chunk then
      count = count + 1
      stored[count] = chunk
      return
    end
    if count == 0 then
      return src()
    end
    chunk = stored[count]
    stored[count] = nil
    count = count - 1
    return chunk
  end
end

function source.cat(...)
  local sources = { ... }
  local index = 1
  return function()
    while sources[index] do
      local chunk, failure = sources[index]()
      if chunk then
        return chunk
      elseif failure then
        return nil, failure
      end
      index = index + 1
    end
  end
end

function source.chain(src, f, ...)
  assert(src and f)
  if ... then
    f = ltn12.filter.chain(f, ...)
  end
  local state = "feeding"
  local ended = false

  -- Gives what the filter makes of `chunk`, and watches over the protocol.
  local function apply(chunk)
    local output = f(chunk)
    if output == nil then
      state = "empty"
      if not ended then
        error("filter returned inappropriate nil")
      end
    elseif output ~= "" then
      state = "eating"
    elseif ended then
      error('filter returned ""')
    else
      state = "feeding"
    end
    return output
  end

  return function()
    if state == "empty" then
      error("source is empty!", 2)
    end
    while true do
      local chunk = ""
      if state == "feeding" then
        local failure
        chunk, failure = src()
        if failure then
          return nil, failure
        end
        ended = not chunk
      elseif ended then
        chunk = nil
      end
      local output = apply(chunk)
      if output ~= "" then
        return output
      end
    end
  end
end

-- Sinks -------------------------------------------------------------------------------------------

local function null_sink()
  return 1
end

function sink.null()
  return null_sink
end

function sink.error(message)
  return function()
    return nil, message
  end
end

function sink.table(chunks)
  chunks = chunks or {}
  return function(chunk)
    if chunk then
      chunks[#chunks + 1] = chunk
    end
    return 1
  end, chunks
end

function sink.file(handle, message)
  if not handle then
    return sink.error(message or "unable to open file")
  end
  return function(chunk)
    if chunk then
      return handle:write(chunk)
    end
    -- A full disk may show itself only now, when the last buffer is written.
    local closed, failure = handle:close()
    if closed == nil and failure then
      return nil, failure
    end
    return 1
  end
end

function sink.simplify(snk)
  assert(snk)
  return function(chunk, failure)
    local taken, failure_or_sink = snk(chunk, failure)
    if not taken then
      return nil, failure_or_sink
    end
    snk = failure_or_sink or snk
    return 1
  end
end

function sink.chain(...)
  local parts = { ... }
  local count = select("#", ...)
  while count > 0 and parts[count] == nil do
    count = count - 1
  end
  local f, snk = parts[1], parts[count]
  assert(f and snk and count > 1)
  if count > 2 then
    f = ltn12.filter.chain(unpack(parts, 1, count - 1))
  end
  return function(chunk, failure)
    if chunk == "" then
      return 1
    end
    local drain = chunk and ""
    local output = f(chunk)
    while true do
      if output == nil and drain then
        error("filter returned inappropriate nil")
      end
      local taken, sink_failure = snk(output, failure)
      if not taken then
        return nil, sink_failure
      elseif output == drain then
        return 1
      end
      output = f(drain)
    end
  end
end

-- Pumps -------------------------------------------------------------------------------------------

function pump.step(src, snk)
  local chunk, source_failure = src()
  local taken, sink_failure = snk(chunk, source_failure)
  if chunk and taken then
    return 1
  end
  return nil, source_failure or sink_failure
end

function pump.all(src, snk, step)
  assert(src and snk)
  step = step or ltn12.pump.step
  while true do
    local going, failure = step(src, snk)
    if not going then
      if failure then
        return nil, failure
      end
      return 1
    end
  end
end

return ltn12
