#pragma once

#include "lua/compat.hpp"

namespace moontide {

/// Pushes a new table with the functions of socket.dns (contract dns.md). The runtime and anchors
/// are on top of the stack and stay there, below it.
void push_dns(lua_State* L);

}  // namespace moontide
