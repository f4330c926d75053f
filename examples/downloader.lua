-- Downloads a file by HTTP or HTTPS and shows how far it is: with a bar on a terminal, with a line for every
-- tenth elsewhere.
--
--   lua downloader.lua URL [FILE]
--
-- Without FILE it gets the last name in the URL.
local http = require "socket.http"
local ltn12 = require "ltn12"
local url = require "socket.url"

local address = arg[1]
if not address then
  io.stderr:write("usage: lua downloader.lua URL [FILE]\n")
  os.exit(2)
end
local name = arg[2] or (url.parse(address).path or ""):match("([^/]+)$") or "index.html"

-- Lua cannot tell whether its output is a terminal; the shell can, and 5.1 gives its exit code.
local answer = os.execute("test -t 1")
local on_terminal = answer == true or answer == 0

local width = 40 -- of the bar, in characters

local function draw(count, total)
  if not total then
    io.write("\r", count, " bytes")
  else
    local done = math.floor(width * count / total)
    local bar = ("#"):rep(done) .. (" "):rep(width - done)
    io.write(("\r[%s] %3d%%"):format(bar, math.floor(100 * count / total)))
  end
  io.stdout:flush()
end

local reported = 0

local function print_tenth(count, total)
  local tenth = total and math.floor(10 * count / total) or 0
  if tenth > reported then
    reported = tenth
    print(("%d%% of %d bytes"):format(tenth * 10, total))
  end
end

-- A filter that counts what passes through it.
local function progress(total)
  local count = 0
  local show = on_terminal and draw or print_tenth
  return function(block)
    if block and block ~= "" then
      count = count + #block
      show(count, total)
    end
    return block
  end
end

local function fail(message)
  if on_terminal then print() end
  io.stderr:write(address, ": ", tostring(message), "\n")
  os.remove(name .. ".part")
  os.exit(1)
end

-- How much will come is asked first. A server that does not say so is no reason to fail.
local _, _, head = http.request({ url = address, method = "HEAD", timeout = 30 })
local total = tonumber(head and head["content-length"])

local file = assert(io.open(name .. ".part", "wb"))
local done, code, _, status = http.request({
  url = address,
  sink = ltn12.sink.chain(progress(total), ltn12.sink.file(file)),
})
if not done then fail(code) end
if code ~= 200 then fail(status) end
if on_terminal then print() end
assert(os.rename(name .. ".part", name)) -- under its own name it is complete
print("saved " .. name)
