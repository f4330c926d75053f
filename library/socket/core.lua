---@meta socket.core

-- The same table as `socket`, of which only the native functions are there before that was required.

return require("socket")
