#pragma once

#include "lua/runtime.hpp"
#include "lua/scheduler.hpp"

// What the Lua half of the scheduler stands on: functions that scripts do not see, in a table.
// Tasks are known by the objects that scripts see (task_object.hpp).
namespace moontide {

/// The scheduler of this interpreter, made by the first call.
Scheduler& make_scheduler(lua_State* L);
inline Scheduler& scheduler_of(lua_State* L) {
  Scheduler* const scheduler = runtime_of(L).scheduler.get();
  return scheduler != nullptr ? *scheduler : make_scheduler(L);
}
/// The running task; raises where there is none.
Task& check_current(lua_State* L);
/// Pushes the object of the running task. Returns 1; or 0, where there is none.
int push_current(lua_State* L, const Scheduler& scheduler);
/// An instant on the clock of now(); nil is never.
Deadline optional_instant(lua_State* L, int index);
/// The instant that comes after so many seconds.
Deadline instant_after(lua_Number seconds);
/// Argument `place` of a function, at `index`: seconds until an instant; nil is never.
Deadline check_seconds(lua_State* L, int index, int place, const char* name);
void push_instant(lua_State* L, Deadline::TimePoint instant);

/// Pushes what the functions of the scheduler have as upvalues, from within a function of ours.
void push_loop_upvalues(lua_State* L);
inline constexpr int kLoopUpvalueCount = 3;

extern const luaL_Reg kTaskFunctions[];
extern const luaL_Reg kSpawnFunctions[];
extern const luaL_Reg kJoinFunctions[];
extern const luaL_Reg kQueueFunctions[];
extern const luaL_Reg kChannelFunctions[];
extern const luaL_Reg kWaitFunctions[];

}  // namespace moontide
