# shellcheck shell=sh
# Options, their order and the `arg` table.
cat >"$work/cwd/args.lua" <<'LUA'
local keys = {}
for key in pairs(arg) do keys[#keys + 1] = key end
table.sort(keys)
for _, key in ipairs(keys) do print(key, arg[key]) end
print(select("#", ...), ...)
LUA
echo 'x = 1; return 42' >"$work/cwd/mymodule.lua"

same "script with arguments" lua args.lua a b
same "script with an empty argument" lua args.lua "" "b c"
same "options before the script" lua -e 'x=1' -W args.lua a -v
same "-- before the script" lua -- args.lua a
same "-- alone" lua -- </dev/null
given 'print(#arg, arg[0], arg[-1], arg[1], ...)'
same "- with arguments" lua - a b
given 'print(arg[0], arg[-1], ...)'
same "- after an option" lua -W -
same "- after -- is a file" lua -- -
given '#!first line\nprint "after"'
same "first line with #" lua -
same "arg without a script" lua -e 'print(arg[0], arg[1], arg[2], arg[-1], ...)'
same "arg seen by -e before a script" lua -e 'print(arg[0], arg[1], arg[-1], ...)' args.lua q
same "arg replaced" lua -e 'arg = {[0] = "x", 1, 2, 3}' args.lua
same "arg is no table" lua -e 'arg = nil' args.lua
same "arg with metamethods" lua -e \
  'arg = setmetatable({}, {__index = print, __len = function() return 2 end})' args.lua u

same "-e" lua -e 'print(1)'
same "-e joined" lua -e'print(1)'
same "-e twice" lua -e 'x = 1' -e 'print(x)'
same "-e empty" lua -e ''
same "-e with several lines" lua -e "print(1)${newline}print(2)"
same "-e returns" lua -e 'return 1, 2'
given 'print "not read"'
same "-e leaves standard input alone" lua -e 'print(1)'
same "-e without a value" lua -e
same "-e before an option" lua -e -v
same "-e before -" lua -e -
same "-l" lua -l mymodule -e 'print(mymodule, x)'
same "-l joined" lua -lmymodule -e 'print(mymodule, x)'
same "-l with a name" lua -l m=mymodule -e 'print(m, mymodule)'
same "-l with dots in the name" lua -l a.b=mymodule -e 'print(_G["a.b"])'
same "-l with an empty name" lua -l =string -e 'print(_G[""] == string)'
same "-l with an empty module" lua -l m= -e 'print(m)'
same "-l of a missing module" lua -l nosuchmodule
same "-l of a missing module with a name" lua -l x=nosuchmodule
same "-l without a value" lua -l
same "-l before an option" lua -l -e 'x=1'
given 'print("stdin", ...)'
same "-l goes on with standard input" lua -l string
same "-l in order with -e" lua -e 'package.preload.p = print' -l p -e 'print(p)'
same "-l whose module fails" lua -e 'package.preload.p = error' -l p -e 'print(p)'
same "-l through __newindex" lua -e \
  'setmetatable(_G, {__newindex = function(_, k, v) print(k, v == string) end})' -l q=string
same "-l through a failing __newindex" lua -e \
  'setmetatable(_G, {__newindex = function() error "no" end})' -l q=string
same "-l without require" lua -e 'require = nil' -l string

same "-v" lua -v
same "-v with -e" lua -e 'print(1)' -v
given 'print "not read"'
same "-v leaves standard input alone" lua -v
given 'print "read"'
same "-v with -" lua -v -
same "-W" lua -W -e 'warn("a", "b")'
same "no -W" lua -e 'warn("a")'
same "warnings from the script" lua -e 'warn("@on") warn("a")'
same "-W after -e" lua -e 'warn("a")' -W -e 'warn("b")'
given 'print("stdin", ...)'
same "-E goes on with standard input" lua -E
given 'print("stdin", ...)'
same "-W goes on with standard input" lua -W
given 'print("stdin", ..., arg[0], arg[1])'
same "no arguments" lua

for option in -x -h --help --x -vE -iv -Ex -Wx -ix -vv; do
  same "unknown option $option" lua "$option"
done
same "unknown option after -e runs nothing" lua -e 'print(1)' -x
same "unknown option with -v" lua -v -x
same "garbage collector mode" lua -e 'print(collectgarbage("incremental"))'
