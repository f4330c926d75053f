-- A handler of connections: answers one request, as the setup `http` of the manual promises.

local mime = require("mime")
local moontide = require("moontide")

local LARGE = ("0123456789abcdef"):rep(65536)

local function read_head(client)
  local method, target = (client:receive() or ""):match("^(%u+) (%S+) HTTP/1%.%d$")
  if not method then
    return nil
  end
  local fields = {}
  for line in function() return client:receive() end do
    local key, value = line:match("^(.-):%s*(.-)%s*$")
    if not key then
      return method, target, fields
    end
    fields[key:lower()] = value
  end
end

local function read_chunks(client)
  local chunks = {}
  while true do
    local size = tonumber((assert(client:receive()):match("^%x+")), 16)
    if size == 0 then
      assert(client:receive())
      return table.concat(chunks)
    end
    chunks[#chunks + 1] = assert(client:receive(size))
    assert(client:receive())
  end
end

local function read_body(client, fields)
  if fields["transfer-encoding"] == "chunked" then
    return read_chunks(client)
  end
  local length = tonumber(fields["content-length"] or 0)
  return length > 0 and assert(client:receive(length)) or ""
end

-- Each gives a body, and if it is not 200 the status, and further fields.
local pages = {}

pages["/"] = function()
  return "A server for examples.\n"
end

pages["/hello.txt"] = function()
  return "hello\n"
end

pages["/large.bin"] = function()
  return LARGE, "200 OK", { "Content-Type: application/octet-stream" }
end

pages["/echo"] = function(fields, body)
  return body, "200 OK", { "Content-Type: " .. (fields["content-type"] or "text/plain") }
end

pages["/redirect"] = function()
  return "", "302 Found", { "Location: /hello.txt" }
end

pages["/private"] = function(fields)
  if fields.authorization == "Basic " .. mime.b64("user:secret") then
    return "welcome\n"
  end
  return "who are you?\n", "401 Unauthorized", { 'WWW-Authenticate: Basic realm="manual"' }
end

pages["/slow"] = function()
  moontide.sleep(0.2)
  return "slow\n"
end

return function(client)
  local method, target, fields = read_head(client)
  if not method then
    return
  end
  local body = read_body(client, fields)
  local page = pages[target:gsub("%?.*", "")]
  local text, status, more = "not found\n", "404 Not Found", nil
  if page then
    text, status, more = page(fields, body)
  end
  more = more or { "Content-Type: text/plain" }
  client:send(("HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n%s\r\n\r\n"):format(
    status or "200 OK", #text, table.concat(more, "\r\n")))
  if method ~= "HEAD" then
    client:send(text)
  end
end
