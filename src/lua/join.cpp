// Waiting for the end of a task.
#include "lua/join.hpp"

#include "lua/await.hpp"
#include "lua/compat_coroutine.hpp"
#include "lua/runtime.hpp"
#include "lua/task_object.hpp"

namespace moontide {
namespace {

/// When the joiner goes on, it raises the value on top of the stack, which is popped.
void fail_joiner(lua_State* L, Task& joiner) {
  joiner.arguments = 0;
  interrupt_with(L, joiner);
}

/// Gives it the results, or raises the error. Nothing here runs finalisers.
void give(lua_State* L, Task& joiner, bool succeeded, int first, int count) {
  joiner.finish = nullptr;
  if (!succeeded && !joiner.is_protected) {
    lua_pushvalue(L, first);
    return fail_joiner(L, joiner);
  }
  const int values = joiner.is_protected ? count + 1 : count;
  if (values > 8 && lua_checkstack(joiner.thread, values) == 0) {
    lua_rawgeti(L, anchors_upvalue(), kAnchorNoMemory);
    return fail_joiner(L, joiner);
  }
  if (joiner.is_protected) lua_pushboolean(L, succeeded ? 1 : 0);
  for (int i = 0; i < count; ++i) lua_pushvalue(L, first + i);
  lua_xmove(L, joiner.thread, values);
  joiner.values = values;
}

/// Pushes what came of the task whose object is at `index`; a result count.
int push_outcome(lua_State* L, int index, bool is_protected) {
  lua_pushboolean(L, 1);
  lua_rawgeti(L, index, kObjectOutcome);
  const int status = is_protected ? 1 : 0;
  if (lua_toboolean(L, -1) == 0) {
    lua_pop(L, 1);
    return status;
  }
  if (lua_istable(L, -1)) return status + push_list(L);
  lua_rawgeti(L, anchors_upvalue(), kAnchorFailure);
  lua_pushvalue(L, index);
  lua_call(L, 1, 1);
  if (!is_protected) return lua_error(L);
  lua_pushboolean(L, 0);
  lua_insert(L, -2);
  return 2;
}

/// Waits for the end of the task whose object is at 1.
int join(lua_State* L, const char* name, bool is_protected) {
  Scheduler& scheduler = scheduler_of(L);
  Task* const task = check_task(L, 1);
  const Deadline until = check_seconds(L, 2, 1, name);
  if (task == nullptr) return push_outcome(L, 1, is_protected);
  Task* const joiner = scheduler.current;
  if (task == joiner) return luaL_error(L, "a task cannot join itself");
  if (joiner == nullptr) {
    return luaL_error(L, "%s has to be called in a task (see moontide.run)", name);
  }
  ++joiner->ticket;
  const bool in_place = begin_park(L, scheduler, *joiner, until);
  Scheduler::join(*task, *joiner);
  joiner->is_protected = is_protected;
  if (!in_place) return suspend(L, *joiner);
  lua_settop(L, 1);
  wait_within_call(L, scheduler, *joiner);
  if (joiner->interrupt) return raise_interrupt(L, *joiner, anchors_upvalue());
  if (check_task(L, 1) == nullptr) return push_outcome(L, 1, is_protected);
  return finish_park(L);
}

/// join(object [, seconds]): the results of the task, once it has ended; its error is raised. nil,
/// "timeout" after so many seconds.
int loop_join(lua_State* L) { return join(L, "join", false); }

/// pjoin(object [, seconds]): the same, as pcall gives it.
int loop_pjoin(lua_State* L) { return join(L, "pjoin", true); }

/// has_ended(object)
int loop_has_ended(lua_State* L) {
  lua_pushboolean(L, check_task(L, 1) == nullptr ? 1 : 0);
  return 1;
}

}  // namespace

bool wake_joiners(lua_State* L, Scheduler& scheduler, Task& task, bool succeeded, int first,
                  int count) {
  bool are_any = false;
  while (Task* const joiner = task.first_joiner) {
    Scheduler::leave(*joiner);
    if (!is_parked(*joiner)) continue;
    are_any = true;
    scheduler.reactor.cancel(*joiner);
    if (joiner->within_call) {  // it looks for itself
      joiner->awake = true;
    } else {
      give(L, *joiner, succeeded, first, count);
      scheduler.make_ready(*joiner);
    }
  }
  return are_any;
}

const luaL_Reg kJoinFunctions[] = {
    {"has_ended", loop_has_ended},
    {"join", loop_join},
    {"pjoin", loop_pjoin},
    {nullptr, nullptr},
};

}  // namespace moontide
