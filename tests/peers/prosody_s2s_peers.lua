-- Three servers of Prosody, of which two trust each other: prosody_s2s_peers.lua DIRECTORY WORK NAME=PORT...
-- Started by tests/peers/prosody_s2s_run: "one" is localhost, "two" is second.test, "three" is third.test
-- with a certificate that nobody trusts.

local directory, work = arg[1], arg[2]
package.path = directory .. "/?.lua;" .. package.path

local moontide = require("moontide")
local tally = require("tally")
local xmpp = require("xmpp_client")

local equal = tally.equal
xmpp.trust = work .. "/certificates/trust.pem"

local ports = {}
for position = 3, #arg do
  local name, port = arg[position]:match("^(.-)=(%d+)$")
  ports[name] = tonumber(port)
end

local function has_logged(name, words)
  for line in io.lines(work .. "/" .. name .. ".log") do
    if line:find(words, 1, true) then
      return true
    end
  end
  return false
end

local function enter(name, host, user, changes)
  local client = xmpp.secure(ports[name .. "_starttls"], host, changes)
  client:register(user, "secret")
  return client:login(user, "secret")
end

local function check(name, f)
  tally.check("prosody, between servers: " .. name, function() moontide.run(f) end)
end

local romeo, juliet
check("messages there and back, each way over a connection of its own", function()
  romeo = enter("one", "localhost", "romeo")
  juliet = enter("two", "second.test", "juliet")
  for _ = 1, 3 do
    romeo:say(juliet.name, "there")
    local text, from = juliet:hear()
    equal(text, "there")
    equal(from, romeo.name)
    juliet:say(romeo.name, "and back")
    text, from = romeo:hear()
    equal(text, "and back")
    equal(from, juliet.name)
  end
end)

check("large messages", function()
  local text = ("0123456789"):rep(20000)
  for _ = 1, 5 do
    romeo:say(juliet.name, text)
    juliet:say(romeo.name, text)
  end
  for _ = 1, 5 do
    equal(juliet:hear() == text, true)
    equal(romeo:hear() == text, true)
  end
end)

check("both ends have proved who they are by their certificates", function()
  for name, other in pairs({ one = "second.test", two = "localhost" }) do
    equal(has_logged(name, "certificate chain validation result: valid"), true)
    equal(has_logged(name, "certificate identity validation result: valid"), true)
    equal(has_logged(name, "certificate chain validation result: invalid"), false)
    equal(has_logged(name, "SASL EXTERNAL with " .. other .. " succeeded"), true)
    equal(has_logged(name, "Accepting SASL EXTERNAL identity from " .. other), true)
  end
end)

check("a server with a certificate that nobody trusts is not heard", function()
  local tybalt = enter("three", "third.test", "tybalt", { verify = "none" })
  tybalt:say(juliet.name, "en garde")
  tybalt:expect("^<message .*type='error'")
  juliet:say(tybalt.name, "no")
  juliet:expect("^<message .*type='error'")
  equal(has_logged("two", "certificate chain validation result: invalid"), true)
  equal(has_logged("two", "certificate error(s) at depth 0: self"), true)
  tybalt:leave()
  juliet:say(romeo.name, "and we?")
  equal(romeo:hear(), "and we?")
  romeo:leave()
  juliet:leave()
end)

check("their logs have no errors", function()
  for _, name in ipairs({ "one", "two", "three" }) do
    equal(has_logged(name, "\terror\t"), false)
    equal(has_logged(name, "traceback"), false)
  end
end)

tally.finish()
