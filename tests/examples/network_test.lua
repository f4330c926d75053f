-- Those examples that want a network of their own: a name server, and a broadcast address.
local test = ...
local names = require("names")
local programs = require("programs")

local RECORDS = [[
local=/test/
host-record=both.test,192.0.2.4,2001:db8::4,60
mx-host=both.test,mx1.test,10
txt-record=both.test,one
srv-host=_ldap._tcp.test,server.test,389,5,7
ptr-record=4.2.0.192.in-addr.arpa,both.test
]]

local function tool(...)
  return ("io.stdout:flush() os.execute(%q)"):format(programs.command("dns_tool.lua", ...))
end

test("dns_tool asks for the usual types, of several names", function(t)
  local output = names.output_with_dnsmasq(t, tool("both.test", "gone.test"), { ["dnsmasq.conf"] = RECORDS })
  t.equal(output:gsub("for %d+ s", "for N s"), table.concat({
    "both.test",
    "  A     192.0.2.4, for N s",
    "  AAAA  2001:db8::4, for N s",
    "  MX    mx1.test, preference 10, for N s",
    '  TXT   "one", for N s',
    "gone.test",
    "  A     host not found",
    "  AAAA  host not found",
    "  MX    host not found",
    "  NS    host not found",
    "  TXT   host not found",
    "  CAA   host not found",
  }, "\n"))
end)

test("dns_tool asks for the types that it is given", function(t)
  local output = names.output_with_dnsmasq(t, tool("_ldap._tcp.test", "SRV") .. "\n"
    .. tool("192.0.2.4", "PTR"), { ["dnsmasq.conf"] = RECORDS })
  t.equal(output:gsub("for %d+ s", "for N s"), table.concat({
    "_ldap._tcp.test",
    "  SRV   server.test port 389, priority 5, weight 7, for N s",
    "192.0.2.4",
    "  PTR   both.test, for N s",
  }, "\n"))
end)

test("udp_discovery finds all programs that offer something at a port", function(t)
  local _, port = programs.serve(t, "udp_discovery.lua", "offer", "printer", 0)
  -- The broadcast address of the loopback interface. All programs at a shared port get every broadcast.
  programs.serve(t, "udp_discovery.lua", "offer", "scanner", port)
  local output, code
  for _ = 1, 5 do -- it listens for a second, which a busy machine may spend elsewhere
    output, code = programs.run(t, "", "udp_discovery.lua", "find", port, "127.255.255.255")
    if output:find("2 found", 1, true) then
      break
    end
  end
  t.equal(code, 0, output)
  t.matches(output, "printer at 127%.0%.0%.1\n")
  t.matches(output, "scanner at 127%.0%.0%.1\n")
  t.matches(output, "2 found\n$")
end)

test("udp_discovery says when it finds nothing", function(t)
  local _, port = t.udp()
  t.returns(t.pack(programs.run(t, "", "udp_discovery.lua", "find", port, "127.255.255.255")), "0 found\n", 0)
end)
