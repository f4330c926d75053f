#include "lua/wait_queue.hpp"

#include "lua/await.hpp"
#include "lua/runtime.hpp"
#include "lua/task_object.hpp"

namespace moontide {
namespace {

constexpr int kSweepLeast = 32;

/// So many values fit on the stack of a function anyway.
constexpr int kValuesFree = 4;

/// Numbers of entries below it are in a range that places can be made of.
constexpr lua_Integer kNumbersMax = 1 << 28;

int number_at(lua_State* L, int table, int place) {
  lua_rawgeti(L, table, place);
  const lua_Integer number = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return number >= 0 && number < kNumbersMax ? static_cast<int>(number) : 0;
}

void set_number(lua_State* L, int table, int place, int number) {
  lua_pushinteger(L, number);
  lua_rawseti(L, table, place);
}

int place_of(int entry, int place) { return kQueueHead + (entry - 1) * kEntryPlaces + place + 1; }

/// What an entry keeps alive. Not nil: the places are kept for the next one.
void clear_entry(lua_State* L, int queue, int entry) {
  for (const int place : {kEntryObject, kEntryValue}) {
    lua_pushboolean(L, 0);
    lua_rawseti(L, queue, place_of(entry, place));
  }
}

void move_entry(lua_State* L, int queue, int from, int to) {
  for (int place = 0; place < kEntryPlaces; ++place) {
    lua_rawgeti(L, queue, place_of(from, place));
    lua_rawseti(L, queue, place_of(to, place));
  }
}

/// The task of an entry, if it has taken no other ticket since; else null.
Task* task_of(lua_State* L, int queue, int entry) {
  lua_rawgeti(L, queue, place_of(entry, kEntryTicket));
  lua_rawgeti(L, queue, place_of(entry, kEntryObject));
  Task* const task = find_task(L, -1);
  const bool is_its = task != nullptr && lua_tonumber(L, -2) == task->ticket;
  lua_pop(L, 2);
  return is_its ? task : nullptr;
}

/// Drops the entries of those that gave up, and begins with number 1 again.
Span sweep(lua_State* L, int queue, Span span) {
  int last = 0;
  for (int entry = span.first; entry <= span.last; ++entry) {
    if (task_of(L, queue, entry) != nullptr && ++last != entry) move_entry(L, queue, entry, last);
  }
  for (int entry = last + 1; entry <= span.last; ++entry) clear_entry(L, queue, entry);
  set_number(L, queue, kQueueSweep, last > kSweepLeast / 2 ? 2 * last : kSweepLeast);
  return {1, last};
}

/// Adds an entry: object, ticket, value and key are the values at the top of the stack, which it
/// pops.
void add_entry(lua_State* L, int queue) {
  Span span = span_at(L, queue, kQueueFirst);
  const int count = span.last - span.first + 1;
  // Entries that were taken leave room at the front.
  if (count >= kSweepLeast || span.first > kSweepLeast) {
    const int most = number_at(L, queue, kQueueSweep);
    if (count >= most || span.first > 2 * count) span = sweep(L, queue, span);
  }
  ++span.last;
  for (int i = kEntryPlaces - 1; i >= 0; --i) {
    lua_rawseti(L, queue, place_of(span.last, i));
  }
  set_span(L, queue, kQueueFirst, span);
}

/// Takes the first entry out; its value and key are pushed. The task, if it still waits there.
Task* take_entry(lua_State* L, int queue, Span span) {
  Task* const task = task_of(L, queue, span.first);
  lua_rawgeti(L, queue, place_of(span.first, kEntryValue));
  lua_rawgeti(L, queue, place_of(span.first, kEntryKey));
  clear_entry(L, queue, span.first);
  set_number(L, queue, kQueueFirst, span.first + 1);
  return task != nullptr && is_parked(*task) ? task : nullptr;
}

/// The task goes on with the values; pops the key.
void give(lua_State* L, Task& task, int first, int count, int skip) {
  const int key = lua_gettop(L);
  const bool has_key = lua_toboolean(L, key) != 0;
  if (has_key) {
    skip = 0;
    lua_pushvalue(L, key);
  }
  for (int i = skip; i < count; ++i) lua_pushvalue(L, first + i);
  unpark(L, task, key + 1);
  lua_settop(L, key - 1);
}

void check_queue(lua_State* L) { luaL_checktype(L, 1, LUA_TTABLE); }

/// queue_wait(queue [, seconds [, value]]): parks the running task in a queue: what it is woken
/// with; or nil, "timeout". To be called by the function that the script calls.
int loop_queue_wait(lua_State* L) {
  check_queue(L);
  lua_settop(L, 3);
  if (scheduler_of(L).current == nullptr) {
    luaL_where(L, 2);
    lua_pushliteral(L, "only tasks can wait here (see moontide.run)");
    lua_concat(L, 2);
    return lua_error(L);
  }
  const Deadline until =
      lua_isnil(L, 2) ? Deadline::never() : instant_after(luaL_checknumber(L, 2));
  enter_queue(L, 1, 3);
  return park(L, until);
}

/// queue_wake(queue, ...) -> true and the value of the task that was woken; nothing without one
int loop_queue_wake(lua_State* L) {
  check_queue(L);
  const int count = lua_gettop(L) - 1;
  lua_pushboolean(L, 1);
  return wake_first(L, 1, 2, count, 0) ? 2 : 0;
}

/// queue_add(queue, object, ticket, value, key): enters a task that took that ticket.
int loop_queue_add(lua_State* L) {
  check_queue(L);
  check_task(L, 2);
  luaL_checknumber(L, 3);
  lua_settop(L, 5);
  add_entry(L, 1);
  return 0;
}

}  // namespace

Span span_at(lua_State* L, int table, int place) {
  const Span span{number_at(L, table, place), number_at(L, table, place + 1)};
  return span.first > 0 && span.last >= span.first ? span : Span{1, 0};
}

void set_span(lua_State* L, int table, int place, Span span) {
  set_number(L, table, place, span.first);
  set_number(L, table, place + 1, span.last);
}

void enter_queue(lua_State* L, int queue, int value) {
  Task& task = *scheduler_of(L).current;
  ++task.ticket;
  task.has_waited = true;
  push_object(L, task);
  lua_pushvalue(L, queue);
  lua_rawseti(L, -2, kObjectWait);
  lua_pushinteger(L, static_cast<lua_Integer>(task.ticket));
  if (value != 0) {
    lua_pushvalue(L, value);
  } else {
    lua_pushboolean(L, 0);
  }
  lua_pushboolean(L, 0);
  add_entry(L, queue);
}

bool wake_first(lua_State* L, int queue, int first, int count, int skip) {
  if (count > kValuesFree) luaL_checkstack(L, count + LUA_MINSTACK, "too many values");
  for (;;) {
    const Span span = span_at(L, queue, kQueueFirst);
    if (span.first > span.last) return false;
    if (Task* const task = take_entry(L, queue, span)) {
      give(L, *task, first, count, skip);
      return true;
    }
    lua_pop(L, 2);
  }
}

const luaL_Reg kQueueFunctions[] = {
    {"queue_add", loop_queue_add},
    {"queue_wait", loop_queue_wait},
    {"queue_wake", loop_queue_wake},
    {nullptr, nullptr},
};

}  // namespace moontide
