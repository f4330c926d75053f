#pragma once

#include "lua/scheduler.hpp"

namespace moontide {

/// One turn of the scheduler, from within a function of ours: resumes the tasks that are ready,
/// each once or, if not `is_single`, some of them again, then waits until `until` for operations
/// and lists their tasks as ready. Errors of tasks are theirs; what raises here is out of memory,
/// or an error of the Lua half.
void run_turn(lua_State* L, Scheduler& scheduler, Deadline until, bool is_single);

/// The same, but returns what lua_pcall would, with the error on top. It needs some room on the
/// stack, which it does not check. `awaited`, if not null, waits within a C call: the turn does not
/// wait once it is awake.
int try_turn(lua_State* L, Scheduler& scheduler, Deadline until, const Task* awaited,
             bool is_single);

/// Makes the function that both call. The runtime and anchors are upvalues of the caller.
void register_turn(lua_State* L);

}  // namespace moontide
