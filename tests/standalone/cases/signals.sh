# shellcheck shell=sh
# SIGINT. Each script prints lines; it gets the signal after each of them.
interrupts "SIGINT ends a loop" 'print "ready" io.flush() while true do end'
interrupts "SIGINT in a function" 'local function f() while true do end end print "ready" io.flush() f()'
interrupts "a caught SIGINT leaves the second one fatal" '
  local function f() while true do end end
  print "ready" io.flush()
  while true do print(pcall(f)) io.flush() end'
