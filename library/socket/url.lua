---@meta socket.url

---Parts of a URL; only what is there is present.
---@class socket.url.parts
---@field scheme string?
---@field authority string?
---@field userinfo string?
---@field user string?
---@field password string?
---@field host string? Without the brackets of an IPv6 address.
---@field port string|integer|nil
---@field path string?
---@field params string?
---@field query string?
---@field fragment string?

---Segments of a path.
---@class socket.url.segments
---@field [integer] string|number
---@field is_absolute any True if the path begins with a slash.
---@field is_directory any True if the path ends with a slash.

---URLs: taking apart, putting together, resolving, escaping.
---@class socket.url
---@field _VERSION string
local url = {}

---Takes a URL apart. Fails for nil and the empty string only.
---@param text string|number
---@param default? table Fields that count where the URL has none.
---@return socket.url.parts? parts
---@return string? message
function url.parse(text, default) end

---Puts a URL together. Nothing is escaped or checked.
---@param parts socket.url.parts
---@return string
function url.build(parts) end

---Resolves a reference that was found in the document at `base`.
---@param base string|socket.url.parts|nil
---@param reference string?
---@return string
function url.absolute(base, reference) end

---Takes a path apart, into unescaped segments.
---@param path string?
---@return socket.url.segments
function url.parse_path(path) end

---Puts a path together.
---@param segments socket.url.segments
---@param unsafe? any If true, the segments are not escaped.
---@return string
function url.build_path(segments, unsafe) end

---Writes every byte that is no letter, digit or underscore as `%xx`.
---@param text string|number
---@return string
function url.escape(text) end

---Undoes `%xx`; all else stays.
---@param text string|number
---@return string
function url.unescape(text) end

return url
