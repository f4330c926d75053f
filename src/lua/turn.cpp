#include "lua/turn.hpp"

#include "base/limits.hpp"
#include "base/prefetch.hpp"
#include "lua/await.hpp"
#include "lua/compat_coroutine.hpp"
#include "lua/loop.hpp"
#include "lua/runtime.hpp"
#include "lua/spawn.hpp"
#include "lua/task_end.hpp"

namespace moontide {
namespace {

/// Whether what goes on is a function that called pcall for the script: what waited was called by
/// pcall itself, and has returned. The function looks for the interrupt, which pcall is to catch.
bool is_in_catcher(lua_State* L, lua_Debug* frame, int anchors) {
  lua_getinfo(L, "f", frame);
  lua_rawgeti(L, anchors, kAnchorCatchers);
  lua_insert(L, -2);
  lua_rawget(L, -2);
  const bool found = lua_toboolean(L, -1) != 0;
  lua_pop(L, 2);
  return found;
}

/// Where there are no continuations, the first thing the coroutine executes when it goes on.
void raise_hook(lua_State* L, lua_Debug* frame) {
  Task* task = push_runtime(L).scheduler->current;
  // LuaJIT has one hook for all. It is not yet the turn of the one that waited; or it ended with
  // its wait and without another instruction, then whoever resumed it raises.
  const bool is_it =
      task != nullptr && (L == task->innermost || lua_status(task->innermost) != LUA_YIELD);
  if (!is_it) return lua_settop(L, -3);
  const int anchors = lua_gettop(L);
  lua_sethook(L, task->script_hook, task->script_hook_mask, task->script_hook_count);
  if (!task->interrupt || is_in_catcher(L, frame, anchors)) return lua_settop(L, -3);
  raise_interrupt(L, *task, anchors);
}

/// Moves the coroutine that waited from among the arguments to the stack, which keeps it: the
/// script may have done away with it meanwhile.
void push_innermost(lua_State* L, const Task& task) {
  push_argument_list(L, task, anchors_upvalue());
  lua_rawgeti(L, -1, kInnermostArgument);
  lua_pushboolean(L, 0);
  lua_rawseti(L, -3, kInnermostArgument);
}

void set_raise_hook(Task& task) {
  lua_State* L = task.innermost;
  task.script_hook = lua_gethook(L);
  task.script_hook_mask = lua_gethookmask(L);
  task.script_hook_count = lua_gethookcount(L);
  lua_sethook(L, raise_hook, LUA_MASKCOUNT, 1);
}

/// If it has not been called: the coroutine did not go on.
void drop_raise_hook(Task& task, lua_State* hooked) {
  if (lua_gethook(hooked) != raise_hook) return;
  lua_sethook(hooked, task.script_hook, task.script_hook_mask, task.script_hook_count);
}

/// What ran has ended, with values on its thread.
void end_with_values(lua_State* L, Scheduler& scheduler, Task& task, bool succeeded, int results) {
  const int first = lua_gettop(L) + 1;
  if (!succeeded) {
    results = 1;
  } else if (results > 1 && lua_checkstack(L, 2 * results + kRoomForEnd) == 0) {
    lua_settop(task.thread, 0);
    lua_rawgeti(L, anchors_upvalue(), kAnchorNoMemory);
    return end_task(L, scheduler, task, false, first);
  }
  if (results > 0) lua_xmove(task.thread, L, results);
  end_task(L, scheduler, task, succeeded, first);
}

/// A script that gets at the coroutine of a task can resume and close it.
bool is_resumable(const Task& task) {
  return task.suspended && lua_status(task.thread) == LUA_YIELD &&
         (task.values == 0 || lua_gettop(task.thread) >= task.values);
}

void end_misused(lua_State* L, Scheduler& scheduler, Task& task) {
  const int first = lua_gettop(L) + 1;
  lua_pushliteral(L, "the coroutine of a task was resumed or closed by something else");
  end_task(L, scheduler, task, false, first);
}

/// Lets a task go on with the values on its thread, or with the results that it makes itself.
void resume_task(lua_State* L, Scheduler& scheduler, Task& task) {
  const int values = task.values;
  task.values = 0;
  task.started = true;
  task.suspended = false;
  task.state = Task::State::running;
  lua_State* const hooked = task.interrupt && !compat::kHasContinuations ? task.innermost : nullptr;
  if (!compat::kHasContinuations && task.innermost != nullptr && task.innermost != task.thread) {
    push_innermost(L, task);
  }
  if (hooked != nullptr) set_raise_hook(task);
  Task* const before = scheduler.current;
  scheduler.current = &task;
  scheduler.streak = 0;
  ++scheduler.switches;
  int results = 0;
  const int status = compat::resume(task.thread, L, values, results);
  scheduler.current = before;
  if (hooked != nullptr) drop_raise_hook(task, hooked);
  if (hooked != nullptr && status == 0 && task.interrupt) {  // it ended before it could raise
    lua_settop(task.thread, 0);
    push_interrupt(L, task, anchors_upvalue());
    return end_task(L, scheduler, task, false, lua_gettop(L));
  }
  if (status != LUA_YIELD) {
    return end_with_values(L, scheduler, task, status == 0, results);
  }
  if (results > 0) lua_pop(task.thread, results);
  task.suspended = true;
  if (task.suspending) {
    task.suspending = false;
    const bool waits = task.state == Task::State::waiting && task.operation() != nullptr;
    if (waits || task.state == Task::State::parked) return;
  }
  // A plain yield, of the script's or of ours: it only lets the others run.
  task.finish = nullptr;
  scheduler.make_ready(task);
}

/// Where there are no continuations: pushes the results of what it waited for; -1: it has to wait
/// again. Errors are the task's own.
int push_results(lua_State* L, Scheduler& scheduler, Task& task) {
  Operation& operation = *task.awaited;
  scheduler.delivering = &task;
  push_arguments(L, task);
  scheduler.reactor.cancel(task);  // whatever calls the object now begins anew
  int count = task.finish(L);
  while (count == kPerformAgain) {
    const Progress progress = operation.perform();
    if (progress != Progress::done) {
      keep_arguments(L, task);
      scheduler.delivering = nullptr;
      task.state = Task::State::waiting;
      scheduler.reactor.start(task, operation, progress);
      if (is_interrupted(task)) {  // what made the results may have cancelled it
        scheduler.reactor.cancel(task);
        task.interrupt = true;
        scheduler.make_ready(task);
      }
      return -1;
    }
    count = task.finish(L);
  }
  task.finish = nullptr;
  return count;
}

/// Makes the results of what a task waited for on the stack of this turn, and moves them to its
/// thread. False when it does not go on.
bool deliver(lua_State* L, Scheduler& scheduler, Task& task) {
  const int count = push_results(L, scheduler, task);
  if (count < 0) return false;
  if (lua_checkstack(task.thread, count) == 0) luaL_error(L, "not enough memory");
  scheduler.delivering = nullptr;
  if (!is_resumable(task)) {  // finalisers may have run
    end_misused(L, scheduler, task);
    return false;
  }
  lua_xmove(L, task.thread, count);
  lua_settop(L, 0);
  task.values = count;
  return true;
}

/// Lets a task run for the first time.
void begin(lua_State* L, Scheduler& scheduler, Task& task) {
  if (!task.interrupt && move_body(L, scheduler, task)) return resume_task(L, scheduler, task);
  lua_rawgeti(L, anchors_upvalue(), task.interrupt ? kAnchorCancelled : kAnchorNoMemory);
  end_task(L, scheduler, task, false, lua_gettop(L));
}

void go_on(lua_State* L, Scheduler& scheduler, Task& task) {
  if (!task.started) return begin(L, scheduler, task);
  if (!is_resumable(task)) return end_misused(L, scheduler, task);
  if (task.interrupt) {
    scheduler.reactor.cancel(task);
    drop_arguments(L, task);
    lua_pop(task.thread, task.values);
    task.values = 0;
    task.finish = nullptr;
  } else if (task.finish != nullptr) {
    if (compat::kHasContinuations) {
      task.is_due = true;
    } else if (!deliver(L, scheduler, task)) {
      return;
    }
  }
  resume_task(L, scheduler, task);
}

/// Its wait is over.
void wake(Scheduler& scheduler, Task& task) {
  if (!task.suspended && !task.within_call) return scheduler.reactor.cancel(task);  // it went on
  task.interrupt = task.interrupt || task.reached_limit();
  if (task.within_call) {
    task.awake = true;
  } else {
    scheduler.make_ready(task);
  }
}

/// Slots of the Lua stack for telling of a task's end, frames of the Lua half included: without
/// room for that nobody would be told.
constexpr int kRoomForEnds = 120;

/// The argument of a turn.
struct TurnEnd {
  Deadline until;
  const Task* task;  ///< If not null: nothing is waited for once it is awake.
  bool is_single;    ///< No task goes on twice.
};

/// Asks for what a task touches that goes on: its operation with what lies around that in the
/// object, its coroutine, which often has its stack next to it, and the call that waits, of which
/// the one around it is often the neighbour.
void prefetch_upcoming(const Scheduler& scheduler, std::size_t events) {
  const auto* const task = static_cast<const Task*>(scheduler.reactor.upcoming(events));
  if (task == nullptr) return;
  prefetch<384, 192>(task->operation());
  prefetch<512>(task->innermost);
  prefetch<144, 80>(task->call);
}

/// Resumes those that are ready, each once. Returns how many.
std::size_t run_ready(lua_State* L, Scheduler& scheduler) {
  const std::size_t count = scheduler.ready;
  for (std::size_t left = count; left > 0; --left) {
    const Task* const first = scheduler.first_ready();
    if (first != nullptr && !first->started) provide_thread(L, scheduler);
    Task* task = scheduler.take_ready();
    if (task == nullptr) break;  // a turn within this one has taken it
    go_on(L, scheduler, *task);
    if (lua_gettop(L) > 0) lua_settop(L, 0);
  }
  return count;
}

/// As many tasks at least go on before the system is asked what has come: that costs as much as
/// several of them. More where nothing is waited for.
constexpr std::size_t kTasksBetweenWaits = 16;
constexpr std::size_t kTasksBetweenIdleWaits = 1024;

/// The body of a turn; argument 1 is the address of a TurnEnd.
int turn(lua_State* L) {
  Scheduler& scheduler = *runtime_of(L).scheduler;
  const TurnEnd end = *static_cast<const TurnEnd*>(lua_touserdata(L, 1));
  lua_settop(L, 0);
  luaL_checkstack(L, kRoomForEnds, "too many values");
  std::size_t done = 0;
  for (;;) {
    done += run_ready(L, scheduler);
    const bool is_awake = end.task != nullptr && end.task->awake;
    const bool waits = scheduler.reactor.waiting() > 0 || scheduler.reactor.has_finished();
    const std::size_t most = waits ? kTasksBetweenWaits : kTasksBetweenIdleWaits;
    if (end.is_single || is_awake || !scheduler.has_ready() || done >= most) break;
  }
  if (scheduler.is_stuck()) return 0;
  const bool is_over = scheduler.has_ready() || (end.task != nullptr && end.task->awake);
  scheduler.reactor.wait(is_over ? Deadline::at({}) : end.until);
  prefetch_upcoming(scheduler, 0);
  for (;;) {
    prefetch_upcoming(scheduler, 1);
    Waiter* const waiter = scheduler.reactor.take_finished();
    if (waiter == nullptr) break;
    wake(scheduler, static_cast<Task&>(*waiter));
    const bool is_awake = end.task != nullptr && end.task->awake;
    // Where nobody is before it, it goes on at once: what it has read is in the caches, and the
    // memory it read into serves the next one.
    if (scheduler.ready == 1 && !end.is_single && !is_awake) run_ready(L, scheduler);
  }
  return 0;
}

}  // namespace

int try_turn(lua_State* L, Scheduler& scheduler, Deadline until, const Task* awaited,
             bool is_single) {
  TurnEnd end{until, awaited, is_single};
  Task* const before = scheduler.current;
  Task* const delivering = scheduler.delivering;
  lua_rawgeti(L, anchors_upvalue(), kAnchorTurn);
  lua_pushlightuserdata(L, &end);
  scheduler.current = nullptr;
  scheduler.delivering = nullptr;
  ++scheduler.depth;
  const int status = lua_pcall(L, 1, 0, 0);
  --scheduler.depth;
  Task* const task = scheduler.delivering;
  scheduler.current = before;
  scheduler.delivering = delivering;
  if (status == 0 || task == nullptr) return status;
  // The results of its operation could not be made: an error of its own.
  task->finish = nullptr;
  if (Lease* const lease = task->awaited->results_lease) lease->end();
  scheduler.reactor.cancel(*task);  // its object may be garbage from here on
  drop_arguments(L, *task);
  interrupt_with(L, *task);
  scheduler.make_ready(*task);
  return 0;
}

void run_turn(lua_State* L, Scheduler& scheduler, Deadline until, bool is_single) {
  luaL_checkstack(L, 8, "too many values");
  if (scheduler.depth >= limits::kNestedTurnsMax) luaL_error(L, "too many turns within turns");
  if (try_turn(L, scheduler, until, nullptr, is_single) != 0) lua_error(L);
}

void register_turn(lua_State* L) {
  push_loop_upvalues(L);
  lua_pushcclosure(L, turn, kLoopUpvalueCount);
  lua_rawseti(L, anchors_upvalue(), kAnchorTurn);
}

}  // namespace moontide
