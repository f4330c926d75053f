#pragma once

#include "reactor/operation.hpp"

namespace moontide {

/// Lets time pass. Fails only where no timer can be had: `no_memory`.
class SleepOperation final : public Operation {
 public:
  explicit SleepOperation(Deadline until) noexcept { deadline = until; }
  void begin(Deadline until) noexcept {
    deadline = until;
    failure.reset();
  }
  Progress perform() noexcept override {
    return deadline.expired(Deadline::Clock::now()) ? Progress::done : Progress::want_timer;
  }
};

}  // namespace moontide
