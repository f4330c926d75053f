// What begins a task.
#include "lua/spawn.hpp"

#include "lua/compat_coroutine.hpp"
#include "lua/runtime.hpp"
#include "lua/task_object.hpp"

namespace moontide {
namespace {

/// Usual lengths of a list of arguments; longer ones grow it.
constexpr int kArguments = 4;

/// One more thread for tasks.
void add_thread(lua_State* L, Scheduler& scheduler) {
  lua_createtable(L, kArguments, 1);
  for (int i = kInnermostArgument; i <= kArguments; ++i) {  // so that nothing is to be made later
    lua_pushboolean(L, 0);
    lua_rawseti(L, -2, i);
  }
  lua_State* const thread = lua_newthread(L);
  const int top = lua_gettop(L);
  lua_rawgeti(L, anchors_upvalue(), kAnchorPassing);
  lua_pushvalue(L, top);
  lua_pushboolean(L, 0);  // see loop_enter
  lua_rawset(L, -3);
  if (!scheduler.reserve_thread()) luaL_error(L, "not enough memory");
  // From here on nothing runs finalisers, which may start tasks.
  const int place = static_cast<int>(scheduler.next_thread_place());
  lua_rawgeti(L, anchors_upvalue(), kAnchorThreads);
  lua_pushvalue(L, top);
  lua_rawseti(L, -2, place + 1);
  const Anchor arguments = argument_anchor(scheduler.next_thread_place());
  lua_pushboolean(L, 0);
  lua_rawseti(L, anchors_upvalue(), arguments);
  lua_pushvalue(L, top - 1);
  lua_rawseti(L, anchors_upvalue(), arguments + 1);
  scheduler.add_thread(thread);
  lua_settop(L, top - 2);
}

/// `level`: of the function that the script called, as seen from here. `place`: of the argument.
void check_callable(lua_State* L, int index, int level, int place) {
  if (lua_isfunction(L, index)) return;
  if (luaL_getmetafield(L, index, "__call") != 0) return lua_pop(L, 1);
  const char* const got = lua_isnoneornil(L, index) ? "no value" : luaL_typename(L, index);
  luaL_where(L, level);
  lua_pushfstring(L, "bad argument #%d to 'spawn' (function expected, got %s)", place, got);
  lua_concat(L, 2);
  lua_error(L);
}

/// object.key = the value at `index`.
void set_field(lua_State* L, int object, const char* key, int index) {
  lua_pushstring(L, key);
  lua_pushvalue(L, index);
  lua_rawset(L, object);
}

/// Values of the current task, which it shares from now on with the task of `object`.
void inherit_locals(lua_State* L, const Task& parent, int object) {
  push_object(L, parent);
  const int from = lua_gettop(L);
  lua_pushliteral(L, "locals");
  lua_rawget(L, from);
  set_field(L, object, "locals", from + 1);
  lua_pushliteral(L, "own_locals");
  lua_pushnil(L);
  lua_rawset(L, from);
  lua_settop(L, from - 1);
}

/// [name,] function, ... from index `base` on -> object. The owner, if there is one, lies below.
int spawn(lua_State* L, int base) {
  const bool is_named = lua_type(L, base) == LUA_TSTRING;
  const int first = is_named ? base + 1 : base;
  check_callable(L, first, base, is_named ? 2 : 1);
  const int values = lua_gettop(L) - first + 1;
  Scheduler& scheduler = scheduler_of(L);
  push_new_object(L, values);
  const int object = first + values;
  for (int i = 0; i < values; ++i) {
    lua_pushvalue(L, first + i);
    lua_rawseti(L, object, kObjectBody + i);
  }
  const Task* const parent = scheduler.current;
  const bool has_locals = parent != nullptr && parent->has_locals;
  if (first > 1 || has_locals) fill_object(L, object);
  if (is_named) set_field(L, object, "name", base);
  if (base > 1) set_field(L, object, "owner", 1);
  if (has_locals) inherit_locals(L, *parent, object);
  // Rather raise here than in the turn.
  if (!scheduler.has_idle_thread()) add_thread(L, scheduler);
  const Task* const reserved = scheduler.reserve();  // from here on nothing runs finalisers
  if (reserved == nullptr) return luaL_error(L, "not enough memory");
  lua_pushvalue(L, object);
  lua_rawseti(L, objects_upvalue(), static_cast<int>(reserved->slot) + 1);
  Task& task = scheduler.acquire();
  task.values = values;
  task.has_locals = has_locals;
  task.is_watched = base > 1;
  scheduler.make_ready(task);
  set_object(L, object, task.number, task.slot);
  return 1;
}

/// spawn([name,] f, ...) -> object: a task that calls the function, soon.
int loop_spawn(lua_State* L) { return spawn(L, 1); }

/// spawn_owned(owner, [name,] f, ...) -> object. To be called by the function that the script
/// calls. owner:_child_ended(object) is told of the end and says whether it takes the error.
int loop_spawn_owned(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  return spawn(L, 2);
}

/// What a new thread has room for: LUA_MINSTACK, less what a body may need besides.
constexpr int kValuesFree = 16;

/// Pushes what has to call the function at `index` on the thread of a task. Returns how many values
/// these are.
int push_caller(lua_State* L, lua_State* thread, int index) {
  if (compat::push_body(thread)) {
    lua_rawgeti(L, anchors_upvalue(), kAnchorHandler);
    lua_xmove(L, thread, 1);
    return 2;
  }
  if (!compat::needs_lua_body() || (lua_isfunction(L, index) && lua_iscfunction(L, index) == 0)) {
    return 0;
  }
  lua_rawgeti(L, anchors_upvalue(), kAnchorCall);
  lua_xmove(L, thread, 1);
  return 1;
}

}  // namespace

void provide_thread(lua_State* L, Scheduler& scheduler) {
  for (;;) {
    const Task* const task = scheduler.first_ready();
    if (task == nullptr || task->started || task->interrupt || scheduler.has_idle_thread()) return;
    add_thread(L, scheduler);
  }
}

bool move_body(lua_State* L, Scheduler& scheduler, Task& task) {
  const int values = task.values;
  scheduler.bind(task);
  lua_State* const thread = task.thread;
  if (values > kValuesFree &&
      (lua_checkstack(thread, values + 2) == 0 || lua_checkstack(L, values + 2) == 0)) {
    return false;
  }
  push_object(L, task);
  const int object = lua_gettop(L);
  for (int i = 0; i < values; ++i) lua_rawgeti(L, object, kObjectBody + i);
  const int extra = push_caller(L, thread, object + 1);
  lua_xmove(L, thread, values);
  drop_body(L, task, object);
  lua_settop(L, object - 1);
  task.values = values - 1 + extra;
  return true;
}

void drop_body(lua_State* L, Task& task, int object) {
  for (int i = 0; i < task.values; ++i) {
    lua_pushboolean(L, 0);
    lua_rawseti(L, object, kObjectBody + i);
  }
  task.values = 0;
}

const luaL_Reg kSpawnFunctions[] = {
    {"spawn", loop_spawn},
    {"spawn_owned", loop_spawn_owned},
    {nullptr, nullptr},
};

}  // namespace moontide
