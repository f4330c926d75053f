-- Compares the records of both sides and prints the verdict:
--   lua compare.lua WORK_DIRECTORY DIFFERENCES_DIRECTORY|none CASE_DIRECTORY LABEL...
-- A label names an interpreter: lua5.1 to lua5.4, luajit.
--
-- A file of intended differences returns an array of groups:
--
--   { reason = "why they are wanted", lua = "lua5.3 lua5.4", original = TEXT, moontide = TEXT,
--     { "case/key", ORIGINAL, MOONTIDE, lua = "luajit" }, ... }
--
-- `lua` says where the group or the entry holds, without it everywhere. A text may be a table by label,
-- with `other` for the rest; one that an entry leaves out is the group's. "nil" stands for no answer at all.

local work, list_directory, case_directory = ...
local labels = { select(4, ...) }

-- Fewer comparisons than this mean that cases were lost.
local COMPARISONS_MIN = 9500

local function read_lines(name)
  local lines = {}
  local file = io.open(name)
  if file then
    for line in file:lines() do
      lines[#lines + 1] = line
    end
    file:close()
  end
  return lines
end

local function split(line)
  local fields = {}
  for field in (line .. "\t"):gmatch("([^\t]*)\t") do
    fields[#fields + 1] = field
  end
  return fields
end

-- The record of one case on one side: answers by key, keys in order, and what else was noted.
local function read_record(label, side, case)
  local base = work .. "/" .. label .. "/" .. side .. "/" .. case
  local record = { answers = {}, keys = {}, only = {}, skips = {} }
  for _, line in ipairs(read_lines(base .. ".out")) do
    local fields = split(line)
    if fields[1] == "!end" then
      record.complete = true
    elseif fields[1] == "!only" then
      record.only[#record.only + 1] = { key = fields[2], answer = fields[3], expected = fields[4] }
    elseif fields[1] == "!skip" then
      record.skips[#record.skips + 1] = { prefix = fields[2], reason = fields[3] }
    else
      record.keys[#record.keys + 1] = fields[1]
      record.answers[fields[1]] = fields[2]
    end
  end
  record.status = read_lines(base .. ".status")[1]
  record.printed = table.concat(read_lines(base .. ".err"), "\n")
  return record
end

-- Only 5.3 and 5.4 tell floats from integers.
local function expected_for(label, text)
  assert(text, "a text is missing")
  if type(text) == "table" then
    text = text[label] or text.other
  end
  if label ~= "lua5.3" and label ~= "lua5.4" then
    text = text:gsub("%f[%a]float ", "number "):gsub("%f[%a]integer ", "number ")
  end
  return text
end

-- Paths of the Lua files of a directory, in alphabetical order.
local function lua_files(directory)
  local paths = {}
  local list = assert(io.popen("ls '" .. directory .. "'"))
  for name in list:lines() do
    if name:find("%.lua$") then
      paths[#paths + 1] = directory .. "/" .. name
    end
  end
  list:close()
  assert(#paths > 0, "no Lua files in " .. directory)
  return paths
end

local function add_group(list, label, group)
  assert(group.reason, "a group of differences has no reason")
  for _, entry in ipairs(group) do
    local where = entry.lua or group.lua
    if not where or (" " .. where .. " "):find(" " .. label .. " ", 1, true) then
      assert(not list[entry[1]], "listed twice: " .. entry[1])
      list[entry[1]] = {
        original = expected_for(label, entry[2] or group.original),
        moontide = expected_for(label, entry[3] or group.moontide),
        reason = group.reason,
      }
    end
  end
end

-- The list of intended differences that concern one interpreter, by key.
local function load_differences(label)
  local list = {}
  if list_directory == "none" then
    return list
  end
  for _, path in ipairs(lua_files(list_directory)) do
    for _, group in ipairs(assert(loadfile(path))()) do
      add_group(list, label, group)
    end
  end
  return list
end

local Verdict = {}
Verdict.__index = Verdict

function Verdict.new(label)
  return setmetatable({
    label = label, list = load_differences(label), used = {}, problems = {}, skipped = {},
    comparisons = 0, intended = 0, only = 0, unexpected = 0, passed = 0, failed = 0,
  }, Verdict)
end

function Verdict:problem(...)
  self.failed = self.failed + 1
  self.problems[#self.problems + 1] = table.concat({ ... }, "\n      ")
end

function Verdict:difference(...)
  self.unexpected = self.unexpected + 1
  self:problem(...)
end

function Verdict:compare(key, original, moontide)
  self.comparisons = self.comparisons + 1
  local entry = self.list[key]
  self.used[key] = true
  if not entry then
    if original ~= moontide then
      self:difference(key, "original: " .. tostring(original), "moontide: " .. tostring(moontide))
    else
      self.passed = self.passed + 1
    end
  elseif original == moontide then
    self:difference(key, "stale: listed as a difference, but both answer " .. tostring(original),
      "reason given: " .. entry.reason)
  elseif tostring(original) ~= entry.original or tostring(moontide) ~= entry.moontide then
    self:difference(key, "differs otherwise than the list says",
      "original: " .. tostring(original), "  listed: " .. entry.original,
      "moontide: " .. tostring(moontide), "  listed: " .. entry.moontide)
  else
    self.intended = self.intended + 1
    self.passed = self.passed + 1
  end
end

function Verdict:only_on_moontide(item)
  self.only = self.only + 1
  local expected = expected_for(self.label, item.expected)
  if item.answer ~= expected then
    self:difference(item.key .. " (only on Moontide)", "moontide: " .. item.answer,
      "contract: " .. expected)
  else
    self.passed = self.passed + 1
  end
end

function Verdict:case(case)
  local original = read_record(self.label, "original", case)
  local moontide = read_record(self.label, "moontide", case)
  for side, record in pairs({ original = original, moontide = moontide }) do
    if record.status ~= "0" or not record.complete then
      local status = record.status == "124" and "time limit" or tostring(record.status)
      self:problem(case .. " on " .. side .. ": ended early (" .. status .. ")", record.printed)
    end
  end
  for _, key in ipairs(original.keys) do
    self:compare(key, original.answers[key], moontide.answers[key])
  end
  for _, key in ipairs(moontide.keys) do
    if not original.answers[key] then
      self:compare(key, nil, moontide.answers[key])
    end
  end
  for _, item in ipairs(moontide.only) do
    self:only_on_moontide(item)
  end
  for _, skip in ipairs(original.skips) do
    self.skipped[#self.skipped + 1] = skip
  end
end

local function is_skipped(self, key)
  for _, skip in ipairs(self.skipped) do
    if key:sub(1, #skip.prefix) == skip.prefix then
      return true
    end
  end
end

function Verdict:finish()
  for key, entry in pairs(self.list) do
    if not self.used[key] and not is_skipped(self, key) then
      self:difference(key, "stale: listed as a difference, but never compared", entry.reason)
    end
  end
  if self.comparisons < COMPARISONS_MIN then
    self:problem("only " .. self.comparisons .. " comparisons were made")
  end
  print(string.format("%s: %d comparisons, %d intended differences, %d only on Moontide, %d unexpected",
    self.label, self.comparisons, self.intended, self.only, self.unexpected))
  for _, skip in ipairs(self.skipped) do
    print("  skipped: " .. skip.prefix .. "*: " .. skip.reason)
  end
  for _, problem in ipairs(self.problems) do
    print("  FAILED " .. problem)
  end
end

local function case_names()
  local names = {}
  for index, path in ipairs(lua_files(case_directory)) do
    names[index] = path:match("([^/]+)%.lua$")
  end
  return names
end

local passed, failed = 0, 0
for _, label in ipairs(labels) do
  local verdict = Verdict.new(label)
  for _, case in ipairs(case_names()) do
    verdict:case(case)
  end
  verdict:finish()
  passed = passed + verdict.passed
  failed = failed + verdict.failed
end
print(string.format("%d passed, %d failed", passed, failed))
os.exit(failed == 0 and 0 or 1)
