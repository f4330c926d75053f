-- Runs one case in this process:
--   lua case_main.lua SUPPORT_DIRECTORY CASE_FILE original|moontide|any OUTPUT_FILE
-- The last line of the output is "!end"; without it the record is incomplete.

local directory, case_file, side, output_file = ...

local show = assert(loadfile(directory .. "/show.lua"))()
local R = assert(loadfile(directory .. "/recorder.lua"))(show)
R.net = assert(loadfile(directory .. "/net.lua"))(R)
R.scripted = assert(loadfile(directory .. "/../../support/scripted_socket.lua"))()
R.classes = assert(loadfile(directory .. "/classes.lua"))(R)
R.http = assert(loadfile(directory .. "/http.lua"))()
function R.load(name)
  return assert(loadfile(directory .. "/" .. name .. ".lua"))(R)
end

R.begin(assert(io.open(output_file, "w")), case_file:match("([^/]+)%.lua$"), side)

local fine, failure = xpcall(function()
  assert(loadfile(case_file))(R)
end, debug.traceback)
if not fine then
  io.stderr:write(tostring(failure), "\n")
  os.exit(1)
end

-- Comparing a library with itself would find no difference.
local native = package.loaded["moontide.native"] ~= nil
local used = package.loaded["socket.core"] or package.loaded.ssl
if used and side ~= "any" and native ~= (side == "moontide") then
  io.stderr:write("the library under test is not the one that was asked for (", side, ")\n")
  os.exit(1)
end

R.finish()
