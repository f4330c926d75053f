#pragma once

#include "lua/runtime.hpp"
#include "lua/scheduler.hpp"
#include "reactor/blocking.hpp"

namespace moontide {

/// The one place where the binding meets a driver: runs an operation to its end and pushes the
/// results of the call with `finish`. Outside of tasks it waits in poll(2); in a task the task is
/// suspended, and `finish` runs later, on another state, with the stack as it is now.
///
/// In tail position only: `return await(L, operation, finish);`.
inline int await(lua_State* L, Operation& operation, FinishFunction finish);

/// For what cannot be taken up again later, such as a helper of several calls: waits in place.
void await_in_place(lua_State* L, Operation& operation);

namespace internal {
int await_in_task(lua_State* L, Scheduler& scheduler, Operation& operation, Progress progress,
                  FinishFunction finish);
/// So many operations in a row may go without waiting before other tasks have their turn.
inline constexpr int kStreakMax = 64;
}  // namespace internal

inline int await(lua_State* L, Operation& operation, FinishFunction finish) {
  Scheduler* const scheduler = runtime_of(L).scheduler.get();
  const bool in_task = scheduler != nullptr && scheduler->current != nullptr;
  for (;;) {
    const Progress progress = in_task ? operation.perform_first() : operation.perform();
    if (in_task) {
      if (progress != Progress::done || ++scheduler->streak > internal::kStreakMax) {
        return internal::await_in_task(L, *scheduler, operation, progress, finish);
      }
    } else if (progress != Progress::done) {
      run_blocking(operation, progress);
    }
    const int count = finish(L);
    if (count != kPerformAgain) return count;
  }
}

/// Pushes, or raises, what interrupts a task. What else it leaves on the stack lies below.
void push_interrupt(lua_State* L, Task& task, int anchors);
int raise_interrupt(lua_State* L, Task& task, int anchors);

/// Whether the task has been cancelled, or is out of time, and nothing shields it.
bool is_interrupted(const Task& task) noexcept;

/// For `finish` of a wait that has no object: raises when there was no memory for its timer.
void check_sleep(lua_State* L);

/// Before the current task begins to wait: drops a suspension that never reached the scheduler,
/// because something between them caught the yield.
void drop_stale_wait(Scheduler& scheduler, Task& task) noexcept;

/// Suspends the current task, whose `finish`, state and waiting are set up. In tail position.
int suspend(lua_State* L, Task& task);

/// Between the stack and the table of arguments of a task. Scripts can get at the coroutines, and
/// resume or close them: what a wait works on must not lie there. keep_arguments copies the whole
/// stack, and may raise; push_arguments moves them back.
void keep_arguments(lua_State* L, Task& task);
void push_arguments(lua_State* L, Task& task);

/// Whether the current task can be suspended by a yield of `L`: it may be running a coroutine of
/// its own, whose resumer passes suspensions on, and no C call may be in between.
bool can_suspend(lua_State* L, const Scheduler& scheduler);

/// Keeps the current task waiting within this C call, and lets the others run, until `task.awake`.
/// Nothing of it is waited for any more when it returns or raises.
void wait_within_call(lua_State* L, Scheduler& scheduler, Task& task);

}  // namespace moontide
