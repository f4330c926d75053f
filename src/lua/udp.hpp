#pragma once

#include "lua/datagram_methods.hpp"
#include "lua/object.hpp"
#include "net/connector.hpp"
#include "net/datagram_list.hpp"
#include "net/listener.hpp"

namespace moontide {

/// A UDP object, in either of its classes (contract udp.md).
struct UdpObject : ObjectHeader {
  static constexpr Kind kKind = Kind::udp;
  static constexpr Class kFirstClass = Class::udp_unconnected;
  static constexpr Class kLastClass = Class::udp_connected;

  explicit UdpObject(Runtime& owner) noexcept
      : ObjectHeader{&owner, kKind}, state(owner), receive_many(state.socket, owner.pool) {}

  DatagramState state;
  ReceiveManyOperation receive_many;
  SendManyOperation send_many{state.socket};
  BindOperation bind{state.socket};
  ConnectOperation connect{state.socket};
  // The text of the last sender: most datagrams come from the same one, and text costs much.
  Address last_sender;
  AddressText last_sender_text;
};

/// The UDP object at argument 1, in either class.
UdpObject& check_udp(lua_State* L);

/// The same where that was checked already.
inline UdpObject& udp_at_1(lua_State* L) { return *static_cast<UdpObject*>(lua_touserdata(L, 1)); }

/// The target of sendto: numeric only. Failures come in the system's wording (contract errors.md).
Failure parse_target(const char* host, const char* service, int family, Address& target) noexcept;
/// A socket that has no family yet gets a descriptor of the target's.
Failure open_for_target(SocketHandle& socket, const Address& target) noexcept;
/// Makes the text of a sender, in `last_sender_text`.
Failure note_sender(UdpObject& udp, const Address& sender) noexcept;

/// The methods `receivemany` and `sendmany` (udp_many.cpp).
int udp_receivemany(lua_State* L);
int udp_sendmany(lua_State* L);
/// For __gc: drops datagrams that were received and never handed over.
void discard_datagrams(UdpObject& udp, const void* frame) noexcept;

/// Makes the classes. The runtime and anchors are on top of the stack.
void register_udp(lua_State* L);

/// socket.udp, udp4, udp6.
extern const luaL_Reg kUdpFunctions[];

}  // namespace moontide
