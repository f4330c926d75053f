#pragma once

#include "lua/stream_methods.hpp"

namespace moontide {

/// The state of the stream object at `index` if it is one of ours and connected, else null.
StreamState* to_stream(lua_State* L, int index);
/// The stream object at `index`, which was found to be one when the call began.
StreamState& stream_at(lua_State* L, int index);
/// to_stream; raises instead of giving null.
StreamState& check_stream(lua_State* L, int index);

}  // namespace moontide
