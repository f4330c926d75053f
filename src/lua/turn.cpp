#include "lua/turn.hpp"

#include "lua/await.hpp"
#include "lua/compat_coroutine.hpp"
#include "lua/runtime.hpp"

namespace moontide {
namespace {

/// Where there are no continuations, the first thing the coroutine executes when it goes on.
void raise_hook(lua_State* L, lua_Debug*) {
  Task* task = push_runtime(L).scheduler->current;
  if (task == nullptr || L != task->innermost) return lua_settop(L, -3);  // LuaJIT: not yet it
  lua_sethook(L, task->script_hook, task->script_hook_mask, task->script_hook_count);
  raise_interrupt(L, *task, lua_gettop(L));
}

void set_raise_hook(Task& task) {
  lua_State* L = task.innermost;
  task.script_hook = lua_gethook(L);
  task.script_hook_mask = lua_gethookmask(L);
  task.script_hook_count = lua_gethookcount(L);
  lua_sethook(L, raise_hook, LUA_MASKCOUNT, 1);
}

void push_object(lua_State* L, const Task& task) {
  lua_rawgeti(L, anchors_upvalue(), kAnchorObjects);
  lua_rawgeti(L, -1, static_cast<int>(task.slot) + 1);
  lua_remove(L, -2);
}

void drop_slot(lua_State* L, Anchor table, const Task& task) {
  lua_rawgeti(L, anchors_upvalue(), table);
  lua_pushnil(L);
  lua_rawseti(L, -2, static_cast<int>(task.slot) + 1);
  lua_pop(L, 1);
}

/// Tells the Lua half, ended(object, true, results...) or ended(object, false, error, thread), and
/// frees the slot. The thread of a task that did not fail serves the next one.
void end_task(lua_State* L, Scheduler& scheduler, Task& task, bool succeeded, int results) {
  lua_State* const thread = task.thread;
  if (lua_checkstack(L, results + 8) == 0) {
    lua_settop(thread, 0);
    results = 0;
  }
  lua_rawgeti(L, anchors_upvalue(), kAnchorEnded);
  push_object(L, task);
  lua_pushboolean(L, succeeded ? 1 : 0);
  if (!succeeded) results = 1;
  lua_xmove(thread, L, results);
  if (succeeded) {
    lua_settop(thread, 0);
  } else {
    lua_rawgeti(L, anchors_upvalue(), kAnchorThreads);
    lua_rawgeti(L, -1, static_cast<int>(task.slot) + 1);
    lua_remove(L, -2);
    drop_slot(L, kAnchorThreads, task);
    task.thread = nullptr;
    ++results;
  }
  drop_slot(L, kAnchorObjects, task);
  scheduler.release(task);
  lua_call(L, results + 2, 0);
}

/// Lets a task go on with the values on its thread.
void resume_task(lua_State* L, Scheduler& scheduler, Task& task) {
  const int values = task.values;
  task.values = 0;
  task.finish = nullptr;
  task.started = true;
  task.state = Task::State::running;
  if (task.interrupt && !compat::kHasContinuations) set_raise_hook(task);
  Task* const before = scheduler.current;
  scheduler.current = &task;
  scheduler.streak = 0;
  ++scheduler.switches;
  int results = 0;
  const int status = compat::resume(task.thread, L, values, results);
  scheduler.current = before;
  if (status == 0 && task.interrupt) {
    // The call that was interrupted was its last: no instruction came that the hook could see.
    lua_settop(task.thread, 0);
    push_interrupt(L, task, anchors_upvalue());
    lua_xmove(L, task.thread, 1);
    return end_task(L, scheduler, task, false, 1);
  }
  if (status != LUA_YIELD) return end_task(L, scheduler, task, status == 0, results);
  if (task.suspending) {
    task.suspending = false;
    task.values = results;
    return;
  }
  // A plain yield of the script: it only lets the others run.
  lua_pop(task.thread, results);
  scheduler.make_ready(task);
}

/// Pushes the results of what it waited for onto its thread. False: it has to wait again.
bool deliver(lua_State* L, Scheduler& scheduler, Task& task) {
  lua_State* const thread = task.thread;
  luaL_checkstack(L, task.values + 8, "too many values");
  scheduler.delivering = &task;
  lua_xmove(thread, L, task.values);
  task.values = 0;
  int count = task.finish(L);
  while (count == kPerformAgain) {
    const Progress progress = task.awaited->perform();
    if (progress != Progress::done) {
      task.values = lua_gettop(L);
      lua_xmove(L, thread, task.values);
      scheduler.delivering = nullptr;
      task.state = Task::State::waiting;
      scheduler.reactor.start(task, *task.awaited, progress);
      return false;
    }
    count = task.finish(L);
  }
  if (lua_checkstack(thread, count) == 0) luaL_error(L, "not enough memory");
  lua_xmove(L, thread, count);
  task.values = count;
  scheduler.delivering = nullptr;
  return true;
}

void go_on(lua_State* L, Scheduler& scheduler, Task& task) {
  if (task.interrupt) {
    lua_settop(L, 0);
    if (task.values > 0) lua_pop(task.thread, task.values);
    task.values = 0;
    if (!task.started) {  // cancelled before it ran
      lua_settop(task.thread, 0);
      lua_rawgeti(L, anchors_upvalue(), kAnchorCancelled);
      lua_xmove(L, task.thread, 1);
      return end_task(L, scheduler, task, false, 1);
    }
  } else if (task.finish != nullptr && !deliver(L, scheduler, task)) {
    return;
  }
  resume_task(L, scheduler, task);
}

/// Its wait is over.
void wake(Scheduler& scheduler, Task& task) {
  task.interrupt = task.interrupt || task.reached_limit();
  if (task.within_call) {
    task.awake = true;
  } else {
    scheduler.make_ready(task);
  }
}

/// The body of a turn; argument 1 is the address of its deadline.
int turn(lua_State* L) {
  Scheduler& scheduler = *runtime_of(L).scheduler;
  const Deadline until = *static_cast<const Deadline*>(lua_touserdata(L, 1));
  lua_settop(L, 0);
  for (std::size_t count = scheduler.ready; count > 0; --count) {
    Task* task = scheduler.take_ready();
    if (task == nullptr) break;  // a turn within this one has taken it
    go_on(L, scheduler, *task);
    lua_settop(L, 0);
  }
  const bool nothing_comes = !scheduler.has_ready() && scheduler.reactor.waiting() == 0 &&
                             !scheduler.reactor.has_finished();
  if (nothing_comes) return 0;
  scheduler.reactor.wait(scheduler.has_ready() ? Deadline::at({}) : until);
  while (Waiter* waiter = scheduler.reactor.take_finished()) {
    wake(scheduler, static_cast<Task&>(*waiter));
  }
  return 0;
}

}  // namespace

void run_turn(lua_State* L, Scheduler& scheduler, Deadline until) {
  luaL_checkstack(L, 4, "too many values");
  Task* const before = scheduler.current;
  lua_rawgeti(L, anchors_upvalue(), kAnchorTurn);
  lua_pushlightuserdata(L, &until);
  scheduler.current = nullptr;
  const int status = lua_pcall(L, 1, 0, 0);
  scheduler.current = before;
  if (status == 0) return;
  Task* const task = scheduler.delivering;
  if (task == nullptr) {
    lua_error(L);
    return;
  }
  // The results of its operation could not be made: an error of its own.
  scheduler.delivering = nullptr;
  task->finish = nullptr;
  push_object(L, *task);
  lua_insert(L, -2);
  lua_setfield(L, -2, "interrupt");
  lua_pop(L, 1);
  task->interrupt = true;
  scheduler.make_ready(*task);
}

void register_turn(lua_State* L) {
  lua_pushvalue(L, runtime_upvalue());
  lua_pushvalue(L, anchors_upvalue());
  lua_pushcclosure(L, turn, kUpvalueCount);
  lua_rawseti(L, anchors_upvalue(), kAnchorTurn);
}

}  // namespace moontide
