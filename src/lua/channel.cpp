// Channels: tables of their places and a metatable. Whatever a script puts into these does no more
// harm than an error.
#include "lua/await.hpp"
#include "lua/loop.hpp"
#include "lua/runtime.hpp"
#include "lua/wait_queue.hpp"

namespace moontide {
namespace {

constexpr int kSenders = 1;    ///< queue; the value of an entry is what it sends
constexpr int kReceivers = 2;  ///< queue
constexpr int kCapacity = 3;
constexpr int kClosed = 4;
constexpr int kFirst = 5;  ///< number of the first value in the buffer; then that of the last one
constexpr int kHead = 6;   ///< The buffer follows.

/// Values that were taken leave so much room at the front before the others move up.
constexpr int kRoomLeast = 64;

enum class Outcome { done, nothing, closed };

void check_channel(lua_State* L) {
  if (!lua_istable(L, 1)) luaL_argerror(L, 1, "channel expected");
}

int push_queue(lua_State* L, int place) {
  lua_rawgeti(L, 1, place);
  if (!lua_istable(L, -1)) luaL_argerror(L, 1, "channel expected");
  return lua_gettop(L);
}

Outcome outcome_of_none(lua_State* L) {
  lua_rawgeti(L, 1, kClosed);
  const bool closed = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return closed ? Outcome::closed : Outcome::nothing;
}

/// Moves what is in the buffer to its beginning.
Span move_up(lua_State* L, Span span) {
  const int shift = span.first - 1;
  for (int i = span.first; i <= span.last; ++i) {
    lua_rawgeti(L, 1, kHead + i);
    lua_rawseti(L, 1, kHead + i - shift);
    lua_pushboolean(L, 0);
    lua_rawseti(L, 1, kHead + i);
  }
  return {1, span.last - shift};
}

/// Appends the value on top of the stack to the buffer and pops it.
void append(lua_State* L, Span span) {
  const int count = span.last - span.first + 1;
  if (span.first > kRoomLeast && span.first > 2 * count) span = move_up(L, span);
  ++span.last;
  lua_rawseti(L, 1, kHead + span.last);
  set_span(L, 1, kFirst, span);
}

/// Takes the first value out of the buffer and pushes it.
Span take(lua_State* L, Span span) {
  lua_rawgeti(L, 1, kHead + span.first);
  lua_pushboolean(L, 0);  // not nil: the place is kept for the next one
  lua_rawseti(L, 1, kHead + span.first);
  ++span.first;
  if (span.first > span.last) span = {1, 0};
  set_span(L, 1, kFirst, span);
  return span;
}

/// Sends the value at 2, if that needs no waiting.
Outcome try_send(lua_State* L) {
  if (outcome_of_none(L) == Outcome::closed) return Outcome::closed;
  const int queue = push_queue(L, kReceivers);
  lua_pushboolean(L, 1);
  lua_pushvalue(L, 2);
  if (wake_first(L, queue, queue + 1, 2, 1)) return Outcome::done;
  const Span span = span_at(L, 1, kFirst);
  lua_rawgeti(L, 1, kCapacity);
  if (!(span.last - span.first + 1 < lua_tonumber(L, -1))) return Outcome::nothing;
  lua_pushvalue(L, 2);
  append(L, span);
  return Outcome::done;
}

/// Pushes a value, if that needs no waiting.
Outcome try_receive(lua_State* L) {
  const int queue = push_queue(L, kSenders);
  lua_pushboolean(L, 1);
  Span span = span_at(L, 1, kFirst);
  if (span.first > span.last) {
    return wake_first(L, queue, queue + 1, 1, 0) ? Outcome::done : outcome_of_none(L);
  }
  span = take(L, span);
  if (wake_first(L, queue, queue + 1, 1, 0)) append(L, span_at(L, 1, kFirst));
  return Outcome::done;
}

int push_closed(lua_State* L) {
  lua_pushnil(L);
  lua_pushliteral(L, "closed");
  return 2;
}

/// Waits in a queue of the channel with the value at `value`; 0 is none.
int wait(lua_State* L, int place, int value, Deadline until) {
  if (scheduler_of(L).current == nullptr) {
    return luaL_error(L, "only tasks can wait here (see moontide.run)");
  }
  enter_queue(L, push_queue(L, place), value);
  return park(L, until);
}

/// send(channel, value [, seconds]): true; or nil, "closed" or "timeout", and nobody has got it.
int loop_send(lua_State* L) {
  check_channel(L);
  lua_settop(L, 3);
  const Deadline until = check_seconds(L, 3, 2, "send");
  const Outcome outcome = try_send(L);
  if (outcome == Outcome::nothing) return wait(L, kSenders, 2, until);
  if (outcome == Outcome::closed) return push_closed(L);
  lua_pushboolean(L, 1);
  return 1;
}

/// try_send(channel, value), without waiting: true when somebody or the buffer has taken it; false;
/// nil, "closed".
int loop_try_send(lua_State* L) {
  check_channel(L);
  lua_settop(L, 2);
  const Outcome outcome = try_send(L);
  if (outcome == Outcome::closed) return push_closed(L);
  lua_pushboolean(L, outcome == Outcome::done ? 1 : 0);
  return 1;
}

/// receive(channel [, seconds]): a value; or nil, "closed" when the channel is closed and empty, or
/// "timeout".
int loop_receive(lua_State* L) {
  check_channel(L);
  lua_settop(L, 2);
  const Deadline until = check_seconds(L, 2, 1, "receive");
  const Outcome outcome = try_receive(L);
  if (outcome == Outcome::nothing) return wait(L, kReceivers, 0, until);
  return outcome == Outcome::closed ? push_closed(L) : 1;
}

/// try_receive(channel), without waiting: true and a value; false when there is none; nil,
/// "closed".
int loop_try_receive(lua_State* L) {
  check_channel(L);
  lua_settop(L, 1);
  const Outcome outcome = try_receive(L);
  if (outcome == Outcome::closed) return push_closed(L);
  lua_pushboolean(L, outcome == Outcome::done ? 1 : 0);
  if (outcome == Outcome::nothing) return 1;
  lua_insert(L, -2);
  return 2;
}

}  // namespace

const luaL_Reg kChannelFunctions[] = {
    {"receive", loop_receive},   {"send", loop_send}, {"try_receive", loop_try_receive},
    {"try_send", loop_try_send}, {nullptr, nullptr},
};

}  // namespace moontide
