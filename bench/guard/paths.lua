-- paths.lua NAME COUNT: COUNT units of one hot path, both ends within this process, so that what an
-- instruction counter sees is the same each time. Without arguments: the names.

local mime = require("mime")
local moontide = require("moontide")
local socket = require("socket")
local url = require("socket.url")

local BLOCK = 32768 -- fits into the buffers of a connection

local function stream_pair()
  local listener = assert(socket.bind("127.0.0.1", 0))
  local ip, port = listener:getsockname()
  local near = assert(socket.connect(ip, port))
  local far = assert(listener:accept())
  listener:close()
  near:setoption("tcp-nodelay", true)
  far:setoption("tcp-nodelay", true)
  return near, far
end

-- One unit is one receive(pattern) of `piece`.
local function receiving(piece, pattern)
  return function(count)
    local near, far = stream_pair()
    local per_block = math.max(1, BLOCK // #piece)
    local block = piece:rep(per_block)
    for _ = 1, count // per_block do
      assert(near:send(block) == #block)
      for _ = 1, per_block do
        assert(far:receive(pattern))
      end
    end
    assert(far:getstats() == count // per_block * #block)
  end
end

local function many(f)
  return function(count)
    for _ = 1, count do
      f()
    end
  end
end

local function in_tasks(f)
  return function(count)
    moontide.run(f, count)
  end
end

local function nothing() end

local paths = {}

paths.receive_line_64 = receiving(("x"):rep(63) .. "\n", "*l")
paths.receive_16 = receiving(("x"):rep(16), 16)
paths.receive_2k = receiving(("x"):rep(2048), 2048)

function paths.send_64(count)
  local near, far = stream_pair()
  local piece = ("x"):rep(64)
  for _ = 1, count // 128 do
    for _ = 1, 128 do
      assert(near:send(piece) == 64)
    end
    assert(#far:receive(128 * 64) == 128 * 64)
  end
end

function paths.ping_pong_64(count)
  local near, far = stream_pair()
  local piece = ("x"):rep(64)
  for _ = 1, count do
    near:send(piece)
    far:send(far:receive(64))
    assert(near:receive(64) == piece)
  end
end

function paths.sendto_receivefrom_64(count)
  local near, far = assert(socket.udp()), assert(socket.udp())
  assert(near:setsockname("127.0.0.1", 0) and far:setsockname("127.0.0.1", 0))
  local ip, port = far:getsockname()
  local piece = ("x"):rep(64)
  for _ = 1, count do
    near:sendto(piece, ip, port)
    assert(far:receivefrom() == piece)
  end
end

-- Two objects that have each other as peer.
local function datagram_pair()
  local near, far = assert(socket.udp()), assert(socket.udp())
  assert(near:setsockname("127.0.0.1", 0) and far:setsockname("127.0.0.1", 0))
  assert(near:setpeername(far:getsockname()) and far:setpeername(near:getsockname()))
  return near, far
end

function paths.udp_send_receive_64(count)
  local near, far = datagram_pair()
  local piece = ("x"):rep(64)
  for _ = 1, count do
    near:send(piece)
    assert(far:receive() == piece)
  end
end

-- One unit is one datagram of 32.
function paths.sendmany_receivemany_64(count)
  local near, far = datagram_pair()
  local batch = {}
  for index = 1, 32 do
    batch[index] = ("x"):rep(64)
  end
  for _ = 1, count // #batch do
    near:sendmany(batch)
    assert(#far:receivemany(#batch) == #batch)
  end
end

function paths.send_list_2k(count)
  local near, far = stream_pair()
  local list = {}
  for index = 1, 16 do
    list[index] = ("x"):rep(128)
  end
  for _ = 1, count do
    assert(near:send(list) == 2048)
    assert(#far:receive(2048) == 2048)
  end
end

function paths.select_100(count)
  local near, far = stream_pair()
  local list = { far }
  for index = 2, 101 do
    list[index] = assert(socket.udp4())
  end
  near:send("x")
  for _ = 1, count do
    assert(socket.select(list)[1] == far)
  end
end

function paths.connect_accept_close(count)
  local listener = assert(socket.bind("127.0.0.1", 0))
  local ip, port = listener:getsockname()
  for _ = 1, count do
    local near = assert(socket.connect(ip, port))
    assert(listener:accept()):close()
    near:close()
  end
end

paths.url_parse = many(function()
  assert(url.parse("http://user:password@www.example.org:8080/a/path/to/it;p?query=1#part").port)
end)

local text = "a text of one hundred characters, some of which are not allowed in a URL: & ? # / = and so on"
paths.url_escape_100 = many(function()
  assert(url.escape(text))
end)

local line = ("x"):rep(57)
paths.mime_b64_57 = many(function()
  assert(#mime.b64(line) == 76)
end)

paths.spawn_join = in_tasks(function(count)
  for _ = 1, count do
    moontide.spawn(nothing):join()
  end
end)

paths.task_switch = in_tasks(function(count)
  for _ = 1, 2 do
    moontide.spawn(function()
      for _ = 1, count // 2 do
        moontide.yield()
      end
    end)
  end
end)

paths.channel_hand_over = in_tasks(function(count)
  local channel = moontide.channel()
  moontide.spawn(function()
    for index = 1, count do
      channel:send(index)
    end
  end)
  for index = 1, count do
    assert(channel:receive() == index)
  end
end)

paths.echo_in_tasks_64 = in_tasks(function(count)
  local near, far = stream_pair()
  local piece = ("x"):rep(64)
  moontide.spawn(function()
    for _ = 1, count do
      far:send(far:receive(64))
    end
  end)
  for _ = 1, count do
    near:send(piece)
    assert(near:receive(64) == piece)
  end
end)

paths.http_get_small = in_tasks(function(count)
  local http = require("socket.http")
  local listener = assert(socket.bind("127.0.0.1", 0))
  local address = "http://127.0.0.1:" .. select(2, listener:getsockname()) .. "/"
  moontide.spawn(function()
    for _ = 1, count do
      local connection = listener:accept()
      repeat until connection:receive() == ""
      connection:send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
      connection:close()
    end
  end)
  for _ = 1, count do
    assert(http.request(address) == "hello")
  end
end)

local name, count = arg[1], tonumber(arg[2])
if name then
  paths[name](count)
else
  local names = {}
  for path in pairs(paths) do
    names[#names + 1] = path
  end
  table.sort(names)
  print(table.concat(names, "\n"))
end
