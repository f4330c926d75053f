#pragma once

#include "lua/object.hpp"
#include "lua/stream_methods.hpp"
#include "net/connector.hpp"
#include "net/listener.hpp"

namespace moontide {

/// A TCP object, in any of its three classes (contract tcp.md).
struct TcpObject : ObjectHeader {
  static constexpr Kind kKind = Kind::tcp;
  static constexpr Class kFirstClass = Class::tcp_master;
  static constexpr Class kLastClass = Class::tcp_server;

  explicit TcpObject(Runtime& owner) noexcept
      : ObjectHeader{&owner, kKind}, state(transport, owner) {}

  SocketTransport transport;
  StreamState state;
  AcceptOperation accept{transport.handle};
  BindOperation bind{transport.handle};
  ConnectOperation connect{transport.handle};
};

/// Makes the classes. The runtime and anchors are on top of the stack.
void register_tcp(lua_State* L);

/// Ends whatever waits in it, closes its descriptor and forgets the rest, so it is as good as new.
void close_tcp(TcpObject& tcp);

/// The method `receive`. Declared here because only an object that still has it may be read past
/// it.
int tcp_receive(lua_State* L);

/// socket.tcp, tcp4, tcp6, connect: functions of the namespace.
extern const luaL_Reg kTcpFunctions[];

}  // namespace moontide
