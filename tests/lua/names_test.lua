-- Names from hosts files and name servers of every kind, each test in a world of its own (names.lua).
local test = ...
local names = require("names")

-- A resolver that would go on for minutes, beside deadlines that a busy machine may see late.
local PATIENT = { ["resolv.conf"] = "nameserver 127.0.0.1\noptions timeout:30 attempts:2\n" }

local function prints(t, expected, script, files)
  t.equal(names.output_of(t, script, files), expected)
end

test("an address comes from a name server, v6 and v4 in one list", function(t)
  prints(t, "127.0.0.1\n::1\n::1 127.0.0.1", [[
    print(list(dns.getaddrinfo("v4.test")))
    print(list(dns.getaddrinfo("v6.test")))
    print(list(dns.getaddrinfo("both.test")))]])
end)

test("the hosts file comes first, with all of a host's lines and names", function(t)
  prints(t, "192.0.2.7 192.0.2.8\nfull.name\nnick,second\n192.0.2.7\nfull.name", [[
    print(list(dns.getaddrinfo("FULL.name")))
    local name, info = dns.tohostname("nick")
    print(name) print(table.concat(info.alias, ","))
    print((dns.toip("nick"))) print((dns.tohostname("192.0.2.7")))]],
    { hosts = "127.0.0.1 localhost\n192.0.2.7 full.name nick second # comment\n192.0.2.8 full.name\n" })
end)

test("a change of the hosts file counts at once", function(t)
  prints(t, "host or service not provided, or not known\n192.0.2.9", [[
    print(list(dns.getaddrinfo("later.example")))
    local file = assert(io.open("/etc/hosts", "a"))
    file:write("192.0.2.9 later.example\n") file:close()
    print(list(dns.getaddrinfo("later.example")))]])
end)

test("localhost and names below it need neither file nor server", function(t)
  prints(t, "127.0.0.1\n127.0.0.1\n::1 127.0.0.1\n127.0.0.5\n0 0", [[
    print((dns.toip("localhost"))) print((dns.toip("x.localhost")))
    print(list(dns.getaddrinfo("X.localhost."))) print((dns.toip("own.localhost")))
    print(asked("localhost") .. " " .. asked("x.localhost"))]], { hosts = "127.0.0.5 own.localhost\n" })
end)

test("search domains and ndots of resolv.conf", function(t)
  prints(t, "127.0.0.1\n127.0.0.1\n2\n2\n0", [[
    print(list(dns.getaddrinfo("v4")))
    print(list(dns.getaddrinfo("v4.sub")))
    print(asked("v4.first.test")) print(asked("v4.sub.first.test")) print(asked("v4.sub"))]],
    { ["resolv.conf"] = "nameserver 127.0.0.1\nsearch first.test second.test\noptions ndots:2\n" })
end)

test("failures have the words of the contract", function(t)
  local unknown = "host or service not provided, or not known"
  local temporary = "temporary failure in name resolution"
  prints(t, table.concat({ unknown, "No address associated with hostname", temporary, temporary,
    "host not found", "No address associated with name", "Host name lookup failure", unknown, unknown,
    temporary }, "\n"), [[
    print(list(dns.getaddrinfo("nxdomain.test"))) print(list(dns.getaddrinfo("nodata.test")))
    print(list(dns.getaddrinfo("servfail.test"))) print(list(dns.getaddrinfo("refused.test")))
    for _, name in ipairs({ "nxdomain", "nodata", "servfail" }) do
      print((select(2, dns.toip(name .. ".test"))))
    end
    print((select(2, socket.connect("nxdomain.test", 80))))
    print((select(2, socket.tcp():bind("nxdomain.test", 0))))
    print((select(2, socket.udp():setpeername("servfail.test", 80))))]])
end)

test("a server that nobody runs is a temporary failure at once", function(t)
  prints(t, "temporary failure in name resolution\ttrue", [[
    local seconds, found, message = timed(dns.getaddrinfo, "v4.test")
    print(list(found, message), seconds < 20)]],
    { ["resolv.conf"] = "nameserver 127.0.0.77\noptions timeout:30\n" })
end)

test("a silent server: connect and bind fail at their deadline", function(t)
  prints(t, "timeout true\ntimeout true\ntimeout true\ntimeout true", [[
    for _, mode in ipairs({ "b", "t" }) do
      local tcp = socket.tcp()
      tcp:settimeout(0.2, mode)
      local seconds, _, message = timed(tcp.connect, tcp, "silent.test", 80)
      print(message .. " " .. tostring(seconds >= 0.2 and seconds < 20))
    end
    local tcp = socket.tcp()
    tcp:settimeout(0.2)
    local seconds, _, message = timed(tcp.bind, tcp, "silent.test", 0)
    print(message .. " " .. tostring(seconds >= 0.2 and seconds < 20))
    local udp = socket.udp()
    udp:settimeout(0.2)
    seconds, _, message = timed(udp.setpeername, udp, "silent.test", 80)
    print(message .. " " .. tostring(seconds >= 0.2 and seconds < 20))]], PATIENT)
end)

test("a silent server: look-ups without a deadline end with the tries of resolv.conf", function(t)
  prints(t, "temporary failure in name resolution\ttrue\nHost name lookup failure\t1", [[
    local seconds, found, message = timed(dns.getaddrinfo, "silent.test")
    print(list(found, message), seconds >= 1 and seconds < 12)
    print((select(2, dns.query("silent.more.test", "A"))), asked("silent.more.test"))]],
    { ["resolv.conf"] = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n" })
end)

test("toip of a literal waits only some seconds for its name", function(t)
  prints(t, "192.0.2.5\t192.0.2.5\ttrue", [[
    local deaf = assert(socket.udp4()) assert(deaf:setsockname("127.0.0.2", 53))
    local seconds, address, info = timed(dns.toip, "192.0.2.5")
    print(address, info.name, seconds >= 2.9 and seconds < 20)]],
    { ["resolv.conf"] = "nameserver 127.0.0.2\noptions timeout:30\n", hosts = "" })
end)

test("a question that got lost is asked again", function(t)
  prints(t, "::1 127.0.0.1", [[print(list(dns.getaddrinfo("slow.test")))]])
end)

test("the second server answers where the first is silent", function(t)
  prints(t, "127.0.0.1", [[
    -- Bound, so that nothing refuses, and never read.
    local deaf = assert(socket.udp4()) assert(deaf:setsockname("127.0.0.2", 53))
    print(list(dns.getaddrinfo("v4.test")))]],
    { ["resolv.conf"] = "nameserver 127.0.0.2\nnameserver 127.0.0.1\noptions timeout:1\n" })
end)

test("a truncated answer is fetched over TCP", function(t)
  prints(t, "40\n40", [[
    print(#dns.getaddrinfo("big.test")) print(#dns.query("big.more.test", "A"))]])
end)

test("an answer with another id is nobody's", function(t)
  prints(t, "127.0.0.1", [[print(list(dns.getaddrinfo("wrongid.test")))]])
end)

test("garbage is no answer", function(t)
  prints(t, "temporary failure in name resolution", [[print(list(dns.getaddrinfo("garbage.test")))]],
    { ["resolv.conf"] = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n" })
end)

test("aliases lead to the host and are told by the classic look-ups", function(t)
  prints(t, "127.0.0.9\nlast.test\nchain.test second.test", [[
    print(list(dns.getaddrinfo("chain.test")))
    local name, info = dns.tohostname("chain.test")
    print(name) print(table.concat(info.alias, " "))]])
end)

test("an alias of itself ends", function(t)
  prints(t, "true", [[print(dns.getaddrinfo("loop.test") == nil)]])
end)

test("the name of an address comes from its PTR record", function(t)
  prints(t, "records.test\nrecords.test\trecords.test\n192.0.2.9\nhost not found", [[
    print((dns.tohostname("192.0.2.1")))
    local address, info = dns.toip("192.0.2.1")
    assert(address == "192.0.2.1") print(info.name, dns.getnameinfo("192.0.2.1")[1])
    print(dns.getnameinfo("192.0.2.9")[1])
    print((select(2, dns.tohostname("192.0.2.9"))))]])
end)

test("answers are remembered for their time to live, and flush forgets them", function(t)
  prints(t, "2 2 4 8", [[
    for _ = 1, 3 do assert(dns.getaddrinfo("both.test")) end
    local first = asked("both.test")
    for _ = 1, 3 do assert(dns.getaddrinfo("BOTH.test")) end
    local second = asked("both.test")
    dns.flush()
    assert(dns.getaddrinfo("both.test"))
    local third = asked("both.test")
    for _ = 1, 4 do assert(dns.getaddrinfo("brief.test")) end
    print(first .. " " .. second .. " " .. third .. " " .. asked("brief.test"))]], PATIENT)
end)

test("that there is nothing is remembered too", function(t)
  prints(t, "2\n1", [[
    for _ = 1, 3 do assert(not dns.getaddrinfo("nxdomain.test")) end
    print(asked("nxdomain.test"))
    for _ = 1, 3 do assert(not dns.toip("nodata.test")) end
    print(asked("nodata.test"))]], PATIENT)
end)

test("that a server is out of order is not remembered", function(t)
  prints(t, "true", [[
    assert(not dns.toip("servfail.test"))
    local first = asked("servfail.test")
    assert(not dns.toip("servfail.test"))
    print(asked("servfail.test") > first)]])
end)

test("connect, bind and setpeername take names from a server, without a timeout too", function(t)
  prints(t, "127.0.0.1\n127.0.0.1\n127.0.0.1\n127.0.0.1", [[
    local server = assert(socket.bind("v4.test", 0))
    local host, port = server:getsockname()
    print(host)
    print((assert(socket.connect("v4.test", port)):getpeername()))
    local udp = assert(socket.udp())
    assert(udp:setpeername("v4.test", port)) print((udp:getpeername()))
    local tcp = socket.tcp()
    tcp:settimeout(0)
    tcp:connect("v4.more.test", port)
    socket.select(nil, { tcp }, 5)
    print((tcp:getpeername()))]])
end)

test("query: each type has its fields", function(t)
  prints(t, table.concat({
    "A address=192.0.2.1 name=records.test ttl=300 type=A",
    "AAAA address=::1 name=records.test ttl=301 type=AAAA",
    "NS name=records.test target=ns.records.test ttl=302 type=NS",
    "MX exchange=mail.records.test name=records.test preference=10 ttl=303 type=MX",
    "MX exchange=spare.records.test name=records.test preference=20 ttl=304 type=MX",
    "TXT name=records.test strings=one,two text=onetwo ttl=305 type=TXT",
    "TXT name=records.test strings= text= ttl=60 type=TXT",
    "SRV name=records.test port=5060 priority=1 target=sip.records.test ttl=306 type=SRV weight=2",
    "SOA expire=1209600 minimum=4294967295 mname=ns.records.test name=records.test refresh=7200 "
      .. "retry=3600 rname=root.records.test serial=2024010101 ttl=307 type=SOA",
    "CAA flags=128 name=records.test tag=issue ttl=308 type=CAA value=ca.test; x=y" }, "\n"), [[
    for _, type in ipairs({ "A", "AAAA", "NS", "MX", "TXT", "SRV", "SOA", "CAA" }) do
      for _, record in ipairs(assert(dns.query("records.test", type))) do
        local fields = {}
        for key, value in pairs(record) do
          if key == "strings" then value = table.concat(value, ",") end
          fields[#fields + 1] = key .. "=" .. (tostring(value):gsub("%.0$", ""))
        end
        table.sort(fields)
        print(type .. " " .. table.concat(fields, " "))
      end
    end]])
end)

test("query: aliases and names of addresses", function(t)
  prints(t, "records.test\nrecords.test\nrecords.test", [[
    print(dns.query("alias.records.test", "CNAME")[1].target)
    print(dns.query("1.2.0.192.in-addr.arpa", "PTR")[1].target)
    print(dns.query("192.0.2.1", "PTR")[1].target)]])
end)

test("query: failures", function(t)
  prints(t, "host not found\nno records of this type\nHost name lookup failure\nhost not found", [[
    print((select(2, dns.query("nxdomain.test", "MX"))))
    print((select(2, dns.query("nodata.test", "MX"))))
    print((select(2, dns.query("servfail.test", "MX"))))
    print((select(2, dns.query(("x"):rep(64) .. ".test", "MX"))))]])
end)

test("query: its arguments are checked", function(t)
  local dns = require("socket").dns
  t.bad_argument(1, "string expected, got no value", dns.query)
  t.bad_argument(2, "string expected, got no value", dns.query, "x.test")
  t.raises("invalid option 'a'", dns.query, "x.test", "a")
end)

test("backend: the system's resolver gives the same, and keeps deadlines", function(t)
  prints(t, "::1 127.0.0.1\nlast.test\nhost or service not provided, or not known\ntimeout true", [[
    dns.backend = "system"
    print(list(dns.getaddrinfo("both.test")))
    print((dns.tohostname("chain.test")))
    print(list(dns.getaddrinfo("nxdomain.test")))
    local tcp = socket.tcp()
    tcp:settimeout(0.2)
    local seconds, _, message = timed(tcp.connect, tcp, "silent.test", 80)
    print(message .. " " .. tostring(seconds >= 0.2 and seconds < 20))
    os.exit(0)]], PATIENT)
end)

test("silent servers: a ticker in the same loop goes on while tasks wait for names", function(t)
  local script = [[
    dns.backend = "%s"
    local moontide, http = require("moontide"), require("socket.http")
    moontide.run(function()
      local ticks, waiting = 0, true
      local ticker = moontide.spawn(function()
        while waiting do
          moontide.sleep(0.01)
          ticks = ticks + 1
        end
      end)
      local failures = {}
      local start = socket.gettime()
      moontide.group(function(group)
        for number = 1, 5 do
          group:spawn(function()
            local tcp = socket.tcp()
            tcp:settimeout(1)
            failures[number] = select(2, tcp:connect("silent.n" .. number .. ".test", 80))
          end)
        end
        group:spawn(function()
          failures[6] = select(2, http.request({ url = "http://silent.test/", timeout = 1 }))
        end)
      end)
      local seconds = socket.gettime() - start
      waiting = false
      ticker:join()
      print(table.concat(failures, " "), seconds >= 1 and seconds < 20, ticks > 10)
    end)
    os.exit(0)]]
  local expected = "timeout timeout timeout timeout timeout timeout\ttrue\ttrue"
  prints(t, expected, script:format("c-ares"), PATIENT)
  prints(t, expected, script:format("system"), PATIENT)
end)

test("backend: another value is an error that names it", function(t)
  local socket = require("socket")
  local dns = socket.dns
  t.cleanup(function() dns.backend = "c-ares" end)
  t.equal(dns.backend, "c-ares")
  dns.backend = "magic"
  t.raises("socket.dns.backend is 'magic', not 'c-ares' or 'system'", dns.toip, "localhost")
  t.raises("socket.dns.backend is 'magic', not 'c-ares' or 'system'", socket.connect, "localhost", 1)
  dns.backend = 7
  t.raises("socket.dns.backend is a number, not 'c-ares' or 'system'", dns.getaddrinfo, "localhost")
  dns.backend = nil
  t.equal((dns.toip("localhost")), "127.0.0.1")
end)
