-- A world of its own for tests of name resolution: a network and mount namespace in which /etc/hosts,
-- /etc/resolv.conf and /etc/nsswitch.conf are the test's, and tests/support/name_server.lua is the only
-- name server.

local harness = require("harness")

local names = {}

local FILES = {
  ["resolv.conf"] = "nameserver 127.0.0.1\noptions timeout:1 attempts:2\n",
  hosts = "127.0.0.1 localhost\n",
  ["nsswitch.conf"] = "hosts: files dns\nservices: files\n",
}

-- Runs in a shell, as root of a user namespace that has no other network than its own loopback.
local INSIDE = [[
set -e
ip link set lo up
for name in resolv.conf hosts nsswitch.conf; do mount --bind "$DIR/$name" "/etc/$name"; done
eval "exec $LUA" "$SUPPORT/name_server.lua" 127.0.0.1 "$DIR/fifo" &
server=$!
trap 'kill $server' EXIT
read -r _ <"$DIR/fifo"
eval "$LUA" "$DIR/script.lua"
]]

local possible
function names.needs_namespaces(t)
  if possible == nil then
    local probe = io.popen("unshare -rnm ip link set lo up 2>&1 && echo good")
    possible = probe:read("*a"):find("good") ~= nil
    probe:close()
  end
  if not possible then
    t.skip("unshare -rnm with ip is not possible here")
  end
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local PRELUDE = [[
local socket = require("socket")
local dns = socket.dns
local function timed(f, ...)
  local start = socket.gettime()
  local first, second = f(...)
  return socket.gettime() - start, first, second
end
local function list(found, message)
  if not found then return tostring(message) end
  local texts = {}
  for _, entry in ipairs(found) do texts[#texts + 1] = entry.addr end
  return table.concat(texts, " ")
end
local function asked(name)
  return tonumber((assert(dns.query("asked." .. name, "TXT"))[1].text))
end
]]

-- Runs a script, which finds `socket`, `dns`, timed(), list() and asked(), in such a world and gives
-- what it printed. `files` replaces some of the files by their names.
function names.output_of(t, script, files)
  names.needs_namespaces(t)
  local directory = t.tmpname()
  assert(os.execute("mkdir " .. directory .. " && mkfifo " .. directory .. "/fifo"))
  t.cleanup(function() os.execute("rm -r " .. directory) end)
  for name, text in pairs(FILES) do
    write(directory .. "/" .. name, files and files[name] or text)
  end
  write(directory .. "/script.lua", PRELUDE .. script)
  local pipe = assert(io.popen(("DIR=%s SUPPORT=%s LUA=%s timeout -k 5 60 unshare -rnm sh -c %s 2>&1")
    :format(directory, harness.quote(harness.support), harness.quote(harness.interpreter_command()),
      harness.quote(INSIDE))))
  local output = pipe:read("*a")
  pipe:close()
  return (output:gsub("\n$", ""))
end

return names
