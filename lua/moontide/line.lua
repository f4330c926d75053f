-- Reading a line with a limit, from any object that has a method `receive`.

local native_receive_line = require("moontide.native").line()

local line = {}

-- Other objects that can read lines with a limit, and how: function(object, bytes_max).
line.readers = setmetatable({}, { __mode = "k" })

-- Reads up to the next LF, which is not part of the result, CRs dropped: the line, or nil, message and
-- what there was of it. A line of more than `bytes_max` bytes gives "line too long" and its first
-- `bytes_max` bytes. A stream of our own stops reading there; of any other object the length can only be
-- looked at after the fact.
function line.receive_line(sock, bytes_max)
  local text, failure, partial = native_receive_line(sock, bytes_max)
  if text ~= false then
    return text, failure, partial
  end
  local read = line.readers[sock]
  if read then
    return read(sock, bytes_max)
  end
  text, failure, partial = sock:receive()
  if text and #text > bytes_max then
    return nil, "line too long", text:sub(1, bytes_max)
  end
  return text, failure, partial
end

return line
