-- JSON as results.json has it.
local test = ...
local json = require("json")

test("what is written reads back as it was", function(t)
  local value = json.decode(json.encode({
    facts = { load = "2.07", rounds = 7, names = { "Lua 5.4", "LuaJIT" }, spread = true, dirty = false },
    samples = { 1.5, -2e-09, 3 }, ["a key"] = { nothing = {} },
  }))
  t.equal(value.facts.load, "2.07")
  t.equal(value.facts.rounds, 7)
  t.equal(table.concat(value.facts.names, "|"), "Lua 5.4|LuaJIT")
  t.equal(value.facts.spread, true)
  t.equal(value.facts.dirty, false)
  t.equal(table.concat(value.samples, " "), "1.5 -2e-09 3")
  t.equal(next(value["a key"].nothing), nil)
end)

test("quotes, backslashes and control characters read back as they were", function(t)
  for _, text in ipairs({ 'a "b"', "\\u0041", "\\\\n", "line\nline\ttab", "\1\127", "", "100 %" }) do
    t.equal(json.decode(json.encode({ [text] = text }))[text], text)
  end
end)

test("a text that is no JSON raises the place where it is wrong", function(t)
  for text, message in pairs({
    [""] = "no value at byte 1", ["[1, 2"] = "neither , nor ] at byte 6", ["nan"] = "no value at byte 1",
    ['{"a": [1, 2}'] = "neither , nor ] at byte 12", ['{"a" 1}'] = "no : at byte 5",
    ["{a: 1}"] = "no key at byte 2", ['["ab]'] = "a string without an end at byte 2",
    ["[1] 2"] = "more than one value, at byte 4", ["[1,]"] = "no value at byte 4",
  }) do
    local good, found = pcall(json.decode, text)
    t.equal(good, false, text)
    t.equal(found, message)
  end
end)
