---@meta ssl.core

---What lies below ssl.wrap.
---@class ssl.core
---@field SOCKET_INVALID number No descriptor: -1.
local core = {}

---Makes a connection without descriptor.
---@param context ssl.context.object
---@return ssl.connection?
---@return string? message
function core.create(context) end

---Gives a new connection its descriptor.
---@param connection ssl.connection
---@param fd number
function core.setfd(connection, fd) end

---Adds a method to all connections.
---@param name string
---@param f function
function core.setmethod(name, f) end

---OpenSSL's line about the cipher. Nothing before there is one.
---@param connection ssl.connection
---@return string? description
---@return number? bits
---@return number? algorithm_bits
---@return string? protocol
function core.info(connection) end

---Nil: there is no compression.
---@param connection ssl.connection
---@return nil
---@return string? message
function core.compression(connection) end

---Who made it.
---@return string
function core.copyright() end

return core
