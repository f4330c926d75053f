-- url.escape and url.unescape over all bytes.
local R = ...
local url = require("socket.url")

local all = {}
for code = 0, 255 do
  local byte = string.char(code)
  all[#all + 1] = byte
  R.values("escape " .. code, url.escape(byte))
  R.values("unescape lower " .. code, url.unescape(("%%%02x"):format(code)))
  R.values("unescape upper " .. code, url.unescape(("%%%02X"):format(code)))
  R.values("unescape first digit " .. code, url.unescape("%" .. byte .. "1"))
  R.values("unescape second digit " .. code, url.unescape("%4" .. byte))
end
all = table.concat(all)
R.values("escape all", url.escape(all))
R.values("unescape all", url.unescape(all))
R.values("both", url.unescape(url.escape(all)) == all)
R.values("long", url.escape(all:rep(300)))
R.values("long back", url.unescape(url.escape(all:rep(300))))

for number, text in ipairs({ "", "a b", "%20", "%", "%%", "%4", "%4x", "%%41", "%2541", "%zz%41", "a%", "+",
    "%41%", "%41%4", "%00%0d%0A", "ABCxyz019_-.~!*'()", "/#?;", "%e4%F6", "%+1", "% 1", "%-1", "%0x41" }) do
  R.call("escape text " .. number, url.escape, text)
  R.call("unescape text " .. number, url.unescape, text)
end
for name, f in pairs({ escape = url.escape, unescape = url.unescape }) do
  R.call(name .. " number", f, 5)
  R.call(name .. " negative", f, -5.5)
  R.call(name .. " large", f, 1e100)
  R.call(name .. " more arguments", f, "a b", "c")
  for _, value in ipairs({ true, {}, print }) do
    local fine, message = pcall(f, value)
    R.values(name .. " " .. type(value), fine, message:match("%(([^()]*)%)$"))
  end
  local fine, message = pcall(f)
  R.values(name .. " nothing", fine, message:match("%(([^()]*)%)$"))
end
