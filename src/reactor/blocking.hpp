#pragma once

#include "reactor/operation.hpp"

namespace moontide {

/// Drives `operation` to its end, whose first step already said it needs `progress`: waits in
/// ppoll(2) on the calling thread, nothing else runs meanwhile. A signal neither ends, shortens nor
/// restarts a wait.
void run_blocking(Operation& operation, Progress progress) noexcept;

}  // namespace moontide
