-- Tasks: whatever is refused, those that were spawned go on or can be cancelled, nothing of them is left
-- then, and the next run is as good as the first.

local case, t = ...

-- What tasks raise that nobody joined is no matter here, but may be about memory alone.
local function set_up(moontide)
  local reports = {}
  moontide.onerror(function(text)
    reports[#reports + 1] = text
  end)
  moontide.loop:getfd()
  moontide.run(function()
    moontide.sleep(0)
  end)
  return reports
end

local function verify_tasks(moontide, reports)
  return function()
    pcall(moontide.run, function() -- the end of a main task of before would end this one
      for _, task in ipairs(moontide.tasks()) do
        if task ~= moontide.current() then
          task:cancel()
        end
      end
    end)
    assert(moontide.stats().tasks == 0, "tasks are left")
    for _, text in ipairs(reports) do
      assert(text:find("memory") or text:find("cancelled"), text)
    end
    local result = moontide.run(function()
      local channel = moontide.channel()
      local task = moontide.spawn(function()
        return channel:receive()
      end)
      channel:send("sound")
      return task:join()
    end)
    assert(result == "sound", tostring(result))
  end
end

local function task_case(name, prepare)
  case("tasks: " .. name, function()
    local moontide = require("moontide")
    local reports = set_up(moontide)
    local main = prepare(moontide)
    return function()
      return moontide.run(main)
    end, verify_tasks(moontide, reports)
  end)
end

task_case("spawn and join", function(moontide)
  return function()
    local task = moontide.spawn("name", function(...)
      return select("#", ...)
    end, 1, 2, 3)
    return task:join()
  end
end)

task_case("a group, a failing child", function(moontide)
  return function()
    local failure = select(2, pcall(moontide.group, function(group)
      group:spawn(moontide.sleep, 100)
      group:spawn(error, "memory is not what this is about")
    end))
    assert(tostring(failure):find("memory"), failure)
    return true
  end
end)

task_case("channels", function(moontide)
  return function()
    return moontide.group(function(group)
      local channel = moontide.channel(1)
      group:spawn(function()
        for number = 1, 3 do
          channel:send(number)
        end
        channel:close()
      end)
      local sum = 0
      for number in channel:values() do
        sum = sum + number
      end
      assert(sum == 6)
      return true
    end)
  end
end)

task_case("a timeout", function(moontide)
  return function()
    return select(2, moontide.timeout(0.001, moontide.sleep, 100)) == "timeout"
  end
end)

task_case("sockets", function(moontide)
  local context = t.pair()
  return function()
    return moontide.group(function(group)
      group:spawn(function()
        assert(context.client:send("one\n"))
      end)
      return assert(context.accepted:receive())
    end)
  end
end)

-- Results that cannot be made when the wait is over are still there, for a read from deeper on the stack too.
task_case("a receive that has waited", function(moontide)
  local context = t.pair()
  local line = ("x"):rep(100)
  return function()
    local reader = moontide.spawn(function()
      local good, data = pcall(context.accepted.receive, context.accepted)
      if good and data then
        return data
      end
      local outer, inner, text, message = pcall(pcall, context.accepted.receive, context.accepted)
      if text ~= line then
        error(not outer and inner or message or text, 0)
      end
      return line
    end)
    moontide.yield()
    context.client:send(line .. "\n")
    return reader:join() == line
  end
end)

task_case("a list of a few bytes", function()
  local context = t.pair()
  local list = { "one,", 2, ",", ("x"):rep(500), "" }
  return function()
    assert(context.client:send(list) == 506)
    assert(select(2, context.client:getstats()) == 506)
    return #assert(context.accepted:receive(506)) == 506
  end
end)

-- What was delivered when memory ended is not waited for again.
task_case("a plain request", function(moontide)
  local http = require("socket.http")
  local server = assert(require("socket").bind("127.0.0.1", 0))
  local url = "http://127.0.0.1:" .. (select(2, server:getsockname()))
  server:settimeout(1)
  return function()
    return moontide.group(function(group)
      group:spawn(function()
        local peer = server:accept()
        if peer then
          peer:settimeout(1)
          repeat local line = peer:receive() until not line or line == ""
          peer:send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
          peer:close()
        end
      end)
      local body, code = http.request(url)
      assert(code == 200 or tostring(code):find("memory"), code)
      return body == "hi"
    end)
  end
end)
