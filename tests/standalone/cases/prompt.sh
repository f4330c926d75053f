# shellcheck shell=sh
# The interactive mode, with standard input from a pipe.
typed "expressions" '1+1\n"a".."b"\nx\n1,nil,3\nmath.huge\nnil\n'
typed "statements" 'x = 3\nx\nlocal y = 1\ny\nprint(x)\n;\n'
typed "lines with =" '=1\n= 1, 2\n=\n= =1\n'
typed "statement over several lines" 'for i=1,2 do\nprint(i)\nend\nfunction f()\nreturn 1,\n2\nend\nf()\n'
typed "expression over several lines" 'f = print\nf(\n"arg"\n)\n= 1 +\n2\n'
typed "equals sign in a second line" 'x =\n=1\n'
typed "expression cut by a comma" '1,\n2\n'
typed "long string and comment" 'x = [[\nabc]]\nx\n--[[\ncomment\n]]\n-- comment\n1 -- c\n'
typed "unfinished short string" 'x = "a\n(\n'
typed "return" 'return\nreturn 1, 2\nreturn 1;\nlocal t = {1, 2} return #t\nreturn return\n'
typed "semicolons" '1;\nio.write "abc" ;\nmath.abs(1);\n'
typed "syntax errors" 'x y\nx = = 2\n1 = 2\ngoto l\nbreak\n1 2\n'
typed "runtime errors" 'error "a"\nerror {}\nerror()\nnosuch()\nfunction f()\nerror "x"\nend\nf()\n'
typed "error objects" 'error(setmetatable({}, {__tostring = function() return "TS" end}))\n'
typed "empty lines" '\n   \n\n1\n'
typed "no newline at the end" 'print(1)'
typed "varargs" '...\nselect("#", ...)\n'
typed "_PROMPT" '_PROMPT = "P1 "\n_PROMPT2 = "P2 "\ndo\nend\n_PROMPT = nil\n_PROMPT2 = false\ndo\nend\n'
typed "_PROMPT with __tostring" \
  '_PROMPT = setmetatable({}, {__tostring = function() return "TP " end})\n12\n'
typed "print replaced" 'function print(...) io.write("P:", ...) end\n1\n'
typed "print missing" 'print = nil\n5\n'
typed "print fails" 'print = function() error "pf" end\n5\n'
typed "many results" 'table.unpack({}, 1, 300)\nselect("#", table.unpack({}, 1, 5000))\n'
typed "too many results" 'table.unpack({}, 1, 1e7)\n'
typed "os.exit" 'os.exit(4)\nprint "not run"\n'
typed "warnings" 'warn "a"\nwarn "@on"\nwarn "b"\n'
typed "finalisers at the end" 'x = setmetatable({}, {__gc = function() print "gc" end})\n'
typed "to-be-closed variable" 'local x <close> = setmetatable({}, {__close = function() print "cl" end})\n'
typed "line of 5000 bytes" "x = '$(printf '%05000d' 7)'\n#x\n"
typed "after -e" 'x\n' -e 'x = 5'
typed "after a script" 'arg[1]\n...\n' args.lua k
typed "after -l" 'm == string\n' -l m=string
typed "not after a failing -e" '1\n' -e 'error "a"'
typed "not after a missing script" '1\n' nosuchfile.lua
typed "with -E and -v" '1\n' -E -v
given '12\n'
same "LUA_INIT sets the prompt" env LUA_INIT='_PROMPT=""; _PROMPT2=""' lua -i -e 'os.exit(9)'
