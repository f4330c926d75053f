-- Runs the programs of examples/ on the interpreter that runs this file, each against a local peer, and
-- checks what it does. The files have the form of those in tests/lua, whose runner this is:
--
--   lua5.4 tests/examples/run.lua [part of a file name]
--
-- MOONTIDE_BUILD names the build tree, for the C++ program.
local here = arg[0]:match("^(.*/)") or "./"
package.path = here .. "?.lua;" .. here .. "../lua/?.lua;" .. package.path
dofile(here .. "../lua/run.lua")
