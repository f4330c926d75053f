-- Goal: a client accepts the certificates that it should and no others, and says why not.
-- Method: the table of tests/support/certificates/judged.py, served by another TLS library. Each bad
-- certificate has a twin that differs in the one fault.
local test = ...
local http = require("socket.http")
local https = require("ssl.https")
local ltn12 = require("ltn12")
local socket = require("socket")
local ssl = require("ssl")

local harness = require("harness")
local cases = require("judged")

local REFUSED = "certificate verify failed"

local function verifyext(case)
  if case.crl then
    return { "crl_check", case.crl_chain and "crl_check_chain" or nil }
  end
end

-- The host is in the URL where it is an address; names are looked for by `verifyhost`, which does not
-- ask for a name server.
local function fetch(request, case, side)
  local body = {}
  local result, code = request({
    url = ("https://127.0.0.1:%d/"):format(side.port), sink = (ltn12.sink.table(body)),
    cafile = side.trust, verifyext = verifyext(case),
    verifyhost = side.host ~= "127.0.0.1" and side.host or nil,
  })
  return result, code, table.concat(body)
end

-- A handshake, and what the connection says of the peer's certificate then.
local function shake_hands(t, case, side)
  local connection = t.keep(socket.connect("127.0.0.1", side.port))
  connection = t.keep(ssl.wrap(connection, {
    mode = "client", protocol = "any", cafile = side.trust, verify = "peer", verifyext = verifyext(case),
    servername = side.host, verifyhost = true,
  }))
  connection:settimeout(20)
  return t.pack(connection:dohandshake()), t.pack(connection:getpeerverification())
end

-- The words that programs compare, and behind them at most the reason.
local function check_refusal(t, message, reason)
  if message ~= REFUSED then
    t.equal(message, REFUSED .. " (" .. reason .. ")")
  end
end

for _, case in ipairs(cases) do
  test("https refuses: " .. case.name .. "; and accepts the good twin", function(t)
    for _, request in ipairs({ https.request, http.request }) do
      local result, message, body = fetch(request, case, case.bad)
      t.equal(result, nil)
      check_refusal(t, message, case.reason)
      t.equal(body, "")
      result, message, body = fetch(request, case, case.good)
      t.equal(result, 1, message)
      t.equal(message, 200)
      t.equal(body, "hello")
    end
  end)

  test("a handshake refuses and says why: " .. case.name .. "; and accepts the good twin", function(t)
    local shaken, verified = shake_hands(t, case, case.bad)
    t.returns(shaken, false, REFUSED)
    t.returns(verified, false, case.reason)
    shaken, verified = shake_hands(t, case, case.good)
    t.returns(shaken, true)
    t.returns(verified, true)
  end)
end

-- The table itself is judged here: a case that another client sees otherwise is no proof of anything.
local function openssl(case, side)
  local command = { "openssl s_client -verify_return_error -no-CApath -no-CAstore -connect",
    "127.0.0.1:" .. side.port, "-CAfile", side.trust,
    side.host:find("^[%d.]+$") and "-verify_ip" or "-verify_hostname", harness.quote(side.host),
    case.crl and "-crl_check" or "", case.crl_chain and "-crl_check_all" or "", "</dev/null 2>&1; echo $?" }
  local pipe = assert(io.popen(table.concat(command, " ")))
  local text = pipe:read("*a")
  pipe:close()
  return text:match("(%d+)\n$") == "0", text:match("Verify return code: %d+ %((.-)%)\n")
end

test("openssl s_client judges the table in the same way, but for what it is known to let pass", function(t)
  t.ok(#cases >= 25)
  for _, case in ipairs(cases) do
    local accepted, reason = openssl(case, case.bad)
    t.equal(accepted, case.lenient == true, case.name)
    t.equal(reason, case.lenient and "ok" or case.reason, case.name)
    t.equal(openssl(case, case.good), true, case.name .. ", the good twin")
  end
end)
