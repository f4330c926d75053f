#pragma once

#include "base/deadline.hpp"

namespace moontide {

/// The two limits of settimeout, in seconds and raw as the script set them; negative is no limit
/// (contract tcp.md, Timeouts).
struct Timeouts {
  double block = -1;
  double total = -1;

  /// Block timeout 0: an operation that cannot finish at once fails without even polling.
  bool never_wait() const noexcept { return block == 0; }
  bool unlimited() const noexcept { return !(block >= 0) && !(total >= 0); }
};

/// How long one call may still wait.
///
/// The clock is read as late as the semantics allow: data already there costs no clock call.
/// `start` is the call's beginning for both limits, so an operation calls `begin()` as soon as its
/// first try did not finish it.
class WaitBudget {
 public:
  /// Forgets the previous call.
  void reset(const Timeouts& timeouts) noexcept {
    timeouts_ = &timeouts;
    started_ = false;
  }

  bool never_wait() const noexcept { return timeouts_->never_wait(); }

  /// The call's time runs from here, unless it runs already.
  void begin() noexcept {
    if (started_ || timeouts_->unlimited()) return;
    begin_at(Deadline::Clock::now());
  }
  void begin_at(Deadline::TimePoint now) noexcept {
    if (started_) return;
    started_ = true;
    start_ = now;
  }

  /// When the wait that begins now has to end. The block timeout alone counts from the call's
  /// start; together with a total it is fresh for every wait (contract tcp.md).
  Deadline next_wait() noexcept {
    if (timeouts_->unlimited()) return Deadline::never();
    return next_wait_at(Deadline::Clock::now());
  }
  Deadline next_wait_at(Deadline::TimePoint now) noexcept {
    begin_at(now);
    const Timeouts& limits = *timeouts_;
    if (!(limits.total >= 0)) return Deadline::after_seconds(start_, limits.block);
    const Deadline total = Deadline::after_seconds(start_, limits.total);
    const Deadline block = Deadline::after_seconds(now, limits.block);
    return block < total ? block : total;
  }

 private:
  const Timeouts* timeouts_ = nullptr;
  Deadline::TimePoint start_{};
  bool started_ = false;
};

}  // namespace moontide
