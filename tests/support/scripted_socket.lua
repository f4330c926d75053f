-- A socket played by a table, for the `create` fields of smtp, ftp and tp: a program of the test
-- answers the commands, and everything the client did is on record. Nothing waits and no other process
-- is needed, so the same dialogue can be had with any implementation.
--
--   local peer = scripted(respond [, options])
--   smtp.send{ create = peer.create, ... }
--
-- respond(line, peer) gives the bytes that answer a command line (without its CR LF), or nil to close.
-- A table in its place maps command words to answers: text, a function as above, or a list of such,
-- taken one after the other, the last for good. The answer to "connect" is the greeting. After an
-- answer that begins with 354 the lines up to a lone dot belong to a message: "." answers that.
--
-- options: receive_error (what an empty socket answers in place of "closed"), address and port (of
-- getpeername), own_address (of getsockname), connect_error, keep (bytes of reply per receive).
--
-- peer.wire is all that was sent, peer.calls the list of calls, peer.closed the count of closings.

local unpack = table.unpack or unpack -- luacheck: ignore 143

local function answer_from(replies)
  local taken = {}
  local function pick(word, line, peer)
    local entry = replies[word]
    if type(entry) == "table" then
      taken[word] = math.min((taken[word] or 0) + 1, #entry)
      entry = entry[taken[word]]
    end
    if type(entry) == "function" then
      return entry(line, peer)
    end
    return entry
  end
  return function(line, peer)
    local word = line:match("^%S+") or ""
    if replies[word] == nil and replies.other ~= nil then
      word = "other"
    end
    return pick(word, line, peer)
  end
end

return function(respond, options)
  options = options or {}
  if type(respond) == "table" then
    respond = answer_from(respond)
  end
  local peer = { wire = "", calls = {}, closed = 0, sends = {} }
  local sock = {}
  local input = ""       -- bytes on their way to the client
  local pending = ""     -- bytes of the client that are no whole line yet
  local in_message = false
  local ended = false

  local function note(...)
    peer.calls[#peer.calls + 1] = table.concat({ ... }, " ")
  end

  local function answer(line)
    local reply = respond(line, peer)
    if reply == nil then
      ended = true
    else
      input = input .. reply
      in_message = reply:sub(1, 3) == "354"
    end
  end

  local function take_line(line)
    if not in_message then
      answer(line)
    elseif line == "." then
      in_message = false
      answer(".")
    end
  end

  function peer.create(...)
    note("create", select("#", ...))
    return sock
  end

  function sock:settimeout(...)
    local arguments = { ... }
    for index = 1, select("#", ...) do
      arguments[index] = tostring(arguments[index]):gsub("%.0$", "")
    end
    note("settimeout", unpack(arguments))
    return 1
  end

  function sock:connect(host, port)
    note("connect", tostring(host), tostring(port))
    if options.connect_error then
      return nil, options.connect_error
    end
    answer("connect")
    return 1
  end

  function sock:send(data, ...)
    if peer.closed > 0 or ended then
      return nil, "closed", 0
    end
    peer.sends[#peer.sends + 1] = data
    assert(select("#", ...) == 0, "send takes one argument here")
    peer.wire = peer.wire .. data
    pending = pending .. data
    while not ended do
      local line, rest = pending:match("^(.-)\r\n(.*)$")
      if not line then
        break
      end
      pending = rest
      take_line(line)
    end
    return #data
  end

  function sock:receive(pattern)
    assert(pattern == nil or pattern == "*l", "only lines are read")
    if peer.closed > 0 then
      return nil, "closed", ""
    end
    local line, rest = input:match("^([^\n]*)\n(.*)$")
    if line then
      input = rest
      return (line:gsub("\r", ""))
    end
    local partial = input
    input = ""
    return nil, ended and "closed" or options.receive_error or "closed", partial
  end

  function sock:close()
    note("close")
    peer.closed = peer.closed + 1
    return 1
  end

  function sock:getpeername()
    return options.address or "127.0.0.1", options.port or 21, "inet"
  end

  function sock:getsockname()
    return options.own_address or options.address or "127.0.0.1", 40000, "inet"
  end

  function sock:getfd()
    return -1
  end

  function sock:dirty()
    return input ~= ""
  end

  peer.socket = sock
  return peer
end
