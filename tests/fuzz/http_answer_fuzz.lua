-- Answers of HTTP servers as socket.http reads them: heads and header fields through the bindings,
-- bodies, redirects. Whatever a server says, a request ends with a result or nil, message, and leaves
-- nothing open; a stream of ours and a foreign object read the same.
--
-- The input: a byte for what is tried, one for the limits; the server's words.

local http = require("socket.http")
local socket = require("socket")
local tools = require("fuzz_tools")

local creators, same = tools.creators, tools.same

-- Redirects to other schemes forget `create`. They must not lead to other hosts, nor to TLS.
local creator
function socket.tcp()
  return creator()
end
package.preload["ssl.https"] = function()
  return { tcp = function() return socket.tcp end }
end

local SMALL = { head = 200, line = 60, fields = 5, chunk = 10 }

-- Header fields as a list of lines, sorted.
local function flat(headers)
  local lines = {}
  for name, value in pairs(headers) do
    same(type(name), "string", "type of a name")
    same(type(value), "string", "type of a value")
    same(name, name:lower(), "a name in lower case")
    same(name:find("[:%z\r\n]"), nil, "a colon or line end in a name")
    same(value:find("[%z\r\n]"), nil, "a line end in a value")
    lines[#lines + 1] = name .. ": " .. value
  end
  table.sort(lines)
  local cookies = headers["set-cookie-list"]
  if type(cookies) == "table" then
    same(table.concat(cookies, ", "), headers["set-cookie"], "the list of cookies")
    lines[#lines + 1] = "cookies: " .. table.concat(cookies, " | ")
  end
  return table.concat(lines, "\n")
end

local function read_fields(create, limits)
  return socket.protect(function()
    local h = http.open("host", 1, create, { limits = limits })
    local headers = h:receiveheaders()
    h:close()
    return 1, flat(headers)
  end)()
end

local function request(create, limits, method)
  local chunks, failures = {}, {}
  local function sink(chunk, failure)
    chunks[#chunks + 1] = chunk
    failures[#failures + 1] = failure
    return 1
  end
  local result, code, headers, status = http.request({
    url = "http://host/", method = method, create = create, limits = limits, sink = sink,
    maxredirects = 3,
  })
  for _, chunk in ipairs(chunks) do
    same(type(chunk), "string", "type of a chunk")
  end
  local body = table.concat(chunks)
  if result then
    same(result, 1, "result")
    same(math.type(code), "integer", "type of the code")
    return 1, code, status or "none", headers and flat(headers) or "none", body
  end
  same(type(code), "string", "type of a message")
  return nil, code, body
end

local function run(words, f, create, ...)
  creator = create
  return table.pack(tools.with_peers_to_close(words, f, create, ...))
end

-- A foreign object reads by lines: it sees no CRs, and no length of a line until the line is there.
local function is_comparable(words)
  return not words:gsub("\r\n", "\n"):find("[\r%z]")
end

return function(input)
  local take, rest = tools.reader(input)
  local what, small = take(), take()
  local words = rest()
  local limits = small % 2 == 1 and SMALL or nil
  local f = what % 4 == 0 and read_fields or request
  local method = what % 4 == 1 and "HEAD" or "GET"
  local stream = run(words, f, creators.stream, limits, method)
  local foreign = run(words, f, creators.foreign, limits, method)
  if limits or not is_comparable(words) then
    return
  end
  same(foreign.n, stream.n, "number of foreign results")
  for index = 1, stream.n do
    -- Where the words break off in a line that is wrong already, only a stream sees that it is.
    if index ~= 2 or foreign[1] or foreign[2] ~= "closed" then
      same(foreign[index], stream[index], "foreign result " .. index)
    end
  end
end
