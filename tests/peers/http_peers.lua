-- socket.http against nginx and tinyproxy: http_peers.lua HTTP_PORT PROXY_PORT WORK_DIRECTORY
-- Started by tests/peers/http_run.

local http = require("socket.http")
local ltn12 = require("ltn12")
local socket = require("socket")

local http_port, proxy_port, work = arg[1], arg[2], arg[3]
local base = "http://127.0.0.1:" .. http_port
local proxy = "http://user:secret@127.0.0.1:" .. proxy_port
http.TIMEOUT = 20

local passed, failed = 0, 0

local function check(name, body)
  local good, message = pcall(body)
  if good then
    passed = passed + 1
  else
    failed = failed + 1
    print("FAIL peers: " .. name .. ": " .. tostring(message))
  end
end

local function same(actual, expected)
  if actual ~= expected then
    local function shown(value)
      return (tostring(value):sub(1, 200))
    end
    error("got " .. shown(actual) .. ", expected " .. shown(expected), 2)
  end
end

local function content(name)
  local file = assert(io.open(work .. "/pages/" .. name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function get(path, fields)
  local chunks = {}
  local request = { url = base .. path, sink = (ltn12.sink.table(chunks)) }
  for key, value in pairs(fields or {}) do
    request[key] = value
  end
  local result, code, headers, status = http.request(request)
  return table.concat(chunks), code, headers, status, result
end

local large = content("large.bin")

check("a static file", function()
  local body, code, headers = http.request(base .. "/hello.txt")
  same(body, "hello from nginx\n")
  same(code, 200)
  same(headers["content-length"], "17")
  same(headers["content-type"], "text/plain")
end)

check("an empty file", function()
  same(http.request(base .. "/empty.txt"), "")
end)

check("a large file, byte for byte", function()
  same(get("/large.bin") == large, true)
end)

check("a large file into a file", function()
  local name = work .. "/copy"
  same(select(2, get("/large.bin", { sink = ltn12.sink.file(io.open(name, "wb")) })), 200)
  local file = assert(io.open(name, "rb"))
  same(file:read("*a") == large, true)
  file:close()
end)

check("a part of a file", function()
  local body, code = get("/large.bin", { headers = { range = "bytes=100-199" } })
  same(code, 206)
  same(body, large:sub(101, 200))
end)

check("HEAD", function()
  local body, code, headers = get("/large.bin", { method = "HEAD" })
  same(body, "")
  same(code, 200)
  same(headers["content-length"], tostring(#large))
end)

check("404, 204, 418", function()
  same(select(2, http.request(base .. "/missing")), 404)
  same(select(2, http.request(base .. "/nothing")), 204)
  local body, code = http.request(base .. "/teapot")
  same(body, "short and stout")
  same(code, 418)
end)

check("an unmodified file", function()
  local _, _, headers = get("/hello.txt")
  same(select(2, get("/hello.txt", { headers = { ["If-None-Match"] = headers.etag } })), 304)
end)

check("the query string arrives unchanged", function()
  local query = "this+is+the+query+string&a=b%20c"
  same(http.request(base .. "/query?" .. query), "GET " .. query)
end)

check("the user agent", function()
  same(http.request(base .. "/agent"), socket._VERSION)
end)

check("basic authentication: in the url, as fields, as header, and not at all", function()
  local place = "127.0.0.1:" .. http_port .. "/private/page.txt"
  same(http.request("http://luasocket:password@" .. place), "secret\n")
  same(get("/private/page.txt", { user = "luasocket", password = "password" }), "secret\n")
  local value = "Basic " .. require("mime").b64("luasocket:password")
  same(get("/private/page.txt", { headers = { authorization = value } }), "secret\n")
  same(select(2, http.request("http://" .. place)), 401)
  same(select(2, http.request("http://luasocket:wrong@" .. place)), 401)
end)

check("redirects: a directory, relative, absolute, a loop, and not followed", function()
  same(http.request(base .. "/moved"), "hello from nginx\n")
  same(http.request(base .. "/permanent"), "hello from nginx\n")
  same(select(2, http.request(base .. "/loop")), 302)
  local _, code, headers = get("/directory", { redirect = false })
  same(code, 301)
  same(headers.location:find("/directory/", 1, true) ~= nil, true)
  same(select(2, get("/moved", { method = "PUT" })), 302)
end)

check("cookies stay apart", function()
  local _, _, headers = http.request(base .. "/cookies")
  same(headers["set-cookie"], "a=1; Path=/, b=2")
  same(headers["set-cookie-list"][2], "b=2")
end)

check("chunked, small and large", function()
  local body, code, headers = get("/chunked/hello.txt")
  same(code, 200)
  same(headers["transfer-encoding"], "chunked")
  same(body, "hello from nginx\n")
  same(get("/chunked/large.bin") == large, true)
end)

check("a body that ends with the connection (HTTP/1.0)", function()
  -- nginx answers an HTTP/1.0 request without chunks.
  local body, _, headers = get("/unsized/large.bin", {
    create = function()
      local inner = assert(socket.tcp())
      return {
        settimeout = function(_, ...) return inner:settimeout(...) end,
        connect = function(_, ...) return inner:connect(...) end,
        send = function(_, text) return inner:send((text:gsub("HTTP/1.1\r\n$", "HTTP/1.0\r\n"))) end,
        receive = function(_, ...) return inner:receive(...) end,
        close = function() return inner:close() end,
      }
    end,
  })
  same(headers["transfer-encoding"], nil)
  same(headers["content-length"], nil)
  same(body == large, true)
end)

check("uploads: sized, chunked, too large", function()
  local function put(bytes, headers)
    return get("/accept", {
      method = "PUT", headers = headers, source = ltn12.source.string(("x"):rep(bytes)),
    })
  end
  same(put(3000000, { ["content-length"] = 3000000 }), "PUT 3000000")
  same(put(3000000), "PUT 3000000")
  same(http.request(base .. "/accept", "a=b"), "POST 3")
  same(select(2, put(9000000, { ["content-length"] = 9000000 })), 413)
  same(select(2, put(9000000)), 413)
end)

check("Expect: 100-continue", function()
  local body = get("/accept", {
    method = "PUT", headers = { expect = "100-continue", ["content-length"] = 5 },
    source = ltn12.source.string("hello"),
  })
  same(body, "PUT 5")
end)

check("a unix socket through create", function()
  local function create()
    local stream = assert(require("socket.unix").stream())
    return {
      settimeout = function(_, ...) return stream:settimeout(...) end,
      connect = function() return stream:connect(work .. "/web.socket") end,
      send = function(_, ...) return stream:send(...) end,
      receive = function(_, ...) return stream:receive(...) end,
      close = function() return stream:close() end,
    }
  end
  same(get("/large.bin", { create = create }) == large, true)
  same(get("/chunked/large.bin", { create = create }) == large, true)
end)

check("through a proxy", function()
  same(get("/hello.txt", { proxy = proxy }), "hello from nginx\n")
  same(get("/large.bin", { proxy = proxy }) == large, true)
  same(get("/chunked/large.bin", { proxy = proxy }) == large, true)
  same(get("/query?a=b", { proxy = proxy }), "GET a=b")
  same(get("/moved", { proxy = proxy }), "hello from nginx\n")
  same(get("/accept", {
    proxy = proxy, method = "PUT", headers = { ["content-length"] = 5 },
    source = ltn12.source.string("hello"),
  }), "PUT 5")
end)

check("a proxy that wants a password", function()
  same(select(2, get("/hello.txt", { proxy = "http://127.0.0.1:" .. proxy_port })), 407)
  same(select(2, get("/hello.txt", { proxy = "http://user:wrong@127.0.0.1:" .. proxy_port })), 401)
end)

check("a hundred requests leave no descriptor behind", function()
  local first = socket.tcp4()
  local descriptor = first:getfd()
  first:close()
  for _ = 1, 100 do
    same(http.request(base .. "/hello.txt"), "hello from nginx\n")
  end
  local last = socket.tcp4()
  same(last:getfd(), descriptor)
  last:close()
end)

print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0 and 0 or 1)
