-- For each rule of moontide.check: Lua texts in which it finds something, and near misses in which it
-- must not. The modules are required by the lines in front, see check_rules_test.lua.
return {
  ["https-is-verified"] = {
    found = { 'https.request("https://h/")', 'https.request { url = u }', 'http.request("https://h/")',
      'http.request{ url = "https://" .. host }', "https.tcp({})" },
    missed = { 'https.request { url = u, verify = "none" }', 'http.request("http://h/")', "http.request(u)",
      'https.VERIFY = "none" https.request(u)', 'other.request("https://h/")',
      'http.request { url = "https://h/", create = own }' },
  },
  ["https-name-is-checked"] = {
    found = { 'https.request { url = u, verify = "peer", cafile = f }' },
    missed = { 'https.request { url = u, verify = "peer", verifyhost = false }',
      'https.request { url = u, verify = "none" }',
      'https.VERIFYHOST = false https.request { verify = "peer" }' },
  },
  ["https-system-store"] = {
    found = { 'https.request { url = u, verify = "peer" }' },
    missed = { 'https.request { url = u, verify = "peer", cafile = f }',
      'https.request { url = u, verify = "peer", systemca = false }',
      'https.SYSTEMCA = false https.request { verify = "peer" }' },
  },
  ["https-redirect"] = {
    found = { "https.request { url = u, redirect = true }" },
    missed = { "https.request { url = u, redirect = false }", "http.request { url = u, redirect = true }" },
  },
  ["context-mode"] = {
    found = { 'ssl.newcontext { mode = "any", protocol = "any" }', 'ssl.wrap(c, { mode = "x" })' },
    missed = { 'ssl.newcontext { mode = "server" }', 'ssl.wrap(c, { mode = "client" })',
      "ssl.newcontext(t)" },
  },
  ["context-setmode"] = {
    found = { 'context.setmode(ctx, "both")' },
    missed = { 'context.setmode(ctx, "client")', "context.setmode(ctx, m)" },
  },
  ["context-curve"] = {
    found = { 'ssl.newcontext { curve = "X25519" }', 'ssl.wrap(c, { curve = "X448" })' },
    missed = { 'ssl.newcontext { curve = "P-256" }' },
  },
  ["loadkey-password"] = {
    found = { 'context.loadkey(ctx, "key.pem")' },
    missed = { 'context.loadkey(ctx, "key.pem", "secret")' },
  },
  ["context-setdane"] = {
    found = { "context.setdane(ctx, f)" },
    missed = { "context.setdepth(ctx, 3)" },
  },
  ["setdane-address"] = {
    found = { 'c:setdane("127.0.0.1")', 'c:setdane("::1")' },
    missed = { 'c:setdane("example.org")', "c:setdane(name)" },
  },
  ["exporter-length"] = {
    found = { 'c:exportkeyingmaterial("label", 0)' },
    missed = { 'c:exportkeyingmaterial("label", 20)' },
  },
  ["http-head-redirect"] = {
    found = { 'http.request { url = u, method = "HEAD" }' },
    missed = { 'http.request { url = u, method = "HEAD", redirect = false }',
      'http.request { url = u, method = "GET" }' },
  },
  ["http-secrets-stay"] = {
    found = { 'http.request { url = u, headers = { ["Authorization"] = a } }',
      "http.request { url = u, headers = { cookie = c } }",
      "http.request { url = u, user = a, password = b }" },
    missed = { "http.request { url = u, headers = { cookie = c }, redirect = false }",
      'http.request { url = u, headers = { ["user-agent"] = a } }' },
  },
  ["http-method"] = {
    found = { 'http.request { url = u, method = "GET /x HTTP/1.1\\r\\n" }' },
    missed = { 'http.request { url = u, method = "M-SEARCH" }' },
  },
  ["http-headers"] = {
    found = { 'http.request { url = u, headers = { a = "1\\r\\nB: 2" } }' },
    missed = { 'http.request { url = u, headers = { a = "1\\r\\n" } }' },
  },
  ["http-control-characters"] = {
    found = { 'http.request("http://h/a\\r\\nb")' },
    missed = { 'http.request("http://h/a%0d%0ab")' },
  },
  ["http-blanks"] = {
    found = { 'http.request("http://h/a b")' },
    missed = { 'http.request("http://h/a%20b")' },
  },
  ["http-fragment"] = {
    found = { 'http.request("http://h/a#b")' },
    missed = { 'http.request("http://h/a%23b")' },
  },
  ["http-userinfo"] = {
    found = { 'http.request("http://me%40x:y@h/")' },
    missed = { 'http.request("http://me:y@h/%40")' },
  },
  ["http-scheme"] = {
    found = { 'http.request("ftp://h/")' },
    missed = { 'http.request("http://h/?u=ftp://g/")' },
  },
  ["http-empty-url"] = {
    found = { 'http.request("")', 'http.request { url = "" }' },
    missed = { "http.request(u)", 'http.request(u, "")' },
  },
  ["http-proxy"] = {
    found = { 'http.PROXY = "http://proxy:3128"' },
    missed = { "print(http.PROXY)" },
  },
  ["http-proxy-of-request"] = {
    found = { 'http.request { url = "https://h/", proxy = p }' },
    missed = { 'http.request { url = "http://h/", proxy = p }' },
  },
  ["smtp-line-ends"] = {
    found = { 'smtp.send { from = "<a@b>\\r\\n", rcpt = r }',
      'smtp.send { from = f, rcpt = { "<a>\\r\\n<b>" } }' },
    missed = { 'smtp.send { from = "<a@b>", rcpt = { "<a>", "<b>" } }' },
  },
  ["smtp-no-recipients"] = {
    found = { "smtp.send { from = f, rcpt = {} }" },
    missed = { 'smtp.send { from = f, rcpt = { "<a>" } }', "smtp.send { from = f, rcpt = r }" },
  },
  ["smtp-headers"] = {
    found = { 'smtp.message { headers = { subject = "a\\r\\nBcc: b" } }' },
    missed = { 'smtp.message { headers = { subject = "a\\r\\n b" } }' },
  },
  ["smtp-boundary"] = {
    found = { [[smtp.message { headers = { ["Content-Type"] = 'multipart/mixed; boundary="x"' } }]] },
    missed = { 'smtp.message { headers = { ["content-type"] = "multipart/mixed" } }' },
  },
  ["ftp-line-ends"] = {
    found = { 'ftp.get("ftp://h/x%0d%0aDELE y")', 'ftp.command { host = h, argument = "a\\r\\nb" }' },
    missed = { 'ftp.get("ftp://h/x%20y")' },
  },
  ["ftp-userinfo"] = {
    found = { 'ftp.get("ftp://u%40x:p@h/a")' },
    missed = { 'ftp.get("ftp://u:p@h/a%40")' },
  },
  ["ftp-parameters"] = {
    found = { 'ftp.get("ftp://h/x;foo")' },
    missed = { 'ftp.get("ftp://h/x;type=i")', 'ftp.get("ftp://h/x")' },
  },
  ["ftp-passive"] = {
    found = { "f:pasv()" },
    missed = { "f:epsv()" },
  },
  ["ftp-active"] = {
    found = { "local f = assert(ftp.open(h)) f:port(a, p)" },
    missed = { "f:port(a, p)", "local f = assert(ftp.open(h)) f:portconnect()" },
  },
  ["tp-line-ends"] = {
    found = { 'c:command("NOOP\\r\\nQUIT")', 'c:command("DELE", "a\\n")' },
    missed = { 'c:command("DELE", "a")' },
  },
  ["connect-family"] = {
    found = { 'socket.connect(h, p, nil, nil, "inet6")' },
    missed = { "socket.connect(h, p)", 'socket.connect(h, p, "::1", 0, "inet6")',
      'socket.connect(h, p, nil, nil, "unspec")' },
  },
  ["connect4-connect6"] = {
    found = { "socket.connect6(h, p)" },
    missed = { 'socket.connect6(h, p, "::1", 0)' },
  },
  ["port-range"] = {
    found = { 'socket.bind("*", 70000)', "u:sendto(d, h, 65536)" },
    missed = { 'socket.bind("*", 65535)', "u:sendto(d, 65536, p)" },
  },
  ["port-float"] = {
    found = { "c:connect(h, 8080.0)" },
    missed = { "c:connect(h, 8080)", "c:connect(h, 8080.5)" },
  },
  ["select-forever"] = {
    found = { "socket.select(r, nil, math.huge)", "socket.select(r, nil, 1e300)" },
    missed = { "socket.select(r, nil, 1e6)", "socket.select(r)" },
  },
  ["select-other-things"] = {
    found = { "socket.select({ 1, c })", "socket.select(nil, { true })" },
    missed = { "socket.select({ c, [c] = 1 })" },
  },
  ["skip-negative"] = {
    found = { "socket.skip(-1, f())" },
    missed = { "socket.skip(1, f())" },
  },
  ["select-size"] = {
    found = { "if fd >= socket._SETSIZE then fail() end" },
    missed = { "socket._SETSIZE = 7", "other._SETSIZE()" },
  },
  ["version-text"] = {
    found = { 'if socket._VERSION == "LuaSocket 3.0.0" then f() end' },
    missed = { "print(socket._VERSION)" },
  },
  ["descriptors-for-children"] = {
    found = { 'os.execute("child " .. c:getfd())', "local fd = c:getfd() io.popen(command)" },
    missed = { 'os.execute("child")', "c:getfd()" },
  },
  ["sigpipe"] = {
    found = { 'socket.bind(h, p) io.popen("cat", "w")' },
    missed = { 'socket.bind(h, p) io.popen("cat", "r")', 'io.popen("cat", "w")' },
  },
  ["receive-huge"] = {
    found = { "c:receive(math.huge)", "c:receive(1e20)" },
    missed = { "c:receive(1000000)", 'c:receive("*a")' },
  },
  ["setstats-negative"] = {
    found = { "c:setstats(-5)", "c:setstats(0, -1)" },
    missed = { "c:setstats(0, 0)" },
  },
  ["toip-of-address"] = {
    found = { 'socket.dns.toip("192.0.2.1")' },
    missed = { 'socket.dns.toip("localhost")', "socket.dns.toip(h)" },
  },
  ["option-true"] = {
    found = { 'c:setoption("tcp-fastopen-connect", true)' },
    missed = { 'c:setoption("tcp-nodelay", true)', 'c:setoption("tcp-fastopen-connect", 1)' },
  },
  ["option-no-number"] = {
    found = { 'c:setoption("recv-buffer-size", "large")', 'c:setoption("tcp-keepidle", {})' },
    missed = { 'c:setoption("recv-buffer-size", "4096")', 'c:setoption("linger", {})' },
  },
  ["option-linger"] = {
    found = { 'c:setoption("linger", { on = true, timeout = -1 })' },
    missed = { 'c:setoption("linger", { on = true, timeout = 0 })' },
  },
  ["option-multicast-hops"] = {
    found = { 'c:setoption("ipv6-multicast-hops", 3)', 'c:getoption("ipv6-multicast-hops")' },
    missed = { 'c:setoption("ipv6-unicast-hops", 3)' },
  },
  ["option-readable"] = {
    found = { 'c:getoption("ip-multicast-ttl")' },
    missed = { 'c:setoption("ip-multicast-ttl", 3)' },
  },
  ["option-interface"] = {
    found = { 'c:setoption("ipv6-add-membership", { multiaddr = a, interface = "eth0" })' },
    missed = { 'c:setoption("ipv6-add-membership", { multiaddr = a, interface = 2 })',
      'c:setoption("ip-add-membership", { multiaddr = a, interface = "*" })' },
  },
  ["unqp-nul"] = {
    found = { 'mime.unqp("=00abc")' },
    missed = { 'mime.unqp("abc=00")' },
  },
  ["qpwrp-length"] = {
    found = { "mime.qpwrp(n, b, 3)" },
    missed = { "mime.qpwrp(n, b, 76)" },
  },
  ["marker-nul"] = {
    found = { 'mime.eol(c, b, "a\\0b")' },
    missed = { 'mime.eol(c, b, "\\n")' },
  },
  ["url-authority"] = {
    found = { 'url.parse("http://h?q")' },
    missed = { 'url.parse("http://h/?q")' },
  },
  ["url-dots"] = {
    found = { 'url.absolute(base, "b?q=/../x")', 'url.absolute("http://h/a/../b", r)' },
    missed = { 'url.absolute(base, "../x")' },
  },
  ["url-base-table"] = {
    found = { 'url.absolute({ scheme = "http", host = "h", path = "/" }, "x")' },
    missed = { 'url.absolute({ scheme = "http", host = "h", authority = "h" }, "x")' },
  },
}
