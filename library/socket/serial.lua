---@meta socket.serial
-- luacheck: ignore 212 241

---A serial device that is open.
---@class socket.serial.device
---@field class "serial{client}"
local device = {}

---Writes a string, or the strings of a list.
---@param data string|number|(string|number)[]
---@param first? number
---@param last? number
---@return number? position
---@return string? message
---@return number? position After a failure: go on behind it.
function device:send(data, first, last) end

---Reads a line, a number of bytes, everything, or what is there.
---@param pattern? socket.pattern
---@param prefix? string|number
---@return string? data
---@return string? message
---@return string? partial
function device:receive(pattern, prefix) end

---Bounds how long calls may wait.
---@param seconds? number
---@param mode? "b"|"t"|string
---@return number one
function device:settimeout(seconds, mode) end

---Bytes received, bytes sent, age in seconds.
---@return number received
---@return number sent
---@return number age
function device:getstats() end

---Sets what `getstats` counts on from.
---@param received? number
---@param sent? number
---@param age? number
---@return number one
function device:setstats(received, sent, age) end

---Whether the buffer holds bytes that were not read yet.
---@return boolean
function device:dirty() end

---The number of the descriptor; -1 if there is none.
---@return number
function device:getfd() end

---Gives the object another descriptor; does not close the old one.
---@param fd number
function device:setfd(fd) end

---Closes the device.
---@return number one
function device:close() end

---Opens a serial device, or another file that can be read and written.
---@param path string
---@return socket.serial.device? device
---@return string? message
---@return number? number Of the error.
local function serial(path) end

return serial
