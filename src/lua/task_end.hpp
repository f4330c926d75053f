#pragma once

#include "lua/loop.hpp"

namespace moontide {

/// Slots of the stack that the end of a task takes, besides as many as it has results.
constexpr int kRoomForEnd = 12;

/// The end of a task: lets those go on that wait for it, keeps in its object what came of it, and
/// frees the slot. The results lie on L's stack from `first` on, or the error; a single one may
/// come without room for more. The thread of a task that did not fail serves the next one. Raises
/// without memory for the results; all the rest is done then.
void end_task(lua_State* L, Scheduler& scheduler, Task& task, bool succeeded, int first);

}  // namespace moontide
