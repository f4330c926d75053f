-- The public names of all modules and of the methods of all objects, as they really are.

local moontide = require("moontide")
local socket = require("socket")

local live = {}

live.modules = {
  "socket", "socket.unix", "socket.serial", "socket.url", "socket.headers", "socket.http", "socket.smtp",
  "socket.ftp", "socket.tp", "mime", "ltn12", "mbox", "ssl", "ssl.core", "ssl.context", "ssl.x509",
  "ssl.config", "ssl.https", "moontide",
}

-- Tables of modules whose names are as public as those of the module.
local namespaces = {
  ["socket.dns"] = true, ["ltn12.source"] = true, ["ltn12.sink"] = true, ["ltn12.filter"] = true,
  ["ltn12.pump"] = true,
}

-- Fields that a module reads, and that are absent until a program sets them.
local settings = {
  "socket._DEBUG", "socket.ftp.SYSTEMCA", "socket.ftp.VERIFY", "socket.ftp.VERIFYHOST", "socket.http.LIMITS",
  "socket.http.PROXY", "socket.smtp.SYSTEMCA", "socket.smtp.VERIFY", "socket.smtp.VERIFYHOST",
  "socket.tp.REPLYSIZE", "ssl.https.RESUME", "ssl.https.SYSTEMCA", "ssl.https.VERIFY", "ssl.https.VERIFYHOST",
}

-- An object of each class: a list of pairs of the word for the class and the object.
local function objects(page_of_certificate)
  local found = {}
  local function add(word, object)
    found[#found + 1] = { word = word, object = assert(object, word) }
  end
  local listener = assert(socket.bind("127.0.0.1", 0))
  local host, port = listener:getsockname()
  -- Opens a connection to us, with a greeting where the protocol has one.
  local function opened(open, greeting)
    local result
    moontide.run(function()
      moontide.spawn(function()
        local peer = listener:accept()
        peer:send(greeting)
        add("tcp", peer)
      end)
      result = assert(open(host, port))
    end)
    return result
  end

  add("tcp", socket.tcp())
  add("tcp", listener)
  add("udp", socket.udp())
  local connected = socket.udp4()
  connected:setpeername("127.0.0.1", 9)
  add("udp", connected)
  local unix = require("socket.unix")
  add("unix-stream", unix.stream())
  add("unix-dgram", unix.dgram())
  add("serial", require("socket.serial")("/dev/null"))
  add("http", opened(require("socket.http").open, ""))
  add("smtp", opened(require("socket.smtp").open, "220 ready\r\n"))
  add("ftp", opened(require("socket.ftp").open, "220 ready\r\n"))
  add("tp", opened(require("socket.tp").connect, ""))

  local ssl = require("ssl")
  local context = assert(ssl.newcontext({ mode = "client", protocol = "any" }))
  add("context", context)
  add("ssl", ssl.wrap(opened(socket.connect, ""), context))
  add("x509", require("ssl").loadcertificate(page_of_certificate))

  add("task", moontide.spawn(function() end))
  moontide.run(function() moontide.group(function(group) add("group", group) end) end)
  add("channel", moontide.channel())
  add("mutex", moontide.mutex())
  add("semaphore", moontide.semaphore())
  add("condition", moontide.condition())
  add("event", moontide.event())
  local workers = assert(moontide.workers(1, function() end))
  add("workers", workers)
  assert(workers:wait())
  return found
end

-- Calls f(name) for each name; f(name, true) for one that may be left out, too.
function live.each(certificate, f)
  local known = {}
  local function tell(name, optional)
    if not known[name] then
      known[name] = true
      f(name, optional)
    end
  end
  local values = {}
  for _, name in ipairs(live.modules) do
    values[require(name)] = true
    tell(name, true)
  end

  local function tell_table(name, value)
    for key, field in pairs(value) do
      local full = name .. "." .. key
      if namespaces[full] then
        tell(full, true)
        tell_table(full, field)
      elseif not values[field] and field ~= moontide.loop then
        tell(full, key:match("^__") ~= nil)
      end
    end
  end
  for _, name in ipairs(live.modules) do
    if type(require(name)) == "table" then
      tell_table(name, require(name))
    end
  end
  for _, name in ipairs(settings) do
    tell(name)
  end

  local function tell_methods(word, methods, optional)
    for key, value in pairs(methods) do
      local name = word .. ":" .. key
      -- Methods with an underscore in front are for the files of lua/moontide among themselves.
      if type(value) == "function" and not tostring(key):match("^_") then
        tell(name, optional)
      end
    end
  end
  for _, entry in ipairs(objects(certificate)) do
    tell_methods(entry.word, getmetatable(entry.object).__index)
    if type(entry.object) == "table" then
      tell_methods(entry.word, entry.object, true)
    end
  end
  tell("moontide.loop", true)
  tell_methods("loop", moontide.loop)
end

return live
