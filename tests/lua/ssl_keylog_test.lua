-- The log of keys: for programs that look into the traffic of one that asked for it.
local test = ...
local harness = require("harness")
local https = require("ssl.https")
local ssl = require("ssl")
local tools = require("tls_tools")

local function lines_of(path)
  local lines = {}
  for line in io.lines(path) do
    lines[#lines + 1] = line
  end
  table.sort(lines)
  return lines
end

-- A context that has a log, which it closes when the test ends.
local function logging(t, make, changes)
  local ctx = tools.context(make(changes))
  t.cleanup(function() getmetatable(ctx).__gc(ctx) end)
  return ctx
end

local function output_of(command)
  local pipe = io.popen(command)
  local text = pipe:read("*a")
  pipe:close()
  return text
end

test("both ends of a connection log the same secrets", function(t)
  for version, label in pairs({ tlsv1_2 = "CLIENT_RANDOM", tlsv1_3 = "SERVER_TRAFFIC_SECRET_0" }) do
    local one, two = t.tmpname(), t.tmpname()
    local client, server = tools.pair(t,
      logging(t, tools.client_params, { keylog = one, protocol = version }),
      logging(t, tools.server_params, { keylog = two }))
    tools.settle(t, client, server)
    local lines = lines_of(one)
    t.matches(lines[#lines], "^" .. label .. " %x+ %x+$")
    t.list(lines_of(two), lines)
  end
end)

test("the log is appended to, and is its owner's alone", function(t)
  local path = t.tmpname()
  os.remove(path)
  local ctx = logging(t, tools.client_params, { keylog = path, protocol = "tlsv1_2" })
  tools.pair(t, ctx)
  t.equal(#lines_of(path), 1)
  t.equal(output_of("stat -c %a " .. harness.quote(path)), "600\n")
  tools.pair(t, ctx)
  tools.pair(t, logging(t, tools.client_params, { keylog = path, protocol = "tlsv1_2" }))
  t.equal(#lines_of(path), 3)
end)

test("a key log that openssl can use to read the traffic of its own", function(t)
  local path = t.tmpname()
  local server, port = t.server()
  local pipe = io.popen(("timeout 20 openssl s_client -connect 127.0.0.1:%d -tls1_3 -keylogfile %s 2>&1 "
    .. "</dev/null"):format(port, path .. ".other"))
  server:settimeout(10)
  local conn = t.keep(ssl.wrap(t.keep(server:accept()), logging(t, tools.server_params, { keylog = path })))
  conn:settimeout(10)
  t.returns(t.pack(conn:dohandshake()), true)
  conn:close()
  pipe:read("*a")
  pipe:close()
  local theirs = {}
  for _, line in ipairs(lines_of(path .. ".other")) do
    theirs[line] = true
  end
  os.remove(path .. ".other")
  for _, line in ipairs(lines_of(path)) do
    t.equal(theirs[line], true)
  end
end)

test("without the parameter nothing is logged, whatever the environment says", function(t)
  local path = t.tmpname()
  local port = tools.server_process(t, [[function(conn)
    conn:dohandshake()
    conn:receive()
    conn:send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
  end]])
  local address = ("https://localhost:%d/"):format(port)
  t.equal(t.output_of(("print((select(2, require('ssl.https').request{ url = %q, verify = 'none' })))")
    :format(address), nil, "env SSLKEYLOGFILE=" .. path), "200")
  t.equal(io.open(path), nil)
  t.equal(https.request(tools.trusted(address, { keylog = path })), 1)
  t.equal(#lines_of(path) > 0, true)
end)

test("what cannot be written to is refused", function(t)
  for path, reason in pairs({
    ["/nowhere/log"] = "No such file or directory", ["/tmp"] = "Is a directory",
  }) do
    t.returns(t.pack(ssl.newcontext(tools.client_params({ keylog = path }))), nil,
      "error opening key log (" .. reason .. ")")
  end
  local path = t.tmpname()
  os.remove(path)
  output_of("mkfifo " .. harness.quote(path))
  local pipe = assert(io.open(path, "r+"))
  t.returns(t.pack(ssl.newcontext(tools.client_params({ keylog = path }))), nil,
    "error opening key log (Invalid argument)")
  pipe:close()
  t.equal(pcall(ssl.newcontext, tools.client_params({ keylog = {} })), false)
end)

test("the log ends with its context", function(t)
  local path = t.tmpname()
  local ctx = logging(t, tools.client_params, { keylog = path, protocol = "tlsv1_2" })
  local client, server = tools.wrapped_pair(t, ctx)
  getmetatable(ctx).__gc(ctx)
  t.returns(tools.shake(t, client, server), true)
  t.equal(#lines_of(path), 0)
end)
