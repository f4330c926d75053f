#pragma once

#include "lua/object.hpp"
#include "lua/stream_methods.hpp"
#include "net/listener.hpp"
#include "net/unix_connector.hpp"

namespace moontide {

/// A local stream object, in any of its three classes (contract unix.md).
struct UnixStreamObject : ObjectHeader {
  static constexpr Kind kKind = Kind::unix_stream;
  static constexpr Class kFirstClass = Class::unix_stream_master;
  static constexpr Class kLastClass = Class::unix_stream_server;

  explicit UnixStreamObject(Runtime& owner) noexcept
      : ObjectHeader{&owner, kKind}, state(transport, owner) {}

  SocketTransport transport;
  StreamState state;
  AcceptOperation accept{transport.handle};
  UnixConnectOperation connect{transport.handle};
};

/// Makes the classes. The runtime and anchors are on top of the stack.
void register_unix_stream(lua_State* L);

/// The method `receive`, as tcp_receive.
int unix_receive(lua_State* L);

/// The constructor, `stream` and `tcp` of socket.unix.
int unix_stream_new(lua_State* L);

}  // namespace moontide
