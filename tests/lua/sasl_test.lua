-- Goal: the mechanisms of moontide.sasl speak as their standards say, and believe no server that does not
-- prove itself. Method: the examples of the standards, and what a hostile server would make of them.

local test = ...

local sasl = require("moontide.sasl")

local pencil = { user = "user", password = "pencil" }

-- RFC 5802, 5 and RFC 7677, 3.
local examples = {
  ["SCRAM-SHA-1"] = {
    nonce = "fyko+d2lbbFgONRv9qkxdawL", more = "3rfcNHYJY1ZVvWVs7j", salt = "QSXCR+Q6sek8bf92",
    proof = "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", signature = "rmF9pqV8S7suAoZWja4dJRkFsKQ=",
  },
  ["SCRAM-SHA-256"] = {
    nonce = "rOprNGfwEbeRWgbNEkqO", more = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    salt = "W22ZaJ0SNY7soEsUEjb6gQ==",
    proof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    signature = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
  },
}

local function first_of(example)
  return ("r=%s%s,s=%s,i=4096"):format(example.nonce, example.more, example.salt)
end

for name, example in pairs(examples) do
  test(name .. ": the example of the standard", function(t)
    local mechanism = sasl.start(name, pencil, example.nonce)
    t.equal(mechanism.initial, "n,,n=user,r=" .. example.nonce)
    t.equal(mechanism.respond(first_of(example)),
      ("c=biws,r=%s%s,p=%s"):format(example.nonce, example.more, example.proof))
    t.returns(t.pack(mechanism.is_proven()), nil, "no server signature")
    t.equal(mechanism.respond("v=" .. example.signature), "")
    t.returns(t.pack(mechanism.is_proven()), true)
    t.returns(t.pack(mechanism.respond("v=" .. example.signature)), nil, "invalid challenge")
  end)

  test(name .. ": a server that does not know the password is found out", function(t)
    local wrong = "A" .. example.signature:sub(2)
    for _, last in ipairs({ "v=" .. wrong, "v=", "v=AAAA", "v=*", "", "x", example.signature,
      "v=" .. example.signature:sub(1, -2) }) do
      local mechanism = sasl.start(name, pencil, example.nonce)
      mechanism.respond(first_of(example))
      t.returns(t.pack(mechanism.respond(last)), nil, "invalid server signature")
      t.returns(t.pack(mechanism.is_proven()), nil, "no server signature")
    end
    local mechanism = sasl.start(name, pencil, example.nonce)
    mechanism.respond(first_of(example))
    t.returns(t.pack(mechanism.respond(nil)), nil, "invalid server signature")
    mechanism = sasl.start(name, pencil, example.nonce)
    mechanism.respond(first_of(example))
    t.returns(t.pack(mechanism.respond("e=invalid-proof")), nil, "authentication failed (invalid-proof)")
  end)

  test(name .. ": a last message in place of the first proves nothing", function(t)
    local mechanism = sasl.start(name, pencil, example.nonce)
    t.returns(t.pack(mechanism.respond("v=" .. example.signature)), nil, "invalid challenge")
    t.returns(t.pack(mechanism.respond("v=" .. example.signature)), nil, "invalid challenge")
    t.equal(mechanism.is_proven(), nil)
  end)

  test(name .. ": first messages that make no sense", function(t)
    local good = first_of(example)
    local whole = example.nonce .. example.more
    local rows = {
      [good .. ",x=y"] = true, -- an extension that may be ignored
      ["m=x," .. good] = "invalid challenge", -- one that may not
      ["r=" .. example.nonce .. ",s=QSXC,i=4096"] = "invalid challenge", -- nothing of the server's own
      ["r=x" .. whole .. ",s=QSXC,i=4096"] = "invalid challenge",
      ["r=" .. example.more .. ",s=QSXC,i=4096"] = "invalid challenge",
      ["r=" .. whole .. "\1,s=QSXC,i=4096"] = "invalid challenge",
      ["r=" .. whole .. ",s=,i=4096"] = "invalid challenge",
      ["r=" .. whole .. ",s=*,i=4096"] = "invalid challenge",
      ["r=" .. whole .. ",i=4096"] = "invalid challenge",
      ["r=" .. whole .. ",s=QSXC"] = "invalid challenge",
      ["r=" .. whole .. ",s=QSXC,i="] = "invalid challenge",
      ["r=" .. whole .. ",s=QSXC,i=-1"] = "invalid challenge",
      ["r=" .. whole .. ",s=QSXC,i=0x1000"] = "invalid challenge",
      ["r=" .. whole .. ",s=QSXC,i=4096x"] = "invalid challenge",
      ["r=" .. whole .. ",s=QSXC,i=4095"] = "invalid iteration count",
      ["r=" .. whole .. ",s=QSXC,i=1000001"] = "invalid iteration count",
      ["r=" .. whole .. ",s=QSXC,i=4294971392"] = "invalid iteration count",
      ["r=" .. whole .. ",s=QSXC,i=" .. ("9"):rep(400)] = "invalid iteration count",
      [""] = "invalid challenge",
    }
    for challenge, expected in pairs(rows) do
      local answer, message = sasl.start(name, pencil, example.nonce).respond(challenge)
      if expected == true then
        t.is("string", answer, challenge)
      else
        t.equal(answer, nil, challenge)
        t.equal(message, expected, challenge)
      end
    end
    t.returns(t.pack(sasl.start(name, pencil, example.nonce).respond(nil)), nil, "invalid challenge")
  end)

  test(name .. ": nonces differ, and names cannot leave their field", function(t)
    local one, other = sasl.start(name, pencil), sasl.start(name, pencil)
    t.matches(one.initial, "^n,,n=user,r=[%w+/]+$")
    t.equal(#one.initial, #"n,,n=user,r=" + 24)
    t.different(one.initial, other.initial)
    t.matches(sasl.start(name, { user = "a=b,c", password = "p" }).initial, "^n,,n=a=3Db=2Cc,r=")
  end)
end

test("CRAM-MD5: the example of RFC 2195", function(t)
  local mechanism = sasl.start("CRAM-MD5", { user = "tim", password = "tanstaaftanstaaf" })
  t.equal(mechanism.initial, nil)
  t.equal(mechanism.respond("<1896.697170952@postoffice.reston.mci.net>"),
    "tim b913a602c7eda7a495b4e6e7334d3890")
  t.returns(t.pack(mechanism.respond("again")), nil, "invalid challenge")
  t.returns(t.pack(sasl.start("CRAM-MD5", pencil).respond(nil)), nil, "invalid challenge")
end)

test("PLAIN, LOGIN and XOAUTH2 say what they say once", function(t)
  local plain = sasl.start("PLAIN", pencil)
  t.equal(plain.initial, "\0user\0pencil")
  t.returns(t.pack(plain.respond("")), nil, "invalid challenge")
  local login = sasl.start("LOGIN", pencil)
  t.equal(login.initial, nil)
  t.equal(login.respond("Username:"), "user")
  t.equal(login.respond(nil), "pencil")
  t.returns(t.pack(login.respond("More:")), nil, "invalid challenge")
  local oauth = sasl.start("XOAUTH2", { user = "u@x", token = "ya29.x" })
  t.equal(oauth.initial, "user=u@x\1auth=Bearer ya29.x\1\1")
  t.equal(oauth.respond('{"status":"401"}'), "")
  t.returns(t.pack(oauth.respond("")), nil, "invalid challenge")
end)

test("the first mechanism that both sides and the credentials allow is chosen", function(t)
  local all = {}
  for _, name in ipairs(sasl.ORDER) do
    all[name] = true
  end
  local token = { user = "u", token = "t" }
  for _, name in ipairs({ "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN" }) do
    t.equal(sasl.choose(sasl.ORDER, all, pencil, true), name)
    all[name] = nil
  end
  t.returns(t.pack(sasl.choose(sasl.ORDER, all, pencil, true)), nil, "authentication not supported")
  t.equal(sasl.choose(sasl.ORDER, all, token, true), "XOAUTH2")
  t.returns(t.pack(sasl.choose(sasl.ORDER, all, token, false)), nil, "authentication needs TLS")
  t.returns(t.pack(sasl.choose(sasl.ORDER, { PLAIN = true, LOGIN = true }, pencil, false)), nil,
    "authentication needs TLS")
  t.equal(sasl.choose(sasl.ORDER, { PLAIN = true, ["CRAM-MD5"] = true }, pencil, false), "CRAM-MD5")
  t.equal(sasl.choose(assert(sasl.order("login")), { PLAIN = true, LOGIN = true }, pencil, true), "LOGIN")
  t.equal(sasl.choose(assert(sasl.order({ "login", "plain" })), { PLAIN = true, LOGIN = true }, pencil, true),
    "LOGIN")
  t.equal(sasl.order(nil), sasl.ORDER)
  t.equal(sasl.order(false), sasl.ORDER)
  t.returns(t.pack(sasl.order({ "plain", "NTLM" })), nil, "unknown mechanism 'NTLM'")
end)

test("credentials that would break out of a mechanism are refused", function(t)
  t.equal(sasl.check(pencil), true)
  t.returns(t.pack(sasl.check({ user = "u" })), nil, "user and password expected")
  t.returns(t.pack(sasl.check({ password = "p" })), nil, "user and password expected")
  for _, bad in ipairs({
    { user = "u\0", password = "p" }, { user = "u", password = "\0" }, { user = "u", token = "\0" },
    { user = "u", token = "t\1auth=Bearer x" }, { user = "u\1", token = "t" },
  }) do
    t.returns(t.pack(sasl.check(bad)), nil, "invalid character in command")
  end
end)

test("Base64 that is none is not decoded", function(t)
  for text, bytes in pairs({ [""] = "", ["QQ=="] = "A", ["QUI="] = "AB", ["QUJD"] = "ABC" }) do
    t.equal(sasl.decode(text), bytes)
    t.equal(sasl.encode(bytes), text)
  end
  for _, text in ipairs({ "Q", "QQ", "QQ=", "=", "====", "QQ==QQ==", "Q Q=", "QQ=\n", "Username:",
    "\0\0\0\0" }) do
    t.equal(sasl.decode(text), nil, text)
  end
end)
