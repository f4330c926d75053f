-- Workloads that send. Each ends with the peer's word on how much it got, so that what only lies in a queue
-- does not count.

local bench = ...

local PIECES = 16 -- as in loopback/subject_send.c

local kinds = {}

-- Whether the library sends lists and files.
local function extended()
  return require("socket").tcp().sendfile ~= nil
end

local function send_by(work, send_one)
  local function send_many(connection, count)
    for _ = 1, count do
      local sent, message = send_one(connection)
      if not sent then
        error(message)
      end
    end
    assert(connection:shutdown("send"))
    return tonumber((assert(connection:receive("*l"))))
  end
  local bytes, wall, cpu
  for _, count in ipairs({ work.warm, work.count }) do
    local connection = bench.open(work.transport, "sink")
    bytes, wall, cpu = bench.timed(send_many, connection, count)
    connection:close()
  end
  return { bytes = bytes, wall = wall, cpu = cpu }
end

function kinds.send(work)
  local data = string.rep("x", work.size)
  return send_by(work, function(connection)
    return connection:send(data)
  end)
end

-- A library that takes no list sends the strings as one.
function kinds.send_list(work)
  local list = {}
  for index = 1, PIECES do
    list[index] = string.rep("x", work.size / PIECES)
  end
  return send_by(work, extended() and function(connection)
    return connection:send(list)
  end or function(connection)
    return connection:send(table.concat(list))
  end)
end

-- A library without sendfile reads the file in blocks.
local function copy_file(connection, path)
  local file = assert(io.open(path, "rb"))
  local sent, message = 1, nil
  while sent do
    local block = file:read(65536)
    if not block then
      break
    end
    sent, message = connection:send(block)
  end
  file:close()
  return sent, message
end

function kinds.sendfile(work)
  local path = assert(os.getenv("MOONTIDE_BENCH_FILE"), "MOONTIDE_BENCH_FILE is not set")
  return send_by(work, extended() and function(connection)
    return connection:sendfile(path)
  end or function(connection)
    return copy_file(connection, path)
  end)
end

return kinds
