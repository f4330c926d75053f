#include "lua/task_end.hpp"

#include "lua/await.hpp"
#include "lua/join.hpp"
#include "lua/runtime.hpp"
#include "lua/spawn.hpp"
#include "lua/task_object.hpp"

namespace moontide {
namespace {

/// Takes the thread away from a task whose coroutine is of no more use, and pushes it; nil when it
/// had none yet.
void push_dead_thread(lua_State* L, Scheduler& scheduler, Task& task) {
  if (task.thread == nullptr) return lua_pushnil(L);
  lua_rawgeti(L, anchors_upvalue(), kAnchorThreads);
  const int place = static_cast<int>(task.thread_place) + 1;
  lua_rawgeti(L, -1, place);
  lua_pushboolean(L, 0);  // not nil: the place is kept for the next one
  lua_rawseti(L, -3, place);
  lua_remove(L, -2);
  scheduler.unbind(task, false);
}

/// The object at `object` gets a list of the results above it.
void keep_results(lua_State* L, int object, int count) {
  lua_createtable(L, count, 1);
  lua_insert(L, object + 1);
  lua_pushinteger(L, count);
  lua_setfield(L, object + 1, "n");
  for (int i = count; i > 0; --i) lua_rawseti(L, object + 1, i);
  lua_rawseti(L, object, kObjectOutcome);
}

}  // namespace

void end_task(lua_State* L, Scheduler& scheduler, Task& task, bool succeeded, int first) {
  const int count = lua_gettop(L) + 1 - first;
  if (count > 1) luaL_checkstack(L, count + kRoomForEnd, "too many values");
  const bool is_told = !succeeded || task.is_watched || scheduler.tells_all;
  push_object(L, task);
  if (count > 0) lua_insert(L, first);
  if (count > 0 || task.has_waited) {
    lua_pushboolean(L, count > 0 ? 1 : 0);  // until the results are there
    lua_rawseti(L, first, kObjectOutcome);
  }
  const bool is_joined = wake_joiners(L, scheduler, task, succeeded, first + 1, count);
  if (task.started) {
    drop_arguments(L, task);
  } else {
    drop_body(L, task, first);
  }
  if (succeeded) {
    lua_settop(task.thread, 0);
    scheduler.unbind(task, true);
  } else {
    push_dead_thread(L, scheduler, task);
  }
  lua_pushboolean(L, 0);
  lua_rawseti(L, objects_upvalue(), static_cast<int>(task.slot) + 1);
  scheduler.release(task);
  if (!is_told) {
    if (count > 0) keep_results(L, first, count);
    return;
  }
  lua_rawgeti(L, anchors_upvalue(), kAnchorEnded);
  lua_insert(L, first);
  lua_pushboolean(L, is_joined ? 1 : 0);
  lua_insert(L, first + 2);
  if (succeeded) {
    lua_pushinteger(L, count);
  } else {
    lua_pushnil(L);
  }
  lua_insert(L, first + 3);
  lua_call(L, lua_gettop(L) - first, 0);
}

}  // namespace moontide
