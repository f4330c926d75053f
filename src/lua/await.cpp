#include "lua/await.hpp"

#include "base/limits.hpp"
#include "lua/compat_coroutine.hpp"
#include "lua/turn.hpp"

namespace moontide {
namespace {

/// Whether what resumed the coroutine L passes suspensions on.
bool is_passing(lua_State* L) {
  lua_rawgeti(L, anchors_upvalue(), kAnchorPassing);
  lua_pushthread(L);
  lua_rawget(L, -2);
  const bool passing = lua_toboolean(L, -1) != 0;
  lua_pop(L, 2);
  return passing;
}

/// Where the version has continuations: a suspended function of ours goes on.
int after_suspension(lua_State* L) {
  Task& task = *runtime_of(L).scheduler->current;
  if (task.interrupt) return raise_interrupt(L, task, anchors_upvalue());
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
  if (scheduler.depth >= limits::kNestedTurnsMax) return run_blocking(operation, progress);
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

void push_interrupt(lua_State* L, Task& task, int anchors) {
  task.interrupt = false;
  luaL_checkstack(L, 4, "too many values");
  if (task.cancelled) {
    lua_rawgeti(L, anchors, kAnchorCancelled);
  } else {
    lua_rawgeti(L, anchors, kAnchorObjects);
    lua_rawgeti(L, -1, static_cast<int>(task.slot) + 1);
    lua_getfield(L, -1, "interrupt");
  }
}

int raise_interrupt(lua_State* L, Task& task, int anchors) {
  push_interrupt(L, task, anchors);
  return lua_error(L);
}

bool can_suspend(lua_State* L, const Scheduler& scheduler) {
  if (!compat::is_yieldable(L, scheduler.can_tell_yieldable)) return false;
  return L == scheduler.current->thread || is_passing(L);
}

int suspend(lua_State* L, Task& task) {
  task.innermost = L;
  task.suspending = true;
  return compat::yield_all(L, after_suspension);
}

void wait_within_call(lua_State* L, Scheduler& scheduler, Task& task) {
  task.within_call = true;
  task.awake = false;
  ++scheduler.depth;
  bool is_stuck = false;
  while (!task.awake && !is_stuck) {
    run_turn(L, scheduler, Deadline::never());
    is_stuck = !task.awake && !scheduler.has_ready() && scheduler.reactor.waiting() == 0 &&
               !scheduler.reactor.has_finished();
  }
  --scheduler.depth;
  task.within_call = false;
  scheduler.current = &task;
  task.state = Task::State::running;
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
  if (is_interrupted(task)) raise_interrupt(L, task, anchors_upvalue());
  wait_in_place(L, *scheduler, task, operation, progress);
}

int internal::await_in_task(lua_State* L, Scheduler& scheduler, Operation& operation,
                            Progress progress, FinishFunction finish) {
  Task& task = *scheduler.current;
  luaL_checkstack(L, 8, "too many values");
  if (can_suspend(L, scheduler)) {
    if (progress != Progress::done && is_interrupted(task)) {
      return raise_interrupt(L, task, anchors_upvalue());
    }
    task.finish = finish;
    task.state = Task::State::waiting;
    start(scheduler, task, operation, progress);
    return suspend(L, task);
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
