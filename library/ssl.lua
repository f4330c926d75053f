---@meta ssl

---Parameters of contexts that stand in tables of requests, too.
---@class ssl.trust
---@field verify string|string[]|nil "peer", "none", "client_once", "fail_if_no_peer_cert".
---@field cafile string? PEM file, or its text.
---@field capath string?
---@field systemca boolean? The system's store is trusted, too.
---@field servername string? The name to ask for (SNI).
---@field verifyhost string|boolean|nil The name that the certificate is to be for.
---@field depth integer?
---@field verifyext string|string[]|nil
---@field ocsp string?
---@field dane boolean|string[]|nil
---@field key string? PEM file, or its text.
---@field certificate string? PEM file, or its text.
---@field certificates ssl.identity[]?
---@field pkcs12 string?
---@field protocol "any"|"sslv23"|"tlsv1"|"tlsv1_1"|"tlsv1_2"|"tlsv1_3"|nil
---@field options string|string[]|nil
---@field ciphers string?
---@field ciphersuites string?
---@field curve string?
---@field curveslist string?
---@field alpn string|string[]|(fun(offered: string[]): string|string[]|nil)|nil
---@field psk function|{ hint: string?, callback: function }|nil
---@field keylog string?

---A key and its certificate.
---@class ssl.identity
---@field key string?
---@field certificate string?
---@field pkcs12 string?
---@field password string|(fun(): string)|nil

---Parameters of a context.
---@class ssl.params: ssl.trust
---@field mode "client"|"server"
---@field password string|(fun(): string)|nil Of the key.
---@field dhparam (fun(export: boolean, bits: integer): string)?
---@field ticketkeys string[]? Strings of 80 bytes.

---Keys, certificates and settings.
---@class ssl.context.object
local ctx = {}

---Sets what `verifyext` sets.
---@param ... string
---@return boolean done
---@return string? message
function ctx:setverifyext(...) end

---What a connection leaves for the next one.
---@class ssl.session

---What was agreed upon.
---@class ssl.info
---@field protocol string
---@field cipher string
---@field bits number
---@field algbits number
---@field key string
---@field authentication string
---@field encryption string
---@field mac string
---@field export boolean

---A connection over TLS.
---@class ssl.connection
local connection = {}

---Shakes hands. "wantread" and "wantwrite": call it again.
---@return boolean done
---@return string? message
function connection:dohandshake() end

---Sends a string, or a list of strings as if they were one.
---@param data string|number|(string|number)[]
---@param i? integer
---@param j? integer
---@return number? last
---@return string? message
---@return number? last
function connection:send(data, i, j) end

---Receives a line, a number of bytes, all there is to come, or what is there ("*b").
---@param pattern? string|number
---@param prefix? string|number Of "*b": the limit.
---@return string? data
---@return string? message
---@return string? partial
function connection:receive(pattern, prefix) end

---Sends a file, or a part of it.
---@param file string|file*|integer
---@param offset? integer
---@param length? integer
---@return number? offset
---@return string? message
---@return number? offset
function connection:sendfile(file, offset, length) end

---Says that nothing more comes, and closes.
function connection:close() end

---Limits waits, by seconds.
---@param seconds? number
---@param mode? "b"|"t"|"r"|string
---@return number
function connection:settimeout(seconds, mode) end

---The limits of each wait and of all of them.
---@return number block
---@return number total
function connection:gettimeout() end

---What the last call stopped at.
---@return "nothing"|"read"|"write"
function connection:want() end

---Whether there are bytes that the system does not know of any more.
---@return boolean
function connection:dirty() end

---The descriptor, -1 if it is closed.
---@return number
function connection:getfd() end

---Bytes received, bytes sent, age.
---@return number received
---@return number sent
---@return number age
function connection:getstats() end

---Sets what getstats counts on from.
---@param received? number
---@param sent? number
---@param age? number
---@return number
function connection:setstats(received, sent, age) end

---The name of the peer.
---@return string? address
---@return number|string port Or the message of a failure.
---@return string? family
function connection:getpeername() end

---The own name.
---@return string? address
---@return number|string port Or the message of a failure.
---@return string? family
function connection:getsockname() end

---The family of the addresses.
---@return string
function connection:getfamily() end

---Sets an option of the socket below.
---@param name string
---@param value? any
---@return number? done
---@return string? message
function connection:setoption(name, value) end

---An option of the socket below.
---@param name string
---@return any value
---@return string? message
function connection:getoption(name) end

---What was agreed upon.
---@return ssl.info? info
---@return string? message
---@overload fun(self: ssl.connection, field: string): any, string?
function connection:info() end

---Whether the certificate of the other side was found good, and if not, why.
---@return boolean good
---@return string|table<integer, string[]>|nil reason
function connection:getpeerverification() end

---A certificate that the other side sent.
---@param n? integer 1 is its own.
---@return ssl.x509.certificate?
---@return string? message
function connection:getpeercertificate(n) end

---All certificates that the other side sent.
---@return ssl.x509.certificate[]?
---@return string? message
function connection:getpeerchain() end

---A certificate that this side presents.
---@param n? integer 1 is its own.
---@return ssl.x509.certificate?
---@return string? message
function connection:getlocalcertificate(n) end

---All certificates that this side presents.
---@return ssl.x509.certificate[]?
---@return string? message
function connection:getlocalchain() end

---The message Finished that this side sent.
---@return string?
---@return string? message
function connection:getfinished() end

---The message Finished that the other side sent.
---@return string?
---@return string? message
function connection:getpeerfinished() end

---Secret bytes that both sides can make.
---@param label string
---@param length integer
---@param context? string
---@return string?
---@return string? message
function connection:exportkeyingmaterial(label, length, context) end

---Names, before the handshake: a client's wish, or a server's contexts by name.
---@param name string
---@return true?
---@overload fun(self: ssl.connection, map: table<string, ssl.context.object>, strict?: boolean): true?
function connection:sni(name) end

---The name that the client asked for.
---@return string?
function connection:getsniname() end

---The protocol that was agreed upon by ALPN.
---@return string?
function connection:getalpn() end

---Wants a certificate that fits the TLSA records of a name.
---@param name string
---@return boolean
function connection:setdane(name) end

---Adds a TLSA record.
---@param usage integer
---@param selector integer
---@param type integer
---@param data string
---@return boolean
function connection:settlsa(usage, selector, type, data) end

---What this connection leaves for the next one to the same server.
---@return ssl.session?
function connection:getsession() end

---Offers what an earlier connection left.
---@param session ssl.session
---@return true? done
---@return string? message
function connection:setsession(session) end

---TLS: contexts, and connections made of sockets.
---@class ssl
---@field config ssl.config
---@field _VERSION string
---@field _COPYRIGHT string
local ssl = {}

---Makes a context.
---@param params ssl.params
---@return ssl.context.object?
---@return string? message
function ssl.newcontext(params) end

---Makes a connection of a socket, whose descriptor it takes.
---@param socket any Anything with the methods getfd and setfd.
---@param context ssl.context.object|ssl.params
---@return ssl.connection?
---@return string? message
function ssl.wrap(socket, context) end

---The first certificate in a PEM text.
---@param pem string
---@return ssl.x509.certificate?
function ssl.loadcertificate(pem) end

return ssl
