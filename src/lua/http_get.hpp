#pragma once

#include "lua/compat.hpp"

namespace moontide {

/// plain_get(reader, tcp, request, user_agent, canonic, timeout)
///   -> nothing                                   not a plain request; nothing was done
///   -> code, status line, headers, cookies, body
///   -> false, first five bytes                   HTTP/0.9; they are taken
///   -> nil, message                              `tcp` is closed
/// body: the whole of it, false when the answer has none, and `tcp` is closed then; or nil, when it
/// has to be read from `tcp`, or the head is not the final one.
/// `tcp`: any object of that kind that nobody else uses; it is opened anew. `timeout`: as for
/// settimeout. The other arguments: http_request.hpp.
int http_plain_get(lua_State* L);

}  // namespace moontide
