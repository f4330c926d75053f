#pragma once

#include "lua/compat.hpp"

namespace moontide {

/// receive_line(object, bytes_max): receive("*l") of one of our streams, with a limit. Gives the
/// results of receive; nothing but `false` if the object is none of ours, or if its method
/// `receive` was replaced. Its upvalues are the runtime and the anchors.
int receive_line(lua_State* L);

}  // namespace moontide
