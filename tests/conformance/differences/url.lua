-- Intended differences wanted by url.md. ../support/compare.lua describes the format.

return {
  {
    reason = "url.md: dots are removed in the path alone (RFC 3986, section 5.2.4). Over the whole text a "
      .. "query, fragment or parameter destroys the path before it, and a path can put another "
      .. "host in the place of the right one.",
    { 'url_absolute/http://a/b/c/d;p?q + g;x=1/../y',
      '"http://a/b/c/y"',
      '"http://a/b/c/g;x=1/../y"' },
    { 'url_absolute/http://a/b/c/d;p?q + g?y/../x', '"http://a/b/c/x"', '"http://a/b/c/g?y/../x"' },
    { 'url_absolute/http://a/b/c/d;p?q + g#s/../x', '"http://a/b/c/x"', '"http://a/b/c/g#s/../x"' },
    { 'url_absolute/http://z/ + http://a/../g', '"http://g"', '"http://a/g"' },
    { 'url_absolute/http://z/ + http://a/b/../../c/d', '"http://c/d"', '"http://a/c/d"' },
    { 'url_absolute/http://z/ + http://a/b/../../../evil/d',
      '"http:/evil/d"',
      '"http://a/evil/d"' },
    { 'url_absolute/http://z/ + b?q=/..', '"http://z/"', '"http://z/b?q=/.."' },
    { 'url_absolute/http://a/b?x=/../y + #f', '"http://a/y#f"', '"http://a/b?x=/../y#f"' },
    { 'url_absolute/http://a/b + ?u=http://x/../y',
      '"http://a/b?u=http://y"',
      '"http://a/b?u=http://x/../y"' },
  },
  {
    reason = "url.md: a byte 1 is a byte like others and stays.",
    { 'url_absolute/byte 1', '"http://a/ab"', '"http://a/a\\001b"' },
  },
  {
    reason = "url.md: a base table with a host but no authority keeps its host.",
    { 'url_absolute/table 2 + d', '"http:/b/d"', '"http://a/b/d"' },
    { 'url_absolute/table 2 + /d', '"http:/d"', '"http://a/d"' },
    { 'url_absolute/table 2 + ?d', '"http:/b/c?d"', '"http://a/b/c?d"' },
    { 'url_absolute/table 2 + #d', '"http:/b/c#d"', '"http://a/b/c#d"' },
    { 'url_absolute/table 2 + ;d', '"http:/b/c;d"', '"http://a/b/c;d"' },
    { 'url_absolute/table 2 + ../../d', '"http:/d"', '"http://a/d"' },
  },
  {
    reason = "url.md: the authority ends at a query or a fragment too (RFC 3986, section 3.2), except "
      .. "where only a password can hold the mark. Otherwise a query becomes part of the host, "
      .. "or chooses it.",
    { 'url_parse/http://h?q',
      '{authority="h?q", host="h?q", scheme="http"}',
      '{authority="h", host="h", query="q", scheme="http"}' },
    { 'url_parse/http://h#f',
      '{authority="h#f", host="h#f", scheme="http"}',
      '{authority="h", fragment="f", host="h", scheme="http"}' },
    { 'url_parse/http://h?q=a/b',
      '{authority="h?q=a", host="h?q=a", path="/b", scheme="http"}',
      '{authority="h", host="h", query="q=a/b", scheme="http"}' },
    { 'url_parse/http://user:80?x@h/',
      '{authority="user:80?x@h", host="h", password="80?x", path="/", '
        .. 'scheme="http", user="user", userinfo="user:80?x"}',
      '{authority="user:80", host="user", port="80", query="x@h/", scheme="http"}' },
    { 'url_parse/http://h?x@evil/',
      '{authority="h?x@evil", host="evil", path="/", scheme="http", user="h?x", userinfo="h?x"}',
      '{authority="h", host="h", query="x@evil/", scheme="http"}' },
  },
}
