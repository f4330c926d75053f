#pragma once

#include "lua/compat.hpp"
#include "lua/runtime.hpp"
#include "net/stream.hpp"

namespace moontide {

/// What every stream object has above its transport: the state of its reading and writing half.
struct StreamState {
  StreamState(Transport& transport, BlockPool& pool) noexcept : stream(transport, pool) {}

  Stream stream;
  Timeouts timeouts;
  ReceiveOperation receive{stream};
  SendOperation send{stream};
  Deadline::TimePoint birth = Deadline::Clock::now();
};

/// The methods that all stream classes share. Argument 1 is checked already; the runtime and
/// anchors are the caller's upvalues.
int stream_receive(lua_State* L, StreamState& state);
/// receive("*l") with a limit (ReceiveOperation::begin_line).
int stream_receive_line(lua_State* L, StreamState& state, std::size_t bytes_max);
int stream_send(lua_State* L, StreamState& state);
int stream_getstats(lua_State* L, StreamState& state);
int stream_setstats(lua_State* L, StreamState& state);

/// For __gc: besides closing, drops the input that close() would leave readable.
void discard_input(StreamState& state, const void* frame) noexcept;

}  // namespace moontide
