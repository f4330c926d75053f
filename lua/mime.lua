-- MIME: transfer encodings, line wrapping, line ends and dot-stuffing as filters of ltn12. The functions
-- beneath them are native; each takes its state and a chunk, and gives a result and its new state.
--
-- Programs replace fields of this module and add entries to its tables at run time, so what a filter
-- needs is looked up when the filter is made.

local mime = require("mime.core")
local ltn12 = require("ltn12")
local choose = require("moontide.native").choose()

local LINE_LENGTH = 76

local encodet, decodet, wrapt = {}, {}, {}
mime.encodet, mime.decodet, mime.wrapt = encodet, decodet, wrapt

mime.encode = choose(encodet)
mime.decode = choose(decodet)
mime.wrap = choose(wrapt)

encodet["base64"] = function()
  return ltn12.filter.cycle(mime.b64, "")
end

-- Mode "binary" keeps the line ends of the text as they are, "text" makes them those of the transport.
encodet["quoted-printable"] = function(mode)
  return ltn12.filter.cycle(mime.qp, "", mode == "binary" and "=0D=0A" or "\r\n")
end

decodet["base64"] = function()
  return ltn12.filter.cycle(mime.unb64, "")
end

decodet["quoted-printable"] = function()
  return ltn12.filter.cycle(mime.unqp, "")
end

local function wrap_text(length)
  length = length or LINE_LENGTH
  return ltn12.filter.cycle(mime.wrp, length, length)
end

wrapt["text"] = wrap_text
wrapt["base64"] = wrap_text
wrapt["default"] = wrap_text

wrapt["quoted-printable"] = function()
  return ltn12.filter.cycle(mime.qpwrp, LINE_LENGTH, LINE_LENGTH)
end

function mime.normalize(marker)
  return ltn12.filter.cycle(mime.eol, 0, marker)
end

function mime.stuff()
  return ltn12.filter.cycle(mime.dot, 2)
end

return mime
