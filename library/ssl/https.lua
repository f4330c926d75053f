---@meta ssl.https

---Requests over TLS. VERIFY and the like are the defaults of a program for the parameters of these names.
---@class ssl.https
---@field PORT integer
---@field TIMEOUT number? Seconds for each wait.
---@field VERIFY string|string[]|nil
---@field VERIFYHOST string|boolean|nil
---@field SYSTEMCA boolean?
---@field RESUME boolean?
---@field _VERSION string
---@field _COPYRIGHT string
local https = {}

---Sends a request over TLS and receives the answer; its body is the first result.
---@param url string
---@param body? string|number If it is there, it is POSTed as a form.
---@return string? body
---@return integer|string code The status, or the message of a failure.
---@return table<string, string>? headers
---@return string? status
---@overload fun(request: socket.http.request_table): 1?, integer|string, table<string, string>?, string?
function https.request(url, body) end

---A function that makes connections over TLS, for `create` of http.open.
---@param params? ssl.trust
---@return fun(): any
function https.tcp(params) end

return https
