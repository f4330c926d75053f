-- socket.ftp against real servers, in passive and active mode, over IPv4 and IPv6.
--
--   lua ftp_peers.lua DIRECTORY [NAME ADDRESS PORT WRITABLE]...     WRITABLE is "" or a path with "/"

local here = ...
package.path = here .. "/?.lua;" .. package.path

local tally = require("tally")
local check, equal = tally.check, tally.equal
local ltn12 = require("ltn12")
local socket = require("socket")
local ftp = require("socket.ftp")
ftp.TIMEOUT = 20

local content = {}
for index = 0, 255 do
  content[#content + 1] = string.char(index)
end
content = table.concat(content):rep(2000)

-- Runs f with a session that is logged in.
local function session(address, port, f)
  local run = socket.protect(function()
    local s = ftp.open(address, port)
    s:greet()
    s:login()
    s:type("i")
    f(s)
    s:quit()
    s:close()
    return 1
  end)
  local result, failure = run()
  equal(failure, nil)
  equal(result, 1)
end

local function high_level(name, address, port, writable)
  local host = address:find(":", 1, true) and "[" .. address .. "]" or address
  local base = "ftp://" .. host .. ":" .. port .. "/" .. writable

  check(name .. ": put and get", function()
    local sent, failure = ftp.put(base .. "a%20file;type=i", content)
    equal(failure, nil)
    equal(sent, #content)
    local received
    received, failure = ftp.get(base .. "a%20file;type=i")
    equal(failure, nil)
    equal(#received, #content)
    equal(received == content, true)
  end)

  check(name .. ": an empty file", function()
    equal(ftp.put(base .. "empty;type=i", ""), 0)
    equal(ftp.get(base .. "empty;type=i"), "")
  end)

  check(name .. ": a listing", function()
    local sink, chunks = ltn12.sink.table()
    local result, failure = ftp.get({ host = address, port = port, command = "nlst",
      argument = writable ~= "" and writable or nil, sink = sink })
    equal(failure, nil)
    equal(result, 1)
    equal(table.concat(chunks):find("a file", 1, true) ~= nil, true, table.concat(chunks))
  end)

  check(name .. ": appending", function()
    local function append(text)
      return ftp.put({ host = address, port = port, command = "appe", argument = writable .. "log",
        type = "i", source = ltn12.source.string(text) })
    end
    equal(append("one "), 4)
    equal(append("two"), 3)
    equal(ftp.get(base .. "log;type=i"), "one two")
  end)

  check(name .. ": commands", function()
    local where = { host = address, port = port }
    local function command(fields)
      for key, value in pairs(where) do
        fields[key] = value
      end
      return ftp.command(fields)
    end
    equal(command({ command = "mkd", argument = writable .. "dir", check = 257 }), 1)
    equal(command({ command = { "rnfr", "rnto" }, argument = { writable .. "log", writable .. "dir/log" },
      check = { 350, 250 } }), 1)
    equal(ftp.get(base .. "dir/log;type=i"), "one two")
    equal(command({ command = "dele", argument = writable .. "dir/log", check = 250 }), 1)
    equal(command({ command = "rmd", argument = writable .. "dir", check = 250 }), 1)
  end)

  check(name .. ": a file that is not there", function()
    local result, failure = ftp.get(base .. "missing;type=i")
    equal(result, nil)
    equal(failure:sub(1, 3), "550")
  end)

  check(name .. ": a login that is refused", function()
    local result, failure = ftp.get("ftp://nobody:x@" .. host .. ":" .. port .. "/x")
    equal(result, nil)
    equal(failure:sub(1, 3), "530")
  end)
end

local function low_level(name, address, port, writable)
  local is_ipv4 = not address:find(":", 1, true)
  local modes = { "epsv", "eprt" }
  if is_ipv4 then
    modes = { "epsv", "pasv", "port", "eprt" }
  end
  for _, mode in ipairs(modes) do
    check(name .. ": two transfers by " .. mode, function()
      session(address, port, function(s)
        local function enter()
          return s[mode](s, mode == "eprt" and (is_ipv4 and 1 or 2) or nil)
        end
        enter()
        equal(s:send({ argument = writable .. mode, source = ltn12.source.string(content) }), #content)
        local sink, chunks = ltn12.sink.table()
        enter()
        equal(s:receive({ argument = writable .. mode, sink = sink }), 1)
        equal(table.concat(chunks) == content, true, "content")
      end)
    end)
  end
  check(name .. ": cwd and a command of the program's own", function()
    session(address, port, function(s)
      if writable ~= "" then
        s:cwd(writable)
      end
      s.try(s.tp:command("mkd", "sub"))
      s.try(s.tp:check("2.."))
      s.try(s.tp:command("rmd", "sub"))
      s.try(s.tp:check("2.."))
    end)
  end)
  check(name .. ": a sink that stops leaves nothing open", function()
    local result, failure = ftp.get({ host = address, port = port, argument = writable .. "a file",
      type = "i", sink = function() return nil, "enough" end })
    equal(result, nil)
    equal(failure, "enough")
  end)
end

for index = 2, select("#", ...), 4 do
  local server, address, port, writable = select(index, ...)
  local name = server .. " at " .. address
  high_level(name, address, port, writable)
  low_level(name, address, port, writable)
  if server == "pyftpdlib" then
    check(name .. ": user and password out of a URL", function()
      local host = address:find(":", 1, true) and "[" .. address .. "]" or address
      local result, failure = ftp.get("ftp://moon:t%3ade@" .. host .. ":" .. port .. "/empty;type=i")
      equal(failure, nil)
      equal(result, "")
    end)
  end
end

tally.finish()
