-- Workloads of mime, without a connection: a table of functions that take the workload and return the
-- figures. Input is `size` bytes; what is counted are the bytes of the results.

local bench = ...

local mime = require("mime")
local ltn12 = require("ltn12")

local kinds = {}

local CHUNK_BYTES = 32 * 1024

-- Bytes of every value in no order, the same in each process.
local function binary(size)
  local state = 42
  local bytes = {}
  for i = 1, 16384 do
    state = (state * 16807) % 2147483647
    bytes[i] = string.char(math.floor(state / 8) % 256)
  end
  return string.rep(table.concat(bytes), math.ceil(size / #bytes)):sub(1, size)
end

-- Lines of 132 bytes, five of which must be quoted.
local function prose(size)
  local line = "The quick brown fox jumps over the lazy dog and does so na\239vely; as 6 x 7 = 42, "
    .. "it is d\233j\224 vu to all of those who watch it \226 done.\r\n"
  return string.rep(line, math.ceil(size / #line)):sub(1, size)
end

local function times(work, unit)
  local function run(count)
    local bytes = 0
    for _ = 1, count do
      bytes = bytes + unit()
    end
    return bytes
  end
  run(work.warm) -- no collection after it: that would give the warm memory back to the system
  local bytes, wall, cpu = bench.timed(run, work.count)
  return { bytes = bytes, wall = wall, cpu = cpu }
end

function kinds.b64(work)
  local data = binary(work.size)
  return times(work, function()
    return #(mime.b64(data))
  end)
end

function kinds.unb64(work)
  local text = mime.b64(binary(work.size))
  return times(work, function()
    return #(mime.unb64(text))
  end)
end

function kinds.unb64_lines(work)
  local text = mime.wrp(76, (mime.b64(binary(work.size))))
  return times(work, function()
    return #(mime.unb64(text))
  end)
end

function kinds.qp_wrap(work)
  local text = prose(work.size)
  return times(work, function()
    return #(mime.qpwrp(76, (mime.qp(text))))
  end)
end

function kinds.b64_chain(work)
  local data = binary(work.size)
  local chunks = {}
  for first = 1, #data, CHUNK_BYTES do
    chunks[#chunks + 1] = data:sub(first, first + CHUNK_BYTES - 1)
  end
  return times(work, function()
    local bytes = 0
    local filter = ltn12.filter.chain(mime.encode("base64"), mime.wrap("base64"))
    assert(ltn12.pump.all(ltn12.source.chain(ltn12.source.table(chunks), filter), function(chunk)
      bytes = bytes + (chunk and #chunk or 0)
      return 1
    end))
    return bytes
  end)
end

return kinds
