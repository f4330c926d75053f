# Sourced by the runs with Prosody, behind peers.sh: Debian's package, unmodified, on our socket and ssl.
# With original=yes the servers are left to lua-socket and lua-sec.

# shellcheck disable=SC2154 # of peers.sh
package=$root/build/packages/prosody/usr
[ -d "$package" ] || fail "prosody is not unpacked; tools/setup test does that"
package=$(cd "$package" && pwd)
build=$(cd "$build" && pwd)

# Prosody's own modules are for Lua 5.4 only.
server_interpreter=lua5.4
[[ $interpreter != */* ]] || server_interpreter=$(dirname "$interpreter")/lua5.4
# Nothing else of the system's Lua files: Prosody would load LuaRocks, if that is there, which starts programs.
ours=("$build/share/lua/5.4/?.lua;" "$build/lib/lua/5.4/?.so;") others=
[ "$original" = no ] || ours=("" "") others=";;"

# What this module of Prosody's holds, and ICU behind it, would be leaks once they are unloaded.
keep=()
[ ! -d "$build/hosts" ] || keep=("LD_PRELOAD=$package/lib/prosody/util/encodings.so"
  "ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0")

certificates=$work/certificates
mkdir "$certificates" "$work/pages"
/usr/bin/python3 -B -W ignore "$here/../support/certificates/make_basic.py" "$certificates" ||
  fail "the certificates are not made"

# Our modules in front of what Debian has. Prosody would look for its own in /usr/lib.
prosody() {  # prosody PROGRAM ARGUMENT...
  exec env "${keep[@]}" LUA_PATH_5_4="${ours[0]}$package/lib/prosody/?.lua$others" \
    LUA_CPATH_5_4="${ours[1]}$package/lib/prosody/?.so;;" \
    "$server_interpreter" "$package/bin/$1" "${@:2}"
}

serve() {  # serve NAME: leaves the server's process id in NAME.pid, its exit code in NAME.exit
  prosody prosody -F --config "$work/$1/prosody.cfg.lua" &
  local pid=$!
  trap 'kill -KILL "$pid"' TERM # Prosody does not always end by a signal that it is not ready for
  echo "$pid" >"$work/$1.pid"
  wait "$pid"
  echo "$?" >"$work/$1.exit"
}

ports=()
start_prosody() {  # start_prosody NAME BACKEND HOST=CERTIFICATE...: its ports go to ports, as NAME_KIND=PORT
  local name=$1 backend=$2 host kind port settings
  shift 2
  mkdir -p "$work/$name/data" "$work/$name/certs"
  settings=(-e "s|@WORK@|$work|g" -e "s|@NAME@|$name|g" -e "s|@BACKEND@|$backend|"
    -e "s|@PROSODY@|$package/lib/prosody|")
  for kind in starttls direct http https s2s; do
    port=$(free_port 127.0.0.1)
    ports+=("${name}_$kind=$port")
    settings+=(-e "s|@${kind^^}@|$port|")
  done
  sed "${settings[@]}" "$here/prosody.cfg.lua.in" >"$work/$name/prosody.cfg.lua"
  for host; do
    cp "$certificates/${host#*=}-chain.pem" "$work/$name/certs/${host%=*}.crt"
    cp "$certificates/${host#*=}.key" "$work/$name/certs/${host%=*}.key"
    echo "VirtualHost \"${host%=*}\"" >>"$work/$name/prosody.cfg.lua"
  done
  start "prosody-$name" serve "$name"
}

await_prosody() {  # await_prosody NAME...
  local name
  for name; do await "prosody does not start" grep -q "Activated service 'https'" "$work/$name.log"; done
}
