---@meta ssl.context

---Functions that work on contexts. A failure is false and a message.
---@class ssl.context
local context = {}

---Makes a context that has no mode yet.
---@param protocol string
---@return ssl.context.object?
---@return string? message
function context.create(protocol) end

---Puts a context of these parameters in the place of another, for connections to come.
---@param ctx ssl.context.object
---@param params ssl.params
---@return boolean done
---@return string? message
function context.reload(ctx, params) end

---Makes it one of clients or of servers.
---@param ctx ssl.context.object
---@param mode "client"|"server"
---@return boolean done
---@return string? message
function context.setmode(ctx, mode) end

---Loads a key: a PEM file, or its text.
---@param ctx ssl.context.object
---@param key string
---@param password? string|fun(): string
---@return boolean done
---@return string? message
function context.loadkey(ctx, key, password) end

---Loads a certificate and its chain: a PEM file, or its text.
---@param ctx ssl.context.object
---@param certificate string
---@return boolean done
---@return string? message
function context.loadcert(ctx, certificate) end

---Whether key and certificate fit.
---@param ctx ssl.context.object
---@return boolean
function context.checkkey(ctx) end

---Trusts what is in a file or a directory.
---@param ctx ssl.context.object
---@param cafile string?
---@param capath? string
---@return boolean done
---@return string? message
function context.locations(ctx, cafile, capath) end

---Sets what `verify` sets.
---@param ctx ssl.context.object
---@param ... string
---@return boolean done
---@return string? message
function context.setverify(ctx, ...) end

---Sets what `options` sets.
---@param ctx ssl.context.object
---@param ... string
---@return boolean done
---@return string? message
function context.setoptions(ctx, ...) end

---Limits the length of chains.
---@param ctx ssl.context.object
---@param depth integer
---@return true
function context.setdepth(ctx, depth) end

---Sets the ciphers up to TLS 1.2.
---@param ctx ssl.context.object
---@param list string
---@return boolean done
---@return string? message
function context.setcipher(ctx, list) end

---Sets those of TLS 1.3.
---@param ctx ssl.context.object
---@param list string
---@return boolean done
---@return string? message
function context.setciphersuites(ctx, list) end

---Sets the elliptic curve.
---@param ctx ssl.context.object
---@param name string
---@return boolean done
---@return string? message
function context.setcurve(ctx, name) end

---Sets the elliptic curves, the best first.
---@param ctx ssl.context.object
---@param list string
---@return boolean done
---@return string? message
function context.setcurveslist(ctx, list) end

---Sets the function that gives parameters of DH.
---@param ctx ssl.context.object
---@param f fun(export: boolean, bits: integer): string
function context.setdhparam(ctx, f) end

---Sets what a client offers, in the form of RFC 7301.
---@param ctx ssl.context.object
---@param wire string
---@return boolean done
---@return string? message
function context.setalpn(ctx, wire) end

---Sets the function by which a server chooses.
---@param ctx ssl.context.object
---@param f fun(wire: string): string?
---@return true
function context.setalpncb(ctx, f) end

---Sets the function that gives a client's identity and key.
---@param ctx ssl.context.object
---@param f fun(hint: string?, identity_bytes: integer, key_bytes: integer): string?, string?
---@return true
function context.setclientpskcb(ctx, f) end

---Sets the function that gives a server the key of an identity.
---@param ctx ssl.context.object
---@param f fun(identity: string, key_bytes: integer): string?
---@return true
function context.setserverpskcb(ctx, f) end

---Sets the hint that clients get.
---@param ctx ssl.context.object
---@param hint string
---@return boolean
function context.setpskhint(ctx, hint) end

---Allows DANE.
---@param ctx ssl.context.object
---@param ... "no_ee_namechecks"
---@return boolean
function context.setdane(ctx, ...) end

---Gives a server an OCSP response, a client a demand; nil for none.
---@param ctx ssl.context.object
---@param value string?
---@return boolean done
---@return string? message
function context.setocsp(ctx, value) end

---Gives a server the keys of its tickets, of 80 bytes each.
---@param ctx ssl.context.object
---@param ... string
---@return boolean done
---@return string? message
function context.setticketkeys(ctx, ...) end

return context
