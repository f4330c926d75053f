#pragma once

#include <sys/types.h>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace moontide {

/// One of the two processes that a fork leaves, and its end of a local stream between them.
struct Fork {
  pid_t pid;  ///< Of the new process; 0 in that.
  Fd link;    ///< Non-blocking.
};

/// fork(2). What stdio holds for output is written before, or both would write it.
Result<Fork> fork_process() noexcept;

/// How a process ended.
struct ProcessEnd {
  int status;  ///< What it exited with.
  int signal;  ///< What killed it; 0: nothing did.
};

/// Waits for the end of a process of our own. Errors: errno; ECHILD when somebody else took notice
/// of it.
Result<ProcessEnd> wait_for_process(pid_t pid) noexcept;

/// Writes what stdio holds and leaves at once: what the other process has prepared for its own exit
/// is not ours to do.
[[noreturn]] void exit_process(int status) noexcept;

/// Processors that this process may run on.
int usable_processors() noexcept;

}  // namespace moontide
