// Waits that belong to no object: for other tasks, and for descriptors by number.
#include <limits>
#include <new>

#include "base/limits.hpp"
#include "lua/await.hpp"
#include "lua/compat_coroutine.hpp"
#include "lua/loop.hpp"
#include "lua/push.hpp"
#include "lua/task_object.hpp"
#include "reactor/select.hpp"

namespace moontide {
namespace {

/// ticket() -> number, object: what unpark() needs to end the next park() of the current task, if
/// no other ticket is taken before. One that is never parked with is of no use to anybody.
int loop_ticket(lua_State* L) {
  Task& task = check_current(L);
  ++task.ticket;
  task.has_waited = true;
  lua_pushnumber(L, static_cast<lua_Number>(task.ticket));
  push_object(L, task);
  return 2;
}

/// is_stale(object, ticket) -> whether the task has ended, or taken another ticket
int loop_is_stale(lua_State* L) {
  const Task* const task = check_task(L, 1);
  lua_pushboolean(L, task == nullptr || task->ticket != luaL_checknumber(L, 2) ? 1 : 0);
  return 1;
}

/// Parks a task where it cannot be suspended. The values of unpark() come by its object.
int park_in_place(lua_State* L, Scheduler& scheduler, Task& task) {
  push_object(L, task);
  const int object = lua_gettop(L);
  wait_within_call(L, scheduler, task);
  if (task.interrupt) return raise_interrupt(L, task, anchors_upvalue());
  lua_pushliteral(L, "passed");
  lua_rawget(L, object);
  lua_pushliteral(L, "passed");
  lua_pushnil(L);
  lua_rawset(L, object);
  if (!lua_istable(L, -1)) return finish_park(L);
  return push_list(L);
}

/// park([instant]) -> what unpark() passes, or nil, "timeout".
int loop_park(lua_State* L) {
  check_current(L);
  return park(L, optional_instant(L, 1));
}

/// Passes the values from `first` on to a task that waits within a C call, by its object.
void pass_by_object(lua_State* L, Task& task, int first) {
  const int count = lua_gettop(L) - first + 1;
  lua_createtable(L, count, 1);
  for (int i = 1; i <= count; ++i) {
    lua_pushvalue(L, first + i - 1);
    lua_rawseti(L, -2, i);
  }
  lua_pushinteger(L, count);
  lua_setfield(L, -2, "n");
  push_object(L, task);
  lua_pushliteral(L, "passed");
  lua_pushvalue(L, -3);
  lua_rawset(L, -3);
  lua_settop(L, first - 1);
  task.awake = true;
}

/// unpark(object, ticket, ...) -> whether that park() was still waiting, and now returns the
/// values.
int loop_unpark(lua_State* L) {
  Task* const task = check_task(L, 1);
  const lua_Number ticket = luaL_checknumber(L, 2);
  const bool waits = task != nullptr && task->ticket == ticket && is_parked(*task);
  if (waits) unpark(L, *task, 3);
  lua_pushboolean(L, waits ? 1 : 0);
  return 1;
}

/// yield(): lets the others that are ready go first.
int loop_yield(lua_State* L) {
  Scheduler& scheduler = scheduler_of(L);
  Task& task = check_current(L);
  drop_stale_wait(scheduler, task);
  if (is_interrupted(task)) return raise_interrupt(L, task, anchors_upvalue());
  if (!can_suspend(L, scheduler)) return 0;
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
  const lua_Number number = luaL_checknumber(L, 1);
  const short events = kEvents[luaL_checkoption(L, 2, nullptr, kNames)];
  const Deadline until = optional_instant(L, 3);
  if (!(number >= 0 && number <= std::numeric_limits<int>::max())) {
    luaL_argerror(L, 1, "invalid descriptor");
  }
  static_assert(std::is_trivially_destructible_v<DescriptorWait>);
  auto* memory = compat::new_userdata(L, sizeof(DescriptorWait));
  auto* wait = static_cast<DescriptorWait*>(memory);
  ::new (&wait->entry) pollfd{static_cast<int>(number), events, 0};
  ::new (&wait->select) SelectOperation({&wait->entry, 1}, until);
  return await(L, wait->select, finish_waitfd);
}

}  // namespace

int finish_park(lua_State* L) {
  check_sleep(L);
  lua_pushnil(L);
  lua_pushliteral(L, "timeout");
  return 2;
}

int park(lua_State* L, Deadline until) {
  Scheduler& scheduler = scheduler_of(L);
  Task& task = *scheduler.current;
  const bool in_place = begin_park(L, scheduler, task, until);
  lua_settop(L, 0);
  return in_place ? park_in_place(L, scheduler, task) : suspend(L, task);
}

bool is_parked(const Task& task) noexcept {
  if (task.state != Task::State::parked || task.interrupt) return false;
  if (task.within_call) return !task.awake;
  return task.suspended && lua_status(task.thread) == LUA_YIELD;
}

void unpark(lua_State* L, Task& task, int first) {
  Scheduler& scheduler = scheduler_of(L);
  if (task.within_call) {
    pass_by_object(L, task, first);
    scheduler.reactor.cancel(task);
    return;
  }
  const int values = lua_gettop(L) - first + 1;
  if (values > 8 && lua_checkstack(task.thread, values) == 0) luaL_error(L, "not enough memory");
  scheduler.reactor.cancel(task);
  lua_xmove(L, task.thread, values);
  task.values = values;
  task.finish = nullptr;
  scheduler.make_ready(task);
}

bool begin_park(lua_State* L, Scheduler& scheduler, Task& task, Deadline until) {
  drop_stale_wait(scheduler, task);
  if (is_interrupted(task)) raise_interrupt(L, task, anchors_upvalue());
  task.finish = finish_park;
  task.awaited = &task.sleep;
  task.sleep.begin(until);
  task.limit = task.shields > 0 ? Deadline::never() : task.scope;
  scheduler.streak = 0;
  const bool in_place = !can_suspend(L, scheduler);
  if (in_place && scheduler.depth >= limits::kNestedTurnsMax) {
    luaL_error(L, "too many waits within C calls");
  }
  if (in_place && !compat::lets_others_yield(L)) {
    luaL_error(L, "a finaliser cannot wait for other tasks");
  }
  task.state = Task::State::parked;
  // Without an end it is nothing the reactor could wait for.
  if (!until.is_never() || !task.limit.is_never()) {
    scheduler.reactor.start(task, task.sleep, Progress::want_timer);
  } else {
    scheduler.reactor.note(task);
  }
  return in_place;
}

const luaL_Reg kWaitFunctions[] = {
    {"is_stale", loop_is_stale}, {"park", loop_park},     {"ticket", loop_ticket},
    {"unpark", loop_unpark},     {"waitfd", loop_waitfd}, {"yield", loop_yield},
    {nullptr, nullptr},
};

}  // namespace moontide
