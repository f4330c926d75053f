-- Certificates for tests: a directory that a script of tests/support/certificates fills, and that is gone
-- when this process ends; and servers in front of others.

local harness = require("harness")

local certificates = {}

local PYTHON = "/usr/bin/python3 -B -W ignore "

-- Pipes to what ends with this process.
local held = {}

function certificates.command(script, ...)
  local parts = { PYTHON .. harness.quote(harness.support .. script) }
  for _, argument in ipairs({ ... }) do
    parts[#parts + 1] = harness.quote(tostring(argument))
  end
  return table.concat(parts, " ")
end

-- A process that reads from us until our end, and is waited for then.
function certificates.companion(command)
  held[#held + 1] = assert(io.popen(command, "w"))
end

-- The path of a new directory, filled by the script of this name.
function certificates.make(script)
  local directory = os.tmpname()
  os.remove(directory)
  local made = os.execute("mkdir " .. harness.quote(directory) .. " && "
    .. certificates.command("certificates/" .. script, directory))
  assert(made == true or made == 0, script .. " fails")
  certificates.companion("cat >/dev/null; rm -r " .. harness.quote(directory))
  return directory
end

-- TLS before the scripted HTTP server `peer` (t.http_peer), with the identity `name` of make_basic.py.
-- Ended after the test. Gives the port.
function certificates.front(t, peer, directory, name)
  local base = directory .. "/" .. name
  local pipe = assert(io.popen("exec timeout 100 "
    .. certificates.command("tls_front.py", base .. "-chain.pem", base .. ".key", peer.port)))
  local port, process = (pipe:read("*l") or ""):match("^(%d+) (%d+)$")
  assert(port, "the TLS front does not start")
  t.cleanup(function()
    os.execute("kill " .. process)
    pipe:read("*a")
    pipe:close()
  end)
  return tonumber(port)
end

return certificates
