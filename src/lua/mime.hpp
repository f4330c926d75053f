#pragma once

#include "lua/compat.hpp"

namespace moontide {

/// Pushes a new table, that of mime.core (contract mime.md). The runtime and anchors are on top of
/// the stack and stay there, below it.
void push_mime(lua_State* L);

}  // namespace moontide
