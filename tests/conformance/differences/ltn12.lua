-- Intended differences wanted by ltn12.md. ../support/compare.lua describes the format.

return {
  {
    reason = "ltn12.md: data for an undrained chain goes to its last filter; the chain is drained first",
    { "ltn12_filters/undrained: buf(2), buf(2)",
      '"`ab` `de` `fg` `hi` `c` nil"',
      '"`ab` `cd` `efgh` `i` nil"' },
    { "ltn12_filters/undrained: double, double",
      '"`abcabcabcabc` `defdef` `ghighi` nil"',
      '"`abcabcabcabc` `defdefdefdef` `ghighighighi` nil"' },
    { "ltn12_filters/undrained: double, split(2)",
      '"`ab` `ca` `bc` `de` `fg` `hi` nil"',
      '"`ab` `cabcde` `fdefgh` `ig` `hi` nil"' },
  },

  {
    reason = "ltn12.md: sink.file ignores the result of close; a failure is given",
    { "ltn12_pumps/file: /dev/full", "true, integer 1", 'true, nil, "No space left on device"' },
    { "ltn12_pumps/file: failing close: call 2", "integer 1", 'nil, "disk full"' },
  },

  {
    reason = "ltn12.md: source.file drops the error of a failing read; it is given",
    { "ltn12_sources_sinks/file: a directory", "nil", 'nil, "Is a directory"' },
    { "ltn12_sources_sinks/file: a failing read",
      '{[1]=integer 1, [2]="a"}, {[1]=integer 1}, {[1]=integer 1}',
      '{[1]=integer 1, [2]="a"}, {[1]=integer 2, [3]="read error"}, {[1]=integer 2, [3]="read error"}' },
    { "ltn12_sources_sinks/file: a failing read: calls",
      '"read 2048; read 2048; close 0; read 2048; close 0"',
      '"read 2048; read 2048; close 0"' },
  },

  {
    reason = "ltn12.md: source.file reads a closed file after the end; it gives nil again",
    { "ltn12_sources_sinks/file: a real one after its end",
      'raises "attempt to use a closed file"',
      "nil" },
    { "ltn12_sources_sinks/file: again after the end: calls",
      '"read 2048; read 2048; close 0; read 2048; close 0; read 2048; close 0"',
      '"read 2048; read 2048; close 0"' },
  },
}
