-- Against mail smuggling: some servers take LF "." or CR "." for a line of one dot, the end of a
-- message, though only CR LF ends a line (RFC 5321, 2.3.8). mime.stuff doubles dots behind CR LF alone.

local byte = string.byte
local concat = table.concat
local find = string.find
local sub = string.sub

local dots = {}

local CR, LF = 13, 10

-- Where in `text` a dot alone on such a line has to be doubled: appends the pieces to `output`, and
-- gives the position from which on more bytes have to be seen first. `before` is the byte in front.
local function double(text, before, at_end, output)
  local copied = 1
  local position = 1
  while true do
    local line_end = find(text, "[\r\n]%.", position)
    if not line_end then
      -- A line end at the very end may be followed by a dot in the next chunk.
      local waits = not at_end and find(text, "[\r\n]$")
      return copied, waits or #text + 1
    end
    local after = byte(text, line_end + 2)
    if not after and not at_end then
      return copied, line_end
    end
    local previous = line_end > 1 and byte(text, line_end - 1) or before
    local paired = byte(text, line_end) == LF and previous == CR
    if not paired and (not after or after == CR or after == LF) then
      output[#output + 1] = sub(text, copied, line_end + 1)
      output[#output + 1] = "."
      copied = line_end + 2
    end
    position = line_end + 2
  end
end

-- A filter that doubles a dot which follows a lone LF or a lone CR and is followed by CR, LF or the
-- end. What it holds back between two chunks is at most two bytes.
function dots.stuff()
  local held = ""
  local before -- the byte in front of `held`
  return function(chunk)
    local text = held .. (chunk or "")
    if text == "" then
      return chunk and "" or nil
    end
    local output = {}
    local copied, waits = double(text, before, chunk == nil, output)
    output[#output + 1] = sub(text, copied, waits - 1)
    held = sub(text, waits)
    if waits > 1 then
      before = byte(text, waits - 1)
    end
    return concat(output)
  end
end

return dots
