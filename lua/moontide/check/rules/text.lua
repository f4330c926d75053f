-- Rules of `moontide check` about mail, files, encodings and URLs. Their form is described in ../rules.lua.

local is = require("moontide.check.conditions")

local ftp_transfers = { "socket.ftp.get", "socket.ftp.put", "socket.ftp.command" }

local function without_field(name)
  return function(call)
    return is.field(call, 1, name) == nil
  end
end

local function has_field(name)
  return function(call)
    return is.field(call, 1, name) ~= nil
  end
end

local function bad_headers(holds)
  return function(call)
    return is.some_text(is.field(call, 1, "headers"), holds)
  end
end

return {
  -- Mail and files ----------------------------------------------------------------------------------------

  {
    name = "smtp-line-ends",
    calls = { "socket.smtp.send" },
    when = is.any(is.field_text(1, "from", "[\r\n%z]"), is.field_text(1, "rcpt", "[\r\n%z]"),
      is.field_text(1, "domain", "[\r\n%z]")),
    differs = 'line ends in addresses and in the domain are refused: nil, "invalid character in command"',
    advice = "give every recipient an element of rcpt",
  },
  {
    name = "smtp-no-recipients",
    calls = { "socket.smtp.send" },
    when = function(call)
      local rcpt = is.field(call, 1, "rcpt")
      return rcpt ~= nil and rcpt.items ~= nil and #rcpt.items == 0 and next(rcpt.fields) == nil
    end,
    differs = 'without recipients nothing is sent: nil, "no recipients"',
    advice = "do not call send",
  },
  {
    name = "smtp-headers",
    calls = { "socket.smtp.message" },
    when = bad_headers(function(text)
      return (text .. "x"):find("\n[^ \t]") ~= nil or text:find("\r[^\n]") ~= nil
    end),
    differs = 'a line end in a header that does not fold it is refused: nil, "invalid header value"',
    advice = "begin what follows with a blank, or give it a field of its own",
  },
  {
    name = "smtp-boundary",
    calls = { "socket.smtp.message" },
    when = bad_headers(function(text, name)
      return (name or ""):lower() == "content-type" and text:lower():find("boundary%s*=") ~= nil
    end),
    differs = "a boundary of your own is used, LuaSocket appends a second one",
    advice = "be sure that it is in no part",
  },
  {
    name = "ftp-line-ends",
    calls = ftp_transfers,
    when = function(call)
      local url = is.url(call)
      local holds = function(text) return text:find("[\r\n%z]") ~= nil or text:find("%%0[aAdD0]") ~= nil end
      return holds(url) or is.some_text(call.arguments[1], function(text)
        return text:find("[\r\n%z]") ~= nil
      end)
    end,
    differs = 'line ends in what becomes a command are refused: nil, "invalid character in command"',
    advice = "send further commands by ftp.command",
  },
  {
    name = "ftp-userinfo",
    calls = ftp_transfers,
    when = is.url_matches("^ftp://[^/@]*%%%x%x[^/@]*@"),
    differs = "user and password of the URL are unescaped, LuaSocket sends them with their %",
    advice = "give user and password as fields if they shall stay as they are",
  },
  {
    name = "ftp-parameters",
    calls = { "socket.ftp.get", "socket.ftp.put" },
    when = is.all(is.url_matches("^ftp://[^;]*;"), is.none(is.url_matches(";type=.$"))),
    differs = "parameters other than type=x give nil and a message, LuaSocket raises",
    advice = "write ;type=a or ;type=i",
  },
  {
    name = "ftp-passive",
    methods = { "pasv" },
    differs = "gives and uses the address of the control connection, whatever the server says",
    advice = "connect by hand if the data really come from another host",
  },
  {
    name = "ftp-active",
    calls = { "socket.ftp.open():port", "socket.ftp.open():eprt" },
    differs = "offers the own address and takes the server alone, LuaSocket offers the server's address",
    advice = "do not replace the address any more",
  },
  {
    name = "tp-line-ends",
    methods = { "command" },
    when = is.any(is.text_matches(1, "[\r\n%z]"), is.text_matches(2, "[\r\n%z]")),
    differs = 'of socket.tp: a line end is refused: nil, "invalid character in command"',
    advice = "send each command by itself, or raw bytes by send",
  },

  -- Text --------------------------------------------------------------------------------------------------

  {
    name = "unqp-nul",
    calls = { "mime.unqp" },
    when = is.text_matches(1, "^=00"),
    differs = "text that begins with a NUL byte is a result, in LuaSocket nil",
    advice = "test for nil alone",
  },
  {
    name = "qpwrp-length",
    calls = { "mime.qpwrp" },
    when = is.number(3, function(number) return number < 4 end),
    differs = "a length below 4 is 4, LuaSocket splits =XX",
    advice = "give at least 4",
  },
  {
    name = "marker-nul",
    calls = { "mime.eol", "mime.qp" },
    when = is.text_matches(3, "%z"),
    differs = "the whole marker counts, in LuaSocket what stands before a NUL",
    advice = "give the marker that is meant",
  },
  {
    name = "url-authority",
    calls = { "socket.url.parse" },
    when = is.url_matches("^[%a][%w+.-]*://[^/]*[?#]"),
    differs = "the authority ends at ? and # too, in LuaSocket they are part of the host",
    advice = "expect query and fragment where they belong",
  },
  {
    name = "url-dots",
    calls = { "socket.url.absolute" },
    when = is.any(is.text_matches(1, "%.%./"), is.text_matches(2, "[?#].*%.%./"),
      is.text_matches(2, "://.*%.%./"), is.text_matches(2, "[?#].*/%.%.$")),
    differs = "dots are removed in the path alone, LuaSocket does so in the host, query and fragment as well",
    advice = "expect them to stay there",
  },
  {
    name = "url-base-table",
    calls = { "socket.url.absolute" },
    when = is.all(has_field("host"), without_field("authority")),
    differs = "a base table without authority keeps its host, LuaSocket loses it",
    advice = "drop what was done in place of it",
  },
}
