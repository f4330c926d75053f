#include "lua/stream_methods.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "lua/args.hpp"
#include "lua/push.hpp"

namespace moontide {
namespace {

/// In debug mode calls return one more result, the seconds since they began. Where that was lies
/// behind the arguments.
void push_call_start(lua_State* L, int place) {
  if (!runtime_of(L).debug) return;
  const std::chrono::duration<double> now = Deadline::Clock::now().time_since_epoch();
  lua_settop(L, place - 1);
  lua_pushnumber(L, now.count());
}
int push_elapsed(lua_State* L, int place, int results) {
  if (!runtime_of(L).debug) return results;
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

/// Argument 2 of receive: nil, a number (or its text), "*l..." or "*a...".
ReceivePattern check_pattern(lua_State* L) {
  using Kind = ReceiveOperation::Pattern;
  const int type = lua_type(L, 2);
  if (type <= LUA_TNIL) return {};
  if (type == LUA_TSTRING) {
    const char* text = lua_tostring(L, 2);
    if (text[0] == '*') {  // before lua_isnumber, which would try to convert it in every call
      if (text[1] == 'l') return {Kind::line, 0};
      if (text[1] == 'a') return {Kind::all, 0};
    }
  }
  if (lua_isnumber(L, 2) == 0) {
    luaL_checkstring(L, 2);
    luaL_argerror(L, 2, "invalid receive pattern");
  }
  const lua_Number count = lua_tonumber(L, 2);
  if (!(count >= 0)) luaL_argerror(L, 2, "invalid receive pattern");  // NaN too
  return {Kind::count, static_cast<std::size_t>(to_integer(count))};
}

/// Pushes what was collected, behind the prefix if there is one (argument 3).
void push_collected(lua_State* L, ReceiveOperation& op, bool has_prefix) {
  if (has_prefix) lua_pushvalue(L, 3);
  push_bytes(L, op.data());
  if (has_prefix) lua_concat(L, 2);
}

int push_received(lua_State* L, ReceiveOperation& op, bool has_prefix) {
  runtime_of(L).pool.free_parked(__builtin_frame_address(0));
  // Copying may run finalisers, and one of those may call this very object.
  op.lease.grant(__builtin_frame_address(0));
  if (op.failure) {
    push_failure(L, *op.failure);
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

}  // namespace

bool is_read_locked(const StreamState& state, const void* frame) noexcept {
  return state.reading != nullptr || state.receive.lease.held_above(frame);
}

int stream_receive(lua_State* L, StreamState& state, FinishFunction finish) {
  std::size_t prefix_size = 0;
  if (lua_type(L, 3) > LUA_TNIL) luaL_checklstring(L, 3, &prefix_size);
  ReceivePattern pattern = check_pattern(L);
  push_call_start(L, kReceiveStart);
  ReceiveOperation& op = state.receive;
  if (prefix_size > 0 && pattern.kind == ReceiveOperation::Pattern::count) {
    if (pattern.count <= prefix_size) {
      lua_pushvalue(L, 3);
      lua_pushnil(L);
      lua_pushnil(L);
      return push_elapsed(L, kReceiveStart, 3);
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
    return push_elapsed(L, kReceiveStart, 3);
  }
  op.busy = &state.reading;
  op.begin(pattern.kind, pattern.count, state.timeouts);
  return await(L, op, finish);
}

int finish_receive(lua_State* L, StreamState& state) {
  std::size_t prefix_size = 0;
  if (lua_type(L, 3) > LUA_TNIL) lua_tolstring(L, 3, &prefix_size);
  push_received(L, state.receive, prefix_size > 0);
  return push_elapsed(L, kReceiveStart, 3);
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
  return await(L, op, finish);
}

int finish_receive_line(lua_State* L, StreamState& state) {
  return push_received(L, state.receive, false);
}

namespace {

/// A send index made whole, with Lua's rule for negative ones.
lua_Integer send_index(lua_State* L, int index, lua_Integer fallback, lua_Integer size) {
  const lua_Integer value = to_integer(luaL_optnumber(L, index, static_cast<lua_Number>(fallback)));
  return value < 0 ? size + value + 1 : value;
}

}  // namespace

int stream_send(lua_State* L, StreamState& state, FinishFunction finish) {
  const std::string_view data = check_bytes(L, 2);
  const auto size = static_cast<lua_Integer>(data.size());
  const lua_Integer first = std::max<lua_Integer>(send_index(L, 3, 1, size), 1);
  const lua_Integer last = std::min(send_index(L, 4, -1, size), size);
  push_call_start(L, kSendStart);
  if (first > last) {
    lua_pushnumber(L, static_cast<lua_Number>(first - 1));
    lua_pushnil(L);
    lua_pushnil(L);
    return push_elapsed(L, kSendStart, 3);
  }
  SendOperation& op = state.send;
  if (op.pending()) {
    push_failure(L, Error{Errc::busy});
    lua_pushnumber(L, static_cast<lua_Number>(first - 1));
    return push_elapsed(L, kSendStart, 3);
  }
  op.begin(
      data.substr(static_cast<std::size_t>(first - 1), static_cast<std::size_t>(last - first + 1)),
      state.timeouts);
  return await(L, op, finish);
}

int finish_send(lua_State* L, StreamState& state) {
  const SendOperation& op = state.send;
  const auto size = static_cast<lua_Integer>(compat::raw_length(L, 2));
  const lua_Integer first = std::max<lua_Integer>(send_index(L, 3, 1, size), 1);
  const auto reached = static_cast<lua_Number>(op.sent()) + static_cast<lua_Number>(first - 1);
  if (const Failure failure = op.failure) {
    push_failure(L, *failure);
    lua_pushnumber(L, reached);
  } else {
    lua_pushnumber(L, reached);
    lua_pushnil(L);
    lua_pushnil(L);
  }
  return push_elapsed(L, kSendStart, 3);
}

void close_waits(StreamState& state) noexcept {
  if (state.reading != nullptr) Reactor::close(*state.reading);
  Reactor::close(state.send);
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
