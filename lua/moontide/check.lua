-- `moontide check PATH...`: reads Lua files, and the *.lua files below directories, and reports what will
-- not do the same as with LuaSocket and LuaSec: file:line: what is called: what differs; what to do. The
-- rules are in check/rules.lua. It judges by the text alone: nothing of a program is run.

local calls = require("moontide.check.calls")
local rules = require("moontide.check.rules")

local check = {}

-- The rules by what they look at: whole paths, and methods of any object.
local by_path, by_method = {}, {}

local function add(index, name, rule)
  index[name] = index[name] or {}
  table.insert(index[name], rule)
end

for _, rule in ipairs(rules) do
  for _, path in ipairs(rule.calls or rule.uses or {}) do
    add(by_path, path, rule)
  end
  for _, name in ipairs(rule.methods or {}) do
    add(by_method, name, rule)
  end
end

local facts_of_interest = {}
for _, name in ipairs(rules.facts) do
  facts_of_interest[name] = true
end

local function method_of(path)
  return path:match(":([%w_]+)$")
end

local function is_wanted(path)
  local method = method_of(path)
  return by_path[path] ~= nil or facts_of_interest[path]
    or method ~= nil and (by_method[method] ~= nil or facts_of_interest[":" .. method])
end

local function facts_of(sites)
  local facts = { assigned = {}, named = {} }
  for _, site in ipairs(sites) do
    facts.named[site.path] = true
    local method = method_of(site.path)
    if method then
      facts.named[":" .. method] = true
    end
    if site.assigned then
      facts.assigned[site.path] = true
    end
  end
  return facts
end

local function applies(rule, site, facts)
  if not rule.uses and not site.arguments then
    return false
  end
  return not rule.when or rule.when(site, facts)
end

-- What is named, for the message: an unknown object is left out.
local function shown(path)
  return (path:gsub("^.*:", ":"))
end

-- What differs in a Lua text: a list of { line =, rule =, message = } in the order of lines. Or nil, message,
-- line where it is no Lua.
function check.text(text)
  local sites, message, line = calls.of(text, is_wanted)
  if not sites then
    return nil, message, line
  end
  local facts = facts_of(sites)
  local findings = {}
  local function try(list, site)
    for _, rule in ipairs(list or {}) do
      if applies(rule, site, facts) then
        findings[#findings + 1] = {
          line = site.line, rule = rule.name, place = #findings,
          message = shown(site.path) .. ": " .. rule.differs .. "; " .. rule.advice,
        }
      end
    end
  end
  for _, site in ipairs(sites) do
    try(by_path[site.path], site)
    try(by_method[method_of(site.path) or ""], site)
  end
  table.sort(findings, function(a, b)
    if a.line ~= b.line then
      return a.line < b.line
    end
    return a.place < b.place
  end)
  return findings
end

-- Files ----------------------------------------------------------------------------------------------

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local is_directory -- set below

-- All of a file; or nil, message. A directory can be opened, but not read.
local function read_file(name)
  local file, message = io.open(name, "rb")
  if not file then
    return nil, (message:gsub("^.*: ", ""))
  end
  local text, problem = file:read("*a")
  file:close()
  if not text or text == "" and is_directory(name) then
    return nil, problem or "Is a directory"
  end
  return text
end

function is_directory(name)
  local file = io.open(name .. "/.")
  if file then
    file:close()
  end
  return file ~= nil
end

-- The *.lua files below a directory in the order of their names; or nil, message. Lua cannot list
-- directories: find(1) does, and says by a last line of its own whether it could read all of it.
local function files_below(directory)
  local start = directory:gsub("^[^%w./_]", "./%0") -- else find could take it for an option or operator
  local command = "find " .. quote(start) .. " -type f -name '*.lua' -print0 && printf complete"
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  local files = {}
  local position = 1
  local stop = text:find("\0", position, true)
  while stop do
    files[#files + 1] = text:sub(position, stop - 1)
    position = stop + 1
    stop = text:find("\0", position, true)
  end
  table.sort(files)
  if text:sub(position) ~= "complete" then
    return nil, "not all of it can be read", files
  end
  return files
end

-- Checks paths and tells write(line) what it finds, complain(line) what it cannot read. Gives the exit
-- code: 0 when nothing was found, 1 with findings, 2 when something could not be read.
function check.paths(paths, write, complain)
  local code = 0
  local function refuse(text)
    complain(text)
    code = 2
  end
  local function check_file(name)
    local text, message = read_file(name)
    if not text then
      return refuse(name .. ": " .. message)
    end
    local findings, problem, line = check.text(text)
    if not findings then
      return refuse(("%s:%d: %s"):format(name, line, problem))
    end
    for _, finding in ipairs(findings) do
      write(("%s:%d: %s"):format(name, finding.line, finding.message))
      code = math.max(code, 1)
    end
  end
  for _, path in ipairs(paths) do
    if is_directory(path) then
      local files, message, some = files_below(path)
      if not files then
        refuse(path .. ": " .. message)
      end
      for _, name in ipairs(files or some) do
        check_file(name)
      end
    else
      check_file(path)
    end
  end
  return code
end

-- What the subcommand runs; gives the exit code.
function check.main(...)
  local paths = { ... }
  if #paths == 0 then
    io.stderr:write("usage: moontide check PATH...\n")
    return 2
  end
  return check.paths(paths, function(line)
    io.stdout:write(line, "\n")
  end, function(line)
    io.stderr:write("moontide check: ", line, "\n")
  end)
end

return check
