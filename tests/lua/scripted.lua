-- The scripted socket of tests/support.
local here = arg[0]:match("^(.*/)") or "./"
return assert(loadfile(here .. "../support/scripted_socket.lua"))()
