-- Messages through Prosody, large ones, and of many clients at once. Part of prosody_peers.lua.

local moontide = require("moontide")
local tally = require("tally")
local xmpp = require("xmpp_client")

local equal = tally.equal
local CLIENTS = 200

local function has_logged(log, pattern)
  for line in io.lines(log) do
    if line:find(pattern) then
      return true
    end
  end
  return false
end

return function(check, port, log)
  check("messages of 200 kB cross each other", function()
    local romeo = xmpp.secure(port):login("romeo", "secret")
    local juliet = xmpp.secure(port):login("juliet", "secret")
    local text = ("0123456789"):rep(20000)
    moontide.group(function(group)
      for _, pair in ipairs({ { romeo, juliet }, { juliet, romeo } }) do
        group:spawn(function()
          for _ = 1, 5 do
            pair[1]:say(pair[2].name, text)
          end
        end)
        group:spawn(function()
          for _ = 1, 5 do
            equal(pair[1]:hear() == text, true)
          end
        end)
      end
    end)
    romeo:leave()
    juliet:leave()
  end)

  check("a client that does not read for a while misses nothing", function()
    local romeo = xmpp.secure(port):login("romeo", "secret")
    local juliet = xmpp.connect(port)
    assert(juliet.conn:setoption("recv-buffer-size", 65536))
    juliet:open()
    juliet:starttls()
    juliet:open()
    juliet:login("juliet", "secret")
    local text = ("0123456789"):rep(20000)
    for index = 1, 40 do
      romeo:say(juliet.name, index .. " " .. text)
    end
    romeo:say(romeo.name, "all is said")
    equal(romeo:hear(), "all is said")
    for index = 1, 40 do
      equal(juliet:hear() == index .. " " .. text, true, "message " .. index)
    end
    if has_logged(log, "using the epoll backend") then
      equal(has_logged(log, "Sent %S+ out of %d+ buffered bytes"), true, "a part was sent")
    end
    romeo:leave()
    juliet:leave()
  end)

  check("clients that break off or speak no TLS disturb nobody", function()
    local romeo = xmpp.secure(port):login("romeo", "secret")
    for index = 1, 20 do
      local gone = xmpp.connect(port)
      gone:open()
      gone:write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
      gone:expect("^<proceed ")
      gone.conn:setoption("linger", { on = index % 2 == 0, timeout = 0 })
      gone.conn:close()
      local noise = xmpp.connect(port)
      noise:open()
      noise:write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
      noise:expect("^<proceed ")
      noise:write(("no TLS"):rep(100))
      repeat until not noise.conn:receive(1)
      noise.conn:close()
      xmpp.secure(port).conn:close()
      romeo:say(romeo.name, "to myself")
      equal(romeo:hear(), "to myself")
    end
    romeo:leave()
  end)

  check(CLIENTS .. " clients are there at once, and each talks with two others", function()
    local count, all = 0, moontide.event()
    local function name(index)
      return ("user%d"):format((index - 1) % CLIENTS + 1)
    end
    moontide.group(function(group)
      for index = 1, CLIENTS do
        group:spawn(function()
          local client = xmpp.secure(port)
          client:register(name(index), "secret")
          client:login(name(index), "secret")
          count = count + 1
          if count == CLIENTS then
            all:set()
          end
          all:wait()
          client:say(name(index + 1) .. "@localhost", "there")
          local heard = {}
          for _ = 1, 2 do
            local text, from = client:hear()
            heard[text] = from
            if text == "there" then
              client:say(from, "and back")
            end
          end
          equal(heard.there, name(index + CLIENTS - 1) .. "@localhost/test")
          equal(heard["and back"], name(index + 1) .. "@localhost/test")
          client:leave()
        end)
      end
    end)
    equal(count, CLIENTS)
  end)
end
