#pragma once

#include "lua/compat.hpp"
#include "net/socket.hpp"

namespace moontide {

/// Which names an object knows (contract options.md, Which names exist).
enum class OptionGroup : unsigned char { tcp, udp, unix_stream, unix_dgram };

/// setoption(self, name, value) with self already checked; `socket` may have no descriptor. Names
/// and values are checked before the system is asked. Pushes 1, or nil and "setsockopt failed".
int push_set_option(lua_State* L, OptionGroup group, const SocketHandle& socket);

/// getoption(self, name). Pushes the value, or nil and "getsockopt failed".
int push_get_option(lua_State* L, OptionGroup group, const SocketHandle& socket);

}  // namespace moontide
