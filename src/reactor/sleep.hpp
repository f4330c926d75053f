#pragma once

#include "reactor/operation.hpp"

namespace moontide {

/// Lets time pass. Never fails.
class SleepOperation final : public Operation {
 public:
  explicit SleepOperation(Deadline until) noexcept { deadline = until; }
  Progress perform() noexcept override {
    return deadline.expired(Deadline::Clock::now()) ? Progress::done : Progress::want_timer;
  }
};

}  // namespace moontide
