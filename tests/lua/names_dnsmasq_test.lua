-- Names from a real name server: dnsmasq, in a world of its own (names.lua).
local test = ...
local names = require("names")

local RECORDS = [[
local=/test/
host-record=both.test,127.0.0.1,::1,60
host-record=v4.test,192.0.2.4
cname=alias.test,both.test
mx-host=mail.test,mx1.test,10
mx-host=mail.test,mx2.test,20
srv-host=_ldap._tcp.test,server.test,389,5,7
txt-record=text.test,one,two
caa-record=secure.test,0,issue,ca.test
ptr-record=4.2.0.192.in-addr.arpa,v4.test
]]

local function prints(t, expected, script, files)
  files = files or {}
  files["dnsmasq.conf"] = (files["dnsmasq.conf"] or "") .. RECORDS
  t.equal(names.output_with_dnsmasq(t, script, files), expected)
end

test("dnsmasq: addresses, aliases and names of addresses", function(t)
  prints(t, "::1 127.0.0.1\n::1 127.0.0.1\n192.0.2.4\nboth.test\talias.test\nv4.test", [[
    print(list(dns.getaddrinfo("both.test")))
    print(list(dns.getaddrinfo("alias.test")))
    print((dns.toip("v4.test")))
    local name, info = dns.tohostname("alias.test")
    print(name, info.alias[1])
    print((dns.tohostname("192.0.2.4")))]])
end)

test("dnsmasq: records of other types", function(t)
  prints(t, "10 mx1.test, 20 mx2.test\nserver.test 389 7 5\none two\n0 issue ca.test\nboth.test", [[
    local hosts = {}
    for _, mx in ipairs(assert(dns.query("mail.test", "MX"))) do
      hosts[#hosts + 1] = mx.preference .. " " .. mx.exchange
    end
    table.sort(hosts)
    print(table.concat(hosts, ", "))
    local srv = assert(dns.query("_ldap._tcp.test", "SRV"))[1]
    print(("%s %d %d %d"):format(srv.target, srv.port, srv.weight, srv.priority))
    local txt = assert(dns.query("text.test", "TXT"))[1]
    print(table.concat(txt.strings, " "))
    local caa = assert(dns.query("secure.test", "CAA"))[1]
    print(("%d %s %s"):format(caa.flags, caa.tag, caa.value))
    print(assert(dns.query("alias.test", "CNAME"))[1].target)]])
end)

test("dnsmasq: a name that does not exist, a type that a name does not have", function(t)
  prints(t, "host or service not provided, or not known\nhost not found\nno records of this type", [[
    print((select(2, dns.getaddrinfo("nothing.test"))))
    print((select(2, dns.query("nothing.test", "A"))))
    print((select(2, dns.query("v4.test", "MX"))))]])
end)

test("dnsmasq: an answer that does not fit into a datagram comes over TCP", function(t)
  local records = { "edns-packet-max=512\n" }
  for number = 1, 8 do
    records[#records + 1] = ("txt-record=long.test,%d%s\n"):format(number, ("x"):rep(200))
  end
  prints(t, "8\t201", [[
    local found = assert(dns.query("long.test", "TXT"))
    print(#found, #found[1].text)]], { ["dnsmasq.conf"] = table.concat(records) })
end)

test("dnsmasq: connecting by name, in tasks too", function(t)
  prints(t, "hello\thello", [[
    local server = assert(socket.bind("localhost", 0))
    local _, port = server:getsockname()
    local function greet()
      local client = assert(socket.connect("both.test", port))
      assert(server:accept()):send("hello\n")
      return (client:receive())
    end
    local moontide = require("moontide")
    print(greet(), moontide.run(greet))]])
end)
