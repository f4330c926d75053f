-- Replies of SMTP and FTP servers. No byte of a reply is lost or invented, limits hold, failures are
-- values; on streams of ours and on foreign objects alike. Then whole dialogues: whatever a server
-- says, they end with a result or nil, message, and nothing stays open.
--
-- The input: a byte for what is tried, one for the limit, up to eight for the dialogue; the server's
-- words.

local ltn12 = require("ltn12")
local socket = require("socket")
local ftp = require("socket.ftp")
local smtp = require("socket.smtp")
local tp = require("socket.tp")
local tools = require("fuzz_tools")

local creators, same, with_peers = tools.creators, tools.same, tools.with_peers

local FAILURES = { closed = true, ["reply too long"] = true, ["invalid server reply"] = true }

-- Replies --------------------------------------------------------------------------------------------

local function code_and_text(code, text)
  return code, text
end

-- The texts of all replies, and the failure behind them.
local function replies(create)
  local connection = assert(tp.connect("host", 1, 5, create))
  local texts = {}
  while true do
    local code, text = connection:check(code_and_text)
    if not code then
      return texts, text
    end
    same(code, tonumber(text:sub(1, 3)), "code")
    texts[#texts + 1] = text
  end
end

local function check_shape(text)
  local code, separator = text:match("^(%d%d%d)(.?)")
  local last = text:match("([^\n]*)$")
  local middle = text:sub(1, #text - #last - 1):gsub("^[^\n]*", "")
  if separator == "-" then
    same(last:sub(1, 4), code .. " ", "end of a reply")
    same(middle:find("\n" .. code .. " ", 1, true), nil, "an end within a reply")
  else
    same(last, text, "a single line")
  end
end

local function check_failure(failure, left, limit)
  assert(FAILURES[failure], failure)
  if failure == "invalid server reply" then
    same(left:match("^[^\n]*\n") and left:match("^%d%d%d"), nil, "an invalid reply")
  elseif failure == "reply too long" then
    assert(#left > limit, "a reply of fewer bytes than the limit is not too long")
  end
end

local function check_replies(words, limit)
  local clean = words:gsub("\r", "")
  local texts, failure = with_peers(words, replies, creators.stream)
  local all = ""
  for _, text in ipairs(texts) do
    check_shape(text)
    assert(#text <= limit, "a reply is within the limit")
    all = all .. text .. "\n"
  end
  same(clean:sub(1, #all), all, "all replies")
  if failure ~= "reply too long" then -- what is dropped of it may be CRs
    check_failure(failure, clean:sub(#all + 1), limit)
  end
  local foreign_texts, foreign_failure = with_peers(words, replies, creators.foreign)
  for index, text in ipairs(texts) do
    same(foreign_texts[index], text, "foreign reply")
  end
  if failure ~= "reply too long" then -- of foreign lines the limit does not count CRs
    same(#foreign_texts, #texts, "number of foreign replies")
    same(foreign_failure, failure, "foreign failure")
  end
end

-- Dialogues ------------------------------------------------------------------------------------------

local function check_passive(address, port)
  same(address, "127.0.0.1", "the address of the peer")
  port = assert(tonumber(port), "a port is a number")
  assert(port >= 0 and port % 1 == 0, "and a whole one")
end

local ftp_steps = {
  function(s) same(s:greet(), 1, "greet") end,
  function(s) same(s:login("user", "password"), 1, "login") end,
  function(s) same(s:type("i"), 1, "type") end,
  function(s) same(s:cwd("directory"), 1, "cwd") end,
  function(s) check_passive(s:pasv()) end,
  function(s) check_passive(s:epsv()) end,
  function(s) same(s:port("127.0.0.1", 1025), 1, "port") end,
  function(s) same(s:quit(), 1, "quit") end,
}

local smtp_steps = {
  function(s) s.said = s:greet("domain") end,
  function(s) s:auth("user", "password", s.said or "250-x\n250 AUTH PLAIN LOGIN") end,
  function(s) s:mail("<a>") end,
  function(s) s:rcpt("<b>") end,
  function(s) s:data(ltn12.source.string("text")) end,
  function(s) s:quit() end,
}

-- Runs the steps that the bytes choose until one fails.
local function dialogue(module, steps, create, chosen)
  return socket.protect(function()
    local session = module.open("host", 1, create)
    session.tp.getpeername = function() return "127.0.0.1", 21, "inet" end
    for _, choice in ipairs(chosen) do
      steps[choice % #steps + 1](session)
    end
    session:close()
    return 1
  end)()
end

local function send_mail(create)
  return smtp.send({ from = "<a>", rcpt = { "<b>", "<c>" }, source = ltn12.source.string("text"),
    server = "host", port = 1, user = "user", password = "password", create = create })
end

local function check_dialogue(words, f, ...)
  local result, failure = tools.with_peers_to_close(words, f, ...)
  if result ~= 1 then
    same(result, nil, "result")
    same(type(failure), "string", "message")
  end
  return result, failure
end

local function check_dialogues(words, unlimited, f)
  local result, failure = check_dialogue(words, f, creators.stream)
  local foreign_result, foreign_failure = check_dialogue(words, f, creators.foreign)
  if unlimited then
    same(foreign_result, result, "foreign result")
    same(foreign_failure, failure, "foreign failure")
  end
end

return function(input)
  local take, rest = tools.reader(input)
  local what, limit = take() % 4, take()
  tp.REPLYSIZE = limit % 2 == 1 and limit or nil
  local unlimited = not tp.REPLYSIZE
  if what == 0 then
    return check_replies(rest(), tp.REPLYSIZE or 65536)
  elseif what == 1 then
    return check_dialogues(rest(), unlimited, send_mail)
  end
  local chosen = {}
  for index = 1, 1 + take() % 8 do
    chosen[index] = take()
  end
  local module, steps = ftp, ftp_steps
  if what == 2 then
    module, steps = smtp, smtp_steps
  end
  check_dialogues(rest(), unlimited, function(create)
    return dialogue(module, steps, create, chosen)
  end)
end
