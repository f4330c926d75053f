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
  bool has_peer = false;  ///< It was connected: what comes is from there.
  DatagramSendOperation send{socket};
  Address target;                ///< Of the sendto() under way.
  Operation* reading = nullptr;  ///< The receive of any kind that a task is suspended in.
  Operation* sending = nullptr;  ///< And the send.
};

/// The methods that all datagram classes share. Argument 1 is checked already.

/// Begins receive([size]) or receivefrom([size]), the size limit argument 2. Returns the number of
/// results pushed if it failed at that, else 0.
int begin_receive(lua_State* L, DatagramState& state, Senders senders);
/// Pushes the datagram. Returns false when it pushed nil, message. On success the lease is held:
/// the caller pushes what else it wants of the operation, then calls finish_datagram.
bool push_datagram(lua_State* L, DatagramState& state, const void* frame);
inline void finish_datagram(DatagramState& state) {
  state.receive.take();
  state.receive.lease.end();
}

/// Sends argument 2; to the connected peer, or else to `state.target`.
int datagram_send(lua_State* L, DatagramState& state, bool to_peer, FinishFunction finish);
int finish_send(lua_State* L, DatagramState& state);

/// `function` for the object at argument 1, which is a T.
template <class T, int (*function)(lua_State*, DatagramState&)>
int for_datagram(lua_State* L) {
  return function(L, static_cast<T*>(lua_touserdata(L, 1))->state);
}

/// `push_results` for the object at argument 1.
template <class T, int (*push_results)(lua_State*, T&)>
int for_object(lua_State* L) {
  return push_results(L, *static_cast<T*>(lua_touserdata(L, 1)));
}

/// Waits for one datagram; most are there already.
template <class T, int (*push_results)(lua_State*, T&)>
int receive_datagram_with(lua_State* L, T& object, Senders senders) {
  DatagramState& state = object.state;
  if (const int results = begin_receive(L, state, senders); results > 0) return results;
  const Progress progress = state.receive.perform();
  if (progress == Progress::done && may_return_at_once(state.runtime)) {
    return push_results(L, object);
  }
  return await_rest(L, state.runtime, state.receive, progress, for_object<T, push_results>);
}

/// receive([size])
template <class T>
int push_datagram_alone(lua_State* L, T& object) {
  if (!push_datagram(L, object.state, __builtin_frame_address(0))) return 2;
  finish_datagram(object.state);
  return 1;
}
template <class T>
int receive_datagram(lua_State* L, T& object) {
  const Senders senders = object.state.has_peer ? Senders::unwanted : Senders::wanted;
  return receive_datagram_with<T, push_datagram_alone<T>>(L, object, senders);
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
