-- The layer under text protocols with numbered replies, such as SMTP and FTP.
--
-- A program may put another socket into the field `c` at any time (STARTTLS does), so it is read at
-- every call. The field `deadline` is there only when the caller of tp.connect gave one.

local socket = require("socket")
local ltn12 = require("ltn12")
local guard = require("moontide.guard")
local receive_line = require("moontide.line").receive_line
local reply_bytes_default = require("moontide.native").system().reply_bytes

local concat = table.concat
local find = string.find
local ipairs = ipairs
local match = string.match
local setmetatable = setmetatable
local sub = string.sub
local tonumber = tonumber
local type = type
local upper = string.upper

local tp = {
  TIMEOUT = 60,
  -- REPLYSIZE, when a program sets it, is the limit of a reply in bytes in place of 64 KiB.
}

-- Prepares the next operation for the deadline, if there is one: true, or nil, "timeout".
local function limit_time(self)
  if self.deadline then
    return self.deadline:limit(self.c)
  end
  return true
end

-- Replies -----------------------------------------------------------------------------------------

-- Reads one line of a reply of which `size` bytes are known already.
local function reply_line(c, size)
  local left = (tp.REPLYSIZE or reply_bytes_default) - size
  if left < 0 then
    return nil, "reply too long" -- beyond it even by empty lines
  end
  local line, failure = receive_line(c, left)
  if failure == "line too long" then
    failure = "reply too long"
  end
  return line, failure
end

-- Reads one reply (RFC 959, 4.2 and RFC 5321, 4.2.1): its code and its text, or nil, message.
local function read_reply(self)
  local lines, count, size = {}, 0, 0
  local code, last
  repeat
    local ready, late = limit_time(self)
    if not ready then
      return nil, late
    end
    local line, failure = reply_line(self.c, size)
    if not line then
      return nil, failure
    end
    count = count + 1
    lines[count] = line
    size = size + #line + 1
    if count == 1 then
      local separator
      code, separator = match(line, "^(%d%d%d)(.?)")
      if not code then
        return nil, "invalid server reply"
      end
      last = separator ~= "-"
    else
      last = sub(line, 1, 4) == code .. " "
    end
  until last
  return code, concat(lines, "\n")
end

-- A pattern is searched in the code; a list of patterns, until one is found.
local function is_accepted(code, ok)
  if type(ok) ~= "table" then
    local found = find(code, ok)
    return found
  end
  for _, pattern in ipairs(ok) do
    if find(code, pattern) then
      return true
    end
  end
end

-- Methods -----------------------------------------------------------------------------------------

local Connection = {}
local metatable = { __index = Connection }

function Connection:check(ok)
  local code, reply = read_reply(self)
  if not code then
    return nil, reply
  end
  if type(ok) == "function" then
    return ok(tonumber(code), reply)
  elseif is_accepted(code, ok) then
    return tonumber(code), reply
  end
  return nil, reply
end

function Connection:command(cmd, arg)
  local text = upper(cmd)
  if arg then
    text = text .. " " .. arg
  end
  if find(text, "[\r\n]") or find(text, "\0", 1, true) then
    return nil, "invalid character in command"
  end
  return self:send(text .. "\r\n")
end

function Connection:send(data)
  local ready, late = limit_time(self)
  if not ready then
    return nil, late
  end
  return self.c:send(data)
end

function Connection:receive(pattern)
  local ready, late = limit_time(self)
  if not ready then
    return nil, late
  end
  return self.c:receive(pattern)
end

function Connection:sink(snk, pattern)
  local chunk, failure = self:receive(pattern)
  return snk(chunk, failure)
end

-- The sink for what a source gives. Under a deadline each chunk gets what is left of it.
local function sink_of(self)
  local sink = socket.sink("keep-open", self.c)
  if not self.deadline then
    return sink
  end
  return function(chunk, failure)
    local ready, late = limit_time(self)
    if not ready then
      return nil, late
    end
    return sink(chunk, failure)
  end
end

function Connection:source(src, step)
  local done, failure = ltn12.pump.all(src, sink_of(self), step or ltn12.pump.step)
  return done, failure
end

function Connection:close()
  self.c:close()
  return 1
end

function Connection:getcontrol()
  return self.c
end

function Connection:getfd()
  return self.c:getfd()
end

function Connection:dirty()
  return self.c:dirty()
end

function Connection:getpeername()
  return self.c:getpeername()
end

function Connection:getsockname()
  return self.c:getsockname()
end

local function connect(self, host, port, timeout)
  self.c:settimeout(timeout or tp.TIMEOUT)
  local ready, late = limit_time(self)
  if not ready then
    return nil, late
  end
  local done, failure = self.c:connect(host, port)
  return done, failure
end

-- `deadline` (moontide.deadline) limits everything that is done on the connection.
function tp.connect(host, port, timeout, create, deadline)
  local sock, failure = (create or socket.tcp)()
  if not sock then
    return nil, failure
  end
  local self = setmetatable({ c = sock, deadline = deadline }, metatable)
  local done
  done, failure = guard.call(function() self:close() end, connect, self, host, port, timeout)
  if not done then
    sock:close()
    return nil, failure
  end
  return self
end

socket.tp = tp
return tp
