-- https: the second request to a server resumes the session of the first, and only where that was made under
-- the same demands.
local test = ...
local http = require("socket.http")
local https = require("ssl.https")
local contexts = require("moontide.https_contexts")
local moontide = require("moontide")
local tasks = require("tasks")
local tools = require("tls_tools")

-- Answers with whether the session was resumed. /refuse... closes the connection after it in its handshake.
local SERVE = [[(function()
  local refuses = false
  return function(conn)
    if refuses then
      refuses = false
      return
    end
    if not conn:dohandshake() then
      return
    end
    local line = conn:receive()
    repeat
      local field = conn:receive()
    until not field or field == ""
    refuses = line and line:find("/refuse", 1, true) ~= nil
    local body = tostring(conn:info("resumed"))
    conn:send("HTTP/1.1 200 OK\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body)
  end
end)()]]

local function address(t, host, params)
  return ("https://%s:%d/"):format(host or "localhost", (tools.server_process(t, SERVE, params)))
end

-- What the server says of a request with these fields: "true" or "false", or nil and a message.
local function resumed(url, fields, request)
  local params, chunks = tools.trusted(url, fields)
  local result, message = (request or https.request)(params)
  return result and table.concat(chunks) or nil, message
end

local function server_params(more)
  return ([[{ mode = "server", protocol = "any", key = directory .. "/server.key",
    certificate = directory .. "/server.pem", %s }]]):format(more)
end

test("a session is resumed by either module, with every version", function(t)
  for _, protocol in ipairs({ "tlsv1_2", "tlsv1_3", "any" }) do
    local url = address(t)
    t.equal(resumed(url, { protocol = protocol }), "false")
    t.equal(resumed(url, { protocol = protocol }), "true")
    t.equal(resumed(url, { protocol = protocol }, http.request), "true")
    t.equal(resumed(url, { protocol = protocol }), "true")
  end
end)

test("the system's store: a session is resumed", function(t)
  t.equal(t.output_of(([[
    local http, https = require("socket.http"), require("ssl.https")
    print((https.request(%q)))
    print((http.request(%q)))
  ]]):format(address(t), address(t)), nil, "env SSL_CERT_FILE=" .. tools.file("ca.pem")), "false\nfalse")
  local url = address(t)
  t.equal(t.output_of(([[
    local http, https = require("socket.http"), require("ssl.https")
    print((https.request(%q)))
    print((http.request(%q)))
  ]]):format(url, url), nil, "env SSL_CERT_FILE=" .. tools.file("ca.pem")), "false\ntrue")
end)

test("a session is for the same demands alone", function(t)
  local authority = tools.read("ca.pem")
  local url = address(t)
  local places = {
    {},
    { cafile = authority .. "\n" },
    { verifyhost = "localhost", servername = "other.test" },
    { verifyhost = "127.0.0.1" },
    { verifyhost = false },
    { depth = 5 },
    { ciphers = "ECDHE+AESGCM" },
    { verifyext = "lsec_ignore_purpose" },
    { alpn = "http/1.1" },
  }
  for round, expected in ipairs({ "false", "true" }) do
    for i, fields in ipairs(places) do
      t.equal(resumed(url, fields), expected, i .. " in round " .. round)
    end
  end
end)

test("another port is another server", function(t)
  local one, two = address(t), address(t)
  t.equal(resumed(one), "false")
  t.equal(resumed(two), "false")
  t.equal(resumed(one), "true")
end)

test("what was not verified is not kept, nor resumed", function(t)
  local url = address(t)
  for _ = 1, 2 do
    t.equal(resumed(url, { verify = "none" }), "false")
    t.equal(resumed(url, { cafile = tools.file("other_ca.pem"), verifyext = "lsec_continue" }), "false")
  end
  t.equal(resumed(url), "false")
  t.returns(t.pack(resumed(url, { cafile = tools.file("other_ca.pem") })), nil, "certificate verify failed")
  t.equal(resumed(url, { verify = "none" }), "false")
end)

test("a file of authorities that has changed counts at once", function(t)
  local url, name = address(t), t.tmpname()
  local function write(text)
    local file = assert(io.open(name, "w"))
    file:write(text)
    file:close()
  end
  write(tools.read("ca.pem"))
  t.equal(resumed(url, { cafile = name }), "false")
  t.equal(resumed(url, { cafile = name }), "true")
  write(tools.read("other_ca.pem"))
  t.returns(t.pack(resumed(url, { cafile = name })), nil, "certificate verify failed")
  write("nothing")
  t.returns(t.pack(resumed(url, { cafile = name })), nil,
    "error loading CA locations (no certificate or crl found)")
  os.remove(name)
  t.returns(t.pack(resumed(url, { cafile = name })), nil,
    "error loading CA locations (No such file or directory)")
end)

test("with an identity or functions of the program nothing is resumed", function(t)
  local url = address(t)
  local identity = { key = tools.file("client.key"), certificate = tools.file("client.pem") }
  for _ = 1, 2 do
    t.equal(resumed(url, identity), "false")
    t.equal(resumed(url, { dane = true }), "false")
  end
end)

test("resume = false, in a request or for the program", function(t)
  local url = address(t)
  t.equal(resumed(url), "false")
  t.equal(resumed(url, { resume = false }), "false")
  https.RESUME = false
  local of_program, asked = resumed(url), resumed(url, { resume = true })
  https.RESUME = nil
  t.equal(of_program, "false")
  t.equal(asked, "true")
end)

test("a session whose handshake failed is dropped", function(t)
  for _, protocol in ipairs({ "tlsv1_2", "tlsv1_3" }) do
    local url, fields = address(t), { protocol = protocol }
    t.equal(resumed(url .. "refuse", fields), "false")
    t.equal(resumed(url, fields), nil)
    t.equal(resumed(url, fields), "false")
    t.equal(resumed(url, fields), "true")
  end
end)

test("a server that gives no sessions is asked for none", function(t)
  local url = address(t, nil, server_params([[options = { "no_ticket" }]]))
  for _ = 1, 2 do
    t.equal(resumed(url, { protocol = "tlsv1_2" }), "false")
  end
end)

test("through a tunnel a session is resumed too", function(t)
  local url = address(t)
  for _, expected in ipairs({ "false", "true" }) do
    local _, port = tools.proxy(t)
    t.equal(resumed(url, { proxy = "http://127.0.0.1:" .. port }, http.request), expected)
  end
end)

test("tasks at the same time have a session each", function(t)
  local url = address(t)
  t.equal(resumed(url), "false")
  tasks.run(function()
    for _, expected in ipairs({ "false false false true", "true true true true" }) do
      local answers = {}
      moontide.group(function(group)
        for i = 1, 4 do
          group:spawn(function()
            answers[i] = resumed(url)
          end)
        end
      end)
      table.sort(answers)
      t.equal(table.concat(answers, " "), expected)
    end
  end)
end)

test("what is kept has a limit", function(t)
  local trust = tools.read("ca.pem")
  local ctx, entry = contexts.get({ mode = "client", protocol = "any", verify = "peer", cafile = trust })
  local client, server = tools.pair(t, ctx)
  tools.settle(t, client, server)
  for i = 1, 200 do
    contexts.keep(entry, client, "server " .. i)
  end
  t.equal(#entry.sessions, 32)
  t.equal(contexts.get({ mode = "client", protocol = "any", verify = "peer", cafile = trust }), ctx)
  for depth = 1, 20 do
    contexts.get({ mode = "client", protocol = "any", verify = "peer", cafile = trust, depth = depth })
  end
  t.different(contexts.get({ mode = "client", protocol = "any", verify = "peer", cafile = trust }), ctx)
end)

test("a connection of https.tcp that its program closes leaves its session", function(t)
  local url = address(t)
  local port = tonumber(url:match(":(%d+)/"))
  for _, expected in ipairs({ false, true }) do
    local object = https.tcp({ cafile = tools.file("ca.pem") })()
    object:connect("localhost", port)
    t.equal(object:info("resumed"), expected)
    object:send("GET / HTTP/1.1\r\n\r\n")
    object:receive("*a")
    object:close()
    object:close()
  end
end)
