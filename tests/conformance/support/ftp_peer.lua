-- A scripted FTP server: the control connection is a table (tests/support/scripted_socket.lua), data
-- connections are real ones to a listener of this process.

local R = ...

local socket = require("socket")

local ftp_peer = {}

local listener, port = R.net.listener()
listener:settimeout(2)
R.name_port(port, "data port")
ftp_peer.port = port

-- The text of PASV for our listener, or for another address.
function ftp_peer.pasv_numbers(address)
  return ("%s,%d,%d"):format((address or "127.0.0.1"):gsub("%.", ","), math.floor(port / 256), port % 256)
end

-- Takes the data connection, sends `content` on it and closes it.
function ftp_peer.sends(content, replies)
  return function(_, peer)
    local data = assert(listener:accept())
    data:send(content)
    data:close()
    peer.transfers = (peer.transfers or 0) + 1
    return replies or "150 here it comes\r\n226 done\r\n"
  end
end

-- Takes the data connection; peer.data is what arrives on it, once the client is done.
function ftp_peer.takes(replies)
  return function(_, peer)
    peer.data = assert(listener:accept())
    peer.data:settimeout(2)
    return replies or "150 go on\r\n226 done\r\n"
  end
end

-- Takes the data connection and resets it.
function ftp_peer.resets(replies)
  return function()
    local data = assert(listener:accept())
    data:setoption("linger", { on = true, timeout = 0 })
    data:close()
    return replies
  end
end

function ftp_peer.new(changes, options)
  local replies = {
    connect = "220 hello\r\n", USER = "331 password please\r\n", PASS = "230 welcome\r\n",
    TYPE = "200 ok\r\n", CWD = "250 there\r\n", QUIT = "221 bye\r\n", DELE = "250 gone\r\n",
    MKD = "257 made\r\n", EPSV = "229 passive (|||" .. port .. "|)\r\n",
    PASV = "227 passive (" .. ftp_peer.pasv_numbers() .. ")\r\n",
    RETR = ftp_peer.sends("content"), NLST = ftp_peer.sends("a\r\nb\r\n"), LIST = ftp_peer.sends("- a\r\n"),
    STOR = ftp_peer.takes(), APPE = ftp_peer.takes(),
    STAT = ftp_peer.sends("", "211-status\r\n211 end\r\n"),
    EPRT = function(line, peer)
      peer.active_port = tonumber(line:match("|(%d+)|$"))
      return "200 ok\r\n"
    end,
    other = "502 not known\r\n",
  }
  for key, value in pairs(changes or {}) do
    replies[key] = value
  end
  return R.scripted(replies, options)
end

-- The other end of active mode: connects, sends `content`.
function ftp_peer.connects(content, replies)
  return function(_, peer)
    local data = assert(socket.connect("127.0.0.1", peer.active_port))
    data:send(content)
    data:close()
    return replies or "150 here it comes\r\n226 done\r\n"
  end
end

return ftp_peer
