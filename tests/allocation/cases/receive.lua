-- receive in all its patterns, over buffer boundaries. The bytes that act got and those that can be read
-- after it are all that was sent: a call that raised may be repeated.

local case, t = ...

local LINES = ("first line\r\nsecond, with \r inside\r\n" .. ("0123456789"):rep(300) .. "\nlast"):rep(3)
local LONG_LINE = ("0123456789abcde\r"):rep(1300) .. "\nrest"
local BULK = ("abcdefghij"):rep(10000)

local function without_returns(text)
  return (text:gsub("\r", ""))
end

local function receiving(data, pattern, prefix, open)
  return function()
    local context = t.pair()
    local client, accepted = context.client, context.accepted
    t.fill(client, accepted, data)
    -- 5.1 needs no memory for a string that exists already, such as all of the data.
    local head = pattern == "*a" and accepted:receive(1) or ""
    if open == "open" then
      accepted:settimeout(0)
    else
      client:shutdown("send")
    end
    local function act()
      return "received", accepted:receive(pattern, prefix)
    end
    local function verify(succeeded, _, whole, failure, partial)
      if not succeeded then -- once more, as a program would
        whole, failure, partial = accepted:receive(pattern, prefix)
      end
      assert(whole or failure == "closed" or failure == "timeout" or
        succeeded and failure == "out of memory", failure)
      local got = whole or partial
      local before = tostring(prefix or "")
      assert(got:sub(1, #before) == before, "the prefix is gone")
      got = got:sub(#before + 1)
      if whole and (pattern == nil or pattern == "*l") then
        got = got .. "\n"
      end
      local rest, why, left = accepted:receive("*a")
      local all = head .. got .. (rest or left)
      assert(rest or why == "closed" or why == "timeout", why)
      assert(without_returns(all) == without_returns(data), "bytes are lost")
      assert(accepted:getstats() == #data, "the statistics say otherwise")
    end
    return act, verify
  end
end

case("receive a line", receiving(LINES, "*l"))
case("receive a line by default", receiving(LINES, nil, nil, "open"))
case("receive a line, prefix", receiving(LINES, "*l", "prefix"))
case("receive a line over three blocks", receiving(LONG_LINE, "*l"))
case("receive a line over three blocks, prefix", receiving(LONG_LINE, "*l", ("p"):rep(100)))
case("receive a line that ends with the stream", receiving(LONG_LINE:sub(1, 20000), "*l"))
case("receive a line that is not complete", receiving(LONG_LINE:sub(1, 20000), "*l", "p", "open"))
case("receive a count", receiving(LINES, 2500))
case("receive a count, prefix", receiving(LINES, 2500, "prefix"))
case("receive a count as text", receiving(LINES, "2500", 12, "open"))
case("receive a count below the prefix", receiving(LINES, 3, "prefix"))
case("receive 0 bytes", receiving(LINES, 0))
case("receive 100 kB", receiving(BULK, 99999))
case("receive 100 kB, prefix", receiving(BULK, 100005, "prefix"))
case("receive more than there is", receiving(BULK, 1e6, "p"))
case("receive more than has come", receiving(BULK, 1e6, nil, "open"))
case("receive all", receiving(BULK, "*a"))
case("receive all, prefix", receiving(BULK, "*a", "prefix"))
case("receive all, short", receiving(LINES, "*a"))
case("receive all that has come", receiving(BULK, "*a", "prefix", "open"))

case("receive one line after another", function()
  local context = t.pair()
  t.fill(context.client, context.accepted, ("a line of text\r\n"):rep(1000) .. BULK .. "\n")
  local lines = {}
  local function act()
    repeat
      local line = assert(context.accepted:receive())
      lines[#lines + 1] = line
    until #line > 100
  end
  local function verify()
    while #lines < 1001 do
      local line = assert(context.accepted:receive())
      -- The one that act had when its table could not grow.
      lines[#lines + 1] = line
      if #line > 100 then
        break
      end
    end
    assert(#lines >= 1000 and lines[#lines] == BULK, #lines)
    for i = 1, #lines - 1 do
      assert(lines[i] == "a line of text")
    end
  end
  return act, verify
end)

case("receive after a timeout", function()
  local context = t.pair()
  context.client:send("half a line")
  context.accepted:settimeout(0.001)
  local got = ""
  local function act()
    local line, failure, partial = context.accepted:receive("*l", got)
    got = partial
    assert(line == nil)
    assert(failure == "timeout" or error(failure, 0))
  end
  local function verify()
    context.client:send(", the rest\n")
    context.accepted:settimeout(5)
    local line, failure = context.accepted:receive("*l", got)
    assert(line == "half a line, the rest", tostring(line or failure))
  end
  return act, verify
end)

case("receive with wrong arguments", function()
  local context = t.pair()
  local client = context.client
  local function act()
    for _, pattern in ipairs({ "*x", -1, "line" }) do
      local succeeded, failure = pcall(client.receive, client, pattern)
      assert(not succeeded)
      assert(failure:find("invalid receive pattern", 1, true) or error(failure, 0))
    end
    local succeeded, failure = pcall(client.receive, context.server)
    assert(not succeeded)
    assert(failure:find("tcp{client} expected", 1, true) or error(failure, 0))
  end
  local function verify()
    context.accepted:send("x\n")
    assert(client:receive() == "x")
  end
  return act, verify
end)

case("receive, and collect the object on a deeper stack", function()
  local context = t.pair()
  t.fill(context.client, context.accepted, BULK)
  local function act()
    return #assert(context.accepted:receive(#BULK - 1))
  end
  -- Counting the blocks afterwards is the check. sort makes the C stack deeper than it was in act.
  local function verify()
    context = nil
    table.sort({ 1, 2 }, function()
      for _ = 1, 2 do
        collectgarbage()
      end
      return false
    end)
  end
  return act, verify
end)
