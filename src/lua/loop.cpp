#include "lua/loop.hpp"

#include <chrono>
#include <new>

#include "base/limits.hpp"
#include "lua/compat_coroutine.hpp"
#include "lua/runtime.hpp"
#include "lua/task_object.hpp"
#include "lua/turn.hpp"

namespace moontide {

Scheduler& make_scheduler(lua_State* L) {
  Runtime& runtime = runtime_of(L);
  if (runtime.names == nullptr) luaL_error(L, "the interpreter is closing");
  const bool can_tell = compat::can_tell_yieldable(L);
  if (runtime.scheduler != nullptr) return *runtime.scheduler;  // a finaliser's call made it
  runtime.scheduler.reset(new (std::nothrow) Scheduler());
  if (runtime.scheduler == nullptr) luaL_error(L, "not enough memory");
  runtime.scheduler->can_tell_yieldable = can_tell;
  return *runtime.scheduler;
}

Task& check_current(lua_State* L) {
  Task* task = scheduler_of(L).current;
  if (task == nullptr) {
    luaL_error(L, "only a task can wait here (see moontide.run)");
    __builtin_unreachable();  // which Lua's headers do not say
  }
  return *task;
}

int push_current(lua_State* L, const Scheduler& scheduler) {
  if (scheduler.current == nullptr) return 0;
  push_object(L, *scheduler.current);
  return 1;
}

/// On the clock of now().
static Deadline instant_of(lua_Number seconds) {
  if (!(seconds < 9e9)) return Deadline::never();
  const std::chrono::duration<double> span(seconds > 0 ? seconds : 0);
  return Deadline::at(Deadline::TimePoint(std::chrono::duration_cast<Deadline::Duration>(span)));
}

Deadline optional_instant(lua_State* L, int index) {
  return lua_isnoneornil(L, index) ? Deadline::never() : instant_of(luaL_checknumber(L, index));
}

Deadline instant_after(lua_Number seconds) {
  const std::chrono::duration<double> now = Deadline::Clock::now().time_since_epoch();
  return instant_of(now.count() + seconds);
}

Deadline check_seconds(lua_State* L, int index, int place, const char* name) {
  if (lua_isnoneornil(L, index)) return Deadline::never();
  if (lua_isnumber(L, index) == 0) {
    luaL_error(L, "bad argument #%d to '%s' (number expected, got %s)", place, name,
               luaL_typename(L, index));
  }
  const lua_Number seconds = lua_tonumber(L, index);
  if (seconds != seconds) luaL_error(L, "bad argument #%d to '%s' (not a number)", place, name);
  return instant_after(seconds);
}

void push_instant(lua_State* L, Deadline::TimePoint instant) {
  const std::chrono::duration<double> span = instant.time_since_epoch();
  lua_pushnumber(L, span.count());
}

namespace {

/// now() -> seconds on the monotonic clock
int loop_now(lua_State* L) {
  push_instant(L, Deadline::Clock::now());
  return 1;
}

/// Before turns begin.
void check_turns(lua_State* L) {
  luaL_checkstack(L, LUA_MINSTACK, "too many values");
  if (!compat::lets_others_yield(L)) luaL_error(L, "tasks cannot run within a finaliser or a hook");
}

/// run(): turns until no task is left: true; or until all that are left wait for each other: false.
int loop_run(lua_State* L) {
  Scheduler& scheduler = scheduler_of(L);
  lua_settop(L, 0);
  check_turns(L);
  while (scheduler.alive > 0 && !scheduler.is_stuck()) {
    run_turn(L, scheduler, Deadline::never(), false);
  }
  lua_pushboolean(L, scheduler.alive == 0 ? 1 : 0);
  lua_pushboolean(L, scheduler.is_stuck() ? 1 : 0);
  return 2;
}

/// step([instant]) -> number of tasks that have not ended
int loop_step(lua_State* L) {
  Scheduler& scheduler = scheduler_of(L);
  const Deadline until = optional_instant(L, 1);
  lua_settop(L, 0);
  check_turns(L);
  run_turn(L, scheduler, until, true);
  lua_pushnumber(L, static_cast<lua_Number>(scheduler.alive));
  return 1;
}

/// getfd() -> a descriptor that is readable when step() has something to do; or nil
int loop_getfd(lua_State* L) {
  const int fd = scheduler_of(L).reactor.fd();
  if (fd < 0) {
    lua_pushnil(L);
  } else {
    lua_pushinteger(L, fd);
  }
  return 1;
}

/// next() -> when step() is to be called at the latest, as an instant; nil is never
int loop_next(lua_State* L) {
  const Scheduler& scheduler = scheduler_of(L);
  if (scheduler.has_ready() || scheduler.reactor.has_finished()) {
    lua_pushnumber(L, 0);
    return 1;
  }
  const Deadline next = scheduler.reactor.next_deadline();
  if (next.is_never()) return 0;
  push_instant(L, next.instant());
  return 1;
}

const char* state_name(const Task& task) {
  switch (task.state) {
    case Task::State::ready:
      return "ready";
    case Task::State::waiting:
      return "waiting";
    case Task::State::parked:
      return "parked";
    case Task::State::running:
      return task.within_call ? "waiting" : "running";
    default:
      return "ended";
  }
}

/// state(object) -> "ready", "running", "waiting" or "parked"; then for a wait "read", "write",
/// "any" or "timer", the descriptor or nil, the instant it began, the object of the task that it
/// joins or nil, and its thread; nil when it has ended.
int loop_state(lua_State* L) {
  static const char* const kWants[] = {"done", "read", "write", "any", "timer"};
  const Task* const task = check_task(L, 1);
  if (task == nullptr) return 0;
  lua_pushstring(L, state_name(*task));
  lua_pushstring(L, kWants[static_cast<int>(task->wants())]);
  if (task->wants() == Progress::want_read || task->wants() == Progress::want_write) {
    lua_pushinteger(L, task->descriptor());
  } else {
    lua_pushnil(L);
  }
  push_instant(L, task->since());
  if (task->joined != nullptr) {
    push_object(L, *task->joined);
  } else {
    lua_pushnil(L);
  }
  if (!task->started) return 5;
  lua_rawgeti(L, anchors_upvalue(), kAnchorThreads);
  lua_rawgeti(L, -1, static_cast<int>(task->thread_place) + 1);
  lua_remove(L, -2);
  return 6;
}

/// parent(object) -> the object of the task that spawned it; of who spawned that one, when that has
/// ended; nil when there is none
int loop_parent(lua_State* L) {
  const Task* const task = check_task(L, 1);
  if (task == nullptr || task->parent == nullptr) return 0;
  push_object(L, *task->parent);
  return 1;
}

/// stats() -> tasks that have not ended, those ready, waits for the outside, switches so far,
/// timers
int loop_stats(lua_State* L) {
  const Scheduler& scheduler = scheduler_of(L);
  lua_pushnumber(L, static_cast<lua_Number>(scheduler.alive));
  lua_pushnumber(L, static_cast<lua_Number>(scheduler.ready));
  lua_pushnumber(L, static_cast<lua_Number>(scheduler.reactor.waiting()));
  lua_pushnumber(L, static_cast<lua_Number>(scheduler.switches));
  lua_pushnumber(L, static_cast<lua_Number>(scheduler.reactor.timers()));
  return 5;
}

/// objects() -> a list of the objects of all tasks that have not ended
int loop_objects(lua_State* L) {
  Scheduler& scheduler = scheduler_of(L);
  lua_settop(L, 0);
  lua_newtable(L);
  lua_pushvalue(L, objects_upvalue());
  int count = 0;
  for (std::size_t slot = 0; slot < scheduler.slots(); ++slot) {
    if (scheduler.at(slot)->state == Task::State::free) continue;
    lua_rawgeti(L, 2, static_cast<int>(slot) + 1);
    lua_rawseti(L, 1, ++count);
  }
  lua_settop(L, 1);
  return 1;
}

constexpr luaL_Reg kLoopFunctions[] = {
    {"getfd", loop_getfd},   {"next", loop_next}, {"now", loop_now},     {"objects", loop_objects},
    {"parent", loop_parent}, {"run", loop_run},   {"state", loop_state}, {"stats", loop_stats},
    {"step", loop_step},     {nullptr, nullptr},
};

/// A new table among the anchors; `mode`: of its metatable, null for none.
void set_anchor_table(lua_State* L, Anchor place, const char* mode) {
  lua_newtable(L);
  if (mode != nullptr) {
    lua_createtable(L, 0, 1);
    lua_pushstring(L, mode);
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
  }
  lua_rawseti(L, anchors_upvalue(), place);
}

}  // namespace

void push_loop_upvalues(lua_State* L) {
  lua_pushvalue(L, runtime_upvalue());
  lua_pushvalue(L, anchors_upvalue());
  lua_rawgeti(L, anchors_upvalue(), kAnchorObjects);
}

void push_loop(lua_State* L) {
  set_anchor_table(L, kAnchorThreads, nullptr);
  set_anchor_table(L, kAnchorObjects, nullptr);
  set_anchor_table(L, kAnchorPassing, "k");
  set_anchor_table(L, kAnchorCatchers, nullptr);
  if (luaL_loadstring(L, "local f = (...) return f(select(2, ...))") != 0) lua_error(L);
  lua_rawseti(L, anchors_upvalue(), kAnchorCall);
  lua_pushliteral(L, "not enough memory");
  lua_rawseti(L, anchors_upvalue(), kAnchorNoMemory);
  register_turn(L);
  lua_newtable(L);
  for (const luaL_Reg* const functions :
       {kLoopFunctions, kTaskFunctions, kSpawnFunctions, kJoinFunctions, kQueueFunctions,
        kChannelFunctions, kWaitFunctions}) {
    push_loop_upvalues(L);
    compat::set_functions(L, functions, kLoopUpvalueCount);
  }
}

}  // namespace moontide
