-- Intended differences of mime.core and mime, as in ../differences.lua.
return {
  {
    reason = "mime.md, 9: text that starts with a NUL byte is a result, not the end",
    { "mime_coders/unqp: a NUL first, at the end", "nil, nil", '"\\000abc", nil' },
    { "mime_coders/unqp: only a NUL", "nil, nil", '"\\000", nil' },
  },
  {
    reason = "mime.md, 9: the whole marker counts, also behind a NUL",
    { "mime_arguments/qp: marker with a NUL", '"a1b", ""', '"a1\\0002b", ""' },
    { "mime_arguments/eol: marker with a NUL", '"a1b", float 0', '"a1\\0002b", float 0' },
  },
  {
    reason = "mime.md, 9: a length below 4 counts as 4 in qpwrp, so that =XX is not split",
    { "mime_lines/qpwrp: length 0", '"=\\r\\n==\\r\\n3=\\r\\nD=\\r\\n==\\r\\n3=\\r\\nD", float -1',
      '"=\\r\\n=3D=\\r\\n=3D", float 1' },
    { "mime_lines/qpwrp: length 1", '"=\\r\\n==\\r\\n3=\\r\\nD=\\r\\n==\\r\\n3=\\r\\nD", float 0',
      '"=\\r\\n=3D=\\r\\n=3D", float 1' },
    { "mime_lines/qpwrp: length 2", '"=\\r\\n==\\r\\n3=\\r\\nD=\\r\\n==\\r\\n3=\\r\\nD", float 1',
      '"=\\r\\n=3D=\\r\\n=3D", float 1' },
    { "mime_lines/qpwrp: length 3", '"=\\r\\n=3=\\r\\nD=\\r\\n=3=\\r\\nD", float 2',
      '"=\\r\\n=3D=\\r\\n=3D", float 1' },
    { "mime_lines/qpwrp: length -5", '"=\\r\\n==\\r\\n3=\\r\\nD=\\r\\n==\\r\\n3=\\r\\nD", float -6',
      '"=\\r\\n=3D=\\r\\n=3D", float 1' },
    { "mime_lines/qpwrp: plain text, length 1", '"=\\r\\na=\\r\\nb", float 0', '"=\\r\\nab", float 2' },
  },
}
