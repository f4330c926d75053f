-- A server of a text protocol in a process of its own, which can change to TLS: for tests of smtp and ftp.
--
--   local server = talking_server(t, options)
--   server.port, and server.transcript() once its connections are over: what it was told, a line each,
--   behind "clear" or "tls"
--
-- options (tables of texts and such tables): `clear` and `tls` map command words to answers before and
-- after the change; an answer is a text, or a list of which each is given once, the last for good. None, or
-- false, closes the connection. After `starts` ("STARTTLS"), or at once if that is "", comes the
-- handshake. After an answer that begins with 354 the lines up to a lone dot are a message. `greeting`.
-- `server`: fields of the parameters of its context. `flood`: a text sent without end after the handshake.
-- `connections` (1). `certificate`: the name of one of the tests.
--
-- `data` makes it an FTP server: %PORT% in an answer is where data connections are taken. RETR and STOR move
-- data once their answer has begun, then answers the word "done". Fields: `content` (of RETR), `way`
-- ("private", "plain", "silent"), `ending` ("cut" and "reset" are none by TLS; "never"), `certificate`.

local tools = require("tls_tools")

local SCRIPT = [==[
  local directory, o = ...
  local socket, ssl = require("socket"), require("ssl")
  local params = { mode = "server", protocol = "any",
    key = directory .. "/" .. o.certificate .. ".key",
    certificate = directory .. "/" .. o.certificate .. ".pem" }
  for key, value in pairs(o.server) do
    params[key] = value
  end
  local ctx = assert(ssl.newcontext(params))
  local data_ctx = ctx
  if o.data and o.data.certificate then
    params.key = directory .. "/" .. o.data.certificate .. ".key"
    params.certificate = directory .. "/" .. o.data.certificate .. ".pem"
    data_ctx = assert(ssl.newcontext(params))
  end
  local listener = assert(socket.bind("127.0.0.1", 0))
  listener:settimeout(10)
  local server = assert(socket.bind("127.0.0.1", 0))
  print((select(2, server:getsockname())))
  io.stdout:flush()
  server:settimeout(20)

  local conn, where, given
  local function note(...)
    print(where .. " " .. table.concat({ ... }, " "))
  end
  local function secure()
    conn = assert(ssl.wrap(conn, ctx))
    conn:settimeout(10)
    where, given = "tls", {}
    local good, message = conn:dohandshake()
    note("handshake", tostring(good), message)
    while good and o.flood do
      good = conn:send(o.flood)
    end
    return good
  end
  local function answer(word)
    local replies = o[where]
    local entry = replies[word]
    if entry == nil then
      entry = replies.other
    end
    if type(entry) == "table" then
      given[word] = math.min((given[word] or 0) + 1, #entry)
      entry = entry[given[word]]
    end
    return entry
  end
  local function read_message()
    repeat
      local line = conn:receive()
      note("|", tostring(line))
    until not line or line == "."
  end
  -- The socket below a connection over TLS.
  local function below(connection)
    local raw = socket.tcp()
    debug.setmetatable(raw, debug.getregistry()["tcp{client}"])
    raw:setfd(connection:getfd())
    return raw
  end
  local function end_data(data)
    if o.data.ending == "never" then
      conn:receive()
    elseif o.data.ending == "cut" then
      local raw = below(data)
      raw:shutdown("both")
      raw:setfd(-1)
    elseif o.data.ending == "reset" then
      local raw = below(data)
      raw:setoption("linger", { on = true, timeout = 0 })
      raw:close()
      io.stdout:flush()
      os.exit(0)
    end
    data:close()
  end
  local function take_data(line)
    local kind, a, b, c, d, high, low = line:match("^(PORT) (%d+),(%d+),(%d+),(%d+),(%d+),(%d+)$")
    if kind then
      o.data.active = { table.concat({ a, b, c, d }, "."), high * 256 + low }
    end
  end
  local function transfer(word)
    local data
    if o.data.active then
      data = assert(socket.connect(o.data.active[1], o.data.active[2]))
    else
      data = assert(listener:accept())
    end
    data:settimeout(10)
    if o.data.way == "silent" then
      data:receive("*a")
      return
    elseif o.data.way == "private" then
      data = assert(ssl.wrap(data, data_ctx))
      data:settimeout(10)
      local good, message = data:dohandshake()
      note("data handshake", tostring(good), message or data:info("resumed") and "resumed" or "new")
      if not good then
        return
      end
    end
    if word == "STOR" then
      local content, message = data:receive("*a")
      note("data", tostring(content and (#content > 100 and #content or content)), message)
    else
      data:send(o.data.content)
    end
    end_data(data)
    return answer("done")
  end
  local function serve()
    if o.starts == "" and not secure() then
      return
    end
    conn:send(o.greeting)
    while true do
      local line, message = conn:receive()
      if not line then
        note("end:", message)
        return
      end
      note(line)
      local word = line:match("^%S*")
      local reply = answer(word)
      if not reply then
        return
      end
      reply = reply:gsub("%%PORT%%", (select(2, listener:getsockname())))
      conn:send(reply)
      take_data(line)
      if (word == "RETR" or word == "STOR") and reply:find("^1") then
        reply = transfer(word)
        if not reply then
          return
        end
        conn:send(reply)
      elseif word == o.starts and reply:find("^2") and where == "clear" and not secure() then
        return
      elseif reply:find("^354") then
        read_message()
        reply = answer(".")
        if not reply then
          return
        end
        conn:send(reply)
      end
    end
  end
  for _ = 1, o.connections do
    conn, where, given = assert(server:accept()), "clear", {}
    conn:settimeout(10)
    serve()
    conn:close()
  end
]==]

local function literal(value)
  if type(value) ~= "table" then
    return type(value) == "string" and ("%q"):format(value):gsub("\r", "\\r"):gsub("\\\n", "\\n")
      or tostring(value)
  end
  local fields = {}
  for key, field in pairs(value) do
    fields[#fields + 1] = ("[%s] = %s"):format(literal(key), literal(field))
  end
  return "{ " .. table.concat(fields, ", ") .. " }"
end

return function(t, options)
  local o = {
    clear = {}, tls = {}, starts = "STARTTLS", greeting = "220 hello\r\n", server = {}, connections = 1,
    certificate = "server",
  }
  for key, value in pairs(options) do
    o[key] = value
  end
  local directory = tools.file(""):gsub("/$", "")
  local pipe = t.child(SCRIPT, literal(directory) .. ", " .. literal(o))
  local server = { port = assert(tonumber(pipe:read("*l"))) }
  function server.transcript()
    return (pipe:read("*a"):gsub("\n$", ""))
  end
  return server
end
