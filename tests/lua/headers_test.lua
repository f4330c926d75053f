-- socket.headers: the spelling table.
local test = ...
local headers = require("socket.headers")

test("canonic has 91 entries, each key its value in lower case", function(t)
  local count = 0
  for key, value in pairs(headers.canonic) do
    count = count + 1
    t.equal(key, value:lower())
  end
  t.equal(count, 91)
end)

test("canonic knows the spellings that capitalising each word would get wrong", function(t)
  for spelling in ([[Content-ID Content-MD5 DSN-Gateway ETag Final-Log-ID Message-ID MIME-Version
      Original-Envelope-ID Received-From-MTA Remote-MTA Reporting-MTA Resent-Message-ID
      SMTP-Remote-Recipient TE WWW-Authenticate]]):gmatch("%S+") do
    t.equal(headers.canonic[spelling:lower()], spelling)
  end
end)

test("canonic capitalises each word of the others", function(t)
  local odd = 0
  for key, value in pairs(headers.canonic) do
    local usual = ("-" .. key):gsub("%-%l", string.upper):sub(2)
    if usual ~= value then
      odd = odd + 1
    end
  end
  t.equal(odd, 15)
  t.equal(headers.canonic["accept-charset"], "Accept-Charset")
  t.equal(headers.canonic["x-mailer"], "X-Mailer")
  t.equal(headers.canonic["will-retry-until"], "Will-Retry-Until")
end)

test("canonic lacks modern names and is a plain writable table", function(t)
  t.equal(headers.canonic["origin"], nil)
  t.equal(headers.canonic["set-cookie"], nil)
  t.equal(getmetatable(headers.canonic), nil)
  headers.canonic["soapaction"] = "SOAPAction"
  t.equal(require("socket").headers.canonic["soapaction"], "SOAPAction")
  headers.canonic["soapaction"] = nil
end)

test("the module has the one key canonic", function(t)
  t.equal(next(headers), "canonic")
  t.equal(next(headers, "canonic"), nil)
  t.equal(getmetatable(headers), nil)
  t.equal(require("socket").headers, headers)
end)
