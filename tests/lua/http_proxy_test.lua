-- Proxies (contract http.md, 6.2 and 9).

local test = ...
local http = require("socket.http")
local socket = require("socket")
local tools = require("http_tools")

local OK = tools.OK .. "\r\n"

test("the proxy is asked with the full URL, port written, without user data and fragment", function(t)
  local proxy = t.http_peer({ OK })
  t.equal(select(2, http.request({
    url = "http://u:p@example.test/a;b?c=d#f", proxy = proxy:url():gsub("//", "//me:secret@"),
  })), 200)
  local sent = proxy:stop()[1]
  t.matches(sent, "^GET http://example%.test:80/a;b%?c=d HTTP/1.1\r\n")
  t.equal(tools.field(sent, "Host"), "example.test")
  t.equal(tools.field(sent, "Proxy-Authorization"), "Basic bWU6c2VjcmV0")
  t.equal(tools.field(sent, "Authorization"), "Basic dTpw")
end)

test("PROXY is the default, proxy = false switches it off", function(t)
  local proxy = t.http_peer({ OK })
  local peer = t.http_peer({ OK })
  http.PROXY = proxy:url()
  t.cleanup(function() http.PROXY = nil end)
  http.request({ url = peer:url("/direct"), proxy = false })
  http.request(peer:url("/through"))
  t.matches(proxy:stop()[1], "^GET http://127%.0%.0%.1:%d+/through HTTP")
  t.matches(peer:stop()[1], "^GET /direct HTTP")
end)

test("redirects keep the proxy, the program's uri and path overrides apply to the first only", function(t)
  local proxy = t.http_peer({ "HTTP/1.1 302 F\r\nLocation: http://other.test/x\r\n\r\n", OK })
  http.request({ url = "http://example.test/", proxy = proxy:url() })
  local seen = proxy:stop()
  t.matches(seen[2], "^GET http://other%.test:80/x HTTP")
  t.equal(tools.field(seen[2], "Host"), "other.test")
end)

test("errors: unknown scheme of the proxy, no host", function(t)
  t.returns(t.pack(http.request({ url = "http://h/", proxy = "ftp://h/" })), nil, "unknown scheme 'ftp'")
  t.returns(t.pack(http.request({ url = "http://h/", proxy = "http://" })), nil, "invalid host ''")
end)

test("the program's create makes the connection to the proxy, at port 3128 by default", function(t)
  local host, port
  t.returns(t.pack(http.request({ url = "http://h/", proxy = "http://proxy.test", create = function()
    return {
      settimeout = function() return 1 end,
      connect = function(_, ...)
        host, port = ...
        return nil, "stop"
      end,
      close = function() return 1 end,
    }
  end })), nil, "stop")
  t.equal(host, "proxy.test")
  t.equal(tostring(port), "3128")
end)

test("https is never sent in the clear to a proxy", function(t)
  local proxy = t.http_peer({ OK })
  t.returns(t.pack(http.request({
    url = "https://h/", proxy = proxy:url(), create = function() return socket.tcp() end,
  })), nil, "proxy not supported")
  t.equal(#proxy:stop(), 0)
end)
