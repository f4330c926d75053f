#include "lua/await.hpp"

#include "base/limits.hpp"
#include "lua/compat_coroutine.hpp"
#include "lua/turn.hpp"

namespace moontide {
namespace {

/// A function that has so many values has room for as many again.
constexpr int kArgumentsFree = LUA_MINSTACK / 2;

/// Whether what resumed the coroutine L passes suspensions on.
bool is_passing(lua_State* L) {
  lua_rawgeti(L, anchors_upvalue(), kAnchorPassing);
  lua_pushthread(L);
  lua_rawget(L, -2);
  const bool passing = lua_toboolean(L, -1) != 0;
  lua_pop(L, 2);
  return passing;
}

/// Calls `finish` deeper on the stack than what the task calls later: what it lends while it copies
/// (Lease) would seem to be lent still, where an error ends it.
int call_deep(lua_State* L, FinishFunction finish) {
  volatile char room[4096];
  room[0] = 0;
  const int count = finish(L);
  static_cast<void>(room[0]);  // it is there until here
  return count;
}

/// The wait of the current task is over: its results, or it waits again.
int finish_wait(lua_State* L, Runtime& runtime, Scheduler& scheduler, Task& task) {
  Operation& operation = *task.awaited;
  const FinishFunction finish = task.finish;
  task.is_due = false;
  task.finish = nullptr;
  if (lua_gettop(L) > 0) lua_settop(L, 0);  // a script that resumes behind our back gives anything
  push_arguments(L, task);
  scheduler.reactor.cancel(task);  // whatever calls the object now begins anew
  const int count = call_deep(L, finish);
  return count != kPerformAgain ? count : await(L, runtime, operation, finish);
}

/// Where the version has continuations: a suspended function of ours goes on.
int after_suspension(lua_State* L) {
  Runtime& runtime = runtime_of(L);
  Scheduler* const scheduler = runtime.scheduler.get();
  Task* const task = scheduler == nullptr ? nullptr : scheduler->current;
  if (task == nullptr || task->innermost != L) {
    return luaL_error(L, "a coroutine that waits in a task was resumed by something else");
  }
  if (task->interrupt) return raise_interrupt(L, *task, anchors_upvalue());
  if (task->is_due) return finish_wait(L, runtime, *scheduler, *task);
  return lua_gettop(L);
}

/// Starts the wait of the current task.
void start(Scheduler& scheduler, Task& task, Operation& operation, Progress progress) {
  task.limit = task.shields > 0 ? Deadline::never() : task.scope;
  task.awaited = &operation;
  scheduler.streak = 0;
  scheduler.reactor.start(task, operation, progress);
}

/// The wait of a task that cannot be suspended here. Returns when it is over; raises when
/// interrupted.
void wait_in_place(lua_State* L, Scheduler& scheduler, Task& task, Operation& operation,
                   Progress progress) {
  luaL_checkstack(L, LUA_MINSTACK, "too many values");
  if (scheduler.depth >= limits::kNestedTurnsMax || !compat::lets_others_yield(L)) {
    return run_blocking(operation, progress);
  }
  start(scheduler, task, operation, progress);
  wait_within_call(L, scheduler, task);
  if (task.interrupt) raise_interrupt(L, task, anchors_upvalue());
}

}  // namespace

bool is_interrupted(const Task& task) noexcept {
  if (task.shields > 0) return false;
  if (task.cancelled) return true;
  return !task.scope.is_never() && task.scope.expired(Deadline::Clock::now());
}

void check_sleep(lua_State* L) {
  const Scheduler* const scheduler = runtime_of(L).scheduler.get();
  if (scheduler == nullptr) return;
  const Task* const task =
      scheduler->delivering != nullptr ? scheduler->delivering : scheduler->current;
  if (task != nullptr && task->sleep.failure) luaL_error(L, "not enough memory");
}

void push_argument_list(lua_State* L, const Task& task, int anchors) {
  lua_rawgeti(L, anchors, argument_anchor(task.thread_place) + 1);
}

void push_interrupt(lua_State* L, Task& task, int anchors) {
  task.interrupt = false;
  luaL_checkstack(L, 4, "too many values");
  if (task.undelivered) {
    task.undelivered = false;
    push_argument_list(L, task, anchors);
    lua_rawgeti(L, -1, kErrorArgument);
    lua_pushboolean(L, 0);
    lua_rawseti(L, -3, kErrorArgument);
  } else if (task.cancelled) {
    lua_rawgeti(L, anchors, kAnchorCancelled);
  } else {
    lua_rawgeti(L, anchors, kAnchorObjects);
    lua_rawgeti(L, -1, static_cast<int>(task.slot) + 1);
    lua_getfield(L, -1, "interrupt");
  }
}

void interrupt_with(lua_State* L, Task& task) {
  push_argument_list(L, task, anchors_upvalue());
  lua_insert(L, -2);
  lua_rawseti(L, -2, kErrorArgument);
  lua_pop(L, 1);
  task.interrupt = task.undelivered = true;
}

int raise_interrupt(lua_State* L, Task& task, int anchors) {
  push_interrupt(L, task, anchors);
  return lua_error(L);
}

bool can_suspend(lua_State* L, const Scheduler& scheduler) {
  if (!compat::is_yieldable(L, scheduler.can_tell_yieldable)) return false;
  return L == scheduler.current->thread || is_passing(L);
}

void drop_stale_wait(Scheduler& scheduler, Task& task) noexcept {
  scheduler.reactor.cancel(task);
  Scheduler::leave(task);
  task.suspending = task.is_due = false;
}

namespace {

/// The stack is empty.
int suspend_now(lua_State* L, Task& task) {
  if (!compat::kHasContinuations && L != task.thread) {  // set_raise_hook looks at it
    push_argument_list(L, task, anchors_upvalue());
    lua_pushthread(L);
    lua_rawseti(L, -2, kInnermostArgument);
    lua_settop(L, 0);
  }
  task.innermost = L;
  task.suspending = true;
  return compat::yield_nothing<after_suspension>(L);
}

/// The same as keep_arguments with the `count` values that are on the stack.
void keep_values(lua_State* L, Task& task, int count) {
  if (count > 1) {
    push_argument_list(L, task, anchors_upvalue());
    lua_insert(L, 2);
    for (int i = count; i > 1; --i) lua_rawseti(L, 2, i);
    lua_settop(L, 1);
  }
  if (count > 0) lua_rawseti(L, anchors_upvalue(), argument_anchor(task.thread_place));
  task.arguments = count;
}

}  // namespace

int suspend(lua_State* L, Task& task) {
  lua_settop(L, 0);
  return suspend_now(L, task);
}

void keep_arguments(lua_State* L, Task& task) { keep_values(L, task, lua_gettop(L)); }

namespace {

/// Pushes what is at a place of arguments, which forgets it.
void take_argument(lua_State* L, int table, int place) {
  // Where there was nil there may be no place, nor memory for one.
  if (compat::raw_get_index(L, table, place) == LUA_TNIL) return;
  lua_pushboolean(L, 0);  // not nil: the place is kept for the next time
  lua_rawseti(L, table, place);
}

}  // namespace

void push_arguments(lua_State* L, Task& task) {
  const int count = task.arguments;
  if (count == 0) return;
  if (count > kArgumentsFree) luaL_checkstack(L, count + LUA_MINSTACK, "too many values");
  task.arguments = 0;
  take_argument(L, anchors_upvalue(), argument_anchor(task.thread_place));
  if (count == 1) return;
  push_argument_list(L, task, anchors_upvalue());
  const int table = lua_gettop(L);
  for (int i = 2; i <= count; ++i) take_argument(L, table, i);
  lua_remove(L, table);
}

void drop_arguments(lua_State* L, Task& task) {
  const int count = task.arguments;
  if (count == 0) return;
  task.arguments = 0;
  const int top = lua_gettop(L);
  push_argument_list(L, task, anchors_upvalue());
  take_argument(L, anchors_upvalue(), argument_anchor(task.thread_place));
  for (int i = 2; i <= count; ++i) {
    lua_settop(L, top + 1);
    take_argument(L, top + 1, i);
  }
  lua_settop(L, top);
}

void wait_within_call(lua_State* L, Scheduler& scheduler, Task& task) {
  luaL_checkstack(L, LUA_MINSTACK, "too many values");
  task.within_call = true;
  task.awake = false;
  bool is_stuck = false;
  int status = 0;
  while (!task.awake && !is_stuck && status == 0) {
    status = try_turn(L, scheduler, Deadline::never(), &task, false);
    is_stuck = !task.awake && scheduler.is_stuck();
  }
  scheduler.reactor.cancel(task);
  task.within_call = false;
  scheduler.current = &task;
  task.state = Task::State::running;
  if (status != 0) lua_error(L);
  if (is_stuck) luaL_error(L, "deadlock: a task waits within a C call for what nobody can give");
}

void await_in_place(lua_State* L, Operation& operation) {
  const Progress progress = operation.perform();
  if (progress == Progress::done) return;
  Scheduler* const scheduler = runtime_of(L).scheduler.get();
  if (scheduler == nullptr || scheduler->current == nullptr) {
    return run_blocking(operation, progress);
  }
  Task& task = *scheduler->current;
  drop_stale_wait(*scheduler, task);
  if (is_interrupted(task)) raise_interrupt(L, task, anchors_upvalue());
  wait_in_place(L, *scheduler, task, operation, progress);
}

int internal::await_in_task(lua_State* L, Scheduler& scheduler, Operation& operation,
                            Progress progress, FinishFunction finish) {
  Task& task = *scheduler.current;
  const int values = lua_gettop(L);
  if (values > kArgumentsFree) luaL_checkstack(L, kArgumentsFree, "too many values");
  drop_stale_wait(scheduler, task);
  if (can_suspend(L, scheduler)) {
    if (progress != Progress::done && is_interrupted(task)) {
      return raise_interrupt(L, task, anchors_upvalue());
    }
    keep_values(L, task, values);
    task.call = compat::call_memory(L);
    task.finish = finish;
    task.state = Task::State::waiting;
    start(scheduler, task, operation, progress);
    return suspend_now(L, task);
  }
  scheduler.streak = 0;
  for (;;) {
    if (progress != Progress::done) {
      if (is_interrupted(task)) return raise_interrupt(L, task, anchors_upvalue());
      wait_in_place(L, scheduler, task, operation, progress);
    }
    const int count = finish(L);
    if (count != kPerformAgain) return count;
    progress = operation.perform();
  }
}

}  // namespace moontide
