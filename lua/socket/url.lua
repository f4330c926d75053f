-- Taking URLs apart, putting them together, resolving references. All of it is native.
local socket = require("socket")

local url = require("moontide.native").url()
socket.url = url
return url
