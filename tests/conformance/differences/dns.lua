-- Intended differences wanted by dns.md. ../support/compare.lua describes the format.

return {
  {
    reason = "dns.md: toip of an address without a name fails; it gives the address",
    original = 'nil, "string"',
    { "dns/toip of an address without a name: 0",
      nil,
      '"0.0.0.0", {alias={}, ip={[1]="0.0.0.0"}, name="0.0.0.0"}' },
    { "dns/toip of an address without a name: 0x01020304",
      nil,
      '"1.2.3.4", {alias={}, ip={[1]="1.2.3.4"}, name="1.2.3.4"}' },
    { "dns/toip of an address without a name: 1.2.3",
      nil,
      '"1.2.0.3", {alias={}, ip={[1]="1.2.0.3"}, name="1.2.0.3"}' },
    { "dns/toip of an address without a name: 1.2.3.4",
      nil,
      '"1.2.3.4", {alias={}, ip={[1]="1.2.3.4"}, name="1.2.3.4"}' },
    { "dns/toip of an address without a name: 255.255.255.255",
      nil,
      '"255.255.255.255", {alias={}, ip={[1]="255.255.255.255"}, name="255.255.255.255"}' },
  },

  {
    reason = "dns.md: addresses without a name leave garbage in the result; the numeric text stands there",
    original = '"table", integer 1, false, true',
    moontide = '"table", integer 1, true, true',
    { "dns/getnameinfo: an address without a name and a port", '"table", integer 1, false, false' },
    { "dns/getnameinfo: an address without a name: 1.2.3.4" },
    { "dns/getnameinfo: an address without a name: 2001:db8::1" },
    { "dns/getnameinfo: an address without a name: ::ffff:1.2.3.4" },
  },

  {
    reason = "docs/reference/dns.md: query, flush and backend are additions",
    { "namespace/dns keys",
      '"getaddrinfo:function", "gethostname:function", "getnameinfo:function", '
        .. '"tohostname:function", "toip:function"',
      '"backend:string", "flush:function", "getaddrinfo:function", "gethostname:function", '
        .. '"getnameinfo:function", "query:function", "tohostname:function", "toip:function"' },
  },

  {
    reason = "docs/reference/dns.md: localhost is this machine, with a final dot too (RFC 6761, 6.3)",
    original = 'nil, "Host name lookup failure"',
    { "dns/toip 'localhost.'", nil, '"127.0.0.1", {alias={}, ip={[1]="127.0.0.1"}, name="localhost"}' },
    { "dns/tohostname 'localhost.'", nil,
      '"localhost", {alias={}, ip={[1]="127.0.0.1"}, name="localhost"}' },
  },
}
