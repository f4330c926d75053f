-- Prosody on our socket and ssl: prosody_peers.lua DIRECTORY WORK BUILD ORIGINAL NAME=PORT...
-- Started by tests/peers/prosody_run. WORK has prosodyctl and, for each backend, its log, its process id and,
-- once it has ended, its exit code.

local directory, work, build, original = arg[1], arg[2], arg[3], arg[4]
package.path = directory .. "/?.lua;" .. package.path

local messages = require("prosody_messages")
local moontide = require("moontide")
local socket = require("socket")
local tally = require("tally")
local xmpp = require("xmpp_client")

local equal = tally.equal

local certificates = work .. "/certificates"
xmpp.trust = certificates .. "/trust.pem"

local ports = {}
for position = 5, #arg do
  local name, port = arg[position]:match("^(.-)=(%d+)$")
  ports[name] = tonumber(port)
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function run(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local function contains(text, words)
  return text:find(words, 1, true) ~= nil
end

local function wait_until(good)
  for _ = 1, 400 do
    if good() then
      return
    end
    socket.sleep(0.05)
  end
  error("waited in vain", 2)
end

local function test_backend(backend)
  local port = ports[backend .. "_starttls"]
  local log = work .. "/" .. backend .. ".log"
  local pid = read(work .. "/" .. backend .. ".pid"):match("%d+")
  local ctl = ("bash '%s/prosodyctl' --config '%s/%s/prosody.cfg.lua' "):format(work, work, backend)
  local knows_sni = backend ~= "select" -- which gives every name the same certificate

  -- f runs in a task, as all clients do.
  local function check(name, f)
    tally.check(("prosody, %s: %s"):format(backend, name), function() moontide.run(f) end)
  end

  -- A handler of signals comes in between any two instructions of Lua, and not all of Prosody bears that.
  local function signal(name)
    wait_until(function() return contains(read("/proc/" .. pid .. "/stat"), ") S ") end)
    os.execute(("kill -%s %s"):format(name, pid))
  end

  check("it runs on our modules, and on none of lua-socket and lua-sec", function()
    local maps = read("/proc/" .. pid .. "/maps")
    local ours = original == "no"
    equal(contains(maps, build .. "/lib/lua/5.4/moontide/native.so"), ours)
    equal(contains(maps, build .. "/lib/lua/5.4/moontide/native_tls.so"), ours)
    equal(contains(maps, "lua5.4-socket"), not ours)
    equal(contains(maps, "lua5.4-sec"), not ours)
    equal(contains(read(log), ("using the %s backend"):format(backend)), true)
  end)

  check("prosodyctl makes users", function()
    for _, name in ipairs({ "romeo", "juliet" }) do
      local output = run(ctl .. "register " .. name .. " localhost secret")
      equal(output:find("error") and output, nil)
    end
  end)

  for _, version in ipairs({ "tlsv1_2", "tlsv1_3" }) do
    check("STARTTLS, and a message there and back, " .. version, function()
      local romeo = xmpp.secure(port, "localhost", { protocol = version }):login("romeo", "secret")
      local juliet = xmpp.secure(port, "localhost", { protocol = version }):login("juliet", "secret")
      equal(romeo.name, "romeo@localhost/test")
      romeo:say("juliet@localhost", "there")
      local text, from = juliet:hear()
      equal(text, "there")
      equal(from, romeo.name)
      juliet:say(from, "and back")
      equal(romeo:hear(), "and back")
      equal(romeo.conn:info("protocol"), version == "tlsv1_2" and "TLSv1.2" or "TLSv1.3")
      juliet:leave()
      romeo:leave()
    end)
  end

  check("TLS from the start, with the certificate of the host that is asked for", function()
    for host, certificate in pairs({ localhost = "server", ["second.test"] = "second" }) do
      local client = xmpp.connect(ports[backend .. "_direct"], host)
      client:handshake()
      local pem = read(certificates .. "/" .. certificate .. ".pem")
      equal(client.conn:getpeercertificate():pem() == pem or not knows_sni, true)
      client:open()
      client:register("tybalt", "secret")
      client:login("tybalt", "secret")
      equal(client.name, "tybalt@" .. host .. "/test")
      client:leave()
    end
  end)

  check("without TLS there is no way in, and none with a wrong password", function()
    local client = xmpp.connect(port)
    local features = client:open()
    equal(contains(features, "<required/>"), true, features)
    equal(contains(features, "PLAIN"), false, features)
    client:authenticate("romeo", "secret")
    client:expect("^<failure .*encryption%-required")
    client:leave()
    client = xmpp.secure(port)
    client:authenticate("romeo", "wrong")
    client:expect("^<failure .*not%-authorized")
    client:leave()
  end)

  check("Python logs in, bound to the TLS connection", function()
    local visit = ("/usr/bin/python3 -B '%s/xmpp_visit.py' %d '%s' "):format(directory, port, xmpp.trust)
    equal(run(visit .. "romeo secret"), "welcome\n")
    local refused = run(visit .. "romeo wrong")
    equal(contains(refused, "<not-authorized/>"), true, refused)
  end)

  messages(check, port, log)

  check("it serves HTTP, and over TLS", function()
    for _, scheme in ipairs({ "http", "https" }) do
      local function page(path)
        return run(("curl -sS --max-time 20 --cacert '%s' %s %s://localhost:%d/%s"):format(xmpp.trust,
          knows_sni and "" or "-k", scheme, ports[backend .. "_" .. scheme], path))
      end
      equal(contains(page("http-bind"), "BOSH"), true)
      equal(page("files/large.bin") == read(work .. "/pages/large.bin"), true)
    end
  end)

  check("its shell answers over a Unix socket", function()
    local romeo = xmpp.secure(port):login("romeo", "secret")
    local text = run(ctl .. "shell 'c2s:show()'")
    equal(contains(text, "romeo@localhost/test"), true, text)
    romeo:leave()
  end)

  if backend ~= "select" then -- whose servers keep their certificates
    check("SIGHUP gives it another certificate, and leaves who is there alone", function()
      local romeo = xmpp.secure(port):login("romeo", "secret")
      equal(romeo.conn:getpeercertificate():pem(), read(certificates .. "/server.pem"))
      for source, target in pairs({ ["ec-chain.pem"] = "localhost.crt", ["ec.key"] = "localhost.key" }) do
        run(("cp '%s/%s' '%s/%s/certs/%s'"):format(certificates, source, work, backend, target))
      end
      signal("HUP")
      local juliet
      wait_until(function()
        juliet = xmpp.secure(port)
        return juliet.conn:getpeercertificate():pem() == read(certificates .. "/ec.pem")
      end)
      juliet:login("juliet", "secret"):say(romeo.name, "there")
      equal(romeo:hear(), "there")
      juliet:leave()
      romeo:leave()
    end)
  end

  check("SIGTERM takes leave of the clients and ends it cleanly", function()
    local clients = {}
    for index = 1, 20 do
      clients[index] = xmpp.secure(port):login("user" .. index, "secret")
    end
    signal("TERM")
    for _, client in ipairs(clients) do
      client:expect("^<stream:error>.*<system%-shutdown")
      client:expect("^</stream:stream>")
      client.conn:close()
    end
    local code
    wait_until(function()
      local file = io.open(work .. "/" .. backend .. ".exit")
      code = file and file:read("*n")
      if file then
        file:close()
      end
      return code
    end)
    equal(code, 0, "exit code of: " .. read(work .. "/prosody-" .. backend .. ".log"))
  end)

  check("its log has no error, and no warning but those of this test", function()
    local position = 0
    for line in io.lines(log) do
      position = position + #line + 1
      local level, text = line:match("\t(%l+)\t(.*)")
      if level == "error" or line:find("traceback") or level == "warn" and text ~= "Received SIGTERM"
        and not text:find("^select is deprecated")
      then
        error(read(log):sub(math.max(1, position - 1000), position + 2000))
      end
    end
  end)
end

test_backend("epoll")
test_backend("select")
tally.finish()
