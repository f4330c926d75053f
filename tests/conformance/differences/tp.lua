-- Intended differences of socket.tp; the form is that of ../differences.lua.
-- luacheck: no max line length
return {
  {
    reason = "tp.md, defects: CR, LF and NUL in a command or its argument are refused",
    { "tp_replies/command with CR LF",
      '"CMD a\\r\\nb\\r\\n", integer 10',
      '"", nil, "invalid character in command"' },
    { "tp_replies/command with LF",
      '"CMD a\\nb\\r\\n", integer 9',
      '"", nil, "invalid character in command"' },
    { "tp_replies/command with CR",
      '"CMD a\\rb\\r\\n", integer 9',
      '"", nil, "invalid character in command"' },
    { "tp_replies/command with NUL",
      '"CMD a\\000b\\r\\n", integer 9',
      '"", nil, "invalid character in command"' },
  },
}
