#pragma once

#include "lua/await.hpp"
#include "lua/compat.hpp"
#include "lua/runtime.hpp"
#include "net/datagram.hpp"

namespace moontide {

/// What every datagram object has.
struct DatagramState {
  explicit DatagramState(Runtime& owner) noexcept : runtime(owner), receive(socket, owner.pool) {}

  Runtime& runtime;
  SocketHandle socket;
  Timeouts timeouts;
  DatagramReceiveOperation receive;
  DatagramSendOperation send{socket};
  Address target;                ///< Of the sendto() under way.
  Operation* reading = nullptr;  ///< The receive of any kind that a task is suspended in.
  Operation* sending = nullptr;  ///< And the send.
};

/// The methods that all datagram classes share. Argument 1 is checked already.

/// receive([size]) and receivefrom([size]): waits for one datagram, its size limit argument 2.
int datagram_receive(lua_State* L, DatagramState& state, FinishFunction finish);
/// For their FinishFunctions: pushes the datagram. Returns false when it pushed nil, message. On
/// success the lease is held: the caller pushes what else it wants of the operation, then calls
/// finish_datagram.
bool push_datagram(lua_State* L, DatagramState& state, const void* frame);
void finish_datagram(DatagramState& state);
int finish_receive(lua_State* L, DatagramState& state);

/// Sends argument 2; to the connected peer, or else to `state.target`.
int datagram_send(lua_State* L, DatagramState& state, bool to_peer, FinishFunction finish);
int finish_send(lua_State* L, DatagramState& state);

/// `function` for the object at argument 1, which is a T.
template <class T, int (*function)(lua_State*, DatagramState&)>
int for_datagram(lua_State* L) {
  return function(L, static_cast<T*>(lua_touserdata(L, 1))->state);
}

template <class T>
int receive_datagram(lua_State* L, T& object) {
  return datagram_receive(L, object.state, for_datagram<T, finish_receive>);
}
/// To `object.state.target` unless `to_peer`.
template <class T>
int send_datagram(lua_State* L, T& object, bool to_peer) {
  return datagram_send(L, object.state, to_peer, for_datagram<T, finish_send>);
}

/// Before the descriptor goes: tasks that are suspended in it get "closed".
void close_waits(DatagramState& state) noexcept;
/// Closes; for __gc also drops a datagram that was received and never handed over.
void close_datagram(DatagramState& state) noexcept;
void discard_datagram(DatagramState& state, const void* frame) noexcept;

}  // namespace moontide
