---@meta socket.unix
-- luacheck: ignore 212 241

---Sockets between programs of one machine.
---@class socket.unix
---@overload fun(): socket.unix.stream?, string?
local unix = {}

---Makes a stream object.
---@return socket.unix.stream? master
---@return string? message
function unix.stream() end

---Makes a datagram object.
---@return socket.unix.dgram? unconnected
---@return string? message
function unix.dgram() end

---The old name of `stream`.
---@return socket.unix.stream? master
---@return string? message
function unix.tcp() end

---The old name of `dgram`.
---@return socket.unix.dgram? unconnected
---@return string? message
function unix.udp() end

-- Streams -----------------------------------------------------------------------------------------------

---A stream object in the state master, client or server.
---@class socket.unix.stream
---@field class "unixstream{master}"|"unixstream{client}"|"unixstream{server}"
local stream = {}

---Gives the socket its path (master).
---@param path string
---@return number? one
---@return string? message
function stream:bind(path) end

---Another name of `bind`.
---@param path string
---@return number? one
---@return string? message
function stream:setsockname(path) end

---Makes a server of a master.
---@param backlog? number
---@return number? one
---@return string? message
function stream:listen(backlog) end

---Takes the next connection (server).
---@return socket.unix.stream? client
---@return string? message
function stream:accept() end

---Connects to a server (master).
---@param path string
---@return number? one
---@return string? message
function stream:connect(path) end

---Another name of `connect`.
---@param path string
---@return number? one
---@return string? message
function stream:setpeername(path) end

---Sends a string, or the strings of a list as if they were one (client).
---@param data string|number|(string|number)[]
---@param first? number
---@param last? number
---@return number? position
---@return string? message
---@return number? position After a failure: go on behind it.
function stream:send(data, first, last) end

---Receives a line, a number of bytes, everything, or what is there (client).
---@param pattern? socket.pattern
---@param prefix? string|number
---@return string? data
---@return string? message
---@return string? partial
function stream:receive(pattern, prefix) end

---Sends a file, or a part of it (client).
---@param file string|file*|number
---@param offset? number
---@param length? number
---@return number? offset
---@return string? message
---@return number? offset After a failure: go on from there.
function stream:sendfile(file, offset, length) end

---Ends one direction of a connection, or both (client).
---@param how? "both"|"send"|"receive"
---@return number one
function stream:shutdown(how) end

---Closes the socket; does not remove its path.
---@return number one
function stream:close() end

---The path that the socket was bound to.
---@return string? path
---@return string? message
function stream:getsockname() end

---Sets an option.
---@param name "keepalive"|"reuseaddr"|"linger"
---@param value? any
---@return number? one
---@return string? message
function stream:setoption(name, value) end

---Bounds how long calls may wait.
---@param seconds? number
---@param mode? "b"|"t"|string
---@return number one
function stream:settimeout(seconds, mode) end

---Bytes received, bytes sent, age in seconds (client).
---@return number received
---@return number sent
---@return number age
function stream:getstats() end

---Sets what `getstats` counts on from (client).
---@param received? number
---@param sent? number
---@param age? number
---@return number one
function stream:setstats(received, sent, age) end

---Whether the buffer holds bytes that were not read yet.
---@return boolean
function stream:dirty() end

---The number of the descriptor; -1 if there is none.
---@return number
function stream:getfd() end

---Gives the object another descriptor; does not close the old one.
---@param fd number
function stream:setfd(fd) end

-- Datagrams ---------------------------------------------------------------------------------------------

---A datagram object in the state unconnected or connected.
---@class socket.unix.dgram
---@field class "unixdgram{unconnected}"|"unixdgram{connected}"
local dgram = {}

---Gives the socket its path (unconnected).
---@param path string
---@return number? one
---@return string? message
function dgram:bind(path) end

---Another name of `bind`.
---@param path string
---@return number? one
---@return string? message
function dgram:setsockname(path) end

---Gives the object a peer.
---@param path string
---@return number? one
---@return string? message
function dgram:connect(path) end

---Another name of `connect`.
---@param path string
---@return number? one
---@return string? message
function dgram:setpeername(path) end

---Sends a datagram to the peer (connected).
---@param datagram string|number
---@return number? bytes
---@return string? message
function dgram:send(datagram) end

---Sends a datagram to a path (unconnected).
---@param datagram string|number
---@param path string
---@return number? bytes
---@return string? message
function dgram:sendto(datagram, path) end

---Receives a datagram.
---@param size? number Bytes of it that are kept (8192).
---@return string? datagram
---@return string? message
function dgram:receive(size) end

---Receives a datagram and tells where it comes from (unconnected).
---@param size? number
---@return string? datagram
---@return string path_or_message
function dgram:receivefrom(size) end

---The path of the object.
---@return string? path
---@return string? message
function dgram:getsockname() end

---Sets an option.
---@param name "reuseaddr"
---@param value? boolean
---@return number? one
---@return string? message
function dgram:setoption(name, value) end

---Bounds how long calls may wait.
---@param seconds? number
---@param mode? "b"|"t"|string
---@return number one
function dgram:settimeout(seconds, mode) end

---The timeouts in seconds; -1 is none.
---@return number block
---@return number total
function dgram:gettimeout() end

---False: there is no buffer.
---@return boolean
function dgram:dirty() end

---The number of the descriptor; -1 if there is none.
---@return number
function dgram:getfd() end

---Gives the object another descriptor; does not close the old one.
---@param fd number
function dgram:setfd(fd) end

---Closes the socket; does not remove its path.
---@return number one
function dgram:close() end

return unix
