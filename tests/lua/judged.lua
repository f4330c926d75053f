-- The certificates of tests/support/certificates/judged.py, served for the file that requires this: an
-- array of cases, each with its sides `bad` and `good`:
--
--   { name =, reason =, crl =, crl_chain =, lenient =, bad = { host =, port =, trust = PATH }, good = ... }
--
-- The servers are one process that ends with this one.

local certificates = require("certificates")
local harness = require("harness")
local socket = require("socket")

local SECONDS = 200

local directory = certificates.make("make_judged.py")
local cases = dofile(directory .. "/cases.lua")
certificates.companion(("timeout %d %s >%s/ports"):format(SECONDS,
  certificates.command("certificates/serve_judged.py", directory, #cases), harness.quote(directory)))

local function read_ports()
  local ports, ready = {}, false
  for line in io.lines(directory .. "/ports") do
    local number, kind, port = line:match("^(%d+) (%a+) (%d+)$")
    if number then
      ports[number .. kind] = tonumber(port)
    end
    ready = ready or line == "ready"
  end
  return ready and ports
end

local ports
for _ = 1, 1000 do
  local good, found = pcall(read_ports) -- the file may not be there yet
  ports = good and found
  if ports then
    break
  end
  socket.sleep(0.02)
end
assert(ports, "the servers do not start")

for number, case in ipairs(cases) do
  for _, kind in ipairs({ "bad", "good" }) do
    case[kind] = {
      host = kind == "good" and case.good_host or case.host,
      port = assert(ports[number .. kind]),
      trust = ("%s/%d-%s-trust.pem"):format(directory, number, kind),
    }
  end
end

return cases
