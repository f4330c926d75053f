// Ctrl-C: SIGINT ends the Lua code that runs, and only while it runs.
#pragma once

#include "standalone/lua.hpp"

namespace moontide::standalone {

/// lua_pcall during which SIGINT raises the error "interrupted!" in the code that runs in L. A
/// second SIGINT has its usual effect, so code that catches the error can still be stopped. Calls
/// do not nest.
int pcall_interruptible(lua_State* L, int argument_count, int result_count, int handler_index);

}  // namespace moontide::standalone
