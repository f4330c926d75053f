-- What moontide.dump() shows: a server that waits for its clients, and who works for it.
local moontide = require("moontide")
local socket = require("socket")

moontide.run(function()
  local server = assert(socket.bind("127.0.0.1", 0))
  local jobs = moontide.channel()

  moontide.group(function(group)
    group:spawn("server", function()
      local client = server:accept()
      local line = client:receive()
      jobs:send(line)
    end)
    group:spawn("worker", function()
      local job = jobs:receive()
      return job
    end)
    moontide.sleep(0.01) -- now all of them wait
    print(moontide.dump())
    group:cancel()
  end)
  server:close()
end)
