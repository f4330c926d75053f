-- Goal: every row of mbox.md's tables, and what is mended there.

local test = ...
local mbox = require("mbox")

local function describe(value)
  if type(value) ~= "table" then
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  local parts = {}
  for key, item in pairs(value) do
    parts[#parts + 1] = tostring(key) .. "=" .. describe(item)
  end
  table.sort(parts)
  return "{" .. table.concat(parts, ", ") .. "}"
end

-- A row is the argument, then the results; `n` counts both where results are nil.
local function rows(name, list)
  for _, row in ipairs(list) do
    test((name .. " of %q"):format(row[1]):gsub("\\\n", "\\n"):gsub("[\r\t]", "."), function(t)
      local results = t.pack(mbox[name](row[1]))
      t.equal(results.n, (row.n or #row) - 1)
      for index = 1, results.n do
        t.equal(describe(results[index]), describe(row[index + 1]))
      end
    end)
  end
end

rows("split_message", {
  { "A: b\r\nC: d\r\n\r\nbody\r\nmore", "A: b\nC: d\n", "body\nmore" },
  { "A: b\n\n", "A: b\n", "" },
  { "A: b\n", "A: b\n", "" },
  { "A: b", "A: b", "" },
  { "\nbody", "", "body" },
  { "\r\nbody", "", "body" },
  { "\n\nbody", "\n", "body" },
  { "A: b\n\nx\n\ny", "A: b\n", "x\n\ny" },
  { "", "", "" },
})
rows("split_headers", {
  { "A: b\r\n C\r\n\tD\r\nE: f\n", { "A: b C D", "E: f" } }, -- a tab folds as well
  { "A: b\n  cont\n   more\nD: e", { "A: b cont more", "D: e" } },
  { "\n\nA: b\n\nC: d", { "A: b", "C: d" } },
  { "", {} },
})
rows("parse_header", {
  { "Name:value", "Name", "value" },
  { "Name: value", "Name", "value" },
  { "Name :value", "", "value" },
  { ": x", "", "x" },
  { "A: b\n c", "A", "b c" },
  { "A: b\n\tc", "A", "b c" },
  { "A: b: c", "A", "b: c" },
  { "A:", "A", "" },
  { "From x y: z", "y", "z" },
  { "no colon", nil, nil, n = 3 },
  { "", nil, nil, n = 3 },
})
rows("parse_headers", {
  { "Subject: x\nsubject: y\nTo: z\nbroken\nA:\n", { subject = "x, y", to = "z", a = "" } },
  { "Received: a\n b\nReceived: c\n", { received = "a b, c" } },
  { "From a@b Sun Nov 22 12:34:56 2026\nA: b\n", { a = "b" } },
  { "A: b\nFrom: c\n", { a = "b", from = "c" } },
})
rows("parse_from", {
  { "Name <a@b>", "Name", "a@b" },
  { '"Q N" <a@b>', "Q N", "a@b" },
  { "<a@b>", "a@b", "a@b" },
  { "a@b", "a@b", "a@b" },
  { "  a@b  ", "a@b  ", "a@b  " },
  { "N <a> <b>", "N", "a" },
  { '"A" "B" <x>', "A B", "x" },
  { "a@b (Name)", "a@b (Name)", "a@b (Name)" },
  { "", "", "" },
})
rows("split_mbox", {
  { "From a\nA: b\n\nbody\n\nFrom b\nC: d\n\nbody2\n", { "From a\nA: b\n\nbody", "C: d\n\nbody2\n" } },
  { "\n\nFrom a\nA: b\n\nbody\n\nFrom c\nD: e\n\nf", { "", "A: b\n\nbody", "D: e\n\nf" } },
  { "", { "" } },
})
rows("parse_message", {
  { "From a@b date\nA: b\n\nx", { headers = { a = "b" }, body = "x" } },
})
rows("parse", {
  { "", { { headers = {}, body = "" } } },
  { "From a\nA: b\n\nx\n\nFrom b\nA: c\n\ny", {
    { headers = { a = "b" }, body = "x" }, { headers = { a = "c" }, body = "y" } } },
})

test("a missing argument raises", function(t)
  for name, f in pairs(mbox) do
    t.equal(pcall(f), false, name)
  end
end)

test("the keys of the module, and the global of the 5.1 era", function(t)
  local names = {}
  for name in pairs(mbox) do
    names[#names + 1] = name
  end
  table.sort(names)
  t.equal(table.concat(names, " "), "parse parse_from parse_header parse_headers parse_message "
    .. "split_headers split_mbox split_message")
  t.equal(rawget(_G, "mbox"), rawget(_G, "module") and mbox or nil)
end)

test("the functions call each other through the module", function(t)
  local original = mbox.parse_header
  mbox.parse_header = function() return "X", "y" end
  local headers = mbox.parse_headers("A: b\n")
  mbox.parse_header = original
  t.equal(headers.x, "y")
end)

test("long folded headers, blanks and addresses take one pass", function(t)
  -- Quadratic work on a megabyte would not end within the time limit of the file.
  local size = 999996
  t.equal(#mbox.parse_headers("A: b" .. ("\n c"):rep(math.floor(size / 3))).a, 1 + 2 * math.floor(size / 3))
  t.equal((mbox.parse_from((" "):rep(size) .. "<a>")), "a")
  t.equal((mbox.parse_from("N" .. (" "):rep(size) .. "x <a")), "N" .. (" "):rep(size) .. "x <a")
  t.equal((mbox.parse_header((" "):rep(size) .. "a: b")), "a")
  t.equal(mbox.parse_header((" a"):rep(math.floor(size / 2))), nil)
  t.equal(#mbox.split_mbox(("\n\nFrom"):rep(math.floor(size / 6))), 1)
end)
