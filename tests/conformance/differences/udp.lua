-- Intended differences wanted by udp.md. ../support/compare.lua describes the format.

return {
  {
    reason = 'udp.md: receiving without a descriptor gives what is in memory; it fails with "closed"',
    original = '"", "by chance"',
    moontide = 'nil, "closed"',
    { "udp_io/closed: connected receive" },
    { "udp_io/closed: receive" },
    { "udp_io/closed: receivefrom", 'nil, "by chance"' },
    { "udp_io/new udp: receive" },
    { "udp_io/new udp: receivefrom", 'nil, "by chance"' },
    { "udp_io/setfd(-1): receive",
      '{[1]="", [2]="by chance"}, {[2]="by chance"}',
      '{[2]="closed"}, {[2]="closed"}' },
  },
}
