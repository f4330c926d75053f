#pragma once

#include "lua/compat.hpp"

namespace moontide {

/// The usual select: outside of tasks, of lists without metatables that hold objects of ours and
/// nothing else. Pushes the results; 0 where it has to be done in the other way.
int select_in_place(lua_State* L, lua_Number timeout);

}  // namespace moontide
