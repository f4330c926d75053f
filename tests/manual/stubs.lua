-- The names that a file of library/ declares for the Lua language server.

local stubs = {}

-- The class of the stubs for each word that stands for a class in the reference.
local words = {
  ["socket.tcp"] = "tcp", ["socket.udp"] = "udp", ["socket.unix.stream"] = "unix-stream",
  ["socket.unix.dgram"] = "unix-dgram", ["socket.serial.device"] = "serial",
  ["socket.http.connection"] = "http", ["socket.smtp.session"] = "smtp", ["socket.ftp.session"] = "ftp",
  ["socket.tp.connection"] = "tp", ["ssl.connection"] = "ssl", ["ssl.context.object"] = "context",
  ["ssl.x509.certificate"] = "x509", ["moontide.task"] = "task", ["moontide.group"] = "group",
  ["moontide.channel"] = "channel", ["moontide.mutex"] = "mutex", ["moontide.semaphore"] = "semaphore",
  ["moontide.condition"] = "condition", ["moontide.event"] = "event", ["moontide.workers"] = "workers",
  ["moontide.loop"] = "loop",
}

-- Calls f(name) for each function and field of `text`. What belongs to a class that is neither a module nor
-- an object, such as the fields of a table of arguments, has the name of that class, which nobody looks for.
function stubs.each(text, f)
  local class
  local classes = {} -- by the variable that has their functions
  local function tell(owner, key, is_field)
    if not words[owner] then
      f(owner .. "." .. key)
    elseif not is_field then
      f(words[owner] .. ":" .. key)
    end
  end
  for line in text:gmatch("[^\n]+") do
    local variable, path = line:match("^function ([%w_]+)[.:]([%w_.]+)%s*%(")
    if not variable then
      variable, path = line:match("^([%w_]+)%.([%w_.]+)%s*=")
    end
    local field, kind = line:match("^%-%-%-@field%s+([%w_]+)%??%s+(%S+)")
    if not field then
      field, kind = line:match('^%-%-%-@field%s+%[["\']([^"\']+)["\']%]%??%s+(%S+)')
    end
    if line:match("^%-%-%-@class") then
      class = line:match("^%-%-%-@class%s+([%w_.]+)") or line:match("^%-%-%-@class%s+%(%a+%)%s*([%w_.]+)")
    elseif line:match("^local [%w_]+ = ") and class then
      classes[line:match("^local ([%w_]+)")] = class
      class = nil
    elseif field and class then
      tell(class, field, not kind:match("^fun"))
    elseif variable and classes[variable] then
      tell(classes[variable], path, false)
    end
  end
end

return stubs
