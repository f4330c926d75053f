-- ltn12: the module, filter.cycle and filter.chain.
local test = ...
local ltn12 = require("ltn12")
local make = require("filters")

local identity, buffering, recording = make.identity, make.buffering, make.recording

local function keys(owner)
  local names = {}
  for name in pairs(owner) do
    names[#names + 1] = name
  end
  table.sort(names)
  return table.concat(names, " ")
end

test("the module has exactly its keys", function(t)
  t.equal(keys(ltn12), "BLOCKSIZE _VERSION filter pump sink source")
  t.equal(keys(ltn12.filter), "chain cycle")
  t.equal(keys(ltn12.source), "cat chain empty error file rewind simplify string table")
  t.equal(keys(ltn12.sink), "chain error file null simplify table")
  t.equal(keys(ltn12.pump), "all step")
  t.equal(ltn12._VERSION, "LTN12 1.0.3")
  t.integer(ltn12.BLOCKSIZE, 2048)
end)

test("the module needs no other module", function(t)
  t.equal(t.output_of([[
    require("ltn12")
    for name in pairs(package.loaded) do
      if name:find("socket") or name:find("moontide") then print(name) end
    end]]), "")
end)

test("cycle: keeps the second result as context and gives the first alone", function(t)
  local f = ltn12.filter.cycle(function(context, chunk, extra)
    return tostring(context) .. tostring(chunk) .. extra, context + 1, "third"
  end, 3, "E")
  t.returns(t.pack(f("a")), "3aE")
  t.returns(t.pack(f("b")), "4bE")
  t.returns(t.pack(f(nil)), "5nilE")
end)

test("cycle: a context that becomes nil is passed on as nil", function(t)
  local seen = {}
  local f = ltn12.filter.cycle(function(context)
    seen[#seen + 1] = tostring(context)
    return "x"
  end, 1)
  f("a")
  f("b")
  t.list(seen, { "1", "nil" })
end)

test("cycle: without a function it raises at once, with another value when it is called", function(t)
  t.raises("assertion failed!", ltn12.filter.cycle)
  t.raises("assertion failed!", ltn12.filter.cycle, nil, 1)
  t.raises("assertion failed!", ltn12.filter.cycle, false)
  local f = ltn12.filter.cycle(5)
  t.raises("attempt to call", f, "x")
end)

test("cycle: a callable table does as low-level filter", function(t)
  local low = setmetatable({}, { __call = function(_, context, chunk)
    return chunk .. context, context
  end })
  t.equal(ltn12.filter.cycle(low, "!")("a"), "a!")
end)

test("chain: drains from the back, as the trace of the contract shows", function(t)
  local calls = {}
  local f1 = recording(calls, "1", buffering(3))
  local f2 = recording(calls, "2", buffering(2))
  local chain = ltn12.filter.chain(f1, f2)
  local steps = {
    { "abcdefg", "ab", "1(abcdefg)=abc 2(abc)=ab" },
    { "", "cd", "2()= 1()=def 2(def)=cd" },
    { "", "ef", "2()=ef" },
    { "", "", "2()= 1()=" },
    { "", "", "1()=" },
    { "h", "", "1(h)=" },
    { nil, "gh", "1(nil)=gh 2(gh)=gh" },
    { nil, nil, "2()= 1(nil)=nil 2(nil)=nil" },
    { nil, nil, "2(nil)=nil" },
  }
  for index = 1, #steps do
    local step = steps[index]
    t.returns(t.pack(chain(step[1])), step[2])
    t.equal(table.concat(calls, " "), step[3], "step " .. index)
    for position = #calls, 1, -1 do
      calls[position] = nil
    end
  end
end)

test("chain: one filter is passed through", function(t)
  local chain = ltn12.filter.chain(buffering(2))
  t.equal(chain("abc"), "ab")
  t.equal(chain(""), "")
  t.equal(chain(nil), "c")
  t.equal(chain(nil), nil)
end)

test("chain: after the end data reaches only the unfinished filter", function(t)
  local chain = ltn12.filter.chain(identity, identity)
  t.equal(chain(nil), nil)
  t.equal(chain("z"), "z")
end)

test("chain: nothing is checked at creation", function(t)
  t.raises("attempt to call", ltn12.filter.chain(), "x")
  t.raises("attempt to call", ltn12.filter.chain(nil), "x")
  t.raises("attempt to call", ltn12.filter.chain(identity, nil), "x")
end)

test("chain: trailing nils count as filters", function(t)
  local chain = ltn12.filter.chain(identity, nil)
  t.equal(pcall(chain, "x"), false)
end)

test("chain: callable tables do as filters", function(t)
  local double = setmetatable({}, { __call = function(_, chunk)
    return chunk and chunk .. chunk
  end })
  local chain = ltn12.filter.chain(double, double)
  t.equal(chain("a"), "aaaa")
end)

test("chain: a later filter that answers nil to data is an error, again and again", function(t)
  local chain = ltn12.filter.chain(identity, function() return nil end, identity)
  t.raises("filter returned inappropriate nil", chain, "x")
  t.raises("filter returned inappropriate nil", chain, "")
end)

test("chain: values that are not strings pass as they are", function(t)
  local chain = ltn12.filter.chain(identity, identity)
  t.equal(chain(12), 12)
  chain = ltn12.filter.chain(identity, identity)
  t.equal(chain(false), false)
end)

-- Splits and merges in every way; the filters raise when the protocol is broken.
test("chain: five strict filters give the same text whatever sizes they work in", function(t)
  local text = ("The quick brown fox jumps over the lazy dog. "):rep(20)
  for seed = 1, 40 do
    local filters = {}
    for index = 1, 1 + seed % 5 do
      filters[index] = make.strict(buffering(1 + (seed * index * 7) % 11))
    end
    local chunks = ltn12.source.table({ text:sub(1, 100 + seed), text:sub(101 + seed) })
    local sink, result = ltn12.sink.table()
    local unpack = table.unpack or unpack -- luacheck: ignore 143
    local chain = #filters == 1 and filters[1] or ltn12.filter.chain(unpack(filters))
    t.returns(t.pack(ltn12.pump.all(ltn12.source.chain(chunks, chain), sink)), 1)
    t.equal(table.concat(result), text, "seed " .. seed)
  end
end)

-- Mended: the original hands the second text straight to the last filter.
test("chain: data that comes before the chain was drained waits for its turn", function(t)
  local upper = function(chunk) return chunk and chunk:upper() end
  local chain = ltn12.filter.chain(upper, buffering(2))
  t.equal(chain("abcdef"), "AB")
  local joined = chain("gh")
  t.equal(joined, "CDEFGH")
  t.equal(chain(""), "")
  t.equal(chain(nil), nil)
end)

test("chain: undrained data keeps its order when nothing was held either", function(t)
  local function bracket(chunk)
    return chunk and chunk ~= "" and "<" .. chunk .. ">" or chunk
  end
  local chain = ltn12.filter.chain(bracket, identity)
  local output = ""
  for _, text in ipairs({ "abc", "def", "ghi" }) do
    output = output .. chain(text)
  end
  t.equal(output, "<abc><def><ghi>")
end)
