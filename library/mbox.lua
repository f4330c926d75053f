---@meta mbox

---@class mbox.message
---@field headers table<string, string> By names in lower case.
---@field body string

---Mailboxes and messages, taken apart.
---@class mbox
local mbox = {}

---All messages of a mailbox.
---@param text string
---@return mbox.message[]
function mbox.parse(text) end

---Divides a mailbox into messages.
---@param text string
---@return string[]
function mbox.split_mbox(text) end

---Headers and body of one message.
---@param text string
---@return mbox.message
function mbox.parse_message(text) end

---Divides a message at its first empty line.
---@param text string
---@return string headers
---@return string body
function mbox.split_message(text) end

---The headers as a table, by names in lower case.
---@param text string
---@return table<string, string>
function mbox.parse_headers(text) end

---The headers as a list of lines, continued lines joined.
---@param text string
---@return string[]
function mbox.split_headers(text) end

---Name and value of one header; nil, nil without a colon.
---@param line string
---@return string? name
---@return string? value
function mbox.parse_header(line) end

---Name and address of what stands in a header such as From.
---@param text string
---@return string name
---@return string address
function mbox.parse_from(text) end

return mbox
