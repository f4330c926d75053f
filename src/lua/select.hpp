#pragma once

#include "lua/compat.hpp"

namespace moontide {

/// socket.select(recvt, sendt [, timeout]) (contract socket.md).
int socket_select(lua_State* L);

}  // namespace moontide
