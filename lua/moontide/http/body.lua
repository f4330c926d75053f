-- Bodies as LTN12 sources and sinks: "http-chunked" for programs, and what socket.http reads with.
--
-- Streams of our own are read by the native module, framing included; other objects (TLS, cooperative
-- sockets, objects of tests) through their method `receive`, in the calls that programs expect.

local socket = require("socket")
local openers = require("moontide.native")

local native = openers.http()
local selectable = openers.streams(setmetatable, math.min).selectable

local min = math.min

local BLOCKSIZE_DEFAULT = 2048 -- socket.BLOCKSIZE as it was before any program changed it
local CHUNK_BYTES_DEFAULT = 1048576
local PIECE_BYTES = 65536 -- of a chunk beyond the limit

local body = {}

-- A reader with these limits; every one of them may be absent.
function body.reader(limits)
  limits = limits or {}
  return native.reader(limits.head, limits.line, limits.fields, limits.chunk)
end

-- Foreign objects -----------------------------------------------------------------------------------

local LINE_BYTES_DEFAULT = 65536

-- Objects that can read lines with a limit, and how: function(sock, bytes_max, prefix), as receive("*l").
-- Of others the length can only be looked at after the fact.
body.line_readers = setmetatable({}, { __mode = "k" })

-- As sock:receive("*l", prefix); "line too long" if such an object says so. `limits` may be nil.
function body.receive_line(sock, limits, prefix)
  local read = body.line_readers[sock]
  if not read then
    if prefix then
      return sock:receive("*l", prefix)
    end
    return sock:receive()
  end
  return read(sock, limits and limits.line or LINE_BYTES_DEFAULT, prefix)
end

-- What every foreign source has: the object, and what a failed receive had already got. That goes in
-- front of the next one, so a program that comes back after a timeout loses nothing.
local function receive(self, pattern)
  local late = self.watch and self.watch()
  if late then
    return nil, late
  end
  local sock, kept = self.sock, self.kept
  local got, message, partial
  if not pattern then
    got, message, partial = body.receive_line(sock, self.limits, kept)
  elseif kept then
    got, message, partial = sock:receive(pattern, kept)
  else
    got, message, partial = sock:receive(pattern)
  end
  self.kept = not got and partial ~= "" and partial or nil
  self.kept_is_data = pattern ~= nil
  return got, message
end

-- Reads fields line by line up to the empty line. Gives headers and cookies; or nil, message. With
-- `goes_on` the lines from before a timeout are kept.
function body.receive_fields(reader, receive_line, goes_on)
  if not goes_on then
    native.begin_lines(reader)
  end
  local ended, line, message
  repeat
    line, message = receive_line()
    if not line then
      return nil, message == "line too long" and "response headers too long" or message
    end
    ended, message = native.add_line(reader, line)
    if ended == nil then
      return nil, message
    end
  until ended
  return native.take_lines(reader)
end

local function by_length(self)
  if self.left <= 0 then
    return nil
  end
  local block, message = receive(self, min(socket.BLOCKSIZE, self.left))
  if not block then
    return nil, message
  end
  self.left = self.left - #block
  return block
end

local function until_closed(self)
  if self.ended then
    return nil
  end
  local block, message = receive(self, socket.BLOCKSIZE)
  if block or message ~= "closed" then
    return block, message
  end
  self.ended = true
  block, self.kept = self.kept, nil
  return block
end

-- What an object says when nothing has come yet: the last two are those of TLS.
local LATER = { timeout = true, wantread = true, wantwrite = true }

-- The line end behind the data. What is wrong with it is the next call's answer: the data are good.
local function end_chunk(self)
  local line, message = receive(self)
  if line == "" then
    self.left = nil
  elseif line or message == "line too long" then
    self.broken = "malformed chunk"
  elseif LATER[message] then
    self.line_end_missing = message
  else
    self.broken = message
  end
end

local function take_chunk_data(self)
  local size = self.left
  if self.in_pieces then
    size = min(size, PIECE_BYTES)
  end
  local data, message = receive(self, size)
  if not data then
    return nil, message
  end
  self.left = self.left - #data
  if self.left <= 0 then
    end_chunk(self)
  end
  return data
end

local function take_trailers(self)
  local headers, message = body.receive_fields(self.reader, function()
    return receive(self)
  end, self.in_trailers)
  self.in_trailers = not headers and LATER[message]
  if not headers then
    self.broken = not self.in_trailers and message or nil
    return nil, message
  end
  self.ended = true
  for name, value in pairs(self.headers and headers or {}) do
    local before = self.headers[name]
    self.headers[name] = before and before .. ", " .. value or value
  end
end

local function by_chunk(self)
  if self.line_end_missing then
    self.line_end_missing = nil
    end_chunk(self)
    if self.line_end_missing then
      return nil, self.line_end_missing
    end
  end
  if self.broken then
    return nil, self.broken
  elseif self.ended then
    return
  elseif self.left then
    return take_chunk_data(self)
  elseif self.in_trailers then
    return take_trailers(self)
  end
  local line, message = receive(self)
  if not line and message ~= "line too long" then
    return nil, message
  end
  local size = line and native.chunk_size(line)
  if not size then
    self.broken = "invalid chunk size"
    return nil, self.broken
  elseif size == 0 then
    return take_trailers(self)
  end
  self.left = size
  self.in_pieces = size > self.chunk_bytes
  return take_chunk_data(self)
end

local foreign = { length = by_length, close = until_closed, chunked = by_chunk }

local function foreign_source(reader, sock, kind, length, limits, watch)
  local self = {
    reader = reader, sock = sock, left = length, watch = watch, limits = limits,
    chunk_bytes = limits.chunk or CHUNK_BYTES_DEFAULT,
  }
  local read = foreign[kind]
  return function()
    local piece, message = read(self)
    if piece then
      return piece
    end
    local partial = message and self.kept_is_data and self.kept or nil
    self.kept = nil
    return nil, message, partial
  end
end

-- Our own streams -----------------------------------------------------------------------------------

-- Larger blocks are several times cheaper. A program that has set the block size gets what it wants.
local function chosen_block()
  return socket.BLOCKSIZE ~= BLOCKSIZE_DEFAULT and socket.BLOCKSIZE or nil
end

-- A source of the body, `kind` and `length` as native.framing gives them. A last piece that came short
-- is given out before the error, and a body that ends with the connection gives at least one. `late`, if
-- there is one, is called before each read; what it returns is the error.
function body.source(reader, sock, kind, length, limits, late)
  local read, subject, object
  if native.is_stream(sock) then
    native.begin_body(reader, kind, length, chosen_block())
    read, subject, object = native.read_piece, reader, sock
  else
    read = foreign_source(reader, sock, kind, length, limits or {}, late)
  end
  local silent, failure = kind == "close", nil
  return function()
    failure = failure or late and late()
    if failure then
      return nil, failure
    end
    local piece, message, partial = read(subject, object)
    if piece then
      silent = false
      return piece
    elseif partial then
      failure = message
      return partial
    elseif silent and not message then
      silent = false
      return ""
    end
    return nil, message
  end
end

-- http-chunked --------------------------------------------------------------------------------------

-- No values at the end, `nil, message` on failure: passes on what counts.
local function settle(piece, message)
  if piece or message then
    return piece, message
  end
end

function body.chunked_source(sock, headers)
  local reader = body.reader()
  local self
  return selectable(sock, function()
    if not self then
      self = { reader = reader, sock = sock, headers = headers, chunk_bytes = CHUNK_BYTES_DEFAULT }
      native.begin_body(reader, "chunked")
    end
    if native.is_stream(sock) then
      return settle(native.read_piece(reader, sock, true, headers))
    end
    return settle(by_chunk(self))
  end)
end

function body.chunked_sink(sock)
  return selectable(sock, function(_, chunk)
    if not chunk then
      return sock:send("0\r\n\r\n")
    elseif #chunk == 0 then
      return 1 -- on the wire it would be the end
    end
    return sock:send(("%X\r\n"):format(#chunk) .. chunk .. "\r\n")
  end)
end

socket.sourcet["http-chunked"] = body.chunked_source
socket.sinkt["http-chunked"] = body.chunked_sink

return body
