-- link_checker.lua URL: fetches a page and asks for each of its links.
local http = require("socket.http")
local url = require("socket.url")

http.TIMEOUT = 20

local base = ...
local body, code = http.request(base)
if not body then
  io.write("cannot fetch: ", code, "\n")
  return
end

local good, broken = 0, 0
for link in body:gmatch('href="([^"]+)"') do
  local target = url.absolute(base, link)
  local parsed = url.parse(target)
  if parsed.scheme == "http" then
    local result, status = http.request({ method = "HEAD", url = target, redirect = false })
    if result and status < 400 then
      good = good + 1
    else
      broken = broken + 1
      io.write(parsed.path, ": ", tostring(status), "\n")
    end
  end
end
io.write(good, " good, ", broken, " broken\n")
