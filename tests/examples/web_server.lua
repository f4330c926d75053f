-- A web server for the clients among the examples, as they are seen by many a server: some say how much they
-- send, some do not, some stop in the middle. Says where it listens, like the examples do.
local moontide = require("moontide")

local file = ("0123456789abcdef"):rep(12500) -- 200000 bytes

local page = [[
<a href="/sized">one</a> <A HREF='open#part'>two</A> <img src="/gone.png"> <a href="mailto:a@b">mail</a>
<a href="/sized">again</a> <script src="/refused-head"></script> <a name="href">none</a>
]]

local function sized(body)
  return "200 OK", "Content-Length: " .. #body .. "\r\n", body
end

local pages = {
  ["/page"] = function() return sized(page) end,
  ["/sized"] = function() return sized(file) end,
  ["/open"] = function() return "200 OK", "", file end,
  ["/cut"] = function() return "200 OK", "Content-Length: 400000\r\n", file end,
  ["/refused-head"] = function(method)
    if method == "HEAD" then
      return "405 Method Not Allowed", "", ""
    end
    return sized("x")
  end,
}

assert(moontide.serve("127.0.0.1:0", function(client)
  local method, path = (client:receive() or ""):match("^(%u+) (%S+)")
  repeat
    local line = client:receive()
  until not line or line == ""
  local status, headers, body = "404 Not Found", "", "nothing"
  if pages[path] then
    status, headers, body = pages[path](method)
  end
  client:send({ "HTTP/1.1 ", status, "\r\n", headers, "Connection: close\r\n\r\n",
    method == "HEAD" and "" or body })
end, {
  onready = function(host, port)
    print("listening on " .. host .. ":" .. port)
    io.stdout:flush()
  end,
}))
