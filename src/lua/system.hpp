#pragma once

#include "lua/compat.hpp"

namespace moontide {

/// Pushes a table of what the Lua half needs of the system and the library, and Lua does not have:
///
///   clock()        seconds on the monotonic clock
///   random(n)      a whole number from 0 to n - 1 out of the system's source; math.random and its
///                  sequence are left alone. n is at most 2^31
///   reply_bytes    limits::kReplyBytes
void push_system(lua_State* L);

}  // namespace moontide
