-- The code runs on 5.1 to 5.4 and LuaJIT, so the names of all of them may occur.
std = "max"
max_line_length = 110
self = false
-- Tests start with `local test = ...`; shadowing an upvalue named t, or err, is usual in them.
files["tests"] = { ignore = { "431", "432" } }
exclude_files = { "build", "bench/results" }

-- Declarations for language servers, which nothing calls.
files["library"] = { ignore = { "211", "212", "241" } }
