---@meta mime

---Transfer encodings of mail, as filters and as functions.
---@class mime
---@field encodet table<string, fun(...): ltn12.Filter> What `encode` finds filters in.
---@field decodet table<string, fun(...): ltn12.Filter> What `decode` finds filters in.
---@field wrapt table<string, fun(...): ltn12.Filter> What `wrap` finds filters in.
---@field _VERSION string
local mime = {}

---A filter that encodes.
---@param name "base64"|"quoted-printable"|string
---@param mode? "binary"|string For quoted-printable: "binary" encodes line ends.
---@return ltn12.Filter
function mime.encode(name, mode) end

---A filter that decodes.
---@param name "base64"|"quoted-printable"|string
---@return ltn12.Filter
function mime.decode(name) end

---A filter that breaks lines.
---@param name "text"|"base64"|"quoted-printable"|string
---@param length? integer Characters in a line, 76 by default.
---@return ltn12.Filter
---@overload fun(length?: integer): ltn12.Filter
function mime.wrap(name, length) end

---A filter that makes all line ends the same.
---@param marker? string CR LF by default.
---@return ltn12.Filter
function mime.normalize(marker) end

---A filter that doubles dots at the begin of lines, for SMTP.
---@return ltn12.Filter
function mime.stuff() end

---Encodes in Base64.
---@param carry string|number|nil What the call before left over.
---@param chunk string|number|nil Nil at the end.
---@return string? encoded
---@return string? carry
function mime.b64(carry, chunk) end

---Decodes Base64.
---@param carry string|number|nil What the call before left over.
---@param chunk string|number|nil Nil at the end.
---@return string? decoded
---@return string? carry
function mime.unb64(carry, chunk) end

---Encodes as quoted-printable.
---@param carry string|number|nil What the call before left over.
---@param chunk string|number|nil Nil at the end.
---@param marker? string What is written for CR LF.
---@return string? encoded
---@return string? carry
function mime.qp(carry, chunk, marker) end

---Decodes quoted-printable.
---@param carry string|number|nil What the call before left over.
---@param chunk string|number|nil Nil at the end.
---@return string? decoded
---@return string? carry
function mime.unqp(carry, chunk) end

---Breaks text into lines.
---@param left number Room in the current line.
---@param chunk string|number|nil Nil at the end.
---@param length? number Characters in a line, 76 by default.
---@return string? text
---@return number left
function mime.wrp(left, chunk, length) end

---Breaks quoted-printable text into lines.
---@param left number Room in the current line.
---@param chunk string|number|nil Nil at the end.
---@param length? number Characters in a line, 76 by default.
---@return string? text
---@return number left
function mime.qpwrp(left, chunk, length) end

---Makes all line ends the same.
---@param context number 0 at first.
---@param chunk string|number|nil Nil at the end.
---@param marker? string CR LF by default.
---@return string? text
---@return number context
function mime.eol(context, chunk, marker) end

---Doubles dots at the begin of lines.
---@param context number 2 at first.
---@param chunk string|number|nil Nil at the end.
---@return string? text
---@return number context
function mime.dot(context, chunk) end

return mime
