#pragma once

#include "lua/datagram_methods.hpp"
#include "lua/object.hpp"
#include "net/connector.hpp"
#include "net/listener.hpp"

namespace moontide {

/// A UDP object, in either of its classes (contract udp.md).
struct UdpObject : ObjectHeader {
  static constexpr Kind kKind = Kind::udp;
  static constexpr Class kFirstClass = Class::udp_unconnected;
  static constexpr Class kLastClass = Class::udp_connected;

  explicit UdpObject(Runtime& owner) noexcept : ObjectHeader{&owner, kKind}, state(owner.pool) {}

  DatagramState state;
  BindOperation bind{state.socket};
  ConnectOperation connect{state.socket};
  // The text of the last sender: most datagrams come from the same one, and text costs much.
  Address last_sender;
  AddressText last_sender_text;
};

/// Makes the classes. The runtime and anchors are on top of the stack.
void register_udp(lua_State* L);

/// socket.udp, udp4, udp6.
extern const luaL_Reg kUdpFunctions[];

}  // namespace moontide
