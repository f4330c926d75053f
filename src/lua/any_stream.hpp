#pragma once

#include "lua/stream_methods.hpp"

namespace moontide {

/// The state of the stream object at `index` if it is one of ours and connected, else null.
StreamState* to_stream(lua_State* L, int index);
/// The same; raises instead of giving null.
StreamState& check_stream(lua_State* L, int index);

}  // namespace moontide
