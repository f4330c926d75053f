-- Finds calls in a list of tokens, for moontide.check, and tells what they call: "socket.http.request",
-- whatever the program calls it. It follows `local http = require "socket.http"`, fields, functions kept in
-- variables, and objects that a known function gave: "socket.udp():receive". Blocks have their own names.

local tokens = require("moontide.check.tokens")

-- What passes its first argument on.
local transparent = { assert = true, ["socket.try"] = true }

local Reader = {}
Reader.__index = Reader

function Reader:is(index, value)
  local token = self.list[index]
  return token ~= nil and token.value == value and (token.kind == "symbol" or token.kind == "keyword")
end

function Reader:kind(index)
  local token = self.list[index]
  return token and token.kind
end

function Reader:name_at(index)
  return self:kind(index) == "name" and self.list[index].value or nil
end

local opening = { ["("] = ")", ["{"] = "}", ["["] = "]" }
local closing = { [")"] = true, ["}"] = true, ["]"] = true }

-- The place of the bracket that closes the one at `first`, or of the last token.
function Reader:close_of(first)
  local depth = 0
  for index = first, #self.list do
    local token = self.list[index]
    if token.kind == "symbol" then
      if opening[token.value] then
        depth = depth + 1
      elseif closing[token.value] then
        depth = depth - 1
        if depth == 0 then
          return index
        end
      end
    end
  end
  return #self.list
end

-- The pieces between the commas (in tables also semicolons) of first..last: a list of { first, last }.
function Reader:pieces(first, last)
  local pieces = {}
  local start = first
  local index = first
  while index <= last do
    local token = self.list[index]
    if token.kind == "symbol" and opening[token.value] then
      index = self:close_of(index)
    elseif token.kind == "keyword" and token.value == "function" then
      index = self:end_of_function(index, last)
    elseif self:is(index, ",") or self:is(index, ";") then
      pieces[#pieces + 1] = { start, index - 1 }
      start = index + 1
    end
    index = index + 1
  end
  if start <= last then
    pieces[#pieces + 1] = { start, last }
  end
  return pieces
end

local opens = { ["function"] = true, ["do"] = true, ["then"] = true, ["repeat"] = true, ["else"] = true }
local closes = { ["end"] = true, ["until"] = true, ["elseif"] = true, ["else"] = true }

function Reader:end_of_function(first, last)
  local depth = 0
  for index = first, last do
    local token = self.list[index]
    if token.kind == "keyword" then
      depth = depth - (closes[token.value] and 1 or 0) + (opens[token.value] and 1 or 0)
      if depth == 0 then
        return index
      end
    end
  end
  return last
end

-- Arguments ------------------------------------------------------------------------------------------

-- What a piece of tokens is, as far as a rule may ask: `text` of a literal string, `number` (also with a
-- minus), `literal` ("true", "nil", "function", "table" ...), `fields` of a table, and the tokens.
function Reader:value_of(first, last)
  local value = { first = first, last = last, reader = self }
  local token = self.list[first]
  if first > last or not token then
    return value
  end
  if self:is(first, "{") and self:close_of(first) == last then
    value.literal = "table"
    value.fields, value.items = self:fields_of(first + 1, last - 1)
  elseif self:is(first, "-") and last == first + 1 and self:kind(last) == "number" then
    value.number = -(tonumber(self.list[last].value) or 0)
    value.spelling = "-" .. self.list[last].value
  elseif self:is(first, "function") then
    value.literal = "function"
  elseif first == last then
    if token.kind == "string" then
      value.text = token.value
    elseif token.kind == "number" then
      value.number = tonumber(token.value)
      value.spelling = token.value
    elseif token.kind == "keyword" then
      value.literal = token.value
    end
  elseif last == first + 2 and self:resolve(first) == "math.huge" then
    value.number = math.huge
  elseif token.kind == "string" and self:is(first + 1, "..") then
    value.begins = token.value
  end
  return value
end

-- What stands in a table: by name, and in order.
function Reader:fields_of(first, last)
  local fields, items = {}, {}
  for _, piece in ipairs(self:pieces(first, last)) do
    local start, stop = piece[1], piece[2]
    local name
    if self:name_at(start) and self:is(start + 1, "=") then
      name, start = self:name_at(start), start + 2
    elseif self:is(start, "[") and self:kind(start + 1) == "string" and self:is(start + 3, "=") then
      name, start = self.list[start + 1].value, start + 4
    end
    if name then
      fields[name] = self:value_of(start, stop)
    else
      items[#items + 1] = self:value_of(start, stop)
    end
  end
  return fields, items
end

-- Whether what is named in front of `index` is called.
function Reader:is_call(index)
  return self:kind(index) == "string" or self:is(index, "{") or self:is(index, "(")
end

-- The arguments of a call whose first token behind the name is at `index`: the list and the place of the last
-- token; nil if there is no call.
function Reader:arguments_at(index)
  if self:kind(index) == "string" then
    return { self:value_of(index, index) }, index
  end
  if self:is(index, "{") then
    local last = self:close_of(index)
    return { self:value_of(index, last) }, last
  end
  if not self:is(index, "(") then
    return nil
  end
  local last = self:close_of(index)
  local arguments = {}
  for number, piece in ipairs(self:pieces(index + 1, last - 1)) do
    arguments[number] = self:value_of(piece[1], piece[2])
  end
  return arguments, last
end

-- Names ----------------------------------------------------------------------------------------------

-- What a name stands for: a path, or false for something unknown. Names that are declared nowhere are
-- globals.
function Reader:lookup(name)
  local value = self.scope.names[name]
  if value == nil then
    return name
  end
  return value
end

function Reader:open_scope()
  local outer = self.scope
  self.scope = { outer = outer, names = setmetatable({}, { __index = outer and outer.names }) }
  for _, name in ipairs(self.pending) do
    self.scope.names[name] = false
  end
  self.pending = {}
end

function Reader:close_scope()
  self.scope = self.scope.outer or self.scope
end

-- One step of a path behind `index`: the new path and its last token, or nil.
function Reader:step(path, index)
  local name = self:name_at(index + 2)
  if self:is(index + 1, ".") and name then
    return path .. "." .. name, index + 2
  elseif self:is(index + 1, "[") and self:kind(index + 2) == "string" and self:is(index + 3, "]") then
    return path .. "." .. self.list[index + 2].value, index + 3
  elseif self:is(index + 1, ":") and name and self:is_call(index + 3) then
    return path .. ":" .. name, index + 2
  end
  local arguments, last = self:arguments_at(index + 1)
  if not arguments then
    return nil
  elseif path == "require" then
    return arguments[1] and arguments[1].text or "?", last
  elseif transparent[path] then
    return arguments[1] and self:resolve(arguments[1].first) or "?", last
  end
  return path .. "()", last
end

-- The path of the expression that begins at `index`, and its last token; nil if there is none. `visit` is
-- called for each step with the path so far and its last token.
function Reader:resolve(index, visit)
  local name = self:name_at(index)
  local path = name and self:lookup(name)
  if not name then
    return nil
  end
  path = path or "?"
  while true do
    if visit then
      visit(path, index)
    end
    local longer, last = self:step(path, index)
    if not longer then
      return path, index
    end
    path, index = longer, last
  end
end

function Reader:is_literal(index)
  local kind = self:kind(index)
  return kind == "string" or kind == "number" or self:is(index, "nil") or self:is(index, "true")
    or self:is(index, "false")
end

-- What the variables of an assignment get: the path of each expression, as far as they are plain; and the
-- last token of what was read.
function Reader:paths_of(first, count)
  local paths = {}
  local index = first
  for number = 1, count do
    local path, last = self:resolve(index)
    if not path and self:is_literal(index) then
      path, last = false, index
    elseif not path then
      break
    end
    local protected = path == "pcall()" and self:resolve(index + 2) == "require"
      and self:kind(index + 4) == "string"
    if protected and number == count - 1 then
      paths[count] = self.list[index + 4].value -- local good, http = pcall(require, "socket.http")
      return paths, last
    end
    local follows = self.list[last + 1]
    local ends = not follows or follows.kind == "name" or self:is(last + 1, ",") or self:is(last + 1, ";")
      or follows.kind == "keyword" and follows.value ~= "and" and follows.value ~= "or"
    if not ends then
      break
    end
    paths[number] = path
    if not self:is(last + 1, ",") then
      return paths, last
    end
    index = last + 2
  end
  return paths, index - 1
end

-- A comma separated list of names from `index` on, and the token behind it. Attributes (<close>) are skipped.
function Reader:names_at(index)
  local names = {}
  while self:name_at(index) do
    names[#names + 1] = self:name_at(index)
    index = index + 1
    if self:is(index, "<") then
      index = index + 3
    end
    if not self:is(index, ",") then
      break
    end
    index = index + 1
  end
  return names, index
end

-- Declares what the statement at `index` declares. The values of a local are looked up before its names
-- count.
function Reader:declare(index)
  if self:is(index, "local") and not self:is(index + 1, "function") then
    local names, after = self:names_at(index + 1)
    local paths, last = {}, after - 1
    if self:is(after, "=") then
      paths, last = self:paths_of(after + 1, #names)
    end
    self.declared = { at = last + 1, names = names, paths = paths }
  elseif self:is(index, "function") then
    local after = index + 1
    if self:is(index - 1, "local") then
      self.scope.names[self:name_at(after)] = false
    end
    while after <= #self.list and not self:is(after, "(") do
      after = after + 1
    end
    self.pending = (self:names_at(after + 1))
  elseif self:is(index, "for") then
    self.pending = (self:names_at(index + 1))
  end
end

-- A plain assignment to a known name, as in `http = require "socket.http"`.
function Reader:assign(index)
  if self:name_at(index) and self:is(index + 1, "=") and not self.declared and not self:is(index - 1, ".")
      and not self:is(index - 1, ",") and not self:is(index - 1, "{") then
    local name = self:name_at(index)
    local scope = self.scope
    while scope.outer and rawget(scope.names, name) == nil do
      scope = scope.outer
    end
    scope.names[name] = self:paths_of(index + 2, 1)[1] or false
  end
end

function Reader:take_declared(index)
  local declared = self.declared
  if declared and index >= declared.at then
    for number, name in ipairs(declared.names) do
      self.scope.names[name] = declared.paths[number] or false
    end
    self.declared = nil
  end
end

-- Reports every path and every longer one that it is part of: found(path, index of its last token).
function Reader:walk(found)
  local inside_path = 0 -- tokens up to here belong to paths that have been seen
  for index = 1, #self.list do
    local token = self.list[index]
    self:take_declared(index)
    if token.kind == "keyword" then
      if closes[token.value] then self:close_scope() end
      self:declare(index)
      if opens[token.value] then self:open_scope() end
    elseif token.kind == "name" and index > inside_path and not self:is(index - 1, ".")
        and not self:is(index - 1, ":") and not self:is(index - 1, "function") then
      self:resolve(index, function(path, last)
        inside_path = math.max(inside_path, last)
        found(path, last)
      end)
      inside_path = self:last_of_names(index, inside_path)
      self:assign(index)
    end
  end
end

-- A path may go through the arguments of calls, whose own names have to be looked at as well.
function Reader:last_of_names(first, last)
  for index = first, last do
    if self:is(index, "(") or self:is(index, "{") then
      return index
    end
  end
  return last
end

local calls = {}

-- A list of all that is named in `text`, each { path =, line = }, with `arguments` where it is called,
-- `assigned` where it gets a value, and `compared` with a string where that follows; or nil, message,
-- line where the text is no Lua. `wanted(path)` tells which paths matter.
function calls.of(text, wanted)
  local list, message, line = tokens.of(text)
  if not list then
    return nil, message, line
  end
  local reader = setmetatable({ list = list, pending = {} }, Reader)
  local sites = {}
  reader:open_scope()
  reader:walk(function(path, index)
    path = path:gsub("^socket%.core%.", "socket.")
    if not wanted(path) then
      return
    end
    sites[#sites + 1] = {
      path = path, line = list[index].line,
      arguments = reader:is_call(index + 1) and reader:arguments_at(index + 1) or nil,
      assigned = reader:is(index + 1, "="),
      compared = reader:is(index + 1, "==") or reader:is(index + 1, "~="),
    }
  end)
  return sites
end

return calls
