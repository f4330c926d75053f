-- What loading and using the library does to the process: nothing that others would notice.
local test = ...
local socket = require("socket")

local function has_bash()
  local code = os.execute("command -v bash >/dev/null 2>&1")
  return code == true or code == 0
end

-- Mended: in the original children inherit every socket.
test("descriptors are closed in child processes", function(t)
  local unix = require("socket.unix")
  local client, peer = t.pair()
  local kept = { client, peer, (t.server()), (t.udp()), t.keep(unix.stream()), t.keep(unix.dgram()),
    (t.unix_pair()), t.keep(require("socket.serial")("/dev/null")) }
  if t.has_ipv6() then
    kept[#kept + 1] = t.keep(socket.tcp6())
    kept[#kept + 1] = t.keep(socket.udp6())
  end
  local unopened = t.keep(socket.tcp())
  unopened:bind("127.0.0.1", 0)
  kept[#kept + 1] = unopened
  for _, object in ipairs(kept) do
    local path = ("/proc/self/fd/%d"):format(object:getfd())
    local pipe = io.popen("cat </dev/null; test -e " .. path .. " && echo inherited")
    t.equal(pipe:read("*l"), nil, object.class)
    pipe:close()
  end
end)

test("loading and using the library leaves the umask and the locale alone", function(t)
  t.equal(t.output_of([[
    local before = os.setlocale()
    local function umask()
      local pipe = io.popen("umask")
      local line = pipe:read("*l")
      pipe:close()
      return line
    end
    local mask = umask()
    local socket = require("socket")
    require("socket.unix") require("socket.serial") require("ltn12")
    local server = socket.bind("127.0.0.1", 0)
    local client = socket.connect("127.0.0.1", (select(2, server:getsockname())))
    print(os.setlocale() == before, umask() == mask)]]), "true\ttrue")
end)

test("a stopped and continued process does not lose its wait", function(t)
  local server, port = t.server()
  local pipe = t.child([[
    local socket = require("socket")
    local client = assert(socket.connect("127.0.0.1", ...))
    local file = io.open("/proc/self/stat")
    client:send(file:read("*a"):match("^%d+") .. "\n")
    local start = socket.gettime()
    socket.sleep(0.3)
    print(socket.gettime() - start >= 0.2999)
    start = socket.gettime()
    print(select(3, socket.select(nil, nil, 0.3)))
    print(socket.gettime() - start >= 0.2999)
    start = socket.gettime()
    client:settimeout(0.3)
    print(client:receive())
    print(socket.gettime() - start >= 0.2999)]], ("%d"):format(port))
  server:settimeout(30)
  local accepted = t.keep(server:accept())
  local id = accepted:receive()
  for _ = 1, 20 do
    os.execute("kill -STOP " .. id .. " && kill -CONT " .. id)
    socket.sleep(0.03)
  end
  t.equal(pipe:read("*a"), "true\ntimeout\ntrue\nnil\ttimeout\t\ntrue\n")
end)

test("writing to a pipe whose reader is gone does not kill the process", function(t)
  if not has_bash() then
    t.skip("bash is needed to make such a pipe")
  end
  t.equal(t.output_of([[
    local socket = require("socket")
    local out = require("socket.serial")("/dev/null")
    out:close()
    out:setfd(9)
    socket.sleep(0.1)
    local sent, message
    for _ = 1, 500 do
      sent, message = out:send("x")
      if not sent then break end
      socket.sleep(0.02)
    end
    print(sent, message)
    out:setfd(-1)]], nil, "bash -c 'exec 9> >(exit); \"$@\"' -"), "nil\tclosed")
end)

test("a script that ends with open sockets ends cleanly", function(t)
  t.equal(t.output_of([[
    local socket = require("socket")
    held = { socket.bind("127.0.0.1", 0), socket.udp4(), socket.tcp(),
      require("socket.unix").stream(), require("socket.serial")("/dev/null") }
    print("done")]]), "done")
end)

test("finalisers may use and resurrect sockets", function(t)
  t.equal(t.output_of([[
    local socket = require("socket")
    local function with_finaliser(f)
      if newproxy then
        local proxy = newproxy(true)
        getmetatable(proxy).__gc = f
        return proxy
      end
      return setmetatable({}, { __gc = f })
    end
    local server = socket.bind("127.0.0.1", 0)
    local client = socket.connect("127.0.0.1", (select(2, server:getsockname())))
    local accepted = server:accept()
    do
      local proxy = with_finaliser(function()
        client:send("from the finaliser\n")
        client:close()
      end)
      proxy = nil
    end
    collectgarbage()
    collectgarbage()
    print(accepted:receive())
    kept = with_finaliser(function()
      accepted:settimeout(0)
      accepted:receive()
      accepted:close()
      accepted:send("x")
      server:getsockname()
    end)]]), "from the finaliser\tnil\tnil")
end)
