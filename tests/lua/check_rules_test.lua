-- moontide.check: each rule finds what it is about, and nothing in what is nearly that.
local test = ...
local check = require("moontide.check")
local rules = require("moontide.check.rules")
local cases = require("check_cases")

local modules = [[
local socket, http, https = require("socket"), require("socket.http"), require("ssl.https")
local smtp, ftp, url = require("socket.smtp"), require("socket.ftp"), require("socket.url")
local mime, ssl, context = require("mime"), require("ssl"), require("ssl.context")
]]

-- How often the rule applies to a text, and in which line first.
local function count(name, text)
  local findings = assert(check.text(modules .. text .. "\n"))
  local found, line = 0, nil
  for _, finding in ipairs(findings) do
    if finding.rule == name then
      found = found + 1
      line = line or finding.line
    end
  end
  return found, line
end

for _, rule in ipairs(rules) do
  test(rule.name .. ": found, and not in a near miss", function(t)
    local case = assert(cases[rule.name], "there is no case for this rule")
    for _, text in ipairs(case.found) do
      local found, line = count(rule.name, text)
      t.equal(found, 1, text)
      t.equal(line, 4, text)
    end
    for _, text in ipairs(case.missed) do
      t.equal(count(rule.name, text), 0, text)
    end
  end)

  test(rule.name .. ": says what differs and what to do, in one line", function(t)
    t.matches(rule.differs, "^[^\n;]+$")
    t.matches(rule.advice, "^[^\n]+$")
  end)
end

test("no case is left of a rule that is gone", function(t)
  local names = {}
  for _, rule in ipairs(rules) do
    t.equal(names[rule.name], nil, rule.name)
    names[rule.name] = true
  end
  for name in pairs(cases) do
    t.equal(names[name], true, name)
  end
end)
