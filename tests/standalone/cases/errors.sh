# shellcheck shell=sh
# Errors, their messages and exit codes.
same "error" lua -e 'error("x")'
same "error without position" lua -e 'error("x", 0)'
same "error with a number" lua -e 'error(12)'
same "error with nil" lua -e 'error(nil)'
same "error with nothing" lua -e 'error()'
same "error with a table" lua -e 'error({})'
same "error with a boolean" lua -e 'error(true)'
same "error with a coroutine" lua -e 'error(coroutine.create(print))'
same "error with __tostring" lua -e \
  'error(setmetatable({}, {__tostring = function() return "TS" end}))'
same "error with __tostring of a number" lua -e \
  'error(setmetatable({}, {__tostring = function() return 12 end}))'
same "error with a failing __tostring" lua -e \
  'error(setmetatable({}, {__tostring = function() error("inside") end}))'
same "error with __name" lua -e 'error(setmetatable({}, {__name = "MyType"}))'
same "runtime error" lua -e 'local function f() g() end f()'
same "error in a coroutine" lua -e 'coroutine.wrap(function() error{} end)()'
same "yield outside a coroutine" lua -e 'coroutine.yield(1)'
same "stack overflow" lua -e 'local function f() return f() + 1 end f()'
same "too large a string" lua -e 'string.rep("x", 1 << 40)'
same "syntax error" lua -e 'x x'
same "syntax error at the end" lua -e 'f('
same "syntax error on line 2" lua -e "print(1)${newline}x x"
same "hook that fails" lua -e 'debug.sethook(error, "l")' -e ' x = 1'
same "an error ends the options" lua -e 'error "a"' -e 'print "not run"'
same "the state is closed after an error" lua -e \
  'setmetatable({}, {__gc = function() print "gc" end}) error "x"'
same "the state is closed at the end" lua -e 'setmetatable({}, {__gc = function() print "gc" end})'
same "error in a finaliser" lua -W -e 'setmetatable({}, {__gc = function() error "gc" end})'
same "to-be-closed variable" lua -e \
  'local x <close> = setmetatable({}, {__close = function() print "close" end}) error "x"'
same "os.exit" lua -e 'os.exit(3)'
same "os.exit(false)" lua -e 'os.exit(false)'
same "os.exit closing" lua -e 'setmetatable({}, {__gc = function() print "gc" end}) os.exit(2, true)'
same "program name" env -u LUA_INIT sh -c 'exec lua -e "error(1)"'
