#pragma once

#include "lua/compat.hpp"
#include "lua/runtime.hpp"
#include "net/datagram.hpp"

namespace moontide {

/// What every datagram object has.
struct DatagramState {
  explicit DatagramState(BlockPool& pool) noexcept : receive(socket, pool) {}

  SocketHandle socket;
  Timeouts timeouts;
  DatagramReceiveOperation receive;
  DatagramSendOperation send{socket};
};

/// The methods that all datagram classes share. Argument 1 is checked already.

/// Takes one datagram, its size limit argument 2, and pushes it. Returns false when it pushed
/// nil, message. On success the lease is held: the caller pushes what else it wants of the
/// operation, then calls finish_datagram.
bool push_datagram(lua_State* L, DatagramState& state, const void* frame);
void finish_datagram(DatagramState& state);

/// receive([size])
int datagram_receive(lua_State* L, DatagramState& state);
/// Sends argument 2; `target` null: to the connected peer.
int datagram_send(lua_State* L, DatagramState& state, const Address* target);

/// Closes; for __gc also drops a datagram that was received and never handed over.
void close_datagram(DatagramState& state) noexcept;
void discard_datagram(DatagramState& state, const void* frame) noexcept;

}  // namespace moontide
