-- What a case uses to record answers. Every line has a key that is unique in its file:
--
--   R.call("name", f, ...)                pcall(f, ...): results, or the raised error
--   R.method("name", object, "m", ...)    object:m(...), the form that shifts argument numbers
--   R.values("name", ...)                 the values themselves
--   R.moontide_only("name", expected, f, ...)
--       for what the original answers by hanging or crashing: runs on Moontide alone and compares
--       with the text given here
--   R.skip("prefix", reason)              comparisons that cannot be made on this machine
--
-- call and method return what the function returned, or nothing when it raised.

local show = ...

local unpack = table.unpack or unpack
local load_text = rawget(_G, "loadstring") or load

local R = {
  name_object = show.name_object,
  name_port = show.name_port,
  error_text = show.error_text,
  unpack = unpack,
}

local output, prefix, side
local seen = {}
local callers = {}

-- Starts the record of one case; `to` is an open file.
function R.begin(to, case, of_side)
  output, prefix, side = to, case, of_side
  output:setvbuf("line")
end

function R.finish()
  output:write("!end\n")
  output:close()
end

local function pack(...)
  return { n = select("#", ...), ... }
end
R.pack = pack

local function new_key(name)
  local key = prefix .. "/" .. name
  if seen[key] then
    error("the name '" .. key .. "' is used twice", 3)
  end
  seen[key] = true
  return key
end

local function answer_of(results)
  if results[1] then
    return show.values(results.n - 1, { unpack(results, 2, results.n) })
  end
  return show.raised(results[2])
end

local function write_results(name, results)
  output:write(new_key(name), "\t", answer_of(results), "\n")
  if results[1] then
    return unpack(results, 2, results.n)
  end
end

function R.call(name, f, ...)
  return write_results(name, pack(pcall(f, ...)))
end

-- A call in method syntax, compiled because the name is only known now. It is no tail call: the
-- interpreter forgets the names of those.
local function caller(method)
  if not callers[method] then
    callers[method] = assert(load_text(
      "local keep, object = ...\n" ..
      "return function(...) return keep(object:" .. method .. "(...)) end", "=case"))
  end
  return callers[method]
end

function R.method(name, object, method, ...)
  local call = caller(method)(function(...) return ... end, object)
  return write_results(name, pack(pcall(call, ...)))
end

function R.values(name, ...)
  output:write(new_key(name), "\t", show.values(select("#", ...), { ... }), "\n")
end

function R.moontide_only(name, expected, f, ...)
  local key = new_key(name)
  if side == "moontide" then
    output:write("!only\t", key, "\t", answer_of(pack(pcall(f, ...))), "\t", expected, "\n")
  end
end

function R.skip(name_prefix, reason)
  output:write("!skip\t", prefix, "/", name_prefix, "\t", reason, "\n")
end

return R
