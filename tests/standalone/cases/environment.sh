# shellcheck shell=sh
# LUA_INIT, LUA_PATH and -E.
echo 'print("file", ..., arg and arg[0])' >"$work/cwd/init.lua"

same "LUA_INIT" env LUA_INIT='print("init", arg[0], ...)' lua -e 'print(1)'
same "LUA_INIT that fails" env LUA_INIT='error "init"' lua -e 'print(1)'
same "LUA_INIT with a syntax error" env LUA_INIT='x x' lua -e 'print(1)'
same "LUA_INIT with @" env LUA_INIT=@init.lua lua -e 'print(1)'
same "LUA_INIT with @ and a missing file" env LUA_INIT=@nosuchfile lua -e 'print(1)'
same "LUA_INIT with @ alone" env LUA_INIT=@ lua -v
same "LUA_INIT_5_4 first" env LUA_INIT='print "a"' LUA_INIT_5_4='print "b"' lua -e 'print(1)'
same "LUA_INIT_5_4 empty" env LUA_INIT='print "a"' LUA_INIT_5_4= lua -e 'print(1)'
same "LUA_INIT_5_4 that fails" env LUA_INIT_5_4='error "b"' lua -e 'print(1)'
same "LUA_INIT after the version" env LUA_INIT='print "a"' lua -v
same "LUA_INIT before -l" env LUA_INIT='package.preload.p = print' lua -l p
same "LUA_INIT with a bad option" env LUA_INIT='print "a"' lua -x
same "-E ignores LUA_INIT" env LUA_INIT='print "a"' lua -E -e 'print(1)'
same "-E at the end ignores LUA_INIT" env LUA_INIT='print "a"' lua -e 'print(1)' -E
same "LUA_PATH" env LUA_PATH='foo;;' LUA_CPATH='bar' lua -e 'print(package.path, package.cpath)'
same "-E ignores LUA_PATH" env LUA_PATH=foo LUA_CPATH=bar lua -E -e 'print(package.path, package.cpath)'
