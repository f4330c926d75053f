-- A world of its own for tests of name resolution: a network and mount namespace in which /etc/hosts,
-- /etc/resolv.conf and /etc/nsswitch.conf are the test's, and the only name server is
-- tests/support/name_server.lua, or dnsmasq.

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
%s
eval "$LUA" "$DIR/script.lua"
]]

local SCRIPTED = [[
eval "exec $LUA" "$SUPPORT/name_server.lua" 127.0.0.1 "$DIR/fifo" &
server=$!
trap 'kill $server' EXIT
read -r _ <"$DIR/fifo"
]]

-- Without -d it would change its user, which a user namespace does not let it. It logs when it is ready.
local DNSMASQ = [[
PATH=$PATH:/usr/sbin dnsmasq -d --conf-file="$DIR/dnsmasq.conf" 2>"$DIR/fifo" &
server=$!
trap 'kill $server' EXIT
exec 3<"$DIR/fifo"
read -r line <&3
case $line in *started*) ;; *) echo "$line" ;; esac
]]

local DNSMASQ_SETTINGS = [[
listen-address=127.0.0.1
bind-interfaces
no-resolv
no-hosts
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

local function run(t, server, script, files)
  names.needs_namespaces(t)
  local directory = t.tmpname()
  assert(os.execute("mkdir " .. directory .. " && mkfifo " .. directory .. "/fifo"))
  t.cleanup(function() os.execute("rm -r " .. directory) end)
  for name, text in pairs(FILES) do
    write(directory .. "/" .. name, files and files[name] or text)
  end
  if files and files["dnsmasq.conf"] then
    write(directory .. "/dnsmasq.conf", DNSMASQ_SETTINGS .. files["dnsmasq.conf"])
  end
  write(directory .. "/script.lua", PRELUDE .. script)
  local pipe = assert(io.popen(("DIR=%s SUPPORT=%s LUA=%s timeout -k 5 60 unshare -rnm sh -c %s 2>&1")
    :format(directory, harness.quote(harness.support), harness.quote(harness.interpreter_command()),
      harness.quote(INSIDE:format(server)))))
  local output = pipe:read("*a")
  pipe:close()
  return (output:gsub("\n$", ""))
end

-- Runs a script, which finds `socket`, `dns`, timed(), list() and asked(), in such a world and gives
-- what it printed. `files` replaces some of the files by their names.
function names.output_of(t, script, files)
  return run(t, SCRIPTED, script, files)
end

-- The same with dnsmasq, whose records are in the file "dnsmasq.conf". asked() is for the other server.
function names.output_with_dnsmasq(t, script, files)
  return run(t, DNSMASQ, script, files)
end

return names
