// Tasks themselves: what interrupts them, and the coroutines in them.
#include "lua/await.hpp"
#include "lua/compat_coroutine.hpp"
#include "lua/loop.hpp"
#include "lua/task_object.hpp"

namespace moontide {
namespace {

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

/// cancel(object): its wait, or the next one, raises moontide.cancelled. False when it has ended.
int loop_cancel(lua_State* L) {
  Scheduler& scheduler = scheduler_of(L);
  Task* const task = check_task(L, 1);
  if (task != nullptr) {
    task->cancelled = true;
    if (task->shields == 0) interrupt(scheduler, *task);
  }
  lua_pushboolean(L, task != nullptr ? 1 : 0);
  return 1;
}

/// expire(object): ends the time scope of a task now. Its wait, or the next one, raises.
int loop_expire(lua_State* L) {
  Scheduler& scheduler = scheduler_of(L);
  Task* const task = check_task(L, 1);
  if (task == nullptr) return 0;
  task->scope = Deadline::at({});
  if (task->shields == 0) interrupt(scheduler, *task);
  return 0;
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

/// handlers(class, ended, failure, cancelled, handler): the metatable of tasks; the function that
/// is told of some ends, and the one that gives the error of a task that is joined; the error of
/// cancelled ones; the message handler.
int loop_handlers(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  for (int i = 2; i <= 5; ++i) luaL_checkany(L, i);
  lua_settop(L, 5);
  scheduler_of(L).object_class = lua_topointer(L, 1);
  lua_rawseti(L, anchors_upvalue(), kAnchorHandler);
  lua_rawseti(L, anchors_upvalue(), kAnchorCancelled);
  lua_rawseti(L, anchors_upvalue(), kAnchorFailure);
  lua_rawseti(L, anchors_upvalue(), kAnchorEnded);
  lua_rawseti(L, anchors_upvalue(), kAnchorClass);
  return 0;
}

/// watch(object): the Lua half is to be told of its end.
int loop_watch(lua_State* L) {
  if (Task* const task = check_task(L, 1)) task->is_watched = true;
  return 0;
}

/// tell_all(on): the Lua half is to be told of every end.
int loop_tell_all(lua_State* L) {
  scheduler_of(L).tells_all = lua_toboolean(L, 1) != 0;
  return 0;
}

/// bequeath(): the current task has values that those it spawns share.
int loop_bequeath(lua_State* L) {
  check_current(L).has_locals = true;
  return 0;
}

}  // namespace

const luaL_Reg kTaskFunctions[] = {
    {"bequeath", loop_bequeath}, {"cancel", loop_cancel},
    {"catcher", loop_catcher},   {"close_thread", loop_close_thread},
    {"current", loop_current},   {"enter", loop_enter},
    {"expire", loop_expire},     {"handlers", loop_handlers},
    {"leave", loop_leave},       {"set_scope", loop_set_scope},
    {"shield", loop_shield},     {"take_interrupt", loop_take_interrupt},
    {"tell_all", loop_tell_all}, {"watch", loop_watch},
    {nullptr, nullptr},
};

}  // namespace moontide
