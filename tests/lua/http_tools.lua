-- What the tests of socket.http share.

local http = require("socket.http")

local tools = { OK = "HTTP/1.1 200 OK\r\n" }

-- A sink that notes its calls: the chunks, and how it was told of the end: "end", or the error.
function tools.noting_sink()
  local notes = { chunks = {} }
  return function(chunk, message)
    if chunk then
      notes.chunks[#notes.chunks + 1] = chunk
    else
      notes.ended = message or "end"
    end
    return 1
  end, notes
end

-- Makes a request with these fields of `peer`. Gives the results, packed, and what the sink was told.
function tools.request(t, peer, path, fields)
  local request = { url = peer:url(path) }
  local sink, notes = tools.noting_sink()
  request.sink = sink
  for key, value in pairs(fields or {}) do
    request[key] = value
  end
  return t.pack(http.request(request)), notes
end

-- Makes one request of a scripted server. Gives the results, packed, what the sink was told, and a
-- function that gives what the server was sent.
function tools.exchange(t, answer, fields)
  local peer = t.http_peer({ answer })
  local results, notes = tools.request(t, peer, fields and fields.at, fields)
  return results, notes, function() return peer:stop()[1] end
end

function tools.sent(t, fields, answer)
  local _, _, sent = tools.exchange(t, answer or tools.OK .. "\r\n", fields)
  return sent()
end

-- The value of a field in a request, nil if it has none; case counts.
function tools.field(sent, name)
  return ("\n" .. sent):match("\n" .. name:gsub("%-", "%%-") .. ": ([^\r]*)\r\n")
end

-- An object that is no stream of ours: everything goes through its methods, which note their calls.
function tools.wrapped(log)
  local socket = require("socket")
  local inner = assert(socket.tcp())
  local object = {}
  for _, name in ipairs({ "settimeout", "connect", "send", "receive", "close" }) do
    object[name] = function(_, ...)
      if log then
        local shown = {}
        for index = 1, select("#", ...) do
          shown[index] = tostring((select(index, ...)))
        end
        log[#log + 1] = name .. "(" .. table.concat(shown, ",") .. ")"
      end
      return inner[name](inner, ...)
    end
  end
  return object
end

function tools.create_wrapped(log)
  return function() return tools.wrapped(log) end
end

return tools
