---@meta socket.smtp

---A message, or a part of one.
---@class socket.smtp.message_table
---@field headers table<string, string|number>?
---@field body string|ltn12.Source|socket.smtp.multipart|nil
---@field zone string? Behind the time in the header date.

---Parts of a message.
---@class socket.smtp.multipart
---@field [integer] socket.smtp.message_table
---@field preamble string?
---@field epilogue string?

---Who a user is.
---@class socket.smtp.credentials
---@field user string
---@field password string?
---@field token string? A token of OAuth 2.0.
---@field auth string|string[]|nil Mechanisms, the best first.
---@field auth_in_clear boolean? Secrets may be told without TLS.

---A mail. With `tls` the parameters of ssl.newcontext may stand in it, too.
---@class socket.smtp.mail: ssl.trust
---@field from string With brackets.
---@field rcpt string|string[] With brackets.
---@field source ltn12.Source The message, headers included.
---@field server string?
---@field port integer|string|nil
---@field domain string?
---@field user string?
---@field password string?
---@field token string? A token of OAuth 2.0.
---@field auth string|string[]|nil Mechanisms, the best first.
---@field auth_in_clear boolean? Secrets may be told without TLS.
---@field tls "starttls"|"implicit"|"opportunistic"|nil
---@field timeout number? Seconds for everything together.
---@field step ltn12.Step?
---@field create (fun(): any)?

---A session, to speak SMTP step by step. Its methods raise what socket.try raises.
---@class socket.smtp.session
---@field tp socket.tp.connection
---@field try fun(...): ...
local session = {}

---Receives the greeting and sends EHLO. Gives what the server offers.
---@param domain? string
---@return string
function session:greet(domain) end

---Names the sender.
---@param from string
---@return integer code
---@return string reply
function session:mail(from) end

---Names a recipient.
---@param to string
---@return integer code
---@return string reply
function session:rcpt(to) end

---Sends the message, whose dots have been doubled.
---@param source ltn12.Source
---@param step? ltn12.Step
---@return integer code
---@return string reply
function session:data(source, step) end

---Sends a mail: sender, recipients, message.
---@param mail socket.smtp.mail
function session:send(mail) end

---Begins TLS at once, before `greet`.
---@param trust? ssl.trust
---@return 1
function session:secure(trust) end

---Begins TLS after `greet`. Gives what the server offers then.
---@param trust? ssl.trust
---@return string
function session:starttls(trust) end

---Proves who the user is, by the best mechanism that both sides know.
---@param credentials socket.smtp.credentials
---@param ext? string What the server offers.
---@return integer code
---@return string reply
function session:authenticate(credentials, ext) end

---Proves who the user is by LOGIN or PLAIN. 1 without user or password.
---@param user string?
---@param password string?
---@param ext string What `greet` gave.
---@return integer code
---@return string? reply
function session:auth(user, password, ext) end

---Proves who the user is by LOGIN.
---@param user string
---@param password string
---@return integer code
---@return string reply
function session:login(user, password) end

---Proves who the user is by PLAIN.
---@param user string
---@param password string
---@return integer code
---@return string reply
function session:plain(user, password) end

---Says good-bye.
---@return integer code
---@return string reply
function session:quit() end

---Closes the connection.
---@return 1
function session:close() end

---Mail messages, and sending them.
---@class socket.smtp
---@field TIMEOUT number Seconds for each wait.
---@field SERVER string
---@field PORT integer
---@field DOMAIN string How this host calls itself.
---@field ZONE string Behind the time in the header date.
---@field VERIFY string|string[]|nil Default of `verify`.
---@field VERIFYHOST string|boolean|nil Default of `verifyhost`.
---@field SYSTEMCA boolean? Default of `systemca`.
local smtp = {}

---Sends a mail.
---@param mail socket.smtp.mail
---@return 1? done
---@return string? message
function smtp.send(mail) end

---A source of the message that a table describes.
---@param message socket.smtp.message_table
---@return ltn12.Source
function smtp.message(message) end

---Connects. Raises what socket.try raises.
---@param server? string
---@param port? integer|string
---@param create? fun(): any
---@return socket.smtp.session
function smtp.open(server, port, create) end

return smtp
