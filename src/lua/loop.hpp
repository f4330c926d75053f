#pragma once

#include "lua/scheduler.hpp"

// What the Lua half of the scheduler stands on: functions that scripts do not see, in a table. A
// task is a number here; the object that scripts see is a table of the Lua half.
namespace moontide {

/// The scheduler of this interpreter, made by the first call.
Scheduler& scheduler_of(lua_State* L);
/// The running task; raises where there is none.
Task& check_current(lua_State* L);
/// Pushes the object of the running task. Returns 1; or 0, where there is none.
int push_current(lua_State* L, const Scheduler& scheduler);
/// An instant on the clock of now(); nil is never.
Deadline optional_instant(lua_State* L, int index);
void push_instant(lua_State* L, Deadline::TimePoint instant);

extern const luaL_Reg kTaskFunctions[];
extern const luaL_Reg kWaitFunctions[];

}  // namespace moontide
