# Sourced by the runs of tests/peers: a directory of the run's own, servers in it, and their end.

interpreter=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
build=${MOONTIDE_BUILD:-$root/build/dev}
work=$(mktemp -d "${TMPDIR:-/tmp}/moontide-peers.XXXXXX")
servers=()

finish() {
  local pid
  for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null; done
  for pid in "${servers[@]}"; do wait "$pid" 2>/dev/null; done
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

fail() {
  echo "FAIL $1"
  for log in "$work"/*.log; do [ ! -f "$log" ] || sed "s|^|  $(basename "$log"): |" "$log"; done
  echo "0 passed, 1 failed"
  exit 1
}

start() {  # start NAME COMMAND...: in the background, its output in NAME.log
  local name=$1
  shift
  command -v "$1" >/dev/null || fail "$1 is not installed"
  "$@" >"$work/$name.log" 2>&1 &
  servers+=($!)
}

await() {  # await SENTENCE COMMAND...: until the command succeeds, a minute at most
  local sentence=$1 i
  shift
  for ((i = 0; i < 1200; i++)); do
    "$@" 2>/dev/null && return
    sleep 0.05
  done
  fail "$sentence"
}

listening() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }  # listening PORT

# A port for a server. A process holds it until this run ends, so that the kernel gives it to nobody who
# asks for a free one meanwhile; whoever sets SO_REUSEADDR may listen there.
free_port() {  # free_port ADDRESS
  /usr/bin/python3 -c 'import os, select, socket, sys
address, run = sys.argv[1], os.pidfd_open(int(sys.argv[2]))
holder = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
holder.bind((address, 0))
print(holder.getsockname()[1], flush=True)
if os.fork() == 0:
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    select.select([run], [], [])' "$1" $$
}
