#pragma once

#include "lua/runtime.hpp"
#include "lua/scheduler.hpp"
#include "reactor/blocking.hpp"

namespace moontide {

/// The one place where the binding meets a driver: runs an operation to its end and pushes the
/// results of the call with `finish`. Outside of tasks it waits in poll(2); in a task the task is
/// suspended, and `finish` runs later with the stack as it is now: in the task where the Lua has
/// continuations, else in the turn, on another state.
///
/// In tail position only: `return await(L, operation, finish);`.
inline int await(lua_State* L, Runtime& runtime, Operation& operation, FinishFunction finish);
inline int await(lua_State* L, Operation& operation, FinishFunction finish) {
  return await(L, runtime_of(L), operation, finish);
}

/// The same for an operation that had its first step already, which says `progress`, and whose
/// `finish` never wants another one. Done without a wait is for those who may_return_at_once().
inline int await_rest(lua_State* L, Runtime& runtime, Operation& operation, Progress progress,
                      FinishFunction finish);

/// Whether a task runs: a wait would suspend it, and the frames of its call would be gone.
inline bool is_in_task(const Runtime& runtime) noexcept {
  const Scheduler* const scheduler = runtime.scheduler.get();
  return scheduler != nullptr && scheduler->current != nullptr;
}

/// Whether a call that has its results without waiting may return them: in a task so many in a row
/// may. Otherwise it goes through await().
inline bool may_return_at_once(Runtime& runtime);

/// For what cannot be taken up again later, such as a helper of several calls: waits in place.
void await_in_place(lua_State* L, Operation& operation);

namespace internal {
int await_in_task(lua_State* L, Scheduler& scheduler, Operation& operation, Progress progress,
                  FinishFunction finish);
/// So many operations in a row may go without waiting before other tasks have their turn.
inline constexpr int kStreakMax = 64;
}  // namespace internal

inline bool may_return_at_once(Runtime& runtime) {
  return !is_in_task(runtime) || ++runtime.scheduler->streak <= internal::kStreakMax;
}

inline int await_rest(lua_State* L, Runtime& runtime, Operation& operation, Progress progress,
                      FinishFunction finish) {
  if (is_in_task(runtime)) {
    return internal::await_in_task(L, *runtime.scheduler, operation, progress, finish);
  }
  run_blocking(operation, progress);
  return finish(L);
}

inline int await(lua_State* L, Runtime& runtime, Operation& operation, FinishFunction finish) {
  Scheduler* const scheduler = runtime.scheduler.get();
  const bool in_task = is_in_task(runtime);
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

/// Pushes the list of what the call that suspended a task works on. `anchors`: where they are.
void push_argument_list(lua_State* L, const Task& task, int anchors);

/// When the task goes on, it raises the value on top of the stack, which is popped.
void interrupt_with(lua_State* L, Task& task);

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

/// Before the current task waits for what other tasks give, at most until `until`: sets it up for
/// that, and says whether it has to wait in place. Raises when it is interrupted or cannot wait.
bool begin_park(lua_State* L, Scheduler& scheduler, Task& task, Deadline until);
/// Pushes nil, "timeout": `finish` of such a wait.
int finish_park(lua_State* L);
/// Such a wait of the current task, until unpark(). In tail position.
int park(lua_State* L, Deadline until);
/// Whether a task waits like that and can be woken.
bool is_parked(const Task& task) noexcept;
/// Wakes one that does, which goes on with the values from `first` to the top; pops these.
void unpark(lua_State* L, Task& task, int first);

/// Suspends the current task, whose `finish`, state and waiting are set up. In tail position.
int suspend(lua_State* L, Task& task);

/// Between the stack and the places for arguments of a task. Scripts can get at the coroutines, and
/// resume or close them: what a wait works on must not lie there. keep_arguments moves the whole
/// stack there, and may raise; push_arguments moves them back, drop_arguments forgets them. These
/// two need no memory, but for room on the stack if there are many.
void keep_arguments(lua_State* L, Task& task);
void push_arguments(lua_State* L, Task& task);
void drop_arguments(lua_State* L, Task& task);

/// Whether the current task can be suspended by a yield of `L`: it may be running a coroutine of
/// its own, whose resumer passes suspensions on, and no C call may be in between.
bool can_suspend(lua_State* L, const Scheduler& scheduler);

/// Keeps the current task waiting within this C call, and lets the others run, until `task.awake`.
/// Nothing of it is waited for any more when it returns or raises.
void wait_within_call(lua_State* L, Scheduler& scheduler, Task& task);

}  // namespace moontide
