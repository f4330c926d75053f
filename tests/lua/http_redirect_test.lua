-- Redirects (contract http.md, 6.1 and 9).

local test = ...
local http = require("socket.http")
local ltn12 = require("ltn12")
local socket = require("socket")
local tools = require("http_tools")

local HELLO = tools.OK .. "Content-Length: 5\r\n\r\nhello"

local function moved(location, code)
  return "HTTP/1.1 " .. (code or 302) .. " Found\r\nLocation: " .. location
    .. "\r\nContent-Length: 5\r\n\r\nmoved"
end

-- Requests `fields` of a peer that redirects to `location` and then says hello.
local function follow(t, location, fields, code)
  local peer = t.http_peer({ moved(location, code), HELLO })
  local results, notes = tools.request(t, peer, "/a/b?c", fields)
  return results, peer:stop(), table.concat(notes.chunks)
end

test("301, 302, 303, 307 and 308 are followed; the body on the way is not shown", function(t)
  for _, code in ipairs({ 301, 302, 303, 307, 308 }) do
    local results, seen, body = follow(t, "/b", nil, code)
    t.equal(results[2], 200)
    t.equal(results[3].location, "/b")
    t.equal(body, "hello")
    t.matches(seen[2], "^GET /b HTTP")
  end
end)

test("the simple form follows as well", function(t)
  local peer = t.http_peer({ moved("/b"), HELLO })
  local body, code, headers, status = http.request(peer:url())
  t.returns(t.pack(body, code, headers.location, status), "hello", 200, "/b", "HTTP/1.1 200 OK")
end)

test("other codes are the result", function(t)
  for _, code in ipairs({ 300, 304, 305 }) do
    t.equal(follow(t, "/b", nil, code)[2], code)
  end
end)

test("not followed: with a source, another method, redirect = false", function(t)
  local results, seen, body = follow(t, "/b", { source = ltn12.source.string("x") })
  t.equal(results[2], 302)
  t.equal(#seen, 1)
  t.equal(body, "moved")
  t.equal(follow(t, "/b", { method = "PUT" })[2], 302)
  results, seen = follow(t, "/b", { redirect = false })
  t.equal(results[2], 302)
  t.equal(results[3].location, "/b")
  t.equal(#seen, 1)
end)

test("not followed: blank, unknown scheme, control characters", function(t)
  for _, location in ipairs({ "", "  ", "gopher://h/", "HTTP://h/", "/a\1b", "mailto:a@b" }) do
    local results, seen = follow(t, location)
    t.equal(results[2], 302, location)
    t.equal(#seen, 1)
  end
end)

test("relative locations are resolved, blanks at the ends dropped and inside encoded", function(t)
  for location, target in pairs({
    ["c"] = "/a/c", ["../d"] = "/d", ["?q"] = "/a/b?q", ["/x y "] = "/x%20y", ["/p?q=/../r"] = "/p?q=/../r",
  }) do
    local _, seen = follow(t, location)
    t.equal(seen[2]:match("^GET (%S+) "), target)
  end
end)

test("a loop ends at maxredirects with the last answer", function(t)
  local function count(fields)
    local peer = t.http_peer({ moved("/again") })
    fields.url = peer:url()
    local _, code = http.request(fields)
    t.equal(code, 302)
    return #peer:stop()
  end
  t.equal(count({}), 6)
  t.equal(count({ maxredirects = 2 }), 3)
  t.equal(count({ maxredirects = 0 }), 1)
  t.equal(count({ nredirects = 3 }), 3)
end)

test("maxredirects = false has no limit", function(t)
  local answers = {}
  for index = 1, 12 do
    answers[index] = moved("/again")
  end
  answers[13] = HELLO
  local peer = t.http_peer(answers)
  t.equal(select(2, http.request({ url = peer:url(), maxredirects = false })), 200)
end)

test("HEAD stays HEAD, step and headers go along", function(t)
  local results, seen = follow(t, "/b", { method = "HEAD", headers = { ["x-y"] = "z" } })
  t.equal(results[2], 200)
  t.matches(seen[2], "^HEAD /b HTTP")
  t.equal(tools.field(seen[2], "x-y"), "z")
  local steps = 0
  follow(t, "/b", { step = function(...)
    steps = steps + 1
    return ltn12.pump.step(...)
  end })
  t.equal(steps, 2)
end)

test("the component form follows relative locations", function(t)
  local peer = t.http_peer({ moved("b"), HELLO })
  local _, code = http.request({ host = "127.0.0.1", port = peer.port, path = "/a/x" })
  t.equal(code, 200)
  t.matches(peer:stop()[2], "^GET /a/b HTTP")
end)

local SECRETS = {
  headers = { Cookie = "c=1", ["Proxy-Authorization"] = "p", Host = "virtual", ["x-y"] = "z" },
  user = "diego", password = "password",
}

test("same scheme, host and port: secrets go along", function(t)
  local peer = t.http_peer({ moved("/b"), HELLO })
  http.request({ url = peer:url(), headers = SECRETS.headers, user = "diego", password = "password" })
  local second = peer:stop()[2]
  t.equal(tools.field(second, "Authorization"), "Basic ZGllZ286cGFzc3dvcmQ=")
  t.equal(tools.field(second, "Cookie"), "c=1")
  t.equal(tools.field(second, "Proxy-Authorization"), "p")
  t.equal(tools.field(second, "Host"), "virtual")
end)

test("user data of the URL go along to an absolute location of the same server", function(t)
  local server, port = t.server()
  local place = "127.0.0.1:" .. ("%d"):format(port)
  server:settimeout(5)
  local seen = {}
  http.request({
    url = "http://diego:password@" .. place .. "/",
    create = function()
      local object = tools.wrapped()
      local receive = object.receive
      local client
      object.receive = function(...)
        if not client then
          client = t.keep(server:accept())
          seen[#seen + 1] = select(3, client:receive(client:settimeout(0) and 65536))
          client:send(#seen == 1 and moved("http://" .. place .. "/x") or HELLO)
        end
        return receive(...)
      end
      return object
    end,
  })
  t.equal(tools.field(seen[2], "Authorization"), "Basic ZGllZ286cGFzc3dvcmQ=")
end)

test("another port or host: secrets stay, the rest goes", function(t)
  local other = t.http_peer({ HELLO })
  local peer = t.http_peer({ moved(other:url("/elsewhere")) })
  t.equal(select(2, http.request({
    url = peer:url(), headers = SECRETS.headers, user = "diego", password = "password",
  })), 200)
  local seen = other:stop()[1]
  t.equal(tools.field(seen, "x-y"), "z")
  t.matches(tools.field(seen, "Host"), "^127")
  for _, name in ipairs({ "Authorization", "Cookie", "Proxy-Authorization" }) do
    t.equal(tools.field(seen, name), nil, name)
  end
  peer = t.http_peer({ moved(other:url("/"):gsub("127%.0%.0%.1", "localhost")) })
  http.request({ url = peer:url():gsub("//", "//diego:password@"), headers = { authorization = "mine" } })
end)

test("create stays over a redirect within the scheme", function(t)
  local created = 0
  local _, seen = follow(t, "/b", { create = function()
    created = created + 1
    return socket.tcp()
  end })
  t.equal(created, 2)
  t.equal(#seen, 2)
end)

test("https never falls back to http; http to https uses the scheme's create", function(t)
  local before = http.schemes.https.create
  t.cleanup(function() http.schemes.https.create = before end)
  local options
  http.schemes.https.create = function(request)
    options = request.verify
    return socket.tcp
  end
  local peer = t.http_peer({ moved("http://127.0.0.1/") })
  local _, code = http.request({ url = peer:url():gsub("^http", "https") })
  t.equal(code, 302)
  local secure = t.http_peer({ HELLO })
  local created = 0
  peer = t.http_peer({ moved((secure:url():gsub("^http", "https"))) })
  _, code = http.request({ url = peer:url(), verify = "peer", create = function()
    created = created + 1
    return socket.tcp()
  end })
  t.equal(code, 200)
  t.equal(created, 1)
  t.equal(options, "peer")
end)

test("an HTTP/0.9 answer behind a redirect has headers with the location alone", function(t)
  local peer = t.http_peer({ moved("/b"), "plain text" })
  local body, code, headers, status = http.request(peer:url())
  t.returns(t.pack(body, code, status), "plain text", 200, nil)
  t.equal(headers.location, "/b")
end)

test("a redirect to a refusing port is the error of connecting", function(t)
  local peer = t.http_peer({ moved(("http://127.0.0.1:%d/"):format(t.refusing_port())) })
  t.returns(t.pack(http.request(peer:url())), nil, "connection refused")
end)
