#pragma once

#include "lua/await.hpp"
#include "lua/compat.hpp"
#include "lua/push.hpp"
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

// The methods that all datagram classes share. Argument 1 is checked already.

/// Begins receive([size]) or receivefrom([size]), the size limit argument 2. Returns the number of
/// results pushed if it failed at that, else 0. `frame`: of a function that no results are pushed
/// above, so that it does not take the lease of a call that raised for one of a call under way.
int begin_receive(lua_State* L, DatagramState& state, Senders senders, const void* frame);
/// The same for a send of argument 2; to the connected peer, or else to `state.target`.
int begin_send(lua_State* L, DatagramState& state, bool to_peer);

/// Pushes the datagram. Returns false when it pushed nil, message. On success the lease is held:
/// the caller pushes what else it wants of the operation, then calls finish_datagram.
inline bool push_datagram(lua_State* L, DatagramState& state, const void* frame) {
  DatagramReceiveOperation& op = state.receive;
  if (op.failure) {
    push_failure(L, *op.failure);
    return false;
  }
  state.runtime.pool.free_parked(frame);
  op.lease.grant(frame);
  push_bytes(L, op.data());
  return true;
}
inline void finish_datagram(DatagramState& state) {
  state.receive.take();
  state.receive.lease.end();
}

/// `push_results` for the object at argument 1, which is a T.
template <class T, int (*push_results)(lua_State*, T&)>
int push_results_at_1(lua_State* L) {
  return push_results(L, *static_cast<T*>(lua_touserdata(L, 1)));
}

/// Runs an operation of `object` that has begun to its end. Most have what they want at once.
template <class T, int (*push_results)(lua_State*, T&)>
int finish_with(lua_State* L, T& object, Operation& operation, Progress progress) {
  Runtime& runtime = object.state.runtime;
  if (progress == Progress::done && may_return_at_once(runtime)) return push_results(L, object);
  return await_rest(L, runtime, operation, progress, push_results_at_1<T, push_results>);
}

/// Waits for one datagram.
template <class T, int (*push_results)(lua_State*, T&)>
int receive_datagram_with(lua_State* L, T& object, Senders senders) {
  DatagramReceiveOperation& op = object.state.receive;
  const int results = begin_receive(L, object.state, senders, __builtin_frame_address(0));
  if (results > 0) return results;
  return finish_with<T, push_results>(L, object, op, op.perform());
}

/// receive([size]).
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

/// send(datagram) and sendto(datagram, ...).
template <class T>
int push_sent(lua_State* L, T& object) {
  const DatagramSendOperation& op = object.state.send;
  if (op.failure) return push_failure(L, *op.failure);
  lua_pushnumber(L, static_cast<lua_Number>(op.sent()));
  return 1;
}
template <class T>
int send_datagram(lua_State* L, T& object, bool to_peer) {
  DatagramSendOperation& op = object.state.send;
  if (const int results = begin_send(L, object.state, to_peer); results > 0) return results;
  return finish_with<T, push_sent<T>>(L, object, op, op.perform());
}

/// Before the descriptor goes: tasks that are suspended in it get "closed".
void close_waits(DatagramState& state) noexcept;
/// Closes; for __gc also drops a datagram that was received and never handed over.
void close_datagram(DatagramState& state) noexcept;
void discard_datagram(DatagramState& state, const void* frame) noexcept;

}  // namespace moontide
