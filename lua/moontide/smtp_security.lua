-- What makes a session of socket.smtp private (RFC 3207, RFC 8314) and says whose it is (RFC 4954).

local socket = require("socket")
local sasl = require("moontide.sasl")

local find = string.find
local gmatch = string.gmatch
local gsub = string.gsub
local match = string.match
local require = require
local tostring = tostring
local upper = string.upper

local security = {}

-- What the server offers -----------------------------------------------------------------------------

-- Calls f(line) with each line of a reply to EHLO, in upper case and without its code.
local function each_line(ext, f)
  for line in gmatch(ext, "[^\r\n]+") do
    f((gsub(upper(line), "^%d%d%d[- ]", "")))
  end
end

-- The mechanisms that a reply to EHLO offers, as a set.
function security.mechanisms(ext)
  local offered = {}
  each_line(ext, function(line)
    for name in gmatch(match(line, "^AUTH[ =](.*)$") or "", "[^ =]+") do
      offered[name] = true
    end
  end)
  return offered
end

function security.offers_starttls(ext)
  local offered = false
  each_line(ext, function(line)
    offered = offered or find(line, "^STARTTLS *$") ~= nil
  end)
  return offered
end

-- Plans ----------------------------------------------------------------------------------------------

local IMPLICIT_PORT = 465

local ways = { implicit = true, starttls = true, opportunistic = true }

-- How a mail is to be sent, or nil for the way it always was: the way to TLS, `settings` for it, the port
-- that goes with it. Raises what socket.try raises for what cannot be. `module`: socket.smtp.
function security.plan(mailt, module)
  local plan = { way = mailt.tls or nil }
  if not (plan.way or mailt.auth or mailt.token) then
    return nil
  end
  if plan.way then
    socket.try(ways[plan.way], "invalid tls (" .. tostring(plan.way) .. ")")
    plan.settings = socket.try(require("moontide.secure").prepare(mailt, module))
    plan.port = plan.way == "implicit" and IMPLICIT_PORT or nil
  end
  if security.wants_login(mailt) then
    socket.try(sasl.check(mailt))
    socket.try(sasl.order(mailt.auth))
  end
  return plan
end

-- Authentication -------------------------------------------------------------------------------------

-- As ever, a user without a password is nobody. What was not there before is asked for by its presence.
function security.wants_login(mailt)
  return mailt.auth or mailt.token or mailt.user and mailt.password
end

local LINE_BYTES_MAX = 510 -- RFC 5321, 4.5.3.1.4, without the end of the line

-- Begins a dialogue with what the client says first. What is too long for a command comes by itself.
local function begin(session, name, initial)
  local try, control = session.try, session.tp
  local answer = initial and sasl.encode(initial)
  if answer and #name + #answer + #"AUTH  " <= LINE_BYTES_MAX then
    try(control:command("AUTH", name .. " " .. answer))
    return
  end
  try(control:command("AUTH", name))
  if answer then
    try(control:check("334"))
    try(control:send(answer .. "\r\n"))
  end
end

-- Says who the user is, by the first mechanism of `mailt.auth` that does. `ext` is what the server offers.
-- Gives the code and the text of its last reply.
function security.authenticate(session, mailt, ext, is_private)
  local try, control = session.try, session.tp
  try(sasl.check(mailt))
  local order = try(sasl.order(mailt.auth))
  local name = try(sasl.choose(order, security.mechanisms(ext), mailt,
    is_private or mailt.auth_in_clear))
  local mechanism = try(sasl.start(name, mailt))
  begin(session, name, mechanism.initial)
  local code, reply = try(control:check({ "2..", "334" }))
  while code == 334 do -- no mechanism answers without end
    local challenge = sasl.decode(match(reply, "^334 ?(.*)$"))
    local answer = try(mechanism.respond(challenge))
    try(control:send(sasl.encode(answer) .. "\r\n"))
    code, reply = try(control:check({ "2..", "334" }))
  end
  try(mechanism.is_proven())
  return code, reply
end

return security
