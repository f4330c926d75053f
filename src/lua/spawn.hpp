#pragma once

#include "lua/loop.hpp"

namespace moontide {

/// Before the first task that is ready goes on: makes a thread for it if it needs one. May run
/// finalisers, and raise.
void provide_thread(lua_State* L, Scheduler& scheduler);
/// Moves the function of a task that starts, and its arguments, from its object to a thread. False
/// without memory.
bool move_body(lua_State* L, Scheduler& scheduler, Task& task);
/// Forgets them. The object is at `object`.
void drop_body(lua_State* L, Task& task, int object);

}  // namespace moontide
