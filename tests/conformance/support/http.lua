-- Requests of a scripted server, and what both sides saw, in a form that does not depend on the port,
-- the order of headers, or the size of blocks.

local directory = arg[1]

local http = {}

-- The command of the interpreter that runs this.
function http.interpreter()
  local first = 0
  while arg[first - 1] do
    first = first - 1
  end
  return "'" .. arg[first] .. "'"
end

-- A server with these answers (tests/support/http_peer.lua).
function http.peer(answers)
  local file = directory .. "/../../support/http_peer.lua"
  return assert(loadfile(file))().start(http.interpreter(), file, answers)
end

-- What a server was sent: header lines in order of the alphabet, the port by name.
function http.sent(peer, text)
  if not text then
    return nil
  end
  text = text:gsub(("%d"):format(peer.port), "PORT")
  local line, fields, rest = text:match("^(.-\r\n)(.-\r\n)(\r\n.*)$")
  if not fields then
    return text
  end
  local list = {}
  for field in fields:gmatch("[^\n]+\n") do
    list[#list + 1] = field
  end
  table.sort(list)
  return line .. table.concat(list) .. rest
end

-- A sink and what it was told: all data in one piece, and how it was told of the end.
function http.sink()
  local told = { data = "" }
  return function(chunk, message)
    if chunk then
      told.data = told.data .. chunk
      told.called = true
    else
      told.ended = message or "end"
    end
    return 1
  end, told
end

return http
