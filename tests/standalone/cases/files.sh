# shellcheck shell=sh
# Scripts from files and standard input.
printf 'print "one"\nerror "two"\n' >"$work/cwd/fails.lua"
printf 'print "one"\nx x\n' >"$work/cwd/broken.lua"
printf '#!/usr/bin/env lua\nprint(..., debug.getinfo(1).source)\n' >"$work/cwd/shebang.lua"
printf 'return ...' >"$work/cwd/returns.lua"
printf 'local t = require "mymodule" print(t, ...)' >"$work/cwd/requires.lua"
printf 'os.exit(arg[1] == "true" or tonumber(arg[1]))' >"$work/cwd/exits.lua"

same "script that fails" lua fails.lua
same "script with a syntax error" lua broken.lua
same "script with #!" lua shebang.lua x
same "script that returns" lua returns.lua 1 2
same "script that requires" lua requires.lua 1
same "script that exits with 0" lua exits.lua true
same "script that exits with 7" lua exits.lua 7
same "missing script" lua nosuchfile.lua
same "missing script with an empty name" lua ""
same "directory as script" lua .
same "compiled script" sh -c \
  'lua -e "io.open([[compiled]], [[wb]]):write(string.dump(load [[print(...)]]))" && lua compiled 1'
given 'x x'
same "syntax error in -" lua -
given 'print "a" error "x"'
same "error in -" lua -
given 'print(io.read())\n'
same "script reads what is left of standard input" sh -c 'printf "line\n" | lua -e "print(io.read())"'
same "standard input closed" sh -c 'lua - <&-'
same "script after a failing -e" lua -e 'error "a"' returns.lua
same "package.path" lua -e 'print(package.path) print(package.cpath) print(package.config)'
