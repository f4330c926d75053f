#pragma once

#include "lua/runtime.hpp"

namespace moontide {

/// The resolver of this interpreter, set to the backend that `socket.dns.backend` names now. Null
/// inside once the interpreter is on its way out. Raises for a backend that does not exist, so it
/// comes before an operation begins.
const NameResolverPtr& names_of(lua_State* L);

}  // namespace moontide
