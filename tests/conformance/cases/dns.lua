-- dns.md: literals and names of /etc/hosts. The runner allows the resolver no name server, so whatever
-- is not in a file fails at once and without traffic.

local R = ...
local socket = require("socket")
local dns = socket.dns

-- Argument errors.
for _, name in ipairs({ "toip", "tohostname", "getaddrinfo" }) do
  R.call(name .. ": no arguments", dns[name])
  for _, wrong in ipairs({ { "nil", nil }, { "true", true }, { "false", false }, { "a table", {} },
    { "a function", print }, { "a file", io.stdout } }) do
    R.call(name .. ": " .. wrong[1], dns[name], wrong[2])
  end
  R.call(name .. ": in a call", function() return socket.dns[name]({}) end)
end
R.call("toip: by its name", function() return socket.dns.toip() end)
R.call("tohostname: by its name", function() return socket.dns.tohostname() end)
R.call("getaddrinfo: by its name", function() return socket.dns.getaddrinfo() end)
R.call("getnameinfo: by its name", function() return socket.dns.getnameinfo() end)
R.call("getnameinfo: no arguments", dns.getnameinfo)
R.call("getnameinfo: both nil", dns.getnameinfo, nil, nil)
for _, wrong in ipairs({ { "true", true }, { "false", false }, { "a table", {} },
  { "a function", print } }) do
  R.call("getnameinfo: host " .. wrong[1], dns.getnameinfo, wrong[2])
  R.call("getnameinfo: serv " .. wrong[1], dns.getnameinfo, "127.0.0.1", wrong[2])
  R.call("getnameinfo: only serv " .. wrong[1], dns.getnameinfo, nil, wrong[2])
end

-- toip and tohostname.
local inputs = {
  "127.0.0.1", "127.1", "0x7f000001", "0177.0.0.1", "localhost", "LOCALHOST", "localhost.", "", "*", "::1",
    "fe80::1%lo",
  "not a host", "[127.0.0.1]", "256.1.1.1", "1.2.3.4.5", ("x"):rep(64) .. ".invalid", "a..b", "-",
}
for _, name in ipairs({ "toip", "tohostname" }) do
  for _, input in ipairs(inputs) do
    R.call(name .. " '" .. (#input > 40 and "label of 64" or input) .. "'", dns[name], input)
  end
  R.call(name .. " of a number", dns[name], 2130706433)
  R.call(name .. ": unknown name, no name server", dns[name], "unknown.invalid")
  R.call(name .. ": extra arguments", dns[name], "127.0.0.1", {}, 1)
  R.call(name .. ": number of results", function()
    return select("#", dns[name]("127.0.0.1")), select("#", dns[name]("*"))
  end)
end
for _, literal in ipairs({ "1.2.3.4", "1.2.3", "0", "255.255.255.255", "0x01020304" }) do
  -- Which text the original fails with depends on the machine's resolver.
  R.call("toip of an address without a name: " .. literal, function()
    local address, info = dns.toip(literal)
    return address, address and info or type(info)
  end)
  R.call("tohostname of an address without a name: " .. literal, dns.tohostname, literal)
end

-- gethostname
R.call("gethostname", function()
  local name = dns.gethostname()
  local file = io.open("/proc/sys/kernel/hostname")
  local same = file and file:read("*l") == name
  if file then
    file:close()
  end
  return type(name), select("#", dns.gethostname(1, {})), same
end)
R.call("gethostname: ignores arguments", function() return dns.gethostname({}) == dns.gethostname() end)
R.call("toip of the own name", function() return (dns.toip(dns.gethostname())) end)

-- getaddrinfo
for _, input in ipairs({
  "127.0.0.1", "127.1", "1", "0x7f000001", "0", "1.2.3.4", "localhost", "::1", "::", "0:0:0:0:0:0:0:1",
  "::ffff:1.2.3.4", "::1.2.3.4", "FE80::1", "fe80::1%1", "2001:DB8:0:0:1::", "::1%0", "", "*", "[::1]",
    "not a host",
  " 127.0.0.1", "127.0.0.1 ", "256.1.1.1", "1.2.3.4.5", ":::", "12345::", "::1%nosuch", "127.0.0.1\0rest",
    "localhost\0x",
  ("x"):rep(64), "unknown.invalid", "a..b", ("a."):rep(130) .. "b",
}) do
  R.call(("getaddrinfo %q"):format(#input > 40 and #input .. " bytes" or input):gsub("%c", "?"),
    dns.getaddrinfo,
    input)
end
R.call("getaddrinfo of a number", dns.getaddrinfo, 2130706433)
R.call("getaddrinfo of a float", dns.getaddrinfo, 127.5)
R.call("getaddrinfo: fe80::1%lo", dns.getaddrinfo, "fe80::1%lo")
R.call("getaddrinfo: number of results", function()
  return select("#", dns.getaddrinfo("127.0.0.1")), select("#", dns.getaddrinfo("*"))
end)
R.call("getaddrinfo: extra arguments", dns.getaddrinfo, "127.0.0.1", "80", {})
R.call("getaddrinfo: inet entries of localhost", function()
  for _, entry in ipairs(dns.getaddrinfo("localhost")) do
    if entry.family == "inet" and entry.addr ~= "127.0.0.1" then
      return false
    end
  end
  return true
end)

-- getnameinfo. Where an address has no name the original gives what happened to be in its memory, so
-- such answers are not shown as they are.
local function has_localhost()
  local file = io.open("/etc/hosts")
  local text = file and file:read("*a") or ""
  if file then
    file:close()
  end
  return ("\n" .. text):find("\n127%.0%.0%.1%s+localhost") ~= nil
end
local pairs_to_resolve = {
  { "127.0.0.1" }, { "localhost" }, { "127.0.0.1", "80" }, { "127.0.0.1", 80 }, { "127.0.0.1", "54321" },
  { "127.0.0.1", "http" }, { "127.0.0.1", "nosuch" }, { "127.0.0.1", "-1" }, { "127.0.0.1", "0" },
    { "127.0.0.1", "" },
  { nil, "80" }, { nil, "http" }, { nil, 54321 }, { nil, "nosuch" }, { "", "80" }, { "" }, { "*" },
  { "[::1]" }, { "not a host" }, { "unknown.invalid" }, { "127.1", "443" }, { "127.0.0.1", "HTTP" },
  { "127.0.0.1", 80.5 },
}
if has_localhost() then
  for _, item in ipairs(pairs_to_resolve) do
    R.call("getnameinfo(" .. tostring(item[1]) .. ", " .. type(item[2]) .. " " .. tostring(item[2]) .. ")",
      dns.getnameinfo, item[1], item[2])
  end
  R.call("getnameinfo: port beyond 65535", dns.getnameinfo, "127.0.0.1", 65536 + 80)
  R.call("getnameinfo: a number as host", dns.getnameinfo, 2130706433)
else
  R.skip("getnameinfo: port", "127.0.0.1 is not called localhost in /etc/hosts")
  R.skip("getnameinfo(", "127.0.0.1 is not called localhost in /etc/hosts")
end
local function nameless(literal, service)
  local names, name_of_service = dns.getnameinfo(literal, service)
  return type(names), #names, names[1] == literal, name_of_service == service
end
for _, literal in ipairs({ "1.2.3.4", "2001:db8::1", "::ffff:1.2.3.4" }) do
  R.call("getnameinfo: an address without a name: " .. literal, nameless, literal)
end
R.call("getnameinfo: an address without a name and a port", nameless, "1.2.3.4", "54321")
R.call("getnameinfo: number of results", function()
  return select("#", dns.getnameinfo("127.0.0.1")), select("#", dns.getnameinfo("127.0.0.1", "80")),
    select("#", dns.getnameinfo(nil, "80"))
end)
