# shellcheck shell=sh
# What is moontide's own: its name, its modules, and where the stock interpreter errs.
gives "version" 0 'Moontide [0-9]*.[0-9]*.[0-9]*  Lua 5.4.[0-9]*  Copyright (C) *' '' lua -v

isolated() {  # isolated LABEL CODE OUTPUT ERROR LUA_TEXT: no module can come from the file system
  gives "$1" "$2" "$3" "$4" sh -c \
    'cd / && LUA_PATH= LUA_CPATH= LUA_PATH_5_4= LUA_CPATH_5_4= exec lua -e "$1"' sh "$5"
}
isolated "socket needs no files" 0 'table function' '' \
  'local s = require "socket" io.write(type(s), " ", type(s.tcp), "\n")'
isolated "its companions need no files" 0 'ok' '' '
  for _, name in ipairs { "socket.core", "socket.unix", "socket.serial", "socket.headers", "ltn12" } do
    assert(require(name), name)
  end
  print "ok"'
isolated "a connection in one process" 0 'hello' '' '
  local socket = require "socket"
  local server = assert(socket.bind("127.0.0.1", 0))
  local host, port = server:getsockname()
  local client = assert(socket.connect(host, port))
  assert(server:accept()):send("hello\n")
  print((client:receive("*l")))'
gives "-l socket" 0 'function' '' lua -l socket -e 'print(type(socket.tcp))'
gives "-l with a name for socket.core" 0 'function' '' lua -l s=socket.core -e 'print(type(s.tcp))'
isolated "other modules come by package.path" 1 '' '*module '\''nosuch'\'' not found:*' 'require "nosuch"'

# The manual: without a script or -, as `lua -`; which fails.
given 'error "x"'
gives "an error in standard input" 1 '' 'lua: stdin:1: x*' lua
given 'x x'
gives "a syntax error in standard input" 1 '' "lua: stdin:1: syntax error near 'x'" lua
# The stock interpreter prints (null) for these.
given 'f(\n'
gives "input ends within a statement" 0 '*> >> *' "stdin:1: unexpected symbol near <eof>" lua -i
gives "an error object where no handler is" 1 '' 'lua: (error object is a table value)' \
  lua -e 'setmetatable(_G, {__newindex = function() error {} end})' -l q=string
given 'print = function() error {} end\n5\n'
gives "print fails with an error object" 0 '*' \
  "error calling 'print' (error object is a table value)" lua -i
given '_PROMPT = setmetatable({}, {__tostring = function() error "no" end})\n12\n'
gives "a prompt that fails" 1 '*' 'lua: stdin:1: no' lua -i
# The stock interpreter cuts this number to 32 bits.
gives "arg with a huge length" 1 '' 'lua: too many arguments to script*' \
  lua -e 'arg = setmetatable({}, {__len = function() return 1 << 40 end})' args.lua

# moontide check, and a script of that name.
mkdir "$work/cwd/scripts"
echo 'require "socket".connect6("::1", 80)' >"$work/cwd/scripts/six.lua"
echo 'print("nothing to say")' >"$work/cwd/plain.lua"
echo 'print("a script", ...)' >"$work/cwd/check"
gives "check finds nothing" 0 '' '' lua check plain.lua
gives "check finds something" 1 'scripts/six.lua:1: socket.connect6: *; *' '' lua check plain.lua scripts
gives "check cannot read" 2 '' 'moontide check: missing.lua: No such file or directory' \
  lua check missing.lua plain.lua
gives "check of nothing" 2 '' 'usage: moontide check PATH...' lua check
gives "a script ./check" 0 'a script	plain.lua' '' lua ./check plain.lua
gives "a script check behind --" 0 'a script	plain.lua' '' lua -- check plain.lua
rm -r "$work/cwd/scripts" "$work/cwd/plain.lua" "$work/cwd/check"

if command -v script >/dev/null; then
  given '40+2\n'
  gives "a terminal gets the prompt" 0 '*Moontide *> *42*> *' '' script -qec lua /dev/null
else
  skip "a terminal gets the prompt" "no script(1) to make one"
fi
