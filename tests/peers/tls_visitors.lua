-- The clients that visit our server: openssl s_client, curl, Python's ssl and lua-sec. Part of tls_peers.lua.

local socket = require("socket")
local tally = require("tally")

local check, equal = tally.check, tally.equal

return function(ports, certificates, large, run, directory, interpreter, work)
  local trust = certificates .. "/trust.pem"
  local own = {}
  for name, port in pairs(ports) do
    own[name:match("^own_(.*)$") or ""] = port
  end
  local certificate, key = certificates .. "/client-chain.pem", certificates .. "/client.key"

  local function curl(port, path, options, authority)
    return run(("curl -sS --max-time 20 --cacert '%s' --connect-to ::127.0.0.1:%d %s 'https://localhost:%d%s'"
      .. " 2>&1"):format(authority or trust, port, options or "", port, path))
  end

  local versions = { tlsv1_2 = "--tlsv1.2 --tls-max 1.2", tlsv1_3 = "--tlsv1.3" }
  for version, options in pairs(versions) do
    local name = version == "tlsv1_2" and "TLSv1.2" or "TLSv1.3"
    check("curl, " .. version, function()
      equal(curl(own.any, "/hello", options), name .. " localhost http/1.1 -")
      equal(curl(own[version], "/hello", options), name .. " localhost http/1.1 -")
      equal(curl(own.ec, "/hello", options), name .. " localhost http/1.1 -")
      equal(curl(own.any, "/large", options) == large, true)
      equal(curl(own.any, "/length", options .. (" --data-binary '@%s/pages/large.bin'"):format(work)),
        tostring(#large))
    end)
    check("curl with a certificate, " .. version, function()
      local mine = options .. (" --cert '%s' --key '%s'"):format(certificate, key)
      equal(curl(own.asking, "/hello", mine), name .. " localhost http/1.1 client")
      -- Not every word of it: a request that crosses the alert resets the connection.
      local refused = curl(own.asking, "/hello", options)
      equal(refused:match("^curl: "), "curl: ", refused)
    end)
    check("curl with the other version, " .. version, function()
      local other = version == "tlsv1_2" and own.tlsv1_3 or own.tlsv1_2
      equal(curl(other, "/hello", options):find("^curl: %(35%)") ~= nil, true)
    end)

    local function python(port, host, path, more)
      return run(("/usr/bin/python3 -B '%s/tls_visit.py' %d '%s' %s %s %s %s 2>&1"):format(directory, port,
        trust, host, path, (version:gsub("tls", "TLS")), more or ""))
    end
    check("Python's ssl, " .. version, function()
      equal(python(own.any, "localhost", "/hello"), name .. " localhost http/1.1 -")
      equal(python(own.any, "second.test", "/hello"), name .. " second.test http/1.1 -")
      equal(python(own.any, "localhost", "/large") == large, true)
      equal(python(own.asking, "localhost", "/hello", ("'%s' '%s'"):format(certificate, key)),
        name .. " localhost http/1.1 client")
      equal(python(own.asking, "localhost", "/hello"):match("^failed: "), "failed: ")
    end)

    check("lua-sec as the client, " .. version, function()
      local function visit(port, path)
        return run(("'%s' '%s/tls_visit.lua' %d '%s' localhost %s %s 2>&1"):format(interpreter, directory,
          port, trust, path, version))
      end
      equal(visit(own.any, "/hello"), name .. " localhost http/1.1 -")
      equal(visit(own.ec, "/hello"), name .. " localhost http/1.1 -")
      equal(visit(own.any, "/large") == large, true)
    end)
  end

  check("curl that trusts somebody else", function()
    equal(curl(own.any, "/hello", "", certificates .. "/alone.pem"):match("^curl: %(60%)"), "curl: (60)")
  end)

  -- openssl s_client, line by line: it acts on a K or R alone at the start of what it reads.
  local function s_client(port, options)
    local output = os.tmpname()
    local pipe = assert(io.popen(("timeout 30 openssl s_client -connect 127.0.0.1:%d -CAfile '%s' "
      .. "-verify_return_error %s >%s 2>&1"):format(port, trust, options, output), "w"))
    local function text()
      local file = assert(io.open(output, "rb"))
      local all = file:read("*a")
      file:close()
      return all
    end
    local visitor = {}
    function visitor.await(words)
      for _ = 1, 6000 do
        if text():find(words, 1, true) then
          return
        end
        socket.sleep(0.01)
      end
      error("no " .. words .. " in: " .. text():sub(-500), 2)
    end
    function visitor.say(line)
      pipe:write(line, "\n")
      pipe:flush()
    end
    function visitor.leave()
      pipe:close()
      os.remove(output)
    end
    return visitor
  end

  local function speak(visitor, line)
    visitor.say(line)
    visitor.await(line:reverse())
  end

  for _, version in ipairs({ "tls1", "tls1_1", "tls1_2", "tls1_3" }) do
    check("openssl s_client -" .. version, function()
      local visitor = s_client(own.old, "-cipher DEFAULT@SECLEVEL=0 -" .. version)
      visitor.await("Verify return code: 0")
      speak(visitor, "abcdef")
      speak(visitor, ("0123456789"):rep(300))
      visitor.leave()
    end)
  end
  for _, version in ipairs({ "tls1_2", "tls1_3" }) do
    check("openssl s_client with a certificate, -" .. version, function()
      local mine = ("-%s -cert '%s' -cert_chain '%s/middle.pem' -key '%s'"):format(version, certificate,
        certificates, key)
      local visitor = s_client(own.asking, mine)
      speak(visitor, "abcdef")
      visitor.leave()
    end)
    check("openssl s_client without a certificate, -" .. version, function()
      local visitor = s_client(own.asking, "-" .. version)
      visitor.await("alert")
      visitor.leave()
    end)
  end
  check("key updates, asked for by openssl s_client", function()
    for _, command in ipairs({ "K", "k" }) do
      local visitor = s_client(own.any, "-tls1_3")
      speak(visitor, "before")
      visitor.say(command)
      visitor.await("KEYUPDATE")
      speak(visitor, "after")
      speak(visitor, "later")
      visitor.leave()
    end
  end)
  check("a renegotiation that openssl s_client asks for is refused", function()
    local visitor = s_client(own.any, "-tls1_2")
    speak(visitor, "before")
    visitor.say("R")
    visitor.await("no renegotiation")
    visitor.leave()
    equal(curl(own.any, "/hello", ""):match("^TLSv1.3"), "TLSv1.3")
  end)
end
