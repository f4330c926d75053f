-- Intended differences wanted by socket.md. ../support/compare.lua describes the format.

return {
  {
    reason = "docs/design/0001-sigpipe.md: loading changes no signal disposition",
    { "namespace/SIGPIPE is ignored after loading", "true", "false" },
  },

  {
    reason = "socket.md: sockets are inherited by child processes; they are close-on-exec",
    { "namespace/sockets a child inherits", "integer 3", "integer 0" },
  },

  {
    reason = "socket.md: connect without locaddr ignores the family; it is honoured",
    moontide = 'nil, "Address family for hostname not supported"',
    { "connections/connect6: v4 literal", '"tcp{client}", "127.0.0.1"' },
    { "connections/connect: family inet6, v4 literal", '"tcp{client}", "127.0.0.1"' },
    { "connections/ipv6: connect, family inet, v6 literal", '"tcp{client}", "::1"' },
    { "connections/ipv6: connect4, v6 literal", '"tcp{client}", "::1"' },
  },

  {
    reason = "socket.md: connect leaks the descriptor when binding to locaddr fails; it is closed",
    { "connections/connect: a failure with locaddr leaks nothing", "integer 3", "integer 0" },
  },

  {
    reason = "socket.md: ports above 65535 wrap; they are refused, in sendto with the text of errors.md",
    { "connections/bind: port number '65536'",
      '"tcp{server}", "127.0.0.1", {[1]=integer 1, [2]=true, [3]="inet", [4]=float -1, [5]=float '
        .. "-1, [6]=true}",
      'nil, "service not supported for socket type", integer 2' },
    { "connections/connect: port beyond 65535",
      '"tcp{client}", "127.0.0.1"',
      'nil, "service not supported for socket type"' },
    { "dns/getnameinfo: port beyond 65535",
      '{[1]="localhost"}, "http"',
      'nil, "service not supported for socket type"' },
    { "tcp_addresses/bind: port 65536 as text",
      'float 1, "127.0.0.1", true, "inet", "tcp{master}"',
      'nil, "service not supported for socket type"' },
    { "tcp_addresses/bind: port 65536 does not wrap",
      'float 1, "127.0.0.1", true, "inet", "tcp{master}"',
      'nil, "service not supported for socket type"' },
    { "tcp_connect/tcp4: port beyond 65535",
      'float 1, nil, integer 1, "tcp{client}", true, true, "inet"',
      'nil, "service not supported for socket type", integer 2, "tcp{client}", true, true, "inet"' },
    { "tcp_connect/tcp: port beyond 65535",
      'float 1, nil, integer 1, "tcp{client}", true, true, "inet"',
      'nil, "service not supported for socket type", integer 2, "tcp{client}", false, nil, nil' },
    { "udp_io/sendto port number '65545'", "float 1", 'nil, "Servname not supported for ai_socktype"' },
    { "udp_io/sendto: port beyond 65535 does not wrap",
      "float 1, nil",
      'nil, "Servname not supported for ai_socktype"' },
    { "udp_io/udp setpeername: port beyond 65535",
      'float 1, nil, integer 1, "udp{connected}", true, "127.0.0.1", true, "inet"',
      'nil, "service not supported for socket type", integer 2, "udp{unconnected}", false, '
        .. '"nil", true, nil' },
    { "udp_io/udp setsockname: port number '65536'",
      'float 1, nil, integer 1, "udp{unconnected}", true, "127.0.0.1", true, "inet"',
      'nil, "service not supported for socket type", integer 2, "udp{unconnected}", false, '
        .. '"nil", true, nil' },
    { "udp_io/udp4 setpeername: port beyond 65535",
      'float 1, nil, integer 1, "udp{connected}", true, "127.0.0.1", true, "inet"',
      'nil, "service not supported for socket type", integer 2, "udp{unconnected}", true, '
        .. '"0.0.0.0", false, "inet"' },
    { "udp_io/udp4 setsockname: port number '65536'",
      'float 1, nil, integer 1, "udp{unconnected}", true, "127.0.0.1", true, "inet"',
      'nil, "service not supported for socket type", integer 2, "udp{unconnected}", true, '
        .. '"0.0.0.0", false, "inet"' },
  },

  {
    reason = "socket.md: an integral float is no port on 5.3 and later; it is written without the fraction",
    lua = "lua5.3 lua5.4",
    { "connections/bind: port number 'integral 0'",
      'nil, "service not supported for socket type", integer 2',
      '"tcp{server}", "127.0.0.1", {[1]=integer 1, [2]=true, [3]="inet", [4]=float -1, [5]=float '
        .. "-1, [6]=true}" },
    { "connections/connect: integral float port",
      'nil, "service not supported for socket type"',
      '"tcp{client}", "127.0.0.1"' },
    { "tcp_addresses/bind: integral float port",
      'nil, "service not supported for socket type"',
      'float 1, "127.0.0.1", true, "inet", "tcp{master}"' },
    { "tcp_connect/tcp4: integral float port",
      'nil, "service not supported for socket type", integer 2, "tcp{client}", true, true, "inet"',
      'float 1, nil, integer 1, "tcp{client}", true, true, "inet"' },
    { "tcp_connect/tcp: integral float port",
      'nil, "service not supported for socket type", integer 2, "tcp{client}", false, nil, nil',
      'float 1, nil, integer 1, "tcp{client}", true, true, "inet"' },
    { "udp_io/sendto: integral float port", 'nil, "Name or service not known"', "float 1, nil" },
    { "udp_io/udp setpeername: integral float port",
      'nil, "service not supported for socket type", integer 2, "udp{unconnected}", false, '
        .. '"nil", true, nil',
      'float 1, nil, integer 1, "udp{connected}", true, "127.0.0.1", true, "inet"' },
    { "udp_io/udp setsockname: port number 'integral 0'",
      'nil, "service not supported for socket type", integer 2, "udp{unconnected}", false, '
        .. '"nil", true, nil',
      'float 1, nil, integer 1, "udp{unconnected}", true, "127.0.0.1", true, "inet"' },
    { "udp_io/udp4 setpeername: integral float port",
      'nil, "service not supported for socket type", integer 2, "udp{unconnected}", true, '
        .. '"0.0.0.0", false, "inet"',
      'float 1, nil, integer 1, "udp{connected}", true, "127.0.0.1", true, "inet"' },
    { "udp_io/udp4 setsockname: port number 'integral 0'",
      'nil, "service not supported for socket type", integer 2, "udp{unconnected}", true, '
        .. '"0.0.0.0", false, "inet"',
      'float 1, nil, integer 1, "udp{unconnected}", true, "127.0.0.1", true, "inet"' },
  },

  {
    reason = "socket.md: an infinite or very long timeout makes select raise; it means forever",
    { "select_objects/select: huge timeout",
      'raises "select failed"',
      "{}, {[1]=<client>, [<client>]=float 1}" },
    { "select_objects/select: timeout 2^40",
      'raises "select failed"',
      "{}, {[1]=<client>, [<client>]=float 1}" },
  },

  {
    reason = "socket.md: numbers and booleans in the lists raise; they are ignored",
    { "select_objects/list: a number",
      'raises "attempt to index a number value"',
      "{}, {[1]=<client>, [<client>]=float 1}" },
    { "select_objects/list: false",
      'raises "attempt to index a boolean value"',
      "{}, {[1]=<client>, [<client>]=float 1}" },
    { "select_objects/list: true", 'raises "attempt to index a boolean value"', '{}, {}, "timeout"' },
  },

  {
    reason = "socket.md: if the system call fails, all is ready beside a dirty object; only that one is",
    { "select_objects/foreign: not open, beside a dirty one",
      "{[1]=<dirty>, [2]=<open>, [3]=<not open>, [<dirty>]=float 1, [<not open>]=float 3, "
        .. "[<open>]=float 2}, {}",
      "{[1]=<dirty>, [<dirty>]=float 1}, {}" },
  },

  {
    reason = "socket.md: an object that is listed twice and dirty is reported twice; once",
    { "select_objects/dirty: twice in the list",
      "{[1]=<dirty>, [2]=<dirty>, [<dirty>]=float 2}, {}",
      "{[1]=<dirty>, [<dirty>]=float 1}, {}" },
  },

  {
    reason = "socket.md: of two objects with one descriptor only the last is reported; both are, by list",
    { "select_order/doubles: between others",
      "{[1]=<u1>, [2]=<u2>, [3]=<u3>, [<u1>]=float 1, [<u2>]=float 2, [<u3>]=float 3}, {}",
      "{[1]=<other u1>, [2]=<u1>, [3]=<u2>, [4]=<u3>, [<other u1>]=float 1, [<u1>]=float 2, "
        .. "[<u2>]=float 3, [<u3>]=float 4}, {}" },
    { "select_order/doubles: one descriptor across the lists",
      "{[1]=<other u1>, [<other u1>]=float 1}, {[1]=<other u1>, [<other u1>]=float 1}",
      "{[1]=<u1>, [<u1>]=float 1}, {[1]=<other u1>, [<other u1>]=float 1}" },
    { "select_order/doubles: two objects with one descriptor",
      "{[1]=<other u1>, [<other u1>]=float 1}, {}",
      "{[1]=<u1>, [2]=<other u1>, [<other u1>]=float 2, [<u1>]=float 1}, {}" },
    { "select_order/doubles: two objects with one descriptor, reversed",
      "{[1]=<u1>, [<u1>]=float 1}, {}",
      "{[1]=<other u1>, [2]=<u1>, [<other u1>]=float 1, [<u1>]=float 2}, {}" },
  },

  {
    reason = "socket.md: skip with a negative count gives stack contents; it counts as 0",
    { "skip/skip(-1)", 'integer -1, "a", "b"', '"a", "b"' },
  },

  {
    reason = "socket.md: protect blocks yields on LuaJIT; it does not",
    lua = "luajit",
    original = '"false:attempt to yield across C-call boundary:nil"',
    { "exceptions/yield inside protect", nil, '"true:out1:nil | true:in1:in2"' },
    { "exceptions/yield inside protect, then a failing try",
      nil,
      '"true:out1:nil | true:nil:after the yield"' },
    { "exceptions/yield inside protect, then an error",
      nil,
      '"true:out1:nil | false:after the yield:nil"' },
  },

  {
    reason = "socket.md: sources lose what came before a timeout; it is the prefix of the next receive",
    { "sinks_sources/real source: after a timeout nothing is lost",
      'nil, "timeout", " and half"',
      'nil, "timeout", "half and half"' },
    { "sinks_sources/source by-length keeps what a timeout left: calls",
      '"receive,self,10 receive,self,10"',
      '"receive,self,10 receive,self,10,par"' },
    { "sinks_sources/source until-closed keeps what a timeout left: calls",
      '"receive,self,2048 receive,self,2048"',
      '"receive,self,2048 receive,self,2048,par"' },
  },
}
