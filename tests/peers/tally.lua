-- Runs named checks, prints the failures and, in the end, the line that tools/run-tests reads.

local tally = { passed = 0, failed = 0 }

function tally.check(name, f)
  local good, failure = pcall(f)
  if good then
    tally.passed = tally.passed + 1
  else
    tally.failed = tally.failed + 1
    print("FAIL " .. name .. "\n  " .. tostring(failure))
  end
end

function tally.equal(got, wanted, what)
  if got ~= wanted then
    local function shorten(value)
      return type(value) == "string" and ("%q"):format(value:sub(1, 300)) or tostring(value)
    end
    error((what or "value") .. ": wanted " .. shorten(wanted) .. ", got " .. shorten(got), 2)
  end
end

function tally.finish()
  print(("%d passed, %d failed"):format(tally.passed, tally.failed))
  os.exit(tally.failed == 0 and tally.passed > 0 and 0 or 1)
end

return tally
