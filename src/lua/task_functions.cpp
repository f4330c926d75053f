// Tasks themselves: what begins and ends them, and the coroutines in them.
#include <algorithm>

#include "lua/await.hpp"
#include "lua/compat_coroutine.hpp"
#include "lua/loop.hpp"

namespace moontide {
namespace {

/// Usual lengths of a list of arguments; longer ones grow it.
constexpr int kArguments = 4;

/// table among the anchors[slot of the task] = the value on top, which it pops.
void set_slot(lua_State* L, Anchor table, const Task& task) {
  lua_rawgeti(L, anchors_upvalue(), table);
  lua_insert(L, -2);
  lua_rawseti(L, -2, static_cast<int>(task.slot) + 1);
  lua_pop(L, 1);
}

/// The arguments and the thread of a task: a table and a coroutine on top of the stack, which it
/// pops.
void set_thread(lua_State* L, Task& task) {
  lua_State* const thread = lua_tothread(L, -1);
  lua_rawgeti(L, anchors_upvalue(), kAnchorPassing);
  lua_pushvalue(L, -2);
  lua_pushboolean(L, 0);  // see loop_enter
  lua_rawset(L, -3);
  lua_pop(L, 1);
  set_slot(L, kAnchorThreads, task);
  set_slot(L, kAnchorArguments, task);
  task.thread = thread;
}

/// The task that acquire() will give, with a thread. Null when memory ran out.
const Task* reserve(lua_State* L, Scheduler& scheduler) {
  Task* task = scheduler.reserve();
  if (task != nullptr && task->thread == nullptr) {
    lua_createtable(L, kArguments, 0);
    lua_newthread(L);
    // Making them may have run finalisers, and those may spawn, too.
    task = scheduler.reserve();
    if (task != nullptr && task->thread == nullptr) {
      set_thread(L, *task);
    } else {
      lua_pop(L, 2);
    }
  }
  return task;
}

/// spawn(object, function, ...) -> id: a task that calls the function, soon.
int loop_spawn(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkany(L, 2);
  Scheduler& scheduler = scheduler_of(L);
  const Task* const reserved = reserve(L, scheduler);  // from here on nothing runs finalisers
  if (reserved == nullptr) return luaL_error(L, "not enough memory");
  lua_State* const thread = reserved->thread;
  lua_pushvalue(L, 1);
  set_slot(L, kAnchorObjects, *reserved);
  if (compat::needs_lua_body() && (!lua_isfunction(L, 2) || lua_iscfunction(L, 2) != 0)) {
    lua_rawgeti(L, anchors_upvalue(), kAnchorCall);
    lua_insert(L, 2);
  }
  const int values = lua_gettop(L) - 1;
  if (lua_checkstack(thread, values) == 0) return luaL_error(L, "not enough memory");
  lua_xmove(L, thread, values);
  Task& task = scheduler.acquire();
  task.values = values - 1;
  scheduler.make_ready(task);
  lua_pushnumber(L, Scheduler::id_of(task));
  return 1;
}

/// current() -> the object of the running task, or nil
int loop_current(lua_State* L) { return push_current(L, scheduler_of(L)); }

/// Ends the wait of a task, which raises then.
void interrupt(Scheduler& scheduler, Task& task) {
  if (task.state == Task::State::ready && !task.started) {
    task.interrupt = true;
    return;
  }
  const bool waits = task.state == Task::State::waiting || task.state == Task::State::parked;
  if (task.within_call ? task.awake : !(waits && task.suspended)) return;  // at its next wait
  scheduler.reactor.cancel(task);
  task.interrupt = true;
  if (task.within_call) {
    task.awake = true;
  } else {
    scheduler.make_ready(task);
  }
}

/// cancel(id): its wait, or the next one, raises moontide.cancelled. False when it has ended.
int loop_cancel(lua_State* L) {
  Scheduler& scheduler = scheduler_of(L);
  Task* const task = scheduler.find(luaL_checknumber(L, 1));
  if (task != nullptr) {
    task->cancelled = true;
    if (task->shields == 0) interrupt(scheduler, *task);
  }
  lua_pushboolean(L, task != nullptr ? 1 : 0);
  return 1;
}

/// expire(id): ends the time scope of a task now. Its wait, or the next one, raises.
int loop_expire(lua_State* L) {
  Scheduler& scheduler = scheduler_of(L);
  Task* const task = scheduler.find(luaL_checknumber(L, 1));
  if (task == nullptr) return 0;
  task->scope = Deadline::at({});
  if (task->shields == 0) interrupt(scheduler, *task);
  return 0;
}

/// is_cancelled() -> whether the current task is to end
int loop_is_cancelled(lua_State* L) {
  lua_pushboolean(L, check_current(L).cancelled ? 1 : 0);
  return 1;
}

/// set_scope(instant): when waits of the current task raise `interrupt` of its object.
int loop_set_scope(lua_State* L) {
  check_current(L).scope = optional_instant(L, 1);
  return 0;
}

/// shield(on): while on, nothing interrupts the current task. Calls nest.
int loop_shield(lua_State* L) {
  Task& task = check_current(L);
  if (lua_toboolean(L, 1) != 0) {
    ++task.shields;
  } else if (task.shields > 0) {
    --task.shields;
  }
  return 0;
}

// Coroutines of the script ------------------------------------------------------------------------

/// enter(coroutine): the resumer, who is about to resume it, passes suspensions of the task on, if
/// it can be suspended itself. Gives false for the coroutine of a task, which only the scheduler
/// resumes.
int loop_enter(lua_State* L) {
  const Scheduler& scheduler = scheduler_of(L);
  lua_State* const thread = lua_tothread(L, 1);
  if (scheduler.current == nullptr || thread == nullptr || !compat::is_suspended(thread)) return 0;
  lua_settop(L, 1);
  lua_rawgeti(L, anchors_upvalue(), kAnchorPassing);
  lua_pushvalue(L, 1);
  lua_rawget(L, -2);
  if (lua_isboolean(L, -1) && lua_toboolean(L, -1) == 0) return 1;
  lua_pop(L, 1);
  if (!can_suspend(L, scheduler)) return 0;
  lua_pushvalue(L, 1);
  lua_pushboolean(L, 1);
  lua_rawset(L, -3);
  return 0;
}

/// leave(coroutine) -> whether it yielded because the task is to be suspended. Whoever resumes it
/// then may be another.
int loop_leave(lua_State* L) {
  const Task* task = scheduler_of(L).current;
  const bool suspending = task != nullptr && task->suspending;
  luaL_checktype(L, 1, LUA_TTHREAD);
  lua_settop(L, 1);
  lua_rawgeti(L, anchors_upvalue(), kAnchorPassing);
  lua_pushvalue(L, 1);
  lua_rawget(L, -2);
  if (lua_toboolean(L, -1) != 0) {
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    lua_rawset(L, -4);
  }
  lua_pushboolean(L, suspending ? 1 : 0);
  return 1;
}

/// close_thread(thread): runs what the <close> variables of a failed coroutine own.
int loop_close_thread(lua_State* L) {
  if (lua_State* thread = lua_tothread(L, 1)) compat::close_thread(thread, L);
  return 0;
}

/// catcher(function): it calls pcall for the script, and take_interrupt when that has returned.
int loop_catcher(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_rawgeti(L, anchors_upvalue(), kAnchorCatchers);
  lua_pushvalue(L, 1);
  lua_pushboolean(L, 1);
  lua_rawset(L, -3);
  return 0;
}

/// take_interrupt() -> true and an error to raise, if one is pending in the current task
int loop_take_interrupt(lua_State* L) {
  Task* const task = scheduler_of(L).current;
  if (task == nullptr || !task->interrupt) return 0;
  push_interrupt(L, *task, anchors_upvalue());
  lua_pushboolean(L, 1);
  lua_insert(L, -2);
  return 2;
}

/// handlers(ended, cancelled): the function for tasks that ended, and the error of cancelled ones.
int loop_handlers(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 2);
  lua_rawseti(L, anchors_upvalue(), kAnchorCancelled);
  lua_rawseti(L, anchors_upvalue(), kAnchorEnded);
  return 0;
}

}  // namespace

const luaL_Reg kTaskFunctions[] = {
    {"cancel", loop_cancel},
    {"catcher", loop_catcher},
    {"close_thread", loop_close_thread},
    {"current", loop_current},
    {"enter", loop_enter},
    {"expire", loop_expire},
    {"handlers", loop_handlers},
    {"is_cancelled", loop_is_cancelled},
    {"leave", loop_leave},
    {"set_scope", loop_set_scope},
    {"shield", loop_shield},
    {"spawn", loop_spawn},
    {"take_interrupt", loop_take_interrupt},
    {nullptr, nullptr},
};

}  // namespace moontide
