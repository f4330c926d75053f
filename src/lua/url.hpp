#pragma once

#include "lua/compat.hpp"

namespace moontide {

/// Pushes a new table: the module socket.url (contract url.md).
void push_url(lua_State* L);

}  // namespace moontide
