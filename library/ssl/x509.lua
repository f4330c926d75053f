---@meta ssl.x509

---A part of a name.
---@class ssl.name_part
---@field oid string
---@field name string
---@field value string

---A certificate.
---@class ssl.x509.certificate
local certificate = {}

---The digest in hexadecimal.
---@param algorithm? "sha1"|"sha256"|"sha512"
---@return string?
---@return string? message
function certificate:digest(algorithm) end

---The alternative names, under "2.5.29.17".
---@return table<string, table>
function certificate:extensions() end

---The name of the algorithm that it is signed by.
---@return string
function certificate:getsignaturename() end

---Whether this certificate vouches for another one.
---@param subject ssl.x509.certificate
---@param ... ssl.x509.certificate Between the two, not trusted.
---@return true? issued
---@return string? reason
function certificate:issued(subject, ...) end

---Who signed it.
---@return ssl.name_part[]
function certificate:issuer() end

---Until when it is valid.
---@return string
function certificate:notafter() end

---From when on it is valid.
---@return string
function certificate:notbefore() end

---The certificate as PEM text.
---@return string
function certificate:pem() end

---The public key as PEM text, its type and its bits.
---@return string? pem
---@return string type Or the message of a failure.
---@return integer? bits
function certificate:pubkey() end

---The serial number in hexadecimal.
---@return string
function certificate:serial() end

---How strings come out of names.
---@param encoding "ai5"|"utf8"
---@return boolean
function certificate:setencode(encoding) end

---Whom it is for.
---@return ssl.name_part[]
function certificate:subject() end

---Whether it is valid at a time.
---@param time integer Seconds since 1970.
---@return boolean
function certificate:validat(time) end

---Certificates.
---@class ssl.x509
local x509 = {}

---The first certificate in a PEM text.
---@param pem string
---@return ssl.x509.certificate?
function x509.load(pem) end

return x509
