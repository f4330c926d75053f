#pragma once

#include "base/deadline.hpp"

namespace moontide::test {

/// A clock that stands still until a test moves it; everything that takes `now` runs on it.
class ManualTime {
 public:
  Deadline::TimePoint now() const noexcept { return now_; }
  Deadline::TimePoint after(double seconds) const noexcept {
    return now_ +
           std::chrono::duration_cast<Deadline::Duration>(std::chrono::duration<double>(seconds));
  }
  void advance(double seconds) noexcept { now_ = after(seconds); }

 private:
  Deadline::TimePoint now_{std::chrono::hours(1)};
};

}  // namespace moontide::test
