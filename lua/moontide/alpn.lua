-- Lists of protocol names (ALPN), as programs give them, and in the form of RFC 7301: each name with its
-- length in front.

local type = type

local alpn = {}

local NAME_BYTES = 255

-- nil, message for what is no list of names.
local function encode(names)
  if type(names) ~= "table" then
    return nil, "invalid ALPN parameter"
  elseif #names == 0 then
    return nil, "invalid ALPN list (empty)"
  end
  local pieces = {}
  for index, name in ipairs(names) do
    if type(name) ~= "string" then
      return nil, "invalid ALPN parameter"
    elseif name == "" then
      return nil, "invalid ALPN name (empty string)"
    elseif #name > NAME_BYTES then
      return nil, "invalid ALPN name (length > 255)"
    end
    pieces[index] = string.char(#name) .. name
  end
  return table.concat(pieces)
end

-- What a peer sent; OpenSSL has checked it.
local function decode(wire)
  local names, position = {}, 1
  while position <= #wire do
    local last = position + wire:byte(position)
    names[#names + 1] = wire:sub(position + 1, last)
    position = last + 1
  end
  return names
end

-- What a client offers: a name or a list.
function alpn.client_wire(offer)
  if type(offer) == "string" then
    offer = { offer }
  end
  return encode(offer)
end

-- For ssl.context.setalpncb, from a list in order of preference, or from a function that chooses.
function alpn.server_callback(choice)
  if type(choice) == "function" then
    return function(wire)
      local chosen = choice(decode(wire))
      if type(chosen) == "string" then
        chosen = { chosen }
      end
      return (encode(chosen))
    end
  end
  local wire, message = encode(choice)
  if not wire then
    return nil, message
  end
  return function()
    return wire
  end
end

return alpn
