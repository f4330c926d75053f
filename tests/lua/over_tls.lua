-- The tests of sockets that hold for TLS connections as well: with MOONTIDE_TEST_OVER_TLS=1 these files are
-- run, and what t.pair() gives are TLS connections. What TLS calls a timeout, contract ssl.md, 4.1 says.

local over_tls = {}

over_tls.is_on = (os.getenv("MOONTIDE_TEST_OVER_TLS") or "") ~= ""

over_tls.files = {
  tcp_receive_test = true,
  tcp_receive_size_test = true,
  receive_some_test = true,
  tcp_send_test = true,
  send_list_test = true,
  sendfile_test = true,
  tcp_timeout_test = true,
  select_test = true,
  select_dirty_test = true,
  select_large_test = true,
  sink_source_test = true,
  stats_test = true,
  http_low_level_test = true,
  moontide_socket_test = true,
  moontide_cancel_test = true,
}

local NO_SHUTDOWN = "TLS connections have no shutdown (contract ssl.md, 4.9)"
local BEGUN = "what TLS has begun to send goes on with the same bytes (contract ssl.md, 4.3)"
local CLOSED = "a closed TLS connection has nothing to give"

-- By file and name, why a test is not run.
over_tls.exceptions = {
  tcp_receive_test = {
    ["all: a reset loses nothing but is an error"] = "the end comes in a record of its own, before the reset",
  },
  tcp_receive_size_test = {
    ["size 0 on a closed object: closed, unless the buffer has data"] = CLOSED,
  },
  tcp_send_test = {
    ["a timeout gives the index of the last byte sent, to go on from"] = BEGUN,
    ["a waiting send ends when the timeout is over"] = BEGUN,
    ["without a descriptor, shut down or never connected: closed"] = NO_SHUTDOWN,
  },
  send_list_test = {
    ["a timeout gives the index of the last byte sent, to go on from"] = BEGUN,
    ["closing the object ends a waiting send"] = BEGUN,
    ["a list of a few bytes that waits in a task is sent as it was"] = BEGUN,
    ["lists of a few bytes go through in parts with settimeout(0), too"] = "a TLS record goes whole",
  },
  sendfile_test = {
    ["a timeout says how far it came"] = BEGUN,
  },
  select_dirty_test = {
    ["a closed object is ignored even when it has buffered bytes"] = CLOSED,
  },
  moontide_socket_test = {
    ["a second writer is told so, too"] = BEGUN,
    ["closing a socket wakes its waiters with closed"] = BEGUN,
    ["a receive on a number that is no descriptor fails in a task as it does outside"]
      = "TLS connections have no setfd",
  },
}

local WORDS = { timeout = true, wantread = true, wantwrite = true }

-- Whether a message says that something could not be done in time.
function over_tls.is_timeout(message)
  if over_tls.is_on then
    return WORDS[message] == true
  end
  return message == "timeout"
end

return over_tls
