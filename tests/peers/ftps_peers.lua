-- socket.ftp over TLS against real servers, which all want data connections over TLS, too.
--
--   lua ftps_peers.lua DIRECTORY TRUST [NAME WAY PORT WRITABLE]...     WRITABLE is "" or a path with "/"

local here, trust = ...
package.path = here .. "/?.lua;" .. package.path

local tally = require("tally")
local check, equal = tally.check, tally.equal
local ltn12 = require("ltn12")
local moontide = require("moontide")
local socket = require("socket")
local ftp = require("socket.ftp")
ftp.TIMEOUT = 20

local content = {}
for index = 0, 255 do
  content[#content + 1] = string.char(index)
end
content = table.concat(content):rep(8000)

local function visit(name, way, port, writable)
  local function request(fields)
    local t = { host = "127.0.0.1", port = port, tls = way, cafile = trust, type = "i" }
    for key, value in pairs(fields) do
      t[key] = value
    end
    return t
  end
  local function put(path, text)
    return ftp.put(request({ argument = writable .. path, source = ltn12.source.string(text) }))
  end
  local function get(path, fields)
    local sink, chunks = ltn12.sink.table()
    local t = request(fields or {})
    t.argument, t.sink = writable .. path, sink
    local result, failure = ftp.get(t)
    return result and table.concat(chunks), failure
  end

  check(name .. ": put and get", function()
    local sent, failure = put("file", content)
    equal(failure, nil)
    equal(sent, #content)
    local received
    received, failure = get("file")
    equal(failure, nil)
    equal(received == content, true, "content")
  end)

  check(name .. ": an empty file, and a listing", function()
    equal(put("empty", ""), 0)
    local received, failure = get("empty")
    equal(failure, nil)
    equal(received, "")
    local sink, chunks = ltn12.sink.table()
    equal(ftp.get(request({ command = "nlst", argument = writable ~= "" and writable or nil,
      sink = sink })), 1)
    equal(table.concat(chunks):find("empty", 1, true) ~= nil, true, table.concat(chunks))
  end)

  check(name .. ": a command, and a file that is not there", function()
    equal(ftp.command(request({ command = "dele", argument = writable .. "empty", check = 250 })), 1)
    local result, failure = get("empty")
    equal(result, nil)
    equal(failure:sub(1, 3), "550")
  end)

  for _, version in ipairs({ "tlsv1_2", "tlsv1_3" }) do
    check(name .. ": " .. version, function()
      equal(put("small", version), #version)
      local received, failure = get("small", { protocol = version })
      equal(failure, nil)
      equal(received, version)
    end)
  end

  check(name .. ": a certificate that is not trusted", function()
    local result, failure = get("small", { cafile = false })
    equal(result, nil)
    equal(failure, "certificate verify failed")
    equal(get("small", { cafile = false, verify = "none" }), "tlsv1_3")
  end)

  check(name .. ": in tasks, side by side", function()
    moontide.run(function()
      for index = 1, 3 do
        moontide.spawn(function()
          equal(put("task" .. index, content), #content)
          equal(get("task" .. index) == content, true, "content")
        end)
      end
    end)
  end)

  for _, mode in ipairs({ "epsv", "pasv", "port" }) do
    check(name .. ": two transfers of one session by " .. mode, function()
      local result, failure = socket.protect(function()
        local s = ftp.open("127.0.0.1", port)
        if way == "implicit" then
          s:secure({ cafile = trust })
        end
        s:greet()
        if way == "explicit" then
          s:starttls({ cafile = trust })
        end
        s:login()
        s:type("i")
        s[mode](s)
        equal(s:send({ argument = writable .. mode, source = ltn12.source.string(content) }), #content)
        local sink, chunks = ltn12.sink.table()
        s[mode](s)
        equal(s:receive({ argument = writable .. mode, sink = sink }), 1)
        equal(table.concat(chunks) == content, true, "content")
        s:quit()
        return s:close()
      end)()
      equal(failure, nil)
      equal(result, 1)
    end)
  end

  check(name .. ": nobody gets in without TLS", function()
    local result = ftp.get({ host = "127.0.0.1", port = port, tls = false, argument = writable .. "small",
      sink = ltn12.sink.null(), timeout = 2 })
    equal(result, nil)
  end)
end

for index = 3, select("#", ...), 4 do
  local server, way, port, writable = select(index, ...)
  visit(server .. ", " .. way, way, port, writable)
end

tally.finish()
