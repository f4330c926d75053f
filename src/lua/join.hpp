#pragma once

#include "lua/loop.hpp"

namespace moontide {

/// Those that wait for the end of `task`, which has just come, go on with what came of it: `count`
/// results on the stack from `first` on, or the error, which lies there. Whether there are any.
/// Has room for as many values more, and some.
bool wake_joiners(lua_State* L, Scheduler& scheduler, Task& task, bool succeeded, int first,
                  int count);

}  // namespace moontide
