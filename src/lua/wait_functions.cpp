// Waits that belong to no object: for other tasks, and for descriptors by number.
#include <limits>
#include <new>

#include "base/limits.hpp"
#include "lua/await.hpp"
#include "lua/compat_coroutine.hpp"
#include "lua/loop.hpp"
#include "lua/push.hpp"
#include "reactor/select.hpp"

namespace moontide {
namespace {

/// ticket() -> id, number: what unpark() needs to end the next park() of the current task, if no
/// other ticket is taken before. One that is never parked with is of no use to anybody.
int loop_ticket(lua_State* L) {
  Task& task = check_current(L);
  ++task.ticket;
  lua_pushnumber(L, Scheduler::id_of(task));
  lua_pushnumber(L, static_cast<lua_Number>(task.ticket));
  return 2 + push_current(L, scheduler_of(L));
}

bool is_parked(Task* task, lua_Number ticket) {
  if (task == nullptr || task->state != Task::State::parked || task->ticket != ticket) return false;
  if (task->interrupt) return false;
  if (task->within_call) return !task->awake;
  return task->suspended && lua_status(task->thread) == LUA_YIELD;
}

/// is_parked(id, ticket) -> whether unpark() would find it waiting
int loop_is_parked(lua_State* L) {
  Task* const task = scheduler_of(L).find(luaL_checknumber(L, 1));
  lua_pushboolean(L, is_parked(task, luaL_checknumber(L, 2)) ? 1 : 0);
  return 1;
}

int finish_park(lua_State* L) {
  check_sleep(L);
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
  drop_stale_wait(scheduler, task);
  if (is_interrupted(task)) return raise_interrupt(L, task, anchors_upvalue());
  lua_settop(L, 0);
  task.finish = finish_park;
  task.awaited = &task.sleep;
  task.sleep.begin(deadline);
  task.limit = task.shields > 0 ? Deadline::never() : task.scope;
  scheduler.streak = 0;
  const bool in_place = !can_suspend(L, scheduler);
  if (in_place && scheduler.depth >= limits::kNestedTurnsMax) {
    return luaL_error(L, "too many waits within C calls");
  }
  if (in_place && !compat::lets_others_yield(L)) {
    return luaL_error(L, "a finaliser cannot wait for other tasks");
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
  if (!is_parked(task, ticket)) {
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

const luaL_Reg kWaitFunctions[] = {
    {"is_parked", loop_is_parked},
    {"park", loop_park},
    {"ticket", loop_ticket},
    {"unpark", loop_unpark},
    {"waitfd", loop_waitfd},
    {"yield", loop_yield},
    {nullptr, nullptr},
};

}  // namespace moontide
