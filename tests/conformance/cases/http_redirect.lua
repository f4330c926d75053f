-- http.md, 6.1: redirects.

local R = ...
local client = require("socket.http")
local ltn12 = require("ltn12")
local http = R.http

client.USERAGENT = "conformance"
client.TIMEOUT = 20

local HELLO = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

local function moved(location, code)
  return "HTTP/1.1 " .. (code or 302) .. " Found\r\n" .. (location
    and "Location: " .. location .. "\r\n" or "")
    .. "Content-Length: 5\r\n\r\nmoved"
end

local CASES = {
  { "301", moved("/b", 301) }, { "302", moved("/b", 302) }, { "303", moved("/b", 303) },
  { "307", moved("/b", 307) }, { "308", moved("/b", 308) }, { "300", moved("/b", 300) },
  { "305", moved("/b", 305) }, { "no location", moved() }, { "empty location", moved("") },
  { "blank location", moved("  ") }, { "relative", moved("c") }, { "up", moved("../d") },
  { "query", moved("?q") }, { "fragment", moved("/x#y") }, { "blanks at the end", moved("/x  ") },
  { "blank inside", moved("/x y") }, { "gopher", moved("gopher://h/") },
  { "upper-case scheme", moved("HTTP://h/") },
  { "redirect = false", moved("/b"), { redirect = false } },
  { "redirect = true", moved("/b"), { redirect = true } },
  { "PUT", moved("/b"), { method = "PUT" } }, { "HEAD", moved("/b"), { method = "HEAD" } },
  { "source", moved("/b"), { source = true } }, { "maxredirects 0", moved("/b"), { maxredirects = 0 } },
  { "maxredirects false", moved("/b"), { maxredirects = false } },
  { "headers go along", moved("/b"), { headers = { ["x-y"] = "z", cookie = "c" } } },
  { "user data in fields", moved("/b"), { user = "a", password = "b" } },
  { "uri", moved("/b"), { uri = "/special" } }, { "path", moved("c"), { path = "/other/x" } },
}

for _, entry in ipairs(CASES) do
  local peer = http.peer({ entry[2], HELLO })
  local sink, told = http.sink()
  local request = { url = peer:url("/a/b?c"), sink = sink }
  for key, value in pairs(entry[3] or {}) do
    request[key] = value
  end
  request.source = request.source and ltn12.source.string("abc")
  R.call(entry[1], client.request, request)
  R.values(entry[1] .. ": sink", told.data, told.ended)
  local seen = peer:stop()
  R.values(entry[1] .. ": second request", #seen, http.sent(peer, seen[2]))
end

local peer = http.peer({ moved("/again") })
R.call("a loop", client.request, peer:url())
R.call("a loop, two at most", client.request, { url = peer:url(), maxredirects = 2 })
R.call("a loop, counted before", client.request, { url = peer:url(), nredirects = 3 })
R.values("requests in loops", #peer:stop())
peer = http.peer({ moved("/b"), "plain text" })
R.call("HTTP/0.9 behind a redirect", client.request, peer:url())
peer:stop()
peer = http.peer({ moved("http://127.0.0.1:1/") })
R.call("to a refusing port", client.request, peer:url())
peer:stop()
