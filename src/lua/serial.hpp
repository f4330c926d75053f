#pragma once

#include "lua/object.hpp"
#include "lua/stream_methods.hpp"

namespace moontide {

/// A device opened as a stream (contract unix.md, socket.serial).
struct SerialObject : ObjectHeader {
  static constexpr Kind kKind = Kind::serial;
  static constexpr Class kFirstClass = Class::serial_client;
  static constexpr Class kLastClass = Class::serial_client;

  explicit SerialObject(Runtime& owner) noexcept
      : ObjectHeader{&owner, kKind}, state(transport, owner) {}

  FileTransport transport;
  StreamState state;
};

/// Makes the class. The runtime and anchors are on top of the stack.
void register_serial(lua_State* L);

/// The constructor, which is all of socket.serial.
int serial_new(lua_State* L);

}  // namespace moontide
