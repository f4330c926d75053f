#pragma once

#include "lua/datagram_methods.hpp"
#include "lua/object.hpp"

namespace moontide {

/// A local datagram object, in either of its classes (contract unix.md).
struct UnixDgramObject : ObjectHeader {
  static constexpr Kind kKind = Kind::unix_dgram;
  static constexpr Class kFirstClass = Class::unix_dgram_unconnected;
  static constexpr Class kLastClass = Class::unix_dgram_connected;

  explicit UnixDgramObject(Runtime& owner) noexcept : ObjectHeader{&owner, kKind}, state(owner) {}

  DatagramState state;
};

/// Makes the classes. The runtime and anchors are on top of the stack.
void register_unix_dgram(lua_State* L);

/// The constructor, `dgram` and `udp` of socket.unix.
int unix_dgram_new(lua_State* L);

}  // namespace moontide
