-- A mail message (RFC 5322, RFC 2045, RFC 2046) as a source, written from a table that describes it.
-- The contract is in the reference of socket.smtp.
--
-- No coroutine is involved: what is still to come lies on a stack, so a body source may yield to
-- whatever runs the caller.

local socket = require("socket")
local headers = require("socket.headers")
local guard = require("moontide.guard")
local random = require("moontide.native").system().random

local concat = table.concat
local find = string.find
local format = string.format
local gsub = string.gsub
local ipairs = ipairs
local lower = string.lower
local match = string.match
local os_date = os.date
local pairs = pairs
local pcall = pcall
local remove = table.remove
local setmetatable = setmetatable
local sort = table.sort
local type = type

local message = {}

-- Headers -----------------------------------------------------------------------------------------

-- Names come out in lower case.
local function lower_names(given)
  local list = {}
  for name, value in pairs(given or {}) do
    list[lower(name)] = value
  end
  return list
end

-- Why a header must not be written as it is, or nil. A line end in a value is legal when the next
-- line continues it.
local function fault_of(name, value)
  if find(name, "[\r\n: \t]") or find(name, "\0", 1, true) then
    return "invalid header name"
  end
  if type(value) == "string" then
    local unfolded = gsub(value, "\r?\n[ \t]", "")
    if find(unfolded, "[\r\n]") or find(unfolded, "\0", 1, true) then
      return "invalid header value: " .. name
    end
  end
end

-- The headers that the program gave, sorted by name, then those that were added: the same message is
-- written the same way each time. A value that is no text raises.
local function header_block(list, added)
  local names = {}
  for name in pairs(list) do
    names[#names + 1] = name
  end
  sort(names, function(left, right)
    local left_added, right_added = added[left] or false, added[right] or false
    if left_added ~= right_added then
      return right_added
    end
    return left < right
  end)
  local lines = {}
  for index, name in ipairs(names) do
    local value = list[name]
    local fault = fault_of(name, value)
    if fault then
      return nil, fault
    end
    lines[index] = (headers.canonic[name] or name) .. ": " .. value .. "\r\n"
  end
  lines[#lines + 1] = "\r\n"
  return concat(lines)
end

-- Boundaries --------------------------------------------------------------------------------------

local multiparts = 0

-- The date alone would do for one message; the number keeps it from being guessed, the counter keeps
-- nested parts apart.
local function new_boundary()
  multiparts = multiparts + 1
  return format("%s%05d==%05d", os_date("%d%m%Y%H%M%S"), random(100000), multiparts)
end

-- The boundary that a content type names, or nil.
local function boundary_in(content_type)
  local position = match(lower(content_type), ";%s*boundary%s*=%s*()")
  if position then
    return match(content_type, '^"([^"]+)"', position) or match(content_type, '^[^%s;"]+', position)
  end
end

-- The stack ---------------------------------------------------------------------------------------

-- An item is one of: { text = chunk }, { source = f }, { part = t [, added = set] }, and
-- { parts = list, index = n, boundary = b }. The last one pushed comes next.
local function push(stack, ...)
  for _, item in ipairs({ ... }) do
    stack[#stack + 1] = item
  end
end

local function push_multipart(stack, body, boundary)
  push(stack, { parts = body, index = 0, boundary = boundary })
  if body.preamble then
    push(stack, { text = "\r\n" }, { text = body.preamble })
  end
end

-- Replaces a part by its header block, which comes next, and its body.
local function expand(stack, part, added)
  local body = part.body
  local kind = type(body)
  local list = added and part.headers or lower_names(part.headers)
  local written, added_here = {}, {}
  for name, value in pairs(list) do
    written[name] = value
    added_here[name] = added and added[name]
  end
  local content_type = written["content-type"]
  local boundary
  if kind == "table" then
    content_type = content_type or "multipart/mixed"
    boundary = boundary_in(content_type)
    if not boundary then
      boundary = new_boundary()
      content_type = content_type .. '; boundary="' .. boundary .. '"'
    end
  end
  added_here["content-type"] = not written["content-type"]
  written["content-type"] = content_type or 'text/plain; charset="iso-8859-1"'
  local block, fault = header_block(written, added_here)
  if not block then
    return fault
  end
  if kind == "table" then
    push_multipart(stack, body, boundary)
  elseif kind == "function" then
    push(stack, { source = body })
  elseif body ~= nil then
    push(stack, { text = body })
  end
  push(stack, { text = block })
end

-- Goes on to the next part of a multipart, or to its end.
local function next_part(stack, item)
  item.index = item.index + 1
  local part = item.parts[item.index]
  if part ~= nil then
    push(stack, { part = part }, { text = "\r\n--" .. item.boundary .. "\r\n" })
    return
  end
  remove(stack)
  local epilogue = item.parts.epilogue
  if epilogue then
    push(stack, { text = "\r\n" }, { text = epilogue })
  end
  push(stack, { text = "\r\n--" .. item.boundary .. "--\r\n\r\n" })
end

-- The next chunk of what lies on the stack; nil at the end; nil, message for an error of a source,
-- after which one may go on. Anything else that is wrong raises, or gives nil, message, true.
local function next_chunk(stack)
  while #stack > 0 do
    local item = stack[#stack]
    if item.text ~= nil then
      remove(stack)
      return item.text
    elseif item.source then
      local chunk, failure = item.source()
      if chunk ~= nil or failure ~= nil then
        return chunk, failure
      end
      remove(stack)
    elseif item.parts then
      next_part(stack, item)
    else
      remove(stack)
      local fault = expand(stack, item.part, item.added)
      if fault then
        return nil, fault, true
      end
    end
  end
  return nil
end

-- The source --------------------------------------------------------------------------------------

-- What is known of sources that were made here: the message they stand for.
local messages = setmetatable({}, { __mode = "k" })

local function source_of(mesgt, added)
  local stack = { { part = mesgt, added = added } }
  local broken, ended

  local function take(succeeded, chunk, failure, final)
    if not succeeded then
      chunk, failure, final = nil, chunk == nil and "no error message" or chunk, true
    end
    if final then
      broken = failure
    end
    if chunk == nil and failure == nil then
      ended = true
    end
    return chunk, failure
  end

  local function step()
    return next_chunk(stack)
  end

  return function()
    if broken ~= nil then
      return nil, broken -- so that what is missing cannot pass for the end
    elseif ended then
      return nil
    end
    return take(guard.catch(step))
  end
end

local function fault_in(part, seen)
  if type(part) ~= "table" or seen[part] then
    return nil
  end
  seen[part] = true
  for name, value in pairs(part.headers or {}) do
    local fault = fault_of(lower(name), value)
    if fault then
      return fault
    end
  end
  if type(part.body) == "table" then
    for _, inner in ipairs(part.body) do
      local fault = fault_in(inner, seen)
      if fault then
        return fault
      end
    end
  end
end

-- What is wrong with the headers of the message behind a source, or nil; nil for foreign sources too.
-- Lets a mail be refused before a byte of it is sent.
function message.fault(source)
  local mesgt = messages[source]
  if mesgt then
    -- What raises here will be reported by the source itself.
    local succeeded, fault = pcall(fault_in, mesgt, {})
    return succeeded and fault or nil
  end
end

-- English, whatever the locale (RFC 5322, 3.3).
local days = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }
local months = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" }

local function date(zone)
  local now = os_date("!*t")
  return format("%s, %02d %s %04d %02d:%02d:%02d ", days[now.wday], now.day, months[now.month],
    now.year, now.hour, now.min, now.sec) .. zone
end

-- The source of a message. Fixes the headers at the top level in the caller's table.
function message.source(mesgt, zone)
  local list = lower_names(mesgt.headers)
  local added = { ["mime-version"] = true }
  if list.date == nil then
    list.date = date(mesgt.zone or zone)
    added.date = true
  end
  if list["x-mailer"] == nil then
    list["x-mailer"] = socket._VERSION
    added["x-mailer"] = true
  end
  list["mime-version"] = "1.0"
  mesgt.headers = list
  local source = source_of(mesgt, added)
  messages[source] = mesgt
  return source
end

return message
