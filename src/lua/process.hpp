#pragma once

#include "lua/compat.hpp"

namespace moontide {

/// Pushes a table of what lua/moontide/workers.lua stands on. The runtime and anchors are on top of
/// the stack, and popped.
void push_process(lua_State* L);

}  // namespace moontide
