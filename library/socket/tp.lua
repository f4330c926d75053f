---@meta socket.tp

---What a reply has to be: a pattern for its code, a number, a list of these, or a function that judges.
---@alias socket.tp.Check string|number|(string|number)[]|fun(code: integer, reply: string): ...

---A connection of a protocol with commands and numbered replies.
---@class socket.tp.connection
---@field c any The socket; a program may put another one here.
local connection = {}

---Sends a command in upper case, and its argument.
---@param name string|number
---@param argument? string|number
---@return number? last
---@return string? message
function connection:command(name, argument) end

---Receives a reply and looks at its code.
---@param ok socket.tp.Check
---@return integer? code
---@return string reply Or the message of a failure.
function connection:check(ok) end

---Sends text as it is.
---@param text string
---@return number? last
---@return string? message
function connection:send(text) end

---Receives.
---@param pattern? string|number
---@return string? data
---@return string? message
---@return string? partial
function connection:receive(pattern) end

---Receives once, into a sink.
---@param sink ltn12.Sink
---@param pattern? string|number
---@return any
function connection:sink(sink, pattern) end

---Sends all that a source gives.
---@param source ltn12.Source
---@param step? ltn12.Step
---@return 1? done
---@return string? message
function connection:source(source, step) end

---Closes the socket.
---@return 1
function connection:close() end

---The socket.
---@return any
function connection:getcontrol() end

---The descriptor of the socket.
---@return number
function connection:getfd() end

---Whether bytes wait in the buffer of the socket.
---@return boolean
function connection:dirty() end

---The name of the peer.
---@return string? address
---@return number|string port
function connection:getpeername() end

---The own name.
---@return string? address
---@return number|string port
function connection:getsockname() end

---Text protocols with numbered replies.
---@class socket.tp
---@field TIMEOUT number Seconds for each wait.
---@field REPLYSIZE integer? Bytes that a reply may have, 65536.
local tp = {}

---Connects.
---@param host string
---@param port integer|string
---@param timeout? number Seconds for each wait.
---@param create? fun(): any
---@return socket.tp.connection?
---@return string? message
function tp.connect(host, port, timeout, create) end

return tp
