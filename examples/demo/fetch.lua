-- Fetches a page from a web server on plain `require "socket"` and compares it with a file:
--
--   lua fetch.lua FILE /page.txt 127.0.0.1:8080 [::1]:8080 unix:/run/web.socket
--
-- Each address is asked twice, HTTP spoken by hand: once line by line, once by Content-Length.
local socket = require "socket"

local seconds_max = 10 -- for each wait of a connection

-- Returns a connected socket and what kind of connection it is.
local function open(address)
  local path = address:match("^unix:(.+)")
  if path then
    local connection = require("socket.unix")()
    connection:settimeout(seconds_max)
    assert(connection:connect(path))
    return connection, "unix"
  end
  local host, port = address:match("^%[?(.-)%]?:(%d+)$")
  local connection = assert(socket.connect(host, tonumber(port)))
  connection:settimeout(seconds_max)
  return connection, host:find(":", 1, true) and "IPv6" or "IPv4"
end

-- Sends a request and reads the answer up to the body; returns the headers, names in lower case.
local function request(connection, version, page)
  local lines = {
    "GET " .. page .. " HTTP/" .. version,
    "Host: localhost",
    "Connection: close",
    "\r\n",
  }
  assert(connection:send(table.concat(lines, "\r\n")))
  local status = assert(connection:receive("*l"))
  assert(status:match("^HTTP/%d%.%d 200 "), status)
  local headers = {}
  local line = assert(connection:receive("*l"))
  while line ~= "" do
    local name, value = line:match("^(.-):%s*(.*)$")
    headers[assert(name, line):lower()] = value
    line = assert(connection:receive("*l"))
  end
  return headers
end

-- HTTP/1.0: the body ends where the connection does.
local function fetch_by_line(address, page)
  local connection, kind = open(address)
  request(connection, "1.0", page)
  local lines = {}
  local line, problem, rest = connection:receive("*l")
  while line do
    lines[#lines + 1] = line
    line, problem, rest = connection:receive("*l")
  end
  connection:close()
  assert(problem == "closed", problem)
  lines[#lines + 1] = rest -- what follows the last newline
  return table.concat(lines, "\n"), #lines - 1, lines[1], kind
end

local function fetch_by_length(address, page)
  local connection = open(address)
  local headers = request(connection, "1.1", page)
  local body = assert(connection:receive(tonumber(headers["content-length"])))
  assert(select(2, connection:receive(1)) == "closed", "bytes after the body")
  connection:close()
  return body
end

local file = assert(io.open(arg[1], "rb"))
local expected = file:read("*a")
file:close()

local failures, title = 0, nil
for index = 3, #arg do
  local address, page = arg[index], arg[2]
  local by_line, line_count, first_line, kind = fetch_by_line(address, page)
  local by_length = fetch_by_length(address, page)
  local equal = by_line == expected and by_length == expected
  if not equal then failures = failures + 1 end
  title = first_line
  print(string.format("  %s  %-40s  by line: %d lines, %d bytes; by length: %d bytes; %s", kind,
    (address:gsub("^unix:", "")), line_count, #by_line, #by_length,
    equal and "equal to the file" or "DIFFERENT FROM THE FILE"))
end
print("  first line: " .. tostring(title))
os.exit(failures == 0 and title and 0 or 1)
