-- Starts programs of examples/. Each function takes the test first.
local harness = require("harness")
local socket = require("socket")

local programs = { directory = harness.support .. "../../examples/" }

local seconds_max = 60

function programs.command(name, ...)
  local path = name:find("/") and name or programs.directory .. name
  local words = { harness.interpreter_command(), harness.quote(path) }
  for _, argument in ipairs({ ... }) do
    words[#words + 1] = harness.quote(tostring(argument))
  end
  return table.concat(words, " ")
end

-- A program that runs until the end of the test: the pipe from all that it prints.
function programs.start(t, name, ...)
  -- exec, so that the number of the shell is that of timeout(1), which hands on the signal.
  local pipe = assert(io.popen(("echo $$; exec timeout -k 5 %d %s 2>&1"):format(seconds_max,
    programs.command(name, ...))))
  local process = pipe:read("*l")
  t.cleanup(function()
    os.execute("kill " .. process .. " 2>/dev/null")
    pipe:read("*a")
    pipe:close()
  end)
  return pipe
end

-- A server that says where it listens: host and port (or the path of a unix socket), and the pipe.
function programs.serve(t, name, ...)
  local pipe = programs.start(t, name, ...)
  local line = pipe:read("*l")
  local where = (line or ""):match("^listening on (.+)$")
  if not where then
    error(name .. " says " .. tostring(line) .. " " .. pipe:read("*a"), 2)
  end
  local host, port = where:match("^(.+)[: ](%d+)$")
  return host or where, tonumber(port), pipe
end

-- Runs a shell command to its end: what it printed, errors included, and its exit code.
function programs.shell(_, command)
  local pipe = assert(io.popen("{ " .. command .. "\n} 2>&1; echo \"@exit $?\""))
  local text = pipe:read("*a")
  pipe:close()
  local output, code = text:match("^(.*)@exit (%d+)\n$")
  return output, tonumber(code)
end

-- Runs a program to its end, with `input` as standard input.
function programs.run(t, input, name, ...)
  local file = t.tmpname()
  programs.write(file, input)
  return programs.shell(t, ("timeout -k 5 %d %s <%s"):format(seconds_max, programs.command(name, ...), file))
end

function programs.write(name, text)
  local file = assert(io.open(name, "wb"))
  file:write(text)
  file:close()
end

function programs.read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function programs.connect(t, host, port)
  local client = t.keep(socket.connect(host, port))
  client:settimeout(30)
  return client
end

return programs
