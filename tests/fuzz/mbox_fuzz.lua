-- Mailboxes and messages: any text can be taken apart, nothing is lost on the way or made up, and the
-- time does not grow with the square of the length.
--
-- The input: a byte for how often the text is repeated; the text.

local mbox = require("mbox")
local tools = require("fuzz_tools")

local same = tools.same

local function check_message(text)
  local clean = text:gsub("\r\n", "\n")
  local headers, body = mbox.split_message(text)
  if headers == "" and clean:sub(1, 1) == "\n" then
    same("\n" .. body, clean, "a message without headers")
  elseif #headers == #clean then
    same(headers .. body, clean, "a message without body")
  else
    same(headers .. "\n" .. body, clean, "a message")
    same(headers:find("\n\n", 1, true), nil, "an empty line in the headers")
  end
  return headers
end

local function check_header(line)
  local name, value = mbox.parse_header(line)
  if not name then
    same(value, nil, "a value without name")
    same(line:find(":", 1, true), nil, "a colon without name")
    return
  end
  same(name:find("[%s:]"), nil, "white space in a name")
  same(value:find("^%s"), nil, "white space before a value")
  assert(line:find("\n", 1, true) or line:find(name .. ":", 1, true), "a name is in its line")
  return name:lower(), value
end

-- parse_headers, in plain words.
local function check_headers(text)
  local headers = {}
  for index, line in ipairs(mbox.split_headers(text)) do
    assert(line ~= "", "no line is empty")
    same(line:find("\n", 1, true), nil, "a line end in a line")
    if index > 1 or line:sub(1, 5) ~= "From " then
      local name, value = check_header(line)
      if name then
        headers[name] = headers[name] and headers[name] .. ", " .. value or value
      end
    end
  end
  local got = mbox.parse_headers(text)
  for name, value in pairs(headers) do
    same(got[name], value, "a header")
  end
  for name in pairs(got) do
    assert(headers[name], "no header is made up")
  end
end

local function check_from(text)
  local name, address = mbox.parse_from(text)
  same(name:find('"', 1, true), nil, "a quote in a name")
  assert(text:find(address, 1, true), "the address is in the text")
  assert(name ~= "" or address == "" or text:find('"', 1, true), "without a name it is the address")
end

local function check_mbox(text)
  local clean = text:gsub("\r\n", "\n")
  local messages = mbox.split_mbox(text)
  local parsed = mbox.parse(text)
  same(#parsed, #messages, "number of messages")
  local position = 1
  for index, message in ipairs(messages) do
    same(message:find("\n\nFrom ", 1, true), nil, "a separator in a message")
    position = assert(clean:find(message, position, true), "a message is in the text") + #message
    local headers, body = mbox.split_message(message)
    same(parsed[index].body, body, "body")
    local expected = mbox.parse_headers(headers)
    for name, value in pairs(parsed[index].headers) do
      same(value, expected[name], "header")
    end
  end
end

return function(input)
  local take, rest = tools.reader(input)
  local often = take()
  local text = rest()
  -- A long one takes seconds if a step of a loop goes over all of it; libFuzzer does not allow that.
  if often == 1 and #text > 0 then
    text = text:rep(20000 // #text)
    mbox.parse(text)
    mbox.parse_header(text)
    mbox.parse_from(text)
    return
  end
  local headers = check_message(text)
  check_headers(text)
  check_headers(headers)
  check_header(text)
  check_from(text)
  check_mbox(text)
end
