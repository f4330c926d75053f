---@meta socket.ftp

---What get, put and command have in common. With `tls` the parameters of ssl.newcontext may stand here.
---@class socket.ftp.common: ssl.trust
---@field url string?
---@field host string?
---@field port integer|string|nil
---@field user string?
---@field password string?
---@field tls "implicit"|"explicit"|nil
---@field timeout number? Seconds for everything together.
---@field create (fun(): any)?

---@class socket.ftp.get_table: socket.ftp.common
---@field path string?
---@field argument string? In place of the path, as it is.
---@field type "a"|"i"|nil
---@field command string?
---@field sink ltn12.Sink
---@field step ltn12.Step?

---@class socket.ftp.put_table: socket.ftp.common
---@field path string?
---@field argument string? In place of the path, as it is.
---@field type "a"|"i"|nil
---@field command string?
---@field source ltn12.Source
---@field step ltn12.Step?

---@class socket.ftp.command_table: socket.ftp.common
---@field command string|string[]
---@field argument string|table<integer, string>|nil
---@field check socket.tp.Check|socket.tp.Check[]|nil

---A session, to speak FTP step by step. Its methods raise what socket.try raises.
---@class socket.ftp.session
---@field tp socket.tp.connection
---@field try fun(...): ...
local session = {}

---Receives the greeting.
---@return 1
function session:greet() end

---Logs in.
---@param user? string
---@param password? string
---@return 1
function session:login(user, password) end

---Says whether text or bytes are transferred.
---@param type "a"|"i"
---@return 1
function session:type(type) end

---Changes the directory.
---@param directory string
---@return 1
function session:cwd(directory) end

---Asks the server for a port to connect to.
---@return string address
---@return string port
function session:epsv() end

---Asks the server for a port to connect to, over IPv4.
---@return string address
---@return integer port
function session:pasv() end

---Connects to what pasv or epsv gave.
function session:pasvconnect() end

---Listens, and tells the server where to connect to.
---@param family 1|2
---@param address? string
---@param port? integer|string
---@return 1
function session:eprt(family, address, port) end

---Listens, and tells the server where to connect to, over IPv4.
---@param address? string
---@param port? integer
---@return 1
function session:port(address, port) end

---Accepts the connection of the server.
function session:portconnect() end

---Gets data.
---@param t { path: string?, argument: string?, command: string?, sink: ltn12.Sink, step: ltn12.Step? }
---@return 1
function session:receive(t) end

---Stores data. Gives the number of bytes that were sent.
---@param t { path: string?, argument: string?, command: string?, source: ltn12.Source, step: ltn12.Step? }
---@return number
function session:send(t) end

---Begins TLS at once, before `greet`.
---@param trust? ssl.trust
---@return 1
function session:secure(trust) end

---Begins TLS between `greet` and `login`.
---@param trust? ssl.trust
---@return 1
function session:starttls(trust) end

---Says good-bye.
---@return 1
function session:quit() end

---Closes all connections.
---@return 1
function session:close() end

---A client for FTP, also over TLS.
---@class socket.ftp
---@field TIMEOUT number Seconds for each wait.
---@field USER string
---@field PASSWORD string
---@field VERIFY string|string[]|nil Default of `verify`.
---@field VERIFYHOST string|boolean|nil Default of `verifyhost`.
---@field SYSTEMCA boolean? Default of `systemca`.
local ftp = {}

---Gets a file.
---@param url string
---@return string? content
---@return string? message
---@overload fun(t: socket.ftp.get_table): 1?, string?
function ftp.get(url) end

---Stores a file. Gives the number of bytes that were sent.
---@param url string
---@param content? string
---@return number? sent
---@return string? message
---@overload fun(t: socket.ftp.put_table): number?, string?
function ftp.put(url, content) end

---Sends commands that need no data connection.
---@param t socket.ftp.command_table
---@return 1? done
---@return string? message
function ftp.command(t) end

---The table that `get` makes of a URL. Raises what socket.try raises.
---@param url string
---@return table
function ftp.genericform(url) end

---Connects. Raises what socket.try raises.
---@param server string
---@param port? integer|string
---@param create? fun(): any
---@return socket.ftp.session
function ftp.open(server, port, create) end

return ftp
