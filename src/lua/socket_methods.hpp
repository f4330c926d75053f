#pragma once

#include "base/timeouts.hpp"
#include "lua/compat.hpp"
#include "net/socket.hpp"

namespace moontide {

/// The methods that all classes share. Argument 1 is checked already.

int socket_getfd(lua_State* L, const SocketHandle& socket);
int socket_setfd(lua_State* L, SocketHandle& socket);
int socket_settimeout(lua_State* L, Timeouts& timeouts);
int socket_gettimeout(lua_State* L, const Timeouts& timeouts);
/// shutdown([how]): always a success, whatever the system thinks of it.
int socket_shutdown(lua_State* L, const SocketHandle& socket);
int socket_getfamily(lua_State* L, const SocketHandle& socket);

/// The name that scripts see for AF_INET and the like.
const char* family_name(int family);

/// getsockname, getpeername: ip, port, family name.
int push_internet_name(lua_State* L, const Result<Address>& name);
/// getsockname of local sockets: the path.
int push_unix_name(lua_State* L, const Result<Address>& name);

}  // namespace moontide
