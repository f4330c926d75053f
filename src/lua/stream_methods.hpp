#pragma once

#include "lua/await.hpp"
#include "lua/compat.hpp"
#include "lua/runtime.hpp"
#include "net/stream.hpp"

namespace moontide {

struct StreamState;

/// Pushes the text of an error of `operation`, which worked on `state`.
using MessageFunction = void (*)(lua_State* L, const StreamState& state, const Operation& operation,
                                 Error error);

/// What every stream object has above its transport: the state of its reading and writing half.
struct StreamState {
  StreamState(Transport& transport, Runtime& owner) noexcept
      : runtime(owner), stream(transport, owner.pool) {}

  // What most calls touch comes first, and lies together.
  Runtime& runtime;
  Stream stream;
  Operation* reading = nullptr;  ///< The read of any kind that a task is suspended in.
  Operation* sending = nullptr;  ///< And the send.
  Timeouts timeouts;
  ReceiveOperation receive{stream};
  SendOperation send{stream};
  Deadline::TimePoint birth = Deadline::Clock::now();
  MessageFunction push_message = nullptr;  ///< For streams that have words of their own.
};

/// nil, message: why an operation on `state` failed.
int push_stream_failure(lua_State* L, const StreamState& state, const Operation& operation);

/// Whether nobody else may read now: a task is suspended in a read, or `frame` is nested in a copy
/// of what was read.
bool is_read_locked(const StreamState& state, const void* frame) noexcept;

/// Whether a task is suspended in something that uses all of the object.
inline bool is_taken(const StreamState& state) noexcept {
  return state.reading != nullptr && state.reading->takes_all;
}

/// Whether nobody else may send now.
inline bool is_send_locked(const StreamState& state) noexcept {
  return state.sending != nullptr || is_taken(state);
}

/// The methods that all stream classes share. Argument 1 is checked already; the runtime and
/// anchors are the caller's upvalues. What ends with FinishFunction pushes the results of one that
/// waited; they are made below for each kind of object.
int stream_receive(lua_State* L, StreamState& state, FinishFunction finish);
int finish_receive(lua_State* L, StreamState& state);
/// receive("*l") with a limit (ReceiveOperation::begin_line).
int stream_receive_line(lua_State* L, StreamState& state, std::size_t bytes_max,
                        FinishFunction finish);
int finish_receive_line(lua_State* L, StreamState& state);
int stream_send(lua_State* L, StreamState& state, FinishFunction finish);
int finish_send(lua_State* L, StreamState& state);
/// sendfile(self, file [, offset [, length]]) (stream_sendfile.cpp).
int stream_sendfile(lua_State* L, StreamState& state, FinishFunction finish);
int finish_sendfile(lua_State* L, StreamState& state);

/// `function` for the object at argument 1, which is a T.
template <class T, int (*function)(lua_State*, StreamState&)>
int for_stream(lua_State* L) {
  return function(L, static_cast<T*>(lua_touserdata(L, 1))->state);
}

template <class T>
int receive_from(lua_State* L, T& object) {
  return stream_receive(L, object.state, for_stream<T, finish_receive>);
}
template <class T>
int send_to(lua_State* L, T& object) {
  return stream_send(L, object.state, for_stream<T, finish_send>);
}
template <class T>
int send_file_to(lua_State* L, T& object) {
  return stream_sendfile(L, object.state, for_stream<T, finish_sendfile>);
}

int stream_getstats(lua_State* L, StreamState& state);
int stream_setstats(lua_State* L, StreamState& state);

/// Before the descriptor goes: tasks that are suspended in reads and writes get "closed".
void close_waits(StreamState& state) noexcept;

/// For __gc: besides closing, drops the input that close() would leave readable.
void discard_input(StreamState& state, const void* frame) noexcept;

}  // namespace moontide
