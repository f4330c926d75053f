-- ssl.md, 2.3 and 7: certificates, each method.

local R = ...
local ssl = require("ssl")
local tls = R.load("tls")

-- load.
local text = tls.read("server.pem")
tls.call("load", ssl.loadcertificate, text)
local function loaded(name, pem)
  local results = R.pack(ssl.loadcertificate(pem))
  R.values("load " .. name, results.n, results[1] and results[1]:pem() == text)
end
loaded("a certificate", text)
loaded("with text around it", "before\n" .. text .. "after\n")
loaded("the first of two", text .. tls.read("middle.pem"))
loaded("behind a key", tls.read("server.key") .. text)
loaded("with CR LF", (text:gsub("\n", "\r\n")))
loaded("without the last line feed", (text:gsub("\n$", "")))
loaded("nothing", "")
loaded("text", "text")
loaded("a key", tls.read("server.key"))
loaded("half of one", text:sub(1, 300))
loaded("with a broken line", (text:gsub("\nM", "\n-", 1)))
loaded("a number", 5)
for _, item in ipairs({ { "nil", nil }, { "true", true }, { "a table", {} } }) do
  tls.call("load " .. item[1], ssl.loadcertificate, item[2])
end
tls.call("load without a text", ssl.loadcertificate)

-- Every method on every kind of certificate.
local names = { "server", "ec", "root", "middle", "client", "alone", "expired", "names", "integer-name",
  "subjects",
  "plain", "odd-serial", "ed25519", "ed448", "sha512", "negative", "zero", "pss", "dsa", "far" }
for _, name in ipairs(names) do
  local cert = tls.certificate(name)
  local function each(method, ...)
    tls.call(name .. ": " .. method, cert[method], cert, ...)
  end
  R.values(name .. ": tostring", cert)
  for _, method in ipairs({ "pem", "serial", "notbefore", "notafter", "issuer", "subject", "getsignaturename",
      "digest", "pubkey" }) do
    each(method)
  end
  R.values(name .. ": pem is what was read", cert:pem() == tls.read(name .. ".pem"))
  if name ~= "integer-name" then
    each("extensions")
  end
  R.values(name .. ": setencode", cert:setencode("utf8"))
  R.values(name .. ": subject in UTF-8", cert:subject())
  if name ~= "integer-name" then
    R.values(name .. ": extensions in UTF-8", cert:extensions())
  end
  for _, algorithm in ipairs({ "sha1", "sha256", "sha512" }) do
    tls.call(name .. ": digest " .. algorithm, cert.digest, cert, algorithm)
  end
end

-- Names in the order of the certificate, each with its parts.
local subject = tls.certificate("subjects"):subject()
R.values("parts of a subject", #subject)
for position, part in ipairs(subject) do
  R.values("part " .. position, part.oid, part.name, part.value, #tls.keys(part))
end
local extensions = tls.certificate("names"):extensions()
R.values("extensions", table.concat(tls.keys(extensions), " "))
local alternatives = extensions["2.5.29.17"] or {}
for _, key in ipairs(tls.keys(alternatives)) do
  R.values("alternative names: " .. key, alternatives[key])
end
-- What is no text is skipped (fix 17).
R.moontide_only("an alternative name that is an integer", '{[1]="one.test"}', function()
  return tls.certificate("integer-name"):extensions()["2.5.29.17"].dNSName
end)

-- Arguments.
local cert = tls.certificate("server")
for _, algorithm in ipairs({ "md5", "sha384", "SHA1", "", "nosuch", 5 }) do
  tls.call("digest " .. algorithm, cert.digest, cert, algorithm)
end
tls.call("digest nil", cert.digest, cert, nil)
tls.call("digest of a table", cert.digest, cert, {})
for _, encoding in ipairs({ "ai5", "utf8", "utf8 and more", "ai5 and more", "UTF8", "", "latin1", 5 }) do
  tls.call("setencode " .. encoding, cert.setencode, cert, encoding)
end
tls.call("setencode nil", cert.setencode, cert, nil)
tls.call("setencode of a table", cert.setencode, cert, {})

-- Times.
local months = { Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9, Oct = 10,
  Nov = 11,
  Dec = 12 }
-- Seconds since 1970 of "Nov 22 15:47:46 2026 GMT", by the count of days.
local function seconds(date)
  local month, day, hour, minute, second, year = date:match("^(%a+) +(%d+) (%d+):(%d+):(%d+) (%d+) GMT$")
  month, year = months[month], tonumber(year)
  if month <= 2 then
    month, year = month + 12, year - 1
  end
  local days = 365 * year + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
    + math.floor((153 * (month - 3) + 2) / 5) + day - 719469
  return math.floor(((days * 24 + hour) * 60 + minute) * 60 + second)
end
local first, last = seconds(cert:notbefore()), seconds(cert:notafter())
R.values("the count of seconds is right", first < os.time(), os.time() - first < 3 * 86400)
for _, item in ipairs({ { "long ago", 0 }, { "just before", first - 1 }, { "at the first second", first },
    { "now", os.time() }, { "at the last second", last }, { "just after", last + 1 }, { "negative", -1 },
    { "in the year 2100", 4102444800 }, { "a number as text", tostring(first) } }) do
  tls.call("validat " .. item[1], cert.validat, cert, item[2])
end
tls.call("validat without a time", cert.validat, cert)
tls.call("validat of text", cert.validat, cert, "now")
tls.call("validat of a table", cert.validat, cert, {})
if _VERSION == "Lua 5.3" or _VERSION == "Lua 5.4" then
  tls.call("validat of a fraction", cert.validat, cert, first + 0.5)
end

-- issued.
local certs = {}
for _, name in ipairs({ "root", "middle", "server", "alone", "expired", "client", "clientonly" }) do
  certs[name] = tls.certificate(name)
end
local function issued(name, issuer, ...)
  local arguments = {}
  for index, other in ipairs({ ... }) do
    arguments[index] = certs[other]
  end
  tls.call("issued: " .. name, certs[issuer].issued, certs[issuer], R.unpack(arguments))
end
issued("by the root, through the intermediate", "root", "server", "middle")
issued("by the root, without the intermediate", "root", "server")
issued("the intermediate by the root", "root", "middle")
issued("by the intermediate", "middle", "server")
issued("by a stranger", "alone", "server")
issued("by a stranger, through the intermediate", "alone", "server", "middle")
issued("the root by itself", "root", "root")
issued("a self-signed one by itself", "alone", "alone")
issued("an expired one", "root", "expired", "middle")
issued("a client's", "root", "clientonly", "middle")
issued("too many", "root", "server", "middle", "client", "alone")
tls.call("issued: nothing", certs.root.issued, certs.root)
tls.call("issued: text", certs.root.issued, certs.root, "text")
tls.call("issued: an intermediate of text", certs.root.issued, certs.root, certs.server, "text")
tls.call("issued: a table", certs.root.issued, certs.root, {})

R.values("two objects of one certificate", tls.certificate("server") == tls.certificate("server"))
R.values("one result each", select("#", cert:pem()), select("#", cert:serial()), select("#", cert:pubkey()),
  select("#", cert:subject()), select("#", cert:extensions()), select("#", cert:digest()))
