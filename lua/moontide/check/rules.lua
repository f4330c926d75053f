-- What `moontide check` reports, a table for each rule:
--
--   name       of the rule
--   calls      paths that are called; and `methods`: names of methods of any object; or `uses`: paths that
--              are read or assigned
--   when       what must hold for the arguments as well (conditions.lua); without it every call counts
--   differs    what is not as with LuaSocket or LuaSec
--   advice     what to do
--
-- A rule is about what can be told from the text of a program. What depends on what a peer sends is in the
-- pages of docs/reference.

local rules = {
  -- What the conditions ask of the whole file.
  facts = {
    "ssl.https.VERIFY", "ssl.https.VERIFYHOST", "ssl.https.SYSTEMCA", ":getfd", "socket.bind",
    "socket.connect", "socket.tcp", "socket.udp",
  },
}

for _, name in ipairs({ "web", "text", "sockets" }) do
  for _, rule in ipairs(require("moontide.check.rules." .. name)) do
    rules[#rules + 1] = rule
  end
end

return rules
