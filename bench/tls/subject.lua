-- subject.lua WORKLOAD COUNT [PORT]: what tls.c does as a subject, with the module `ssl` of whichever library
-- the paths name. Prints COUNT and the seconds of CPU, or the bytes, that it took.

local probe = require("moontide_bench_probe")
local socket = require("socket")
local ssl = require("ssl")

local BLOCK = 65536
local work, count, port = arg[1], tonumber(arg[2]), tonumber(arg[3])
local cpu = probe.cpu

local function client_context()
  return assert(ssl.newcontext({ mode = "client", protocol = "any" }))
end

local function connect(context)
  local conn = assert(ssl.wrap(assert(socket.connect("127.0.0.1", port)), context))
  assert(conn:dohandshake())
  return conn
end

local function begin(what)
  local conn = connect(client_context())
  assert(conn:send(("%s%08d"):format(what, count)))
  return conn
end

local works = {}

function works.send()
  local conn, block = begin("s"), ("x"):rep(BLOCK)
  local start = cpu()
  for _ = 1, count / BLOCK do
    assert(conn:send(block))
  end
  assert(conn:receive(1) == "!")
  return cpu() - start
end

function works.receive()
  local conn = begin("r")
  local start = cpu()
  for _ = 1, count / BLOCK do
    assert(#conn:receive(BLOCK) == BLOCK)
  end
  return cpu() - start
end

-- One in ten is warm-up.
local function timed(f)
  for _ = 1, count // 10 do
    f()
  end
  local start = cpu()
  for _ = 1, count do
    f()
  end
  return cpu() - start
end

function works.client()
  local context = client_context()
  return timed(function()
    connect(context):close()
  end)
end

function works.server()
  local context = assert(ssl.newcontext({
    mode = "server", protocol = "any", key = os.getenv("BENCH_KEY"), certificate = os.getenv("BENCH_CERT"),
  }))
  local server = assert(socket.bind("127.0.0.1", 0, 128))
  print((select(2, server:getsockname())))
  io.stdout:flush()
  return timed(function()
    local conn = assert(ssl.wrap(assert(server:accept()), context))
    assert(conn:dohandshake())
    conn:close()
  end)
end

works.server_resumed = works.server

function works.idle()
  local context, idle, before = client_context(), {}, nil -- luacheck: ignore idle
  for index = 1, count + count // 10 do
    if index == count // 10 + 1 then
      collectgarbage()
      collectgarbage()
      before = probe.heap()
    end
    local conn = connect(context)
    assert(conn:send("i00000000"))
    idle[index] = conn
  end
  collectgarbage()
  collectgarbage()
  return probe.heap() - before
end

local cost = works[work]()
print(("%d %.9f"):format(count, cost))
