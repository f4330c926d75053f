#include <chrono>
#include <cmath>
#include <new>

#include "base/limits.hpp"
#include "lua/args.hpp"
#include "lua/await.hpp"
#include "lua/compat_coroutine.hpp"
#include "lua/push.hpp"
#include "lua/turn.hpp"
#include "reactor/select.hpp"

// What the Lua half of the scheduler stands on: a table of functions that scripts do not see. A
// task is a number here; the object that scripts see is a table of the Lua half.
namespace moontide {
namespace {

/// The scheduler of this interpreter, made by the first call.
Scheduler& scheduler_of(lua_State* L) {
  Runtime& runtime = runtime_of(L);
  if (runtime.scheduler == nullptr) {
    const bool can_tell = compat::can_tell_yieldable(L);
    runtime.scheduler.reset(new (std::nothrow) Scheduler());
    if (runtime.scheduler == nullptr) luaL_error(L, "not enough memory");
    runtime.scheduler->can_tell_yieldable = can_tell;
  }
  return *runtime.scheduler;
}

Task& check_current(lua_State* L) {
  Task* task = scheduler_of(L).current;
  if (task == nullptr) luaL_error(L, "only a task can wait here (see moontide.run)");
  return *task;
}

/// An instant on the clock of now(); nil is never.
Deadline optional_instant(lua_State* L, int index) {
  if (lua_isnoneornil(L, index)) return Deadline::never();
  const lua_Number seconds = luaL_checknumber(L, index);
  if (!(seconds < 9e9)) return Deadline::never();
  const std::chrono::duration<double> span(seconds > 0 ? seconds : 0);
  return Deadline::at(Deadline::TimePoint(std::chrono::duration_cast<Deadline::Duration>(span)));
}

void push_instant(lua_State* L, Deadline::TimePoint instant) {
  const std::chrono::duration<double> span = instant.time_since_epoch();
  lua_pushnumber(L, span.count());
}

/// now() -> seconds on the monotonic clock
int loop_now(lua_State* L) {
  push_instant(L, Deadline::Clock::now());
  return 1;
}

// Tasks -------------------------------------------------------------------------------------------

/// The thread of a task, made if it has none.
lua_State* thread_of(lua_State* L, Task& task) {
  if (task.thread != nullptr) return task.thread;
  lua_rawgeti(L, anchors_upvalue(), kAnchorThreads);
  lua_State* const thread = lua_newthread(L);
  lua_rawseti(L, -2, static_cast<int>(task.slot) + 1);
  lua_pop(L, 1);
  task.thread = thread;
  return thread;
}

/// spawn(object, function, ...) -> id: a task that calls the function, soon.
int loop_spawn(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkany(L, 2);
  Scheduler& scheduler = scheduler_of(L);
  Task* const reserved = scheduler.reserve();
  if (reserved == nullptr) return luaL_error(L, "not enough memory");
  lua_State* const thread = thread_of(L, *reserved);
  lua_rawgeti(L, anchors_upvalue(), kAnchorObjects);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, static_cast<int>(reserved->slot) + 1);
  lua_pop(L, 1);
  const int values = lua_gettop(L) - 1;
  if (lua_checkstack(thread, values + LUA_MINSTACK) == 0) return luaL_error(L, "not enough memory");
  lua_xmove(L, thread, values);
  Task& task = scheduler.acquire();
  task.values = values - 1;
  scheduler.make_ready(task);
  lua_pushnumber(L, Scheduler::id_of(task));
  return 1;
}

/// current() -> the object of the running task, or nil
int loop_current(lua_State* L) {
  const Task* task = scheduler_of(L).current;
  if (task == nullptr) return 0;
  lua_rawgeti(L, anchors_upvalue(), kAnchorObjects);
  lua_rawgeti(L, -1, static_cast<int>(task->slot) + 1);
  return 1;
}

/// Ends the wait of a task, which raises then.
void interrupt(Scheduler& scheduler, Task& task) {
  if (task.state == Task::State::ready && !task.started) {
    task.interrupt = true;
    return;
  }
  if (task.state != Task::State::waiting && task.state != Task::State::parked &&
      !(task.within_call && !task.awake)) {
    return;  // at its next wait
  }
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

// Waiting -----------------------------------------------------------------------------------------

/// ticket() -> id, number: what unpark() needs to end the next park() of the current task.
int loop_ticket(lua_State* L) {
  const Task& task = check_current(L);
  lua_pushnumber(L, Scheduler::id_of(task));
  lua_pushnumber(L, static_cast<lua_Number>(task.ticket) + 1);
  return 2;
}

int finish_park(lua_State* L) {
  lua_pushnil(L);
  lua_pushliteral(L, "timeout");
  return 2;
}

/// Parks a task where it cannot be suspended. The values of unpark() come by its object.
int park_in_place(lua_State* L, Scheduler& scheduler, Task& task) {
  lua_rawgeti(L, anchors_upvalue(), kAnchorObjects);
  lua_rawgeti(L, -1, static_cast<int>(task.slot) + 1);
  const int object = lua_gettop(L);
  wait_within_call(L, scheduler, task);
  if (task.interrupt) return raise_interrupt(L, task, anchors_upvalue());
  lua_getfield(L, object, "passed");
  lua_pushnil(L);
  lua_setfield(L, object, "passed");
  if (!lua_istable(L, -1)) return finish_park(L);
  const int passed = lua_gettop(L);
  lua_getfield(L, passed, "n");
  const int count = static_cast<int>(lua_tointeger(L, -1));
  luaL_checkstack(L, count, "too many values");
  for (int i = 1; i <= count; ++i) lua_rawgeti(L, passed, i);
  return count;
}

/// park([instant]) -> what unpark() passes, or nil, "timeout".
int loop_park(lua_State* L) {
  Scheduler& scheduler = scheduler_of(L);
  Task& task = check_current(L);
  const Deadline deadline = optional_instant(L, 1);
  if (is_interrupted(task)) return raise_interrupt(L, task, anchors_upvalue());
  lua_settop(L, 0);
  ++task.ticket;
  task.finish = finish_park;
  task.awaited = &task.sleep;
  task.sleep.deadline = deadline;
  task.limit = task.shields > 0 ? Deadline::never() : task.scope;
  scheduler.streak = 0;
  const bool in_place = !can_suspend(L, scheduler);
  if (in_place && scheduler.depth >= limits::kNestedTurnsMax) {
    return luaL_error(L, "too many waits within C calls");
  }
  task.state = Task::State::parked;
  // Without an end it is nothing the reactor could wait for.
  if (!deadline.is_never() || !task.limit.is_never()) {
    scheduler.reactor.start(task, task.sleep, Progress::want_timer);
  } else {
    scheduler.reactor.note(task);
  }
  return in_place ? park_in_place(L, scheduler, task) : suspend(L, task);
}

/// Passes the values behind argument 2 to a task that waits within a C call, by its object.
void pass_by_object(lua_State* L, Task& task) {
  const int count = lua_gettop(L) - 2;
  lua_createtable(L, count, 1);
  for (int i = 1; i <= count; ++i) {
    lua_pushvalue(L, i + 2);
    lua_rawseti(L, -2, i);
  }
  lua_pushinteger(L, count);
  lua_setfield(L, -2, "n");
  lua_rawgeti(L, anchors_upvalue(), kAnchorObjects);
  lua_rawgeti(L, -1, static_cast<int>(task.slot) + 1);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "passed");
  task.awake = true;
}

/// unpark(id, ticket, ...) -> whether that park() was still waiting, and now returns the values.
int loop_unpark(lua_State* L) {
  Scheduler& scheduler = scheduler_of(L);
  Task* const task = scheduler.find(luaL_checknumber(L, 1));
  const lua_Number ticket = luaL_checknumber(L, 2);
  if (task == nullptr || task->state != Task::State::parked || task->ticket != ticket ||
      task->interrupt || (task->within_call && task->awake)) {
    lua_pushboolean(L, 0);
    return 1;
  }
  if (task->within_call) {
    pass_by_object(L, *task);
    scheduler.reactor.cancel(*task);
  } else {
    const int values = lua_gettop(L) - 2;
    if (values > 8 && lua_checkstack(task->thread, values) == 0) {
      return luaL_error(L, "not enough memory");
    }
    scheduler.reactor.cancel(*task);
    lua_xmove(L, task->thread, values);
    task->values = values;
    task->finish = nullptr;
    scheduler.make_ready(*task);
  }
  lua_pushboolean(L, 1);
  return 1;
}

/// yield(): lets the others that are ready go first.
int loop_yield(lua_State* L) {
  Scheduler& scheduler = scheduler_of(L);
  Task& task = check_current(L);
  if (is_interrupted(task)) return raise_interrupt(L, task, anchors_upvalue());
  lua_settop(L, 0);
  if (!can_suspend(L, scheduler)) return 0;
  task.finish = nullptr;
  scheduler.make_ready(task);
  return suspend(L, task);
}

/// What waitfd waits with, on the stack of its call.
struct DescriptorWait {
  pollfd entry;
  SelectOperation select;
};
static_assert(alignof(DescriptorWait) <= 8, "the weakest userdata alignment");

constexpr int kDescriptorWait = 4;

int finish_waitfd(lua_State* L) {
  const auto* wait = static_cast<const DescriptorWait*>(lua_touserdata(L, kDescriptorWait));
  if (const Failure failure = wait->select.failure) return push_failure(L, *failure);
  const short found = wait->entry.revents;
  if (found == 0) return push_failure(L, Error{Errc::timeout});
  if ((found & POLLNVAL) != 0) return push_failure(L, Error::from_errno(EBADF));
  const bool readable = (wait->entry.events & POLLIN) != 0 && found != POLLOUT;
  const bool writable = (wait->entry.events & POLLOUT) != 0 && found != POLLIN;
  lua_pushstring(L, readable && writable ? "rw" : readable ? "r" : "w");
  return 1;
}

/// waitfd(descriptor, events, instant) -> "r", "w" or "rw"; or nil, message
int loop_waitfd(lua_State* L) {
  static const char* const kNames[] = {"r", "w", "rw", nullptr};
  static constexpr short kEvents[] = {POLLIN, POLLOUT, POLLIN | POLLOUT};
  lua_settop(L, 3);
  const auto fd = static_cast<int>(luaL_checkinteger(L, 1));
  const short events = kEvents[luaL_checkoption(L, 2, nullptr, kNames)];
  const Deadline until = optional_instant(L, 3);
  if (fd < 0) luaL_argerror(L, 1, "invalid descriptor");
  static_assert(std::is_trivially_destructible_v<DescriptorWait>);
  auto* memory = compat::new_userdata(L, sizeof(DescriptorWait));
  auto* wait = static_cast<DescriptorWait*>(memory);
  ::new (&wait->entry) pollfd{fd, events, 0};
  ::new (&wait->select) SelectOperation({&wait->entry, 1}, until);
  return await(L, wait->select, finish_waitfd);
}

// Coroutines of the script ------------------------------------------------------------------------

/// enter(coroutine): its resumer passes suspensions of the task on, if it can be suspended itself.
int loop_enter(lua_State* L) {
  const Scheduler& scheduler = scheduler_of(L);
  if (scheduler.current == nullptr || !lua_isthread(L, 1) || !can_suspend(L, scheduler)) return 0;
  lua_settop(L, 1);
  lua_rawgeti(L, anchors_upvalue(), kAnchorPassing);
  lua_pushvalue(L, 1);
  lua_pushboolean(L, 1);
  lua_rawset(L, -3);
  return 0;
}

/// leave(coroutine) -> whether it yielded because the task is to be suspended, and was not left; or
/// nil and an error that it has to end with
int loop_leave(lua_State* L) {
  Task* const task = scheduler_of(L).current;
  const bool suspending = task != nullptr && task->suspending;
  if (task != nullptr && !suspending && task->interrupt) {
    // The call that was interrupted was the coroutine's last: no instruction raised it.
    lua_settop(L, 0);
    push_interrupt(L, *task, anchors_upvalue());
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
  }
  if (!suspending) {
    lua_settop(L, 1);
    lua_rawgeti(L, anchors_upvalue(), kAnchorPassing);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    lua_rawset(L, -3);
  }
  lua_pushboolean(L, suspending ? 1 : 0);
  return 1;
}

/// close_thread(thread): runs what the <close> variables of a failed coroutine own.
int loop_close_thread(lua_State* L) {
  if (lua_State* thread = lua_tothread(L, 1)) compat::close_thread(thread, L);
  return 0;
}

// Running -----------------------------------------------------------------------------------------

/// Nothing is ready and nothing that could change that is waited for.
bool is_stuck(const Scheduler& scheduler) {
  return !scheduler.has_ready() && scheduler.reactor.waiting() == 0 &&
         !scheduler.reactor.has_finished();
}

/// run(): turns until no task is left: true; or until all that are left wait for each other: false.
int loop_run(lua_State* L) {
  Scheduler& scheduler = scheduler_of(L);
  lua_settop(L, 0);
  while (scheduler.alive > 0 && !is_stuck(scheduler)) {
    run_turn(L, scheduler, Deadline::never());
    if (scheduler.pause) break;
  }
  scheduler.pause = false;
  lua_pushboolean(L, scheduler.alive == 0 ? 1 : 0);
  lua_pushboolean(L, is_stuck(scheduler) ? 1 : 0);
  return 2;
}

/// pause(): run() returns after this turn.
int loop_pause(lua_State* L) {
  scheduler_of(L).pause = true;
  return 0;
}

/// step([instant]) -> number of tasks that have not ended
int loop_step(lua_State* L) {
  Scheduler& scheduler = scheduler_of(L);
  const Deadline until = optional_instant(L, 1);
  lua_settop(L, 0);
  run_turn(L, scheduler, until);
  lua_pushnumber(L, static_cast<lua_Number>(scheduler.alive));
  return 1;
}

/// getfd() -> a descriptor that is readable when step() has something to do; or nil
int loop_getfd(lua_State* L) {
  const int fd = scheduler_of(L).reactor.fd();
  if (fd < 0) return 0;
  lua_pushinteger(L, fd);
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

/// state(id) -> "ready", "running", "waiting" or "parked"; then for a wait "read", "write", "any"
/// or "timer", the descriptor or nil, the instant it began, and its thread; nil when it has ended.
int loop_state(lua_State* L) {
  static const char* const kWants[] = {"done", "read", "write", "any", "timer"};
  Scheduler& scheduler = scheduler_of(L);
  const Task* const task = scheduler.find(luaL_checknumber(L, 1));
  if (task == nullptr) return 0;
  lua_pushstring(L, state_name(*task));
  lua_pushstring(L, kWants[static_cast<int>(task->wants())]);
  if (task->wants() == Progress::want_read || task->wants() == Progress::want_write) {
    lua_pushinteger(L, task->descriptor());
  } else {
    lua_pushnil(L);
  }
  push_instant(L, task->since());
  lua_rawgeti(L, anchors_upvalue(), kAnchorThreads);
  lua_rawgeti(L, -1, static_cast<int>(task->slot) + 1);
  lua_remove(L, -2);
  return 5;
}

/// stats() -> tasks that have not ended, those ready, waits for the outside, switches so far
int loop_stats(lua_State* L) {
  const Scheduler& scheduler = scheduler_of(L);
  lua_pushnumber(L, static_cast<lua_Number>(scheduler.alive));
  lua_pushnumber(L, static_cast<lua_Number>(scheduler.ready));
  lua_pushnumber(L, static_cast<lua_Number>(scheduler.reactor.waiting()));
  lua_pushnumber(L, static_cast<lua_Number>(scheduler.switches));
  return 4;
}

/// objects() -> a list of the objects of all tasks that have not ended
int loop_objects(lua_State* L) {
  Scheduler& scheduler = scheduler_of(L);
  lua_settop(L, 0);
  lua_newtable(L);
  lua_rawgeti(L, anchors_upvalue(), kAnchorObjects);
  int count = 0;
  for (std::size_t slot = 0; slot < scheduler.slots(); ++slot) {
    if (scheduler.at(slot)->state == Task::State::free) continue;
    lua_rawgeti(L, 2, static_cast<int>(slot) + 1);
    lua_rawseti(L, 1, ++count);
  }
  lua_settop(L, 1);
  return 1;
}

/// handlers(ended, cancelled): the function for tasks that ended, and the error of cancelled ones.
int loop_handlers(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 2);
  lua_rawseti(L, anchors_upvalue(), kAnchorCancelled);
  lua_rawseti(L, anchors_upvalue(), kAnchorEnded);
  return 0;
}

constexpr luaL_Reg kFunctions[] = {
    {"cancel", loop_cancel},     {"close_thread", loop_close_thread},
    {"current", loop_current},   {"enter", loop_enter},
    {"expire", loop_expire},     {"getfd", loop_getfd},
    {"handlers", loop_handlers}, {"is_cancelled", loop_is_cancelled},
    {"leave", loop_leave},       {"next", loop_next},
    {"now", loop_now},           {"objects", loop_objects},
    {"park", loop_park},         {"pause", loop_pause},
    {"run", loop_run},           {"set_scope", loop_set_scope},
    {"shield", loop_shield},     {"spawn", loop_spawn},
    {"state", loop_state},       {"stats", loop_stats},
    {"step", loop_step},         {"ticket", loop_ticket},
    {"unpark", loop_unpark},     {"waitfd", loop_waitfd},
    {"yield", loop_yield},       {nullptr, nullptr},
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

void push_loop(lua_State* L) {
  set_anchor_table(L, kAnchorThreads, nullptr);
  set_anchor_table(L, kAnchorObjects, nullptr);
  set_anchor_table(L, kAnchorPassing, "k");
  register_turn(L);
  lua_newtable(L);
  lua_pushvalue(L, runtime_upvalue());
  lua_pushvalue(L, anchors_upvalue());
  compat::set_functions(L, kFunctions, kUpvalueCount);
}

}  // namespace moontide
