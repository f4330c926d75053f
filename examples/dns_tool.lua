-- Prints what name servers know of names, all questions asked at once:
--
--   lua dns_tool.lua NAME... [TYPE...]
--
-- Types are in capitals: A, AAAA, CAA, CNAME, MX, NS, PTR, SOA, SRV, TXT. Without any it asks for the
-- usual ones. The name of an address is found by its PTR record: dns_tool.lua 192.0.2.1 PTR
local moontide = require "moontide"
local dns = require "socket".dns

local usual = { "A", "AAAA", "MX", "NS", "TXT", "CAA" }

local shown = {
  A = function(record) return record.address end,
  AAAA = function(record) return record.address end,
  CAA = function(record) return record.tag .. " " .. record.value end,
  CNAME = function(record) return record.target end,
  MX = function(record) return record.exchange .. ", preference " .. record.preference end,
  NS = function(record) return record.target end,
  PTR = function(record) return record.target end,
  SOA = function(record) return record.mname .. ", serial " .. record.serial end,
  SRV = function(record)
    local text = "%s port %d, priority %d, weight %d"
    return text:format(record.target, record.port, record.priority, record.weight)
  end,
  TXT = function(record) return ("%q"):format(record.text) end,
}

local names, types = {}, {}
for _, word in ipairs(arg) do
  table.insert(shown[word] and types or names, word)
end
if #types == 0 then types = usual end
if #names == 0 then
  io.stderr:write("usage: lua dns_tool.lua NAME... [TYPE...]\n")
  os.exit(2)
end

-- The lines for one question. That there are no records is worth a line only where they were asked for.
local function lines_of(name, kind)
  local records, message = dns.query(name, kind)
  if not records then
    local quiet = types == usual and message == "no records of this type"
    return quiet and {} or { ("%-5s %s"):format(kind, message) }
  end
  local lines = {}
  for _, record in ipairs(records) do
    lines[#lines + 1] = ("%-5s %s, for %d s"):format(kind, shown[kind](record), record.ttl)
  end
  table.sort(lines)
  return lines
end

moontide.run(function()
  local questions = {}
  for _, name in ipairs(names) do
    for _, kind in ipairs(types) do
      questions[#questions + 1] = function() return lines_of(name, kind) end
    end
  end
  local answers = moontide.all(questions)
  for number, name in ipairs(names) do
    print(name)
    for index = 1, #types do
      for _, line in ipairs(answers[(number - 1) * #types + index]) do
        print("  " .. line)
      end
    end
  end
end)
