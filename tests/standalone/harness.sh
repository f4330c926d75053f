# shellcheck shell=sh
# Runs one command under the reference interpreter and under moontide, and compares.
#
# Both are called `lua` and found by PATH, so that messages with the program's name are equal too.
# Included by `run`, which sets $moontide and $reference.

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
mkdir "$work/ref" "$work/new" "$work/cwd"
ln -s "$reference" "$work/ref/lua"
ln -s "$moontide" "$work/new/lua"
: >"$work/input"
passed=0 failed=0 skipped=0
# What readline echoes of a long line depends on the terminal, a dumb one scrolls it sideways, and on
# the locale: where a byte is a character it draws the line anew.
TERM=xterm LC_ALL=C.UTF-8
export TERM LC_ALL
unset LUA_INIT LUA_INIT_5_4 LUA_PATH LUA_PATH_5_4 LUA_CPATH LUA_CPATH_5_4
# The cases use it.
# shellcheck disable=SC2034
newline='
'

pass() { passed=$((passed + 1)); }

skip() {  # skip LABEL REASON
  skipped=$((skipped + 1))
  echo "SKIP $1: $2"
}

# given TEXT: standard input of the next command, as printf's %b writes it.
given() { printf '%b' "$1" >"$work/input"; }

# What may differ between any two runs: addresses, how deep a stack goes, and the version's name.
normalise() {
  sed -e 's/0x[0-9a-f]\{4,\}/ADDRESS/g' -e 's/(skipping [0-9]* levels)/(skipping levels)/' \
    -e 's/^Moontide [0-9.]*  Lua /Lua /'
}

# run_side SIDE COMMAND...: leaves SIDE.out, SIDE.err and SIDE.code.
run_side() {
  side=$1
  shift
  (cd "$work/cwd" && PATH="$work/$side:$PATH" exec timeout -k 1 60 "$@") \
    <"$work/input" >"$work/$side.raw" 2>"$work/$side.raw_err"
  echo $? >"$work/$side.code"
  normalise <"$work/$side.raw" >"$work/$side.out"
  normalise <"$work/$side.raw_err" >"$work/$side.err"
}

# A reference that was built with readline echoes what it reads.
reference_echoes=no
if echo 'x = "ec".."ho"' | "$reference" -i 2>&1 | grep -q '"ec".."ho"'; then reference_echoes=yes; fi

compare() {  # compare LABEL
  for part in out err code; do
    cmp -s "$work/ref.$part" "$work/new.$part" && continue
    failed=$((failed + 1))
    echo "FAIL $1: $part differs (- reference, + moontide)"
    diff -u "$work/ref.$part" "$work/new.$part" | tail -n +3 | head -n 20 | sed 's/^/    /'
    return
  done
  pass
}

# same LABEL COMMAND...: both sides give the same output, errors and exit code.
same() {
  label=$1
  shift
  run_side ref "$@"
  run_side new "$@"
  compare "$label"
  : >"$work/input"
}

# typed LABEL TEXT [OPTION...]: likewise for the interactive mode with TEXT as input.
typed() {
  label=$1
  given "$2"
  shift 2
  run_side ref lua -i "$@"
  run_side new lua -i "$@"
  if [ "$reference_echoes" = yes ]; then
    "$reference" "$here/strip_echo.lua" "$work/input" <"$work/ref.out" >"$work/stripped"
    mv "$work/stripped" "$work/ref.out"
  fi
  compare "$label"
  : >"$work/input"
}

# gives LABEL CODE OUTPUT ERROR COMMAND...: what only moontide does. OUTPUT and ERROR are patterns
# of `case` for all that it printed.
gives() {
  label=$1 code=$2 output=$3 error=$4
  shift 4
  run_side new "$@"
  : >"$work/input"
  real_output=$(cat "$work/new.raw")
  real_error=$(cat "$work/new.raw_err")
  read -r real_code <"$work/new.code"
  # The patterns are meant to be patterns.
  # shellcheck disable=SC2254
  case $real_output in $output)
    case $real_error in $error)
      if [ "$real_code" = "$code" ]; then
        pass
        return
      fi ;;
    esac ;;
  esac
  failed=$((failed + 1))
  echo "FAIL $label: exit code $real_code, output and errors:"
  printf '%s\n%s\n' "$real_output" "$real_error" | head -n 20 | sed 's/^/    /'
}

# interrupts LABEL CODE: runs a Lua text that prints "ready" and loops; it gets SIGINT when it has
# printed a first line, and again after each further line. Both sides are compared, but for where
# exactly the signal came: still in the function that prints, or in the loop.
interrupts() {
  for side in ref new; do
    rm -f "$work/lines"
    mkfifo "$work/lines"
    : >"$work/$side.out"
    (cd "$work/cwd" && PATH="$work/$side:$PATH" exec timeout --foreground -s KILL 60 \
      "$here/with_pid.sh" "$work/pid" lua -e "$2") >"$work/lines" 2>"$work/$side.err" </dev/null &
    job=$!
    while read -r line; do
      echo "$line" >>"$work/$side.out"
      kill -INT "$(cat "$work/pid")"
    done <"$work/lines"
    wait "$job"
    echo $? >"$work/$side.code"
    sed -i -e 's/(command line):1: interrupted!/interrupted!/' \
      -e "/: in [a-z]* ['<]/d" "$work/$side.out" "$work/$side.err"
  done
  compare "$1"
}
