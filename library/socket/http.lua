---@meta socket.http

---What a server may send.
---@class socket.http.limits
---@field head integer? Bytes of a head, 262144.
---@field line integer? Bytes of one line, 65536.
---@field fields integer? Number of headers, 1000.
---@field chunk integer? Bytes up to which a chunk is handed over whole, 1048576.

---The table of a request. For https the parameters of ssl.newcontext may stand in it, too.
---@class socket.http.request_table: ssl.trust
---@field url string?
---@field scheme string?
---@field host string?
---@field port integer|string|nil
---@field path string?
---@field params string?
---@field query string?
---@field user string?
---@field password string?
---@field uri string? What is sent as the target, as it is.
---@field method string? GET by default.
---@field headers table<string, string|number>?
---@field source ltn12.Source?
---@field sink ltn12.Sink?
---@field step ltn12.Step?
---@field proxy string|false|nil
---@field redirect boolean? False: redirects are not followed.
---@field maxredirects integer|false|nil 5 by default.
---@field create (fun(): any)?
---@field timeout number? Seconds for everything together.
---@field limits socket.http.limits?
---@field resume boolean? For https: false makes every handshake a whole one.

---A connection, to speak HTTP step by step. Its methods raise what socket.try raises.
---@class socket.http.connection
---@field c any The socket.
---@field try fun(...): ...
local connection = {}

---Sends the first line of a request.
---@param method string? GET by default.
---@param uri string
---@return number
function connection:sendrequestline(method, uri) end

---Sends the headers and the empty line.
---@param headers table<string, string|number>
---@return 1
function connection:sendheaders(headers) end

---Sends a body, chunked unless the headers have a content-length.
---@param headers table<string, string|number>
---@param source ltn12.Source?
---@param step? ltn12.Step
---@return 1
function connection:sendbody(headers, source, step) end

---Receives a status line. Nil and five bytes of the body for HTTP/0.9.
---@return integer? code
---@return string line
function connection:receivestatusline() end

---Receives the headers, by names in lower case.
---@return table<string, string>
function connection:receiveheaders() end

---Receives the body that the headers announce.
---@param headers table<string, string>
---@param sink? ltn12.Sink
---@param step? ltn12.Step
---@return 1
function connection:receivebody(headers, sink, step) end

---Receives the body of an answer in HTTP/0.9.
---@param start string
---@param sink ltn12.Sink
---@param step? ltn12.Step
---@return 1
function connection:receive09body(start, sink, step) end

---Closes the socket.
---@return any
function connection:close() end

---@class socket.http.scheme
---@field port integer
---@field create fun(request: table): fun(): any

---A client for HTTP/1.1 and https.
---@class socket.http
---@field TIMEOUT number? Seconds for each wait.
---@field USERAGENT string?
---@field PROXY string? URL of a proxy for all requests.
---@field LIMITS socket.http.limits? For all requests.
---@field schemes table<string, socket.http.scheme>
local http = {}

---Sends a request and receives the answer; its body is the first result.
---@param url string
---@param body? string|number If it is there, it is POSTed as a form.
---@return string? body
---@return integer|string code The status, or the message of a failure.
---@return table<string, string>? headers
---@return string? status
---@overload fun(request: socket.http.request_table): 1?, integer|string, table<string, string>?, string?
function http.request(url, body) end

---The table that `request` makes of its first form.
---@param url string
---@param body? string|number
---@return socket.http.request_table
function http.genericform(url, body) end

---Connects. Raises what socket.try raises.
---@param host string
---@param port integer|string
---@param create? fun(): any
---@return socket.http.connection
function http.open(host, port, create) end

return http
