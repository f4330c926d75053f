-- The keys that seal a server's session tickets: its own, and those of a program, which may change.
local test = ...
local context = require("ssl.context")
local ssl = require("ssl")
local tools = require("tls_tools")

local unpack = table.unpack or unpack -- luacheck: ignore 143

local VERSIONS = { "tlsv1_2", "tlsv1_3" }

local function key(letter)
  return letter:rep(80)
end

local function server(keys)
  return tools.context(tools.server_params({ ticketkeys = keys }))
end

-- Whether a connection of these contexts resumes `session`, and the session that it leaves.
local function visit(t, client_ctx, server_ctx, session)
  local client, other = tools.wrapped_pair(t, client_ctx, server_ctx)
  if session then
    t.returns(t.pack(client:setsession(session)), true)
  end
  t.returns(tools.shake(t, client, other), true)
  tools.settle(t, client, other)
  return client:info("resumed"), client:getsession()
end

local function each_version(f)
  for _, version in ipairs(VERSIONS) do
    f(tools.context(tools.client_params({ protocol = version })))
  end
end

test("servers with the same keys open each other's tickets", function(t)
  each_version(function(client)
    local _, session = visit(t, client, server({ key("a") }))
    t.equal((visit(t, client, server({ key("b"), key("a") }), session)), true)
    t.equal((visit(t, client, server({ key("b") }), session)), false)
    t.equal((visit(t, client, server(), session)), false)
  end)
end)

test("keys are replaced while the server runs", function(t)
  each_version(function(client)
    local ctx = server({ key("a") })
    local _, session = visit(t, client, ctx)
    t.returns(t.pack(context.setticketkeys(ctx, key("b"), key("a"))), true)
    local resumed, newer = visit(t, client, ctx, session)
    t.equal(resumed, true)
    t.returns(t.pack(context.setticketkeys(ctx, key("c"), key("b"))), true)
    t.equal((visit(t, client, ctx, newer)), true) -- was sealed by b
    t.equal((visit(t, client, ctx, session)), false)
  end)
end)

test("a server makes keys of its own, and again when it is left without", function(t)
  each_version(function(client)
    local ctx = server()
    local _, session = visit(t, client, ctx)
    t.equal((visit(t, client, ctx, session)), true)
    context.setticketkeys(ctx, key("a"))
    local _, given = visit(t, client, ctx)
    t.equal((visit(t, client, ctx, session)), false)
    t.returns(t.pack(context.setticketkeys(ctx)), true)
    t.equal((visit(t, client, ctx, given)), false)
    local _, own = visit(t, client, ctx)
    t.equal((visit(t, client, ctx, own)), true)
  end)
end)

test("a ticket is the connection's context's, whatever a name leads to", function(t)
  each_version(function(client)
    local ctx, named = server({ key("a") }), server({ key("b") })
    local function once(session)
      local left, right = tools.wrapped_pair(t, client, ctx)
      left:sni("a.test")
      right:sni({ ["a.test"] = named })
      if session then
        t.returns(t.pack(left:setsession(session)), true)
      end
      t.returns(tools.shake(t, left, right), true)
      tools.settle(t, left, right)
      return left:info("resumed"), left:getsession()
    end
    local _, session = once()
    t.equal((once(session)), true)
  end)
end)

test("what are no keys is refused, and changes nothing", function(t)
  local client = tools.context(tools.client_params())
  local ctx = server({ key("a") })
  local _, session = visit(t, client, ctx)
  local many = {}
  for i = 1, 9 do
    many[i] = key(string.char(64 + i))
  end
  for _, keys in ipairs({ { "" }, { key("a"), "short" }, { key("a") .. "x" }, many }) do
    t.returns(t.pack(ssl.newcontext(tools.server_params({ ticketkeys = keys }))), nil, "invalid ticket keys")
    t.returns(t.pack(context.setticketkeys(ctx, unpack(keys))), false, "invalid ticket keys")
  end
  t.equal(pcall(context.setticketkeys, ctx, key("b"), {}), false)
  t.equal(pcall(ssl.newcontext, tools.server_params({ ticketkeys = { {} } })), false)
  t.equal(pcall(context.setticketkeys, {}, key("b")), false)
  t.equal((visit(t, client, ctx, session)), true)
end)

-- What a ticket must not open ------------------------------------------------------------------------------

-- The outcome of the server's handshake with a client that may offer a session, and what the client got.
local function attempt(t, client_ctx, server_ctx, names, session)
  local client, other = tools.wrapped_pair(t, client_ctx, server_ctx)
  if names then
    other:sni(names)
  end
  if session then
    t.returns(t.pack(client:setsession(session)), true)
  end
  local outcome = select(2, tools.shake(t, client, other))
  if not outcome[1] then
    return outcome
  end
  tools.settle(t, client, other)
  return outcome, client:getsession()
end

local function strict(trust, changes)
  local params = {
    verify = { "peer", "fail_if_no_peer_cert" }, cafile = tools.file(trust), protocol = "any",
  }
  for name, value in pairs(changes or {}) do
    params[name] = value
  end
  return tools.server_params(params)
end

test("whom the context of a name has judged is nobody elsewhere, nor when that has changed", function(t)
  for _, version in ipairs(VERSIONS) do
    local client = tools.context(tools.client_params({
      protocol = version, key = tools.file("client.key"), certificate = tools.file("client.pem"),
      servername = "b.test",
    }))
    local first = tools.context(strict("other_ca.pem"))
    local named = tools.context(strict("ca.pem"))
    local outcome, session = attempt(t, client, first, { ["b.test"] = named })
    t.returns(outcome, true)
    if session then -- there may be one, but it must not be good for anything
      local other = tools.context(strict("other_ca.pem"))
      t.equal(attempt(t, client, first, { ["b.test"] = other }, session)[1], false)
      t.equal(attempt(t, client, first, nil, session)[1], false)
      t.returns(t.pack(context.reload(named, strict("other_ca.pem"))), true)
      t.equal(attempt(t, client, first, { ["b.test"] = named }, session)[1], false)
    end
  end
end)

test("a client without a certificate does not enter by a ticket where one is demanded", function(t)
  each_version(function(client)
    local keys = { key("a") }
    local open = server(keys)
    local outcome, session = attempt(t, client, open)
    t.returns(outcome, true)
    local refused = "peer did not return a certificate"
    local demanding = tools.context(strict("ca.pem", { ticketkeys = keys }))
    t.returns(attempt(t, client, demanding, nil, session), false, refused)
    t.returns(t.pack(context.reload(open, strict("ca.pem", { ticketkeys = keys }))), true)
    t.returns(attempt(t, client, open, nil, session), false, refused)
  end)
end)
