-- One deadline for a whole exchange of many socket operations, whatever each of them may take.

local clock = require("moontide.native").system().clock

local Deadline = {}
Deadline.__index = Deadline

local deadline = {}

-- The deadline `seconds` from now.
function deadline.after(seconds)
  return setmetatable({ at = clock() + seconds }, Deadline)
end

-- Seconds that are left, 0 when it has passed.
function Deadline:left()
  local left = self.at - clock()
  return left > 0 and left or 0
end

-- Limits the next operation of `sock` to what is left: 1, or nil, "timeout". The timeout per operation
-- that the socket has already stays in force beside it.
function Deadline:limit(sock)
  local left = self:left()
  if left == 0 then
    return nil, "timeout"
  end
  sock:settimeout(left, "t")
  return 1
end

return deadline
