-- Sinks, sources, filters and pumps, over sockets and alone.

local case, t = ...

local DATA = ("0123456789"):rep(1000)

-- Pumps from a source into a table. Only chunks that act had in hand may be missing afterwards.
local function pumping(make_source, context, chunks_lost)
  local ltn12 = require("ltn12")
  local chunks = {}
  local source = make_source()
  local function act()
    return assert(ltn12.pump.all(source, (ltn12.sink.table(chunks))))
  end
  local function verify(succeeded)
    if not succeeded then
      assert(ltn12.pump.all(source, (ltn12.sink.table(chunks))))
    end
    local text = table.concat(chunks)
    assert(#text <= #DATA and #text >= #DATA - chunks_lost * context.socket.BLOCKSIZE, #text)
    assert(not succeeded or text == DATA)
  end
  return act, verify
end

for _, name in ipairs({ "until-closed", "by-length" }) do
  case("source " .. name, function()
    local context = t.pair()
    context.client:send(DATA)
    context.client:close()
    return pumping(function()
      return context.socket.source(name, context.accepted, #DATA)
    end, context, 2)
  end)
end

for _, name in ipairs({ "keep-open", "close-when-done" }) do
  case("sink " .. name, function()
    local context = t.pair()
    local ltn12 = require("ltn12")
    local function act()
      local sink = context.socket.sink(name, context.client)
      assert(sink:getfd() == context.client:getfd() and not sink:dirty())
      assert(ltn12.pump.all(ltn12.source.string(DATA), sink))
    end
    local function verify(succeeded)
      context.client:close()
      local text = context.accepted:receive("*a")
      if succeeded then
        assert(text == DATA)
      else
        assert(DATA:find(text or "", 1, true) == 1)
      end
    end
    return act, verify
  end)
end

case("sources and sinks of sockets, made anew", function()
  local context = t.pair()
  local socket = context.socket
  local function act()
    local source = socket.source(context.accepted)
    assert(source:getfd() == context.accepted:getfd() and not source:dirty())
    source = socket.source("by-length", context.accepted, 0)
    assert(source:getfd() == context.accepted:getfd() and source() == nil)
    assert(socket.choose({ default = function() return 1 end })() == 1)
    local sink = socket.sink(context.client)
    assert(sink("text") and sink(nil) == 1)
  end
  return act
end)

case("ltn12: everything once", function()
  local ltn12 = require("ltn12")
  local upper = function(chunk) return chunk and chunk:upper() end
  local function count_up(context, chunk) return chunk, context + 1 end
  local function act()
    local filter = ltn12.filter.chain(upper, ltn12.filter.cycle(count_up, 1))
    local source = ltn12.source.chain(ltn12.source.cat(ltn12.source.string("one"), ltn12.source.empty()),
      filter)
    source = ltn12.source.rewind(ltn12.source.simplify(source))
    local sink, list = ltn12.sink.table()
    sink = ltn12.sink.simplify(ltn12.sink.chain(upper, sink))
    assert(ltn12.pump.step(source, sink))
    assert(ltn12.pump.all(source, sink))
    assert(table.concat(list) == "ONE")
    assert(ltn12.sink.null()("x") == 1)
    local done, failure = ltn12.sink.error("reason")()
    assert(done == nil)
    assert(failure == "reason" or error(failure, 0))
    done, failure = ltn12.source.error("reason")()
    assert(done == nil)
    assert(failure == "reason" or error(failure, 0))
    done, failure = ltn12.source.file(nil, "no file")()
    assert(done == nil and failure == "no file")
    done, failure = ltn12.sink.file(nil, "no file")()
    assert(done == nil and failure == "no file")
    assert(ltn12.source.table({ "a", "b" })() == "a")
  end
  return act, act
end)
