#pragma once

#include "base/limits.hpp"
#include "base/timeouts.hpp"

namespace moontide {

/// For what the system offers no event for, the room in a local peer's queue: the operation tries
/// again in short intervals until its timeouts forbid it. All tries together are one wait.
class Retry {
 public:
  /// Forgets the previous call.
  void reset() noexcept { waiting_ = false; }

  /// Sets `again` to the instant of the next try. False when the time is over.
  bool next(WaitBudget& budget, Deadline& again) noexcept {
    if (budget.never_wait()) return false;
    if (!waiting_) give_up_ = budget.next_wait();
    waiting_ = true;
    const Deadline::TimePoint now = Deadline::Clock::now();
    if (!give_up_.is_never() && give_up_.expired(now)) return false;
    const Deadline soon = Deadline::after_seconds(now, limits::kQueueRetrySeconds);
    again = soon < give_up_ ? soon : give_up_;
    return true;
  }

 private:
  Deadline give_up_;
  bool waiting_ = false;
};

}  // namespace moontide
