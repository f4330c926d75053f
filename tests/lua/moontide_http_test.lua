-- Unmodified users of sockets, many at once.
local test = ...
local http = require("socket.http")
local ltn12 = require("ltn12")
local moontide = require("moontide")
local tasks = require("tasks")

-- Serves in the background while f(base URL) runs. The answer to /N is N times its digits, after a pause.
-- `asked` counts the requests that have come.
local asked = 0
local function with_server(pause, f)
  asked = 0
  return tasks.run(function()
    local ready = moontide.channel(1)
    local server = moontide.spawn("server", moontide.serve, "127.0.0.1:0", function(client)
      local path = client:receive():match("^GET /(%S*) ")
      repeat until client:receive() == ""
      asked = asked + 1
      moontide.sleep(pause)
      local body = path:rep(tonumber(path))
      client:send("HTTP/1.1 200 OK\r\ncontent-length: " .. #body .. "\r\nconnection: close\r\n\r\n" .. body)
    end, { onready = function(_, port) ready:send("http://127.0.0.1:" .. port .. "/") end })
    f(ready:receive())
    server:cancel()
    server:pjoin()
  end)
end

test("a hundred requests to a server that answers after a second take a second, not a hundred", function(t)
  with_server(1, function(base)
    local right = 0
    local elapsed = t.timed(moontide.group, function(group)
      for index = 1, 100 do
        group:spawn(function()
          local body, code = http.request(base .. index)
          t.equal(code, 200)
          t.equal(body, tostring(index):rep(index))
          right = right + 1
        end)
      end
    end)
    t.equal(right, 100)
    t.between(elapsed, 0.99, 10)
  end)
end)

test("a request with sink and headers is the same", function(t)
  with_server(0.001, function(base)
    moontide.group(function(group)
      for index = 1, 20 do
        group:spawn(function()
          local blocks = {}
          local good, code, headers = http.request({
            url = base .. index, sink = ltn12.sink.table(blocks), headers = { ["x-index"] = index },
          })
          t.equal(good, 1)
          t.equal(code, 200)
          t.equal(headers["content-length"], tostring(#tostring(index) * index))
          t.equal(table.concat(blocks), tostring(index):rep(index))
        end)
      end
    end)
  end)
end)

test("a request that is cancelled, or out of time, closes its connection", function(t)
  with_server(60, function(base)
    local before = #moontide.tasks()
    t.returns(t.pack(moontide.timeout(2, http.request, base .. 1)), nil, "timeout")
    local task = moontide.spawn(http.request, base .. 1)
    t.wait_until(function() return asked == 2 end, "the second request")
    task:cancel()
    t.returns(t.pack(task:pjoin()), false, moontide.cancelled)
    t.equal(before, #moontide.tasks() - 2) -- the server's two connections wait for their second
  end)
end)

test("a request in a coroutine of a task suspends the task", function(t)
  with_server(0.01, function(base)
    local ticks = 0
    local ticker = moontide.every(0.001, function() ticks = ticks + 1 end)
    local bodies = {}
    for body in coroutine.wrap(function()
      for index = 1, 3 do
        coroutine.yield((http.request(base .. index)))
      end
    end) do
      bodies[#bodies + 1] = body
    end
    ticker:cancel()
    t.list(bodies, { "1", "22", "333" })
    t.between(ticks, 3, math.huge)
  end)
end)
