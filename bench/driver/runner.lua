-- Starts one measurement: the peer, or the load of an echo server, which starts the subject.

local runner = {}
runner.__index = runner

local LIMIT_SECONDS = 60

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- Output of a command and whether it succeeded.
local function capture(command)
  local pipe = assert(io.popen("{ " .. command .. "; } 2>&1"))
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

local FILE_BYTES = 16 * 1024 * 1024

--- What the subjects need on disk: a certificate with its key, and a file to send. Returns the directory.
local function make_materials()
  local directory = capture("mktemp -d"):match("^(%S+)")
  local output, ok = capture(string.format("cd '%s' && openssl req -x509 -newkey ec "
    .. "-pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -keyout key -out certificate "
    .. "&& head -c %d /dev/zero >file && head -c 8 /dev/zero >allocations", directory, FILE_BYTES))
  if not ok then
    error("what is to be sent could not be made:\n" .. output, 0)
  end
  return directory
end

--- source: the directory of bench/run.
function runner.new(source, options)
  build(options.build)
  return setmetatable({
    source = source, prefix = options.prefix, wrap = options.wrap, materials = make_materials(),
    programs = find_programs(options.build), environments = {}, interpreters = {}, present = {},
  }, runner)
end

--- Removes what new() has made.
function runner:close()
  capture("rm -rf " .. quote(self.materials))
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

--- Where Debian keeps what is written in C for an ABI.
local function find_modules(abi)
  local pattern = "/usr/lib/*/lua/" .. abi .. "/socket/core.so"
  local path = capture("ls " .. pattern):match("^(/.-)/socket/core%.so")
  return path or error("lua-socket for Lua " .. abi .. " is not installed", 0)
end

--- Search paths that hold nothing but Moontide, or nothing but Debian's packages, and the probe. Debian has
--- some modules for older Luas alone that run on all.
local function search_paths(self, variant, abi)
  local probe = string.format("%s/lua/%s/?.so", self.programs, abi)
  if variant == "moontide" then
    local share = string.format("%s/share/lua/%s/", self.prefix, abi)
    return string.format("%s?.lua;%s?/init.lua", share, share),
      string.format("%s/lib/lua/%s/?.so;%s", self.prefix, abi, probe)
  end
  local path = string.format("/usr/share/lua/%s/?.lua;/usr/share/lua/5.3/?.lua;/usr/share/lua/5.2/?.lua",
    abi)
  return path, string.format("%s/?.so;%s", find_modules(abi), probe)
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

local MODULES = { ["lua-sec"] = "ssl", copas = "copas", cqueues = "cqueues", luv = "luv" }

--- Whether the variant is installed for this interpreter, as far as the workload needs it.
function runner:has(workload, variant, interpreter)
  local module = workload.needs and workload.needs[variant] or MODULES[variant]
  if not module then
    return true
  end
  local key = module .. " " .. interpreter.program
  if self.present[key] == nil then
    local _, ok = capture(string.format("%s %s -e %s", environment(self, variant, interpreter.abi),
      quote(interpreter.program), quote("require('" .. module .. "')")))
    self.present[key] = ok or false
    if not ok then
      io.stderr:write(string.format("%s: no %s, left out\n", interpreter.program, module))
    end
  end
  return self.present[key]
end

--- `wrap` stands between the environment and the program, as in --wrap.
local function subject_command(self, workload, variant, interpreter, wrap)
  local echo = workload.program == "load"
  if variant == "c" then
    return wrap .. quote(self.programs .. (echo and "/moontide_bench_echo" or "/moontide_bench_subject"))
  end
  local script = "/subject/main.lua"
  if echo then
    script = "/echo/servers/" .. (workload.servers and workload.servers[variant] or workload.kind) .. ".lua"
  end
  return string.format("%s %s%s %s", environment(self, variant, interpreter.abi), wrap,
    quote(interpreter.program), quote(self.source .. script))
end

local function whole_command(self, workload, subject, variant, warm, count)
  local given = ("MOONTIDE_BENCH_CERT=@/certificate MOONTIDE_BENCH_KEY=@/key MOONTIDE_BENCH_FILE=@/file "
    .. "MOONTIDE_BENCH_ALLOCATIONS=@/allocations"):gsub("@", self.materials)
  if workload.program == "load" then
    return string.format("%s %s %d %d %d %d %d %s", given, quote(self.programs .. "/moontide_bench_load"),
      LIMIT_SECONDS, workload.size, workload.in_flight, warm, count, subject)
  end
  local kind = (variant == "cqueues" and "cqueues_" or "") .. workload.kind
  return string.format("%s %s %d %s %s %s %d %d %d", given, quote(self.programs .. "/moontide_bench_peer"),
    LIMIT_SECONDS, subject, kind, workload.transport, workload.size, warm, count)
end

--- Runs `count` units after `warm` that are not measured.
-- Returns the figures, or nil and the output.
function runner:run(workload, variant, interpreter, warm, count, wrap)
  wrap = wrap or self.wrap and self.wrap .. " " or ""
  local subject = subject_command(self, workload, variant, interpreter, wrap)
  local output, ok = capture(whole_command(self, workload, subject, variant, warm, count))
  local line = output:match("[%w=. ]*wall=[^\n]*")
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

--- System calls between two times of day, in what `strace -f -ttt` wrote.
local function count_calls(path, from, to)
  local calls = 0
  for line in io.lines(path) do
    local time = line:match("^%d+ +(%d+%.%d+) [%a_][%w_]*%(")
    time = tonumber(time)
    if time and time >= from and time <= to then
      calls = calls + 1
    end
  end
  return calls
end

--- A run that is not timed: { calls, allocations } per operation, or nil and the output.
function runner:trace(workload, variant, interpreter, warm, count)
  local log = self.materials .. "/trace"
  local wrap = string.format("strace -f -ttt -qq -s 0 -e signal=none -o %s -E LD_PRELOAD=%s ", log,
    quote(self.programs .. "/moontide_bench_allocations.so"))
  local figures, output = self:run(workload, variant, interpreter, warm, count, wrap)
  if not figures then
    return nil, output
  end
  local operations = count * workload.operations
  return {
    calls = count_calls(log, figures.from, figures.to) / operations,
    allocations = figures.allocations / operations,
  }
end

return runner
