-- Intended differences wanted by unix.md. ../support/compare.lua describes the format.

return {
  {
    reason = "unix.md: after a failed bind or connect the object is dead; the next call opens a new socket",
    { "unix_dgram/bind: again after a failure",
      'float -1, nil, "Bad file descriptor"',
      "float -1, float 1, nil" },
    { "unix_dgram/connect: again after a failure",
      'float -1, nil, "closed", "unixdgram{unconnected}"',
      'float -1, float 1, nil, "unixdgram{connected}"' },
    { "unix_stream/bind: again after a failure",
      'float -1, nil, "Bad file descriptor", nil',
      'float -1, float 1, nil, "bound six"' },
    { "unix_stream/connect: again after a failure",
      'float -1, nil, "closed", "unixstream{master}"',
      'float -1, float 1, nil, "unixstream{client}"' },
    { "unix_stream/connect: bind after a failed connect", 'nil, "Bad file descriptor"', "float 1, nil" },
  },

  {
    reason = "unix.md: connect to a full queue succeeds or breaks the object; it is a timeout",
    { "unix_stream/full queue: timeout 0",
      'nil, "timeout", "unixstream{master}", false, nil, "closed"',
      'nil, "timeout", "unixstream{master}", true, float 1, nil' },
    { "unix_stream/full queue: timeout 0.05",
      'float 1, nil, "unixstream{client}", true, nil, nil',
      'nil, "timeout", "unixstream{master}", true, float 1, nil' },
  },

  {
    reason = 'unix.md: receiving on a closed datagram object gives an empty datagram; it is "closed"',
    moontide = 'nil, "closed"',
    { "unix_dgram/closed: connected receive", '""' },
    { "unix_dgram/closed: receive", '""' },
    { "unix_dgram/closed: receivefrom", '"", "some path"' },
  },
}
