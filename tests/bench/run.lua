-- Tests of the benchmarks' driver: how it orders rounds, what it states of them, how it compares two runs.
-- Nothing is measured. The files have the form of those in tests/lua, whose runner this is:
--
--   tools/lua BUILD lua5.4 tests/bench/run.lua [part of a file name]
local here = arg[0]:match("^(.*/)") or "./"
package.path = here .. "?.lua;" .. here .. "../lua/?.lua;" .. here .. "../../bench/driver/?.lua;"
  .. package.path
dofile(here .. "../lua/run.lua")
