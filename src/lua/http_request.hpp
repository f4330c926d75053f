#pragma once

#include "lua/compat.hpp"

namespace moontide {

/// plain_request(request, user_agent, canonic) -> host, port, head text
///                                             -> nothing
/// For the request that most are: a GET of an http URL, with nothing in the table that changes what
/// is sent. Anything else, and anything wrong, is left to the files in lua/moontide/http.
/// `canonic`: socket.headers.canonic.
int http_plain_request(lua_State* L);

}  // namespace moontide
