// The interactive mode: read a statement or an expression, run it, print what it returns.
#pragma once

#include "standalone/lua.hpp"

namespace moontide::standalone {

/// Serves standard input until it ends. Clears the stack. Errors in what is typed are reported
/// without a program name; an error in computing the prompt is raised.
void run_prompt(lua_State* L);

}  // namespace moontide::standalone
