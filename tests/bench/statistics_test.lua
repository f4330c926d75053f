-- What is stated of a list of numbers.
local test = ...
local statistics = require("statistics")

test("a summary has the median, the lowest and the highest", function(t)
  local summary = statistics.summary({ 5, 1, 9, 3, 4 })
  t.equal(summary.median, 4)
  t.equal(summary.lowest, 1)
  t.equal(summary.highest, 9)
end)

test("the median of an even count lies between the two in the middle", function(t)
  t.equal(statistics.summary({ 8, 1, 2, 4 }).median, 3)
end)

test("the summary of one round is that round", function(t)
  local summary = statistics.summary({ 7 })
  t.equal(summary.median, 7)
  t.equal(summary.lowest, 7)
  t.equal(summary.highest, 7)
end)

test("a summary leaves the order of the rounds as it is", function(t)
  local rounds = { 3, 1, 2 }
  statistics.summary(rounds)
  t.equal(table.concat(rounds, " "), "3 1 2")
end)
