#pragma once

#include "reactor/blocking.hpp"
#include "reactor/operation.hpp"

namespace moontide {

/// Runs an operation to its end. The first try costs no wait; only what would block goes to the
/// driver. The one place where the binding meets a driver.
inline void run(Operation& operation) noexcept {
  const Progress progress = operation.perform();
  if (progress != Progress::done) run_blocking(operation, progress);
}

}  // namespace moontide
