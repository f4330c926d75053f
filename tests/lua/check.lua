-- Assertions: the methods of a test's `t` that compare.

local over_tls = require("over_tls")

local check = {}

local unpack = table.unpack or unpack -- luacheck: ignore 143
local subtype = math.type or function(value) -- luacheck: ignore 143
  return type(value) == "number" and "number" or nil
end

local function show(value)
  if type(value) == "string" then
    if #value > 200 then
      return ("%q... (%d bytes)"):format(value:sub(1, 200), #value)
    end
    return ("%q"):format(value)
  end
  return tostring(value)
end

local function show_all(pack)
  local shown = {}
  for index = 1, pack.n do
    shown[index] = show(pack[index])
  end
  return "(" .. table.concat(shown, ", ") .. ")"
end

local function same(actual, expected)
  return actual == expected or (actual ~= actual and expected ~= expected)
    or (expected == "timeout" and over_tls.is_timeout(actual))
end

local function fail(message, what)
  error((what and what .. ": " or "") .. message, 3)
end

-- Keeps all results of a call, nils included.
function check.pack(...)
  return { n = select("#", ...), ... }
end

function check.unpack(pack)
  return unpack(pack, 1, pack.n)
end

-- Exactly these results: same values, same count.
function check.returns(pack, ...)
  local expected = check.pack(...)
  local good = pack.n == expected.n
  for index = 1, expected.n do
    good = good and same(pack[index], expected[index])
  end
  if not good then
    fail("got " .. show_all(pack) .. ", expected " .. show_all(expected))
  end
end

function check.equal(actual, expected, what)
  if not same(actual, expected) then
    fail("got " .. show(actual) .. ", expected " .. show(expected), what)
  end
end

function check.different(actual, other, what)
  if same(actual, other) then
    fail("both are " .. show(actual), what)
  end
end

-- Neither nil nor false. Gives the value back; a second argument is what an API call said instead.
function check.ok(value, message)
  if not value then
    fail("got " .. show(value) .. (message and ", " .. show(message) or ""))
  end
  return value, message
end

check.is_timeout = over_tls.is_timeout

function check.is(kind, value, what)
  if type(value) ~= kind then
    fail("got " .. show(value) .. ", expected a " .. kind, what)
  end
end

function check.matches(text, pattern)
  if type(text) ~= "string" or not text:find(pattern) then
    fail("got " .. show(text) .. ", expected a match of " .. pattern)
  end
end

function check.between(value, low, high, what)
  if type(value) ~= "number" or value < low or value > high then
    fail("got " .. show(value) .. ", expected " .. low .. " to " .. high, what)
  end
end

-- Two arrays with the same elements in the same order.
function check.list(actual, expected, what)
  for index = 1, math.max(#actual, #expected) do
    if not same(actual[index], expected[index]) then
      fail("element " .. index .. " is " .. show(actual[index]) .. ", expected "
        .. show(expected[index]), what)
    end
  end
end

-- On 5.3 and later: a float (3.0). Elsewhere any number of that value.
function check.float(value, expected, what)
  local kind = subtype(value)
  if kind ~= "float" and kind ~= "number" or expected and value ~= expected then
    fail("got " .. show(value) .. ", expected the float " .. show(expected), what)
  end
end

-- On 5.3 and later: an integer (3). Elsewhere any number of that value.
function check.integer(value, expected, what)
  local kind = subtype(value)
  if kind ~= "integer" and kind ~= "number" or expected and value ~= expected then
    fail("got " .. show(value) .. ", expected the integer " .. show(expected), what)
  end
end

-- Raises an error whose message contains `text`. Gives the error.
function check.raises(text, f, ...)
  local results = check.pack(pcall(f, ...))
  if results[1] then
    fail("returned " .. show_all(results) .. " instead of raising " .. show(text))
  end
  if not tostring(results[2]):find(text, 1, true) then
    fail("raised " .. show(results[2]) .. ", expected " .. show(text))
  end
  return results[2]
end

-- Raises the argument error number `index` with this text; self counts as 1.
function check.bad_argument(index, text, f, ...)
  local good, message = pcall(f, ...)
  if good then
    fail("did not raise " .. show(text))
  end
  local found_index, found_text = tostring(message):match("bad argument #(%-?%d+) to '.-' %((.*)%)$")
  if tonumber(found_index) ~= index or found_text ~= text then
    fail("raised " .. show(message) .. ", expected argument " .. index .. ", " .. show(text))
  end
end

function check.skip(reason)
  error({ skipped = reason })
end

return check
