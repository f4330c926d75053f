#include "lua/stream_methods.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "base/limits.hpp"
#include "lua/args.hpp"
#include "lua/push.hpp"
#include "lua/send_list.hpp"

namespace moontide {
namespace {

/// In debug mode calls return one more result, the seconds since they began. Where that was lies
/// behind the arguments.
void push_call_start(lua_State* L, const StreamState& state, int place) {
  if (!state.runtime.debug) return;
  const std::chrono::duration<double> now = Deadline::Clock::now().time_since_epoch();
  lua_settop(L, place - 1);
  lua_pushnumber(L, now.count());
}
int push_elapsed(lua_State* L, const StreamState& state, int place, int results) {
  if (!state.runtime.debug) return results;
  const std::chrono::duration<double> now = Deadline::Clock::now().time_since_epoch();
  lua_pushnumber(L, std::max(now.count() - lua_tonumber(L, place), 0.0));
  return results + 1;
}

constexpr int kReceiveStart = 4;
constexpr int kSendStart = 5;

struct ReceivePattern {
  ReceiveOperation::Pattern kind = ReceiveOperation::Pattern::line;
  std::size_t count = 0;
};

/// Argument 2 of receive: nil, a number (or its text), "*l...", "*a..." or "*b...".
ReceivePattern check_pattern(lua_State* L) {
  using Kind = ReceiveOperation::Pattern;
  const int type = lua_type(L, 2);
  if (type <= LUA_TNIL) return {};
  if (type == LUA_TSTRING) {
    const char* text = lua_tostring(L, 2);
    if (text[0] == '*') {  // before to_number, which would try to convert it in every call
      if (text[1] == 'l') return {Kind::line, 0};
      if (text[1] == 'a') return {Kind::all, 0};
      if (text[1] == 'b') return {Kind::some, ReceiveOperation::kNoLimit};
    }
  }
  lua_Number count = 0;
  if (!compat::to_number(L, 2, count)) {
    luaL_checkstring(L, 2);
    luaL_argerror(L, 2, "invalid receive pattern");
  }
  if (!(count >= 0)) luaL_argerror(L, 2, "invalid receive pattern");  // NaN too
  return {Kind::count, static_cast<std::size_t>(to_integer(count))};
}

/// receive("*b", limit): argument 3 is a limit, not a prefix. It is read and dropped.
bool is_some_pattern(lua_State* L) {
  if (lua_type(L, 2) != LUA_TSTRING) return false;
  const char* text = lua_tostring(L, 2);
  return text[0] == '*' && text[1] == 'b';
}
ReceivePattern check_some(lua_State* L) {
  luaL_checktype(L, 3, LUA_TNUMBER);  // no text: that would be a prefix, and digits not tell
  const lua_Number limit = lua_tonumber(L, 3);
  luaL_argcheck(L, limit >= 1, 3, "limit must be at least 1");
  lua_settop(L, 2);
  return {ReceiveOperation::Pattern::some, static_cast<std::size_t>(to_integer(limit))};
}

/// Pushes what was collected, behind the prefix if there is one (argument 3).
void push_collected(lua_State* L, ReceiveOperation& op, bool has_prefix) {
  if (has_prefix) lua_pushvalue(L, 3);
  push_bytes(L, op.data());
  if (has_prefix) lua_concat(L, 2);
}

int push_received(lua_State* L, StreamState& state, bool has_prefix) {
  ReceiveOperation& op = state.receive;
  state.runtime.pool.free_parked(__builtin_frame_address(0));
  // Copying may run finalisers, and one of those may call this very object.
  op.lease.grant(__builtin_frame_address(0));
  if (op.failure) {
    push_stream_failure(L, state, op);
    push_collected(L, op, has_prefix);
  } else {
    push_collected(L, op, has_prefix);
    lua_pushnil(L);
    lua_pushnil(L);
  }
  op.take();
  op.lease.end();
  return 3;
}

/// What the buffer holds already, without an operation: the way of most receives of small pieces.
std::optional<Stream::Piece> find_buffered(const StreamState& state, ReceivePattern pattern) {
  switch (pattern.kind) {
    case ReceiveOperation::Pattern::line:
      return state.stream.buffered_line();
    case ReceiveOperation::Pattern::count:
      return state.stream.buffered_bytes(pattern.count);
    default:
      return std::nullopt;
  }
}
int push_buffered(lua_State* L, StreamState& state, const Stream::Piece& piece) {
  state.runtime.pool.free_parked(__builtin_frame_address(0));
  Lease& lease = state.receive.lease;
  lease.grant(__builtin_frame_address(0));  // as in push_received
  push_bytes(L, piece.bytes);
  lua_pushnil(L);
  lua_pushnil(L);
  state.stream.consume(piece.size);
  lease.end();
  return 3;
}

}  // namespace

int push_stream_failure(lua_State* L, const StreamState& state, const Operation& operation) {
  const Error error = *operation.failure;
  if (state.push_message == nullptr) return push_failure(L, error);
  lua_pushnil(L);
  state.push_message(L, state, operation, error);
  return 2;
}

bool is_read_locked(const StreamState& state, const void* frame) noexcept {
  return state.reading != nullptr || state.receive.lease.held_above(frame);
}

int stream_receive(lua_State* L, StreamState& state, FinishFunction finish) {
  std::size_t prefix_size = 0;
  ReceivePattern pattern;
  if (lua_gettop(L) < 3 || lua_isnil(L, 3)) {
    pattern = check_pattern(L);
    if (!state.runtime.debug && !is_read_locked(state, __builtin_frame_address(0))) {
      const auto piece = find_buffered(state, pattern);
      if (piece && may_return_at_once(state.runtime)) return push_buffered(L, state, *piece);
    }
  } else if (is_some_pattern(L)) {
    pattern = check_some(L);
  } else {
    luaL_checklstring(L, 3, &prefix_size);
    pattern = check_pattern(L);
  }
  push_call_start(L, state, kReceiveStart);
  ReceiveOperation& op = state.receive;
  if (prefix_size > 0 && pattern.kind == ReceiveOperation::Pattern::count) {
    if (pattern.count <= prefix_size) {
      lua_pushvalue(L, 3);
      lua_pushnil(L);
      lua_pushnil(L);
      return push_elapsed(L, state, kReceiveStart, 3);
    }
    pattern.count -= prefix_size;
  }
  if (is_read_locked(state, __builtin_frame_address(0))) {
    push_failure(L, Error{Errc::busy});
    if (prefix_size > 0) {
      lua_pushvalue(L, 3);
    } else {
      lua_pushliteral(L, "");
    }
    return push_elapsed(L, state, kReceiveStart, 3);
  }
  op.busy = &state.reading;
  if (prefix_size == 0 && !state.runtime.debug) lua_settop(L, 1);  // a wait keeps what is there
  op.begin(pattern.kind, pattern.count, state.timeouts);
  return await(L, state.runtime, op, finish);
}

int finish_receive(lua_State* L, StreamState& state) {
  std::size_t prefix_size = 0;
  if (lua_gettop(L) >= 3 && !lua_isnil(L, 3)) lua_tolstring(L, 3, &prefix_size);
  push_received(L, state, prefix_size > 0);
  return push_elapsed(L, state, kReceiveStart, 3);
}

int stream_receive_line(lua_State* L, StreamState& state, std::size_t bytes_max,
                        FinishFunction finish) {
  ReceiveOperation& op = state.receive;
  if (is_read_locked(state, __builtin_frame_address(0))) {
    push_failure(L, Error{Errc::busy});
    lua_pushliteral(L, "");
    return 3;
  }
  op.busy = &state.reading;
  op.begin_line(bytes_max, state.timeouts);
  return await(L, state.runtime, op, finish);
}

int finish_receive_line(lua_State* L, StreamState& state) { return push_received(L, state, false); }

namespace {

/// A send index made whole, with Lua's rule for negative ones.
lua_Integer send_index(lua_State* L, int index, lua_Integer fallback, lua_Integer size) {
  if (lua_type(L, index) <= LUA_TNIL) return fallback < 0 ? size + fallback + 1 : fallback;
  const lua_Integer value = to_integer(luaL_optnumber(L, index, static_cast<lua_Number>(fallback)));
  return value < 0 ? size + value + 1 : value;
}

/// The indexes of the first and the last byte to send, arguments 3 and 4, of `size` bytes.
struct SendRange {
  lua_Integer first;
  lua_Integer last;
};
SendRange check_range(lua_State* L, lua_Integer size) {
  if (lua_gettop(L) < 3) return {1, size};
  return {std::max<lua_Integer>(send_index(L, 3, 1, size), 1),
          std::min(send_index(L, 4, -1, size), size)};
}

/// What send returns when all up to `last` has been sent.
int push_sent(lua_State* L, const StreamState& state, lua_Integer last) {
  lua_pushnumber(L, static_cast<lua_Number>(last));
  lua_pushnil(L);
  lua_pushnil(L);
  return push_elapsed(L, state, kSendStart, 3);
}
/// What it returns without sending: nothing was to be sent, or another task is at it.
int push_nothing_sent(lua_State* L, const StreamState& state, lua_Integer first) {
  return push_sent(L, state, first - 1);
}
int push_send_busy(lua_State* L, const StreamState& state, lua_Integer first) {
  push_failure(L, Error{Errc::busy});
  lua_pushnumber(L, static_cast<lua_Number>(first - 1));
  return push_elapsed(L, state, kSendStart, 3);
}

/// send of a list that has been joined to `bytes`, in memory of the caller's frame.
int send_joined(lua_State* L, StreamState& state, std::string_view bytes, FinishFunction finish) {
  if (is_in_task(state.runtime)) {  // a wait leaves the frame
    void* const memory = compat::new_userdata(L, bytes.size());
    std::memcpy(memory, bytes.data(), bytes.size());
    bytes = {static_cast<const char*>(memory), bytes.size()};
  }
  if (is_send_locked(state)) return push_send_busy(L, state, 1);
  state.send.busy = &state.sending;
  state.send.begin(bytes, state.timeouts);
  return await(L, state.runtime, state.send, finish);
}

/// send of a list. One of a few bytes is joined, which is cheaper than to hand over its pieces;
/// else its strings lie behind the start, see push_send_list.
int send_strings(lua_State* L, StreamState& state, FinishFunction finish) {
  lua_settop(L, kSendStart - 1);
  push_call_start(L, state, kSendStart);
  lua_settop(L, kSendStart);
  if (lua_isnil(L, 3) && lua_isnil(L, 4)) {
    char room[limits::kJoinedBytes];
    const std::optional<std::size_t> size = join_strings(L, 2, room);
    if (size && *size > 0) return send_joined(L, state, {room, *size}, finish);
  }
  SendList& list = push_send_list(L, 2);
  const auto [first, last] = check_range(L, static_cast<lua_Integer>(list.bytes));
  if (first > last) return push_nothing_sent(L, state, first);
  if (is_send_locked(state)) return push_send_busy(L, state, first);
  list.choose(first, last);
  state.send.busy = &state.sending;
  state.send.begin_pieces(list.chosen(), state.timeouts);
  return await(L, state.runtime, state.send, finish);
}

/// How many bytes of argument 2 are in front of those that are sent.
lua_Integer skipped_by_send(lua_State* L) {
  if (lua_type(L, 3) <= LUA_TNIL) return 0;
  if (lua_type(L, 2) == LUA_TTABLE) {
    return static_cast<const SendList*>(lua_touserdata(L, kSendStart + 2))->before;
  }
  return check_range(L, static_cast<lua_Integer>(compat::raw_length(L, 2))).first - 1;
}

}  // namespace

int stream_send(lua_State* L, StreamState& state, FinishFunction finish) {
  std::size_t size = 0;
  const char* const bytes = lua_tolstring(L, 2, &size);
  if (bytes == nullptr) {
    if (lua_istable(L, 2)) return send_strings(L, state, finish);
    check_bytes(L, 2);  // raises
  }
  const auto [first, last] = check_range(L, static_cast<lua_Integer>(size));
  push_call_start(L, state, kSendStart);
  if (first > last) return push_nothing_sent(L, state, first);
  if (is_send_locked(state)) return push_send_busy(L, state, first);
  const std::string_view data(bytes + (first - 1), static_cast<std::size_t>(last - first + 1));
  // What goes out at once, as most does, needs no operation.
  IoResult tried = IoResult::moved(0);
  if (may_return_at_once(state.runtime)) {
    tried = state.stream.try_send(data);
    if (tried.status == IoResult::Status::ok && tried.bytes == data.size()) {
      state.stream.sent += data.size();
      return push_sent(L, state, last);
    }
  }
  state.send.busy = &state.sending;
  state.send.begin(data, state.timeouts, tried);
  return await(L, state.runtime, state.send, finish);
}

int finish_send(lua_State* L, StreamState& state) {
  const SendOperation& op = state.send;
  const auto reached =
      static_cast<lua_Number>(op.sent()) + static_cast<lua_Number>(skipped_by_send(L));
  if (op.failure) {
    push_stream_failure(L, state, op);
    lua_pushnumber(L, reached);
  } else {
    lua_pushnumber(L, reached);
    lua_pushnil(L);
    lua_pushnil(L);
  }
  return push_elapsed(L, state, kSendStart, 3);
}

void close_waits(StreamState& state) noexcept {
  if (state.reading != nullptr) Reactor::close(*state.reading);
  if (state.sending != nullptr) Reactor::close(*state.sending);
}

int stream_getstats(lua_State* L, StreamState& state) {
  const std::chrono::duration<double> age = Deadline::Clock::now() - state.birth;
  lua_pushnumber(L, static_cast<lua_Number>(state.stream.received));
  lua_pushnumber(L, static_cast<lua_Number>(state.stream.sent));
  lua_pushnumber(L, age.count());
  return 3;
}

namespace {

std::uint64_t counter_argument(lua_State* L, int index, std::uint64_t current) {
  if (lua_isnoneornil(L, index)) return current;
  return static_cast<std::uint64_t>(
      std::max<lua_Integer>(to_integer(luaL_checknumber(L, index)), 0));
}

}  // namespace

int stream_setstats(lua_State* L, StreamState& state) {
  const std::uint64_t received = counter_argument(L, 2, state.stream.received);
  const std::uint64_t sent = counter_argument(L, 3, state.stream.sent);
  state.stream.received = received;
  state.stream.sent = sent;
  if (lua_isnumber(L, 4) != 0) {
    const lua_Number age = lua_tonumber(L, 4);
    if (std::fabs(age) <= Deadline::kSecondsMax) {
      const std::chrono::duration<double> span(age);
      state.birth = Deadline::Clock::now() - std::chrono::duration_cast<Deadline::Duration>(span);
    }
  }
  return push_success(L);
}

void discard_input(StreamState& state, const void* frame) noexcept {
  const Lease& lease = state.receive.lease;
  if (lease.held_above(frame)) {
    state.stream.park_input(lease.frame());
  } else {
    state.stream.discard_input();
  }
}

}  // namespace moontide
