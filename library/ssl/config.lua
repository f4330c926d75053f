---@meta ssl.config

---What the parameters of ssl.newcontext may be: names with the value true.
---@class ssl.config
---@field protocols table<string, true>
---@field options table<string, true>
---@field curves table<string, true>
---@field algorithms table<string, true>
---@field capabilities table<string, true|table<string, true>>
local config = {}

return config
