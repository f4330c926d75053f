#pragma once

#include "lua/compat.hpp"

namespace moontide {

/// Makes what the functions below need. The runtime and anchors are on top of the stack.
void register_http(lua_State* L);

/// The native half of socket.http; lua/socket/http.lua and its parts are the only callers.
extern const luaL_Reg kHttpFunctions[];

}  // namespace moontide
