---@meta mime.core

-- The same table as that of mime.
---@type mime
local mime = {}

return mime
