-- Starts one measurement: the peer, which starts the subject.

local runner = {}
runner.__index = runner

local LIMIT_SECONDS = 60

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- Output of a command and whether it succeeded.
local function capture(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local output = pipe:read("a")
  return output, (pipe:close())
end

runner.capture = capture

local function exists(path)
  local file = io.open(path)
  if file then
    file:close()
  end
  return file ~= nil
end

--- Brings peer, subject and probes up to date.
local function build(directory)
  local output, ok = capture("cmake --build " .. quote(directory) .. " --target moontide_bench")
  if not ok then
    error("the benchmark programs could not be built:\n" .. output, 0)
  end
end

--- The programs lie in BUILD/bench, or in BUILD itself when bench/ was configured alone.
local function find_programs(directory)
  for _, candidate in ipairs({ directory .. "/bench", directory }) do
    if exists(candidate .. "/moontide_bench_peer") then
      return candidate
    end
  end
  error("no moontide_bench_peer in " .. directory, 0)
end

--- source: the directory of bench/run.
function runner.new(source, options)
  build(options.build)
  return setmetatable({
    source = source, prefix = options.prefix, wrap = options.wrap,
    programs = find_programs(options.build), environments = {}, interpreters = {},
  }, runner)
end

--- What there is to know of an interpreter, or nil: { program, version, abi }.
function runner:interpreter(program)
  if self.interpreters[program] == nil then
    local script = "io.write(_VERSION:match('%d.%d'), ' ', jit and jit.version or _VERSION)"
    local output, ok = capture(quote(program) .. " -e " .. quote(script))
    local abi, version = output:match("^(%d%.%d) (.*)$")
    self.interpreters[program] = ok and abi and {
      program = program, version = version, abi = abi, jit = version:find("JIT") ~= nil,
    } or false
  end
  return self.interpreters[program] or nil
end

--- Whether there is a probe for the interpreter's ABI: the build may be for fewer versions.
function runner:has_probe(interpreter)
  return exists(string.format("%s/lua/%s/moontide_bench_probe.so", self.programs, interpreter.abi))
end

--- Where Debian keeps lua-socket's native half for an ABI.
local function find_luasocket(abi)
  local pattern = "/usr/lib/*/lua/" .. abi .. "/socket/core.so"
  local path = capture("ls " .. pattern):match("^(/.-)/socket/core%.so")
  return path or error("lua-socket for Lua " .. abi .. " is not installed", 0)
end

--- Search paths that hold nothing but the one library and the probe.
local function search_paths(self, variant, abi)
  local probe = string.format("%s/lua/%s/?.so", self.programs, abi)
  if variant == "moontide" then
    local share = string.format("%s/share/lua/%s/", self.prefix, abi)
    return string.format("%s?.lua;%s?/init.lua", share, share),
      string.format("%s/lib/lua/%s/?.so;%s", self.prefix, abi, probe)
  end
  return string.format("/usr/share/lua/%s/?.lua", abi),
    string.format("%s/?.so;%s", find_luasocket(abi), probe)
end

local function environment(self, variant, abi)
  local key = variant .. abi
  if not self.environments[key] then
    local path, cpath = search_paths(self, variant, abi)
    local suffix = "_" .. abi:gsub("%.", "_")
    self.environments[key] = string.format(
      "env -u LUA_INIT -u LUA_INIT%s -u LUA_PATH%s -u LUA_CPATH%s LUA_PATH=%s LUA_CPATH=%s",
      suffix, suffix, suffix, quote(path), quote(cpath))
  end
  return self.environments[key]
end

local function subject_command(self, variant, interpreter)
  local wrap = self.wrap and self.wrap .. " " or ""
  if variant == "c" then
    return wrap .. quote(self.programs .. "/moontide_bench_subject")
  end
  return string.format("%s %s%s %s", environment(self, variant, interpreter.abi), wrap,
    quote(interpreter.program), quote(self.source .. "/subject/main.lua"))
end

--- Runs `count` units after `warm` that are not measured.
-- Returns the figures, or nil and the output.
function runner:run(workload, variant, interpreter, warm, count)
  local output, ok = capture(string.format("%s %d %s %s %s %d %d %d",
    quote(self.programs .. "/moontide_bench_peer"), LIMIT_SECONDS,
    subject_command(self, variant, interpreter), workload.kind, workload.transport,
    workload.size, warm, count))
  local line = output:match("wall=[^\n]*")
  if not ok or not line then
    return nil, output
  end
  local figures = { count = count }
  for key, value in line:gmatch("(%S+)=(%S+)") do
    figures[key] = tonumber(value) or value
  end
  if figures.bytes ~= count * workload.counted then
    local expected = count * workload.counted
    return nil, string.format("counted %.0f instead of %.0f", figures.bytes, expected)
  end
  return figures
end

return runner
