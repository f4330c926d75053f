-- What an example may ask for by <!-- run: NAME, ... -->: servers that end with this process, files in the
-- current directory, and globals that tell about them.

local setups = {}

local here, certificates
-- Pipes to the servers, which end when these are closed.
local held = {}

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function write(name, text)
  local file = assert(io.open(name, "wb"))
  file:write(text)
  file:close()
end

local function is_true(status)
  return status == true or status == 0
end

-- Starts a server that writes the file `ready` once it listens: gives what it wrote. Its standard input is
-- ours.
local function start(command, ready)
  held[#held + 1] = assert(io.popen(("%s >%s.log 2>&1"):format(command, ready), "w"))
  local wait = "timeout 50 sh -c 'until [ -s %s ]; do sleep 0.02; done'"
  if not is_true(os.execute(wait:format(ready))) then
    error("the server does not start: " .. command .. "\n" .. read(ready .. ".log"))
  end
  return read(ready)
end

-- The same for a server that does not look at its standard input.
local function start_other(command, ready)
  return start(("{ %s & pid=$!; cat >/dev/null; kill $pid; }"):format(command), ready)
end

local function python(script, ...)
  local parts = {
    "env MAIL_USER=user MAIL_PASSWORD=secret /usr/bin/python3 -B -W ignore",
    quote(here .. "/../peers/" .. script),
  }
  for _, argument in ipairs({ ... }) do
    parts[#parts + 1] = quote(argument)
  end
  return table.concat(parts, " ")
end

local function certificate_globals()
  _G.cafile = certificates .. "/ca.pem"
  _G.server_cert, _G.server_key = certificates .. "/server.pem", certificates .. "/server.key"
  _G.client_cert, _G.client_key = certificates .. "/client.pem", certificates .. "/client.key"
end

-- Those of servers.lua, which tells the globals.
local function native(name)
  return function()
    local command = ("%s %s %s %s ready-%s"):format(quote(arg[-1]), quote(here .. "/servers.lua"), name,
      quote(certificates), name)
    for key, value in start(command, "ready-" .. name):gmatch("(%w+)=([^\n]+)") do
      _G[key] = tonumber(value) or value
    end
  end
end

local function over_tls(name)
  local prepare = native(name)
  return function()
    prepare()
    certificate_globals()
  end
end

local known = {
  echo = native("echo"),
  http = native("http"),
  https = over_tls("https"),
  udp_echo = native("udp_echo"),
  unix_echo = native("unix_echo"),
  tls_echo = over_tls("tls_echo"),
  tls_files = certificate_globals,
}

function known.file()
  write("three-lines.txt", "one\ntwo\nthree\n")
  _G.file = "three-lines.txt"
end

-- An FTP server for the user "user" with the password "secret".
function known.ftp()
  assert(is_true(os.execute("mkdir ftp")))
  write("ftp/hello.txt", "hello\n")
  local port = start_other(python("ftpd.py", "ready-ftp", "ftp"), "ready-ftp"):match("%d+")
  _G.url = "ftp://user:secret@127.0.0.1:" .. port
end

-- A mail server: `port` in the clear, `starttls_port` for those who go on by STARTTLS, `tls_port` over TLS.
function known.smtp()
  assert(is_true(os.execute("mkdir spool")))
  certificate_globals()
  local command = python("smtpd.py", "ready-smtp", "spool", _G.server_cert, _G.server_key)
  local ports = start_other(command, "ready-smtp")
  local plain, _, starttls, tls = ports:match("(%d+)\n(%d+)\n(%d+)\n(%d+)")
  _G.host, _G.port = "127.0.0.1", tonumber(plain)
  _G.starttls_port, _G.tls_port = tonumber(starttls), tonumber(tls)
  -- The text of the mail that arrived last, its sender, its recipients and the user who logged in.
  function _G.last_mail()
    local pipe = assert(io.popen("ls spool | grep -v new | sort -n | tail -n 1"))
    local name = pipe:read("*l")
    pipe:close()
    if not name then
      return nil, "no mail has arrived"
    end
    local sender, recipients, user, text = read("spool/" .. name):match("^(.-)\n(.-)\n(.-)\n\n(.*)$")
    return text:gsub("\r\n", "\n"), sender, recipients, user
  end
end

function setups.prepare(directory, certificate_directory, names)
  here, certificates = directory, certificate_directory
  for _, name in ipairs(names) do
    local prepare = known[name]
    if not prepare then
      error("there is no setup '" .. name .. "'")
    end
    prepare()
  end
end

return setups
