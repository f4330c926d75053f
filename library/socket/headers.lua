---@meta socket.headers

---How names of header fields are written.
---@class socket.headers
---@field canonic table<string, string> From the name in lower case to the spelling that is sent.
local headers = {}

return headers
